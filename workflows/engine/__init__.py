"""The only door to SpiffWorkflow: read a diagram once, then start, load, drive and dump cases on it.

An instance is pure: its state, the command and the surroundings go in, the new state and what happened come out.
Wherever the library is wrong, a class in here says so and a test shows it.
"""

from workflows.engine.diagram import Diagram, read_diagram, ways_out
from workflows.engine.errors import CannotReturn, EngineFailed, NotMendable, RefusedValue, RunawayProcess, TaskNotOpen
from workflows.engine.instance import Instance
from workflows.engine.mending import ALONE, ALONG, BACK
from workflows.engine.records import (
    Decided,
    DecisionMade,
    Element,
    ElementPassed,
    EndReached,
    Event,
    HeldPlace,
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
    "ALONE",
    "ALONG",
    "BACK",
    "CannotReturn",
    "Decided",
    "DecisionMade",
    "Diagram",
    "Element",
    "ElementPassed",
    "EndReached",
    "EngineFailed",
    "Event",
    "HeldPlace",
    "Instance",
    "JoinedStep",
    "MessageSent",
    "NotMendable",
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
    "ways_out",
]
