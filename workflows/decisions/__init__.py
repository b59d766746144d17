"""Decision tables: DMN 1.1 to 1.5 files read, checked and evaluated (DMN conformance level 2, S-FEEL).

``read_decisions`` compiles a file once; ``evaluate`` and ``decide`` take a decision over plain data and say which rules
fired; ``check_table`` finds the cases that a table forgets or answers twice. Nothing here does any I/O, and nothing
that a file or the data says can take more than a bounded number of steps.
"""

from workflows.decisions.boundaries import boundary_values
from workflows.decisions.cases import plain
from workflows.decisions.checks import TableStudy, check_table, study_table
from workflows.decisions.evaluation import DecisionResult, RuleFired, cells_met, decide, evaluate
from workflows.decisions.json_text import to_json
from workflows.decisions.model import Decision, DecisionModel, DecisionTable, HitPolicy, UnknownDecision
from workflows.decisions.reading import read_decisions
from workflows.decisions.uses import names_read

__all__ = [
    "Decision",
    "DecisionModel",
    "DecisionResult",
    "DecisionTable",
    "HitPolicy",
    "RuleFired",
    "TableStudy",
    "UnknownDecision",
    "boundary_values",
    "cells_met",
    "check_table",
    "decide",
    "evaluate",
    "names_read",
    "plain",
    "read_decisions",
    "study_table",
    "to_json",
]
