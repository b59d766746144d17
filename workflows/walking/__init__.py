"""The ways through a process: which branches lead into a step, and every way that the engine can really go."""
