"""The only door to SpiffWorkflow: read a diagram once, then start, load, drive and dump cases on it.

An instance is pure: its state, the command and the surroundings go in, the new state and what happened come out.
Wherever the library is wrong, a class in here says so and a test shows it.
"""

from workflows.engine.diagram import Diagram, read_diagram
from workflows.engine.errors import CannotReturn, EngineFailed, RefusedValue, RunawayProcess, TaskNotOpen
from workflows.engine.instance import Instance
from workflows.engine.records import (
    Decided,
    DecisionMade,
    Element,
    ElementPassed,
    EndReached,
    Event,
    JoinedStep,
    MessageSent,
    OpenTask,
    Operation,
    OperationCall,
    OperationRan,
    OperationUndone,
    Step,
    StepCompleted,
    Surroundings,
    TimerFired,
    Visit,
    WaitingTimer,
)

__all__ = [
    "CannotReturn",
    "Decided",
    "DecisionMade",
    "Diagram",
    "Element",
    "ElementPassed",
    "EndReached",
    "EngineFailed",
    "Event",
    "Instance",
    "JoinedStep",
    "MessageSent",
    "OpenTask",
    "Operation",
    "OperationCall",
    "OperationRan",
    "OperationUndone",
    "RefusedValue",
    "RunawayProcess",
    "Step",
    "StepCompleted",
    "Surroundings",
    "TaskNotOpen",
    "TimerFired",
    "Visit",
    "WaitingTimer",
    "read_diagram",
]
