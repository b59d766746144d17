"""Use cases and all SQL. Public functions open the one transaction of a user action; nothing here knows the web."""
