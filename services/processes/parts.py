"""What a process names of the program: registers and sources of its forms, operations of its diagram, facts."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from services.cases.facts import FACTS
from services.cases.knowing import KNOWLEDGE
from services.cases.operations import OPERATIONS
from services.registers.lookups import SOURCES
from workflows.checks.near import perhaps
from workflows.definition import ProcessDefinition, ProcessFiles, read_process
from workflows.errors import DefinitionError, Problem
from workflows.forms.fields import sources_of


def read_checked(files: ProcessFiles) -> ProcessDefinition:
    """Read a process folder in which every name of the program means something. Raises DefinitionError."""
    definition = read_process(files)
    problems = [*problems_of_parts(definition), *_of_diagram(definition)]
    if problems:
        raise DefinitionError(problems)
    return definition


def problems_of_parts(definition: ProcessDefinition) -> list[Problem]:
    """Names of the program in forms and settings that mean nothing; those in the diagram are looked at with it."""
    return [*_of_forms(definition), *_of_settings(definition)]


def _of_forms(definition: ProcessDefinition) -> Iterator[Problem]:
    for key, form in definition.forms.items():
        file = f"forms/{key}.json"
        for path, source in sources_of(form.properties):
            yield from _unknown(file, path, source, "台账", "x-source", SOURCES)
        for source in form.knows:
            yield from _unknown(file, "knows", source, "来源", "knows", KNOWLEDGE)


def _of_diagram(definition: ProcessDefinition) -> Iterator[Problem]:
    for element in definition.diagram.elements.values():
        if element.operation:
            file = definition.diagram.file
            yield from _unknown(
                file, element.id, element.operation, "操作", "serviceTaskOperator", OPERATIONS, line=element.line
            )


def _of_settings(definition: ProcessDefinition) -> Iterator[Problem]:
    for name in definition.settings.facts:
        yield from _unknown("process.toml", "facts", name, "来源", "facts", FACTS)
    for name in definition.settings.compensation:
        yield from _unknown("process.toml", "compensation", name, "操作", "compensation", OPERATIONS)


def _unknown(
    file: str, element: str, name: str, kind: str, place: str, known: Collection[str], *, line: int | None = None
) -> Iterator[Problem]:
    if name not in known:
        message = f"没有“{name}”这个{kind}{perhaps(name, known)}（{place}可用：{'、'.join(sorted(known))}）"
        yield Problem(severity="error", file=file, element=element, message=message, line=line)
