"""States as released versions wrote them: whatever changes, each must load and finish.

``python -m tests.workflows.engine.golden`` adds the states of this version; those that are there are never rewritten.
"""
