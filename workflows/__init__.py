"""The pure core: definitions, forms, decisions, expressions, checks and the engine.

Nothing in here knows a database, a web request or a clock: time, people and effects are arguments.
"""
