"""What the engine refuses, and what can go wrong while it runs."""

from __future__ import annotations

from workflows.errors import WorkflowError


class TaskNotOpen(WorkflowError):
    """This task is not open: it was completed, cancelled or taken back meanwhile. Reload the page."""

    def __init__(self, task_id: str) -> None:
        self.task_id = task_id
        super().__init__(str(type(self).__doc__))


JOINED = "its branch has been joined with others meanwhile; return to a step before they split"
INSTANCE = "it is one of several instances of its step"
MESSAGE = "a message was exchanged after it"
NOT_ON_THE_WAY = "this step was not completed on the way to the open task"


class CannotReturn(WorkflowError):
    """The case cannot go back to that step from here. ``reason`` is one of the texts above."""

    def __init__(self, step: str, reason: str) -> None:
        self.step = step
        self.reason = reason
        super().__init__(f"{step}: {reason}")


class RefusedValue(WorkflowError):
    """This value cannot be a variable of a case: only text, numbers, dates, yes/no, lists and records can."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)


NOT_HELD = "nothing is held there any more"
NO_SUCH_WAY = "this gateway has no such way out"
NO_SUCH_STEP = "the case cannot be moved there from here"


class NotMendable(WorkflowError):
    """What failed cannot be mended in this way. ``reason`` is one of the texts above."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class EngineFailed(WorkflowError):
    """An element of the diagram could not be executed; the action must be rolled back.

    ``case`` is what the surroundings call the case, and ``branch`` the instance of a sub-process that the element is
    in; both are None where the case could not even be taken up.
    """

    case: str | None = None
    branch: str | None = None

    def __init__(self, message: str, *, file: str = "", element: str = "", expression: str = "") -> None:
        self.message = message
        self.file = file
        self.element = element
        self.expression = expression
        source = f" in {expression!r}" if expression else ""
        super().__init__(f"{file} [{element}] {message}{source}")


class RunawayProcess(EngineFailed):
    """The process takes too many automatic steps in one action; it probably loops without a person in it."""
