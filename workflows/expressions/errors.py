"""What can go wrong in an expression."""

from workflows.errors import WorkflowError


class ExpressionError(WorkflowError):
    """The expression cannot be read, or failed on the values it was given."""


class NotAllowed(ExpressionError):
    """The expression uses something outside the language."""


class LimitExceeded(NotAllowed):
    """The expression asks for more steps, digits or room than one evaluation may take."""


class UnknownName(ExpressionError):
    """The expression reads a name that is neither a field nor a function."""
