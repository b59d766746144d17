"""Finding customers, cases, tasks and comments by any two characters of what they say."""
