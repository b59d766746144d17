"""Plugs the bounded expression language into the library.

Everything goes through the environment: message correlation and the conditions of ad-hoc sub-processes call it
directly, so that replacing the engine above it alone would leave those two hooks with ``eval``.
"""
# mypy: allow-subclassing-any

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment, PythonScriptEngine

from workflows.engine.errors import EngineFailed, RefusedValue
from workflows.engine.places import branch_of
from workflows.engine.values import accepted
from workflows.expressions import FUNCTIONS, ExpressionError, evaluate, execute, parse_expression

# PT8H, R3/P1D and R3/2026-01-06T00:00:00Z/P1D as people type them, without quotes
_BARE_TIME = re.compile(
    r"(R\d*/([\dTZ:+.-]+/)?)?P(?=[\dT])[\dYMWDTHS.,]*|\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?"
)


class BoundedEnvironment(BasePythonScriptEngineEnvironment):
    """Evaluates within the budget of ``workflows.expressions`` and never hands out a live reference."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__({})
        self.functions = {**FUNCTIONS, **functions}

    def evaluate(
        self, expression: str | None, context: Mapping[str, Any], external_context: Mapping[str, Any] | None = None
    ) -> Any:
        source = (expression or "").strip()
        if _BARE_TIME.fullmatch(source):
            return source
        return accepted(evaluate(source, {**(external_context or {}), **context}, self.functions))

    def execute(
        self, script: str | None, context: dict[str, Any], external_context: Mapping[str, Any] | None = None
    ) -> bool:
        names = accepted(execute(script or "", context, self.functions))
        context.clear()
        context.update(names)
        return True

    def call_service(self, context: Mapping[str, Any], **details: Any) -> NoReturn:
        raise EngineFailed("services are called by the task itself")


class BoundedEngine(PythonScriptEngine):
    """As the environment, with the element and the expression named in every failure."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__(BoundedEnvironment(functions))

    def validate(self, expression: str) -> None:
        parse_expression(expression)

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        try:
            return self.environment.evaluate(expression, task.data, external_context)
        except (ExpressionError, RefusedValue) as error:
            raise failure(task, str(error), expression) from error

    def execute(self, task: Any, script: str, external_context: Mapping[str, Any] | None = None) -> Any:
        try:
            return self.environment.execute(script, task.data, external_context)
        except (ExpressionError, RefusedValue) as error:
            raise failure(task, str(error), script) from error

    def call_service(self, task: Any, **details: Any) -> NoReturn:
        raise failure(task, "services are called by the task itself")


def failure(task: Any, message: str, expression: str = "") -> EngineFailed:
    """An EngineFailed that names the element of ``task``."""
    spec = task.task_spec
    element = getattr(spec, "bpmn_id", None) or spec.name
    error = EngineFailed(message, file=task.workflow.spec.file or "", element=element, expression=expression or "")
    error.branch = branch_of(task)
    return error
