"""Where in the workbench a part of a process is edited."""

from __future__ import annotations

from flask import url_for

_NAMED = (
    ("forms/", ".json", "workbench_forms.show"),
    ("decisions/", ".dmn", "workbench_tables.show"),
    ("scenarios/", ".toml", "workbench_scenarios.show"),
)


def address_of(key: str, file: str, element: str = "") -> str:
    """The address of an element of the draft ``key``: of the diagram, a field, a rule, a scenario, a setting."""
    place = {"_anchor": element} if element else {}
    if file.endswith(".bpmn"):
        return url_for("workbench_diagram.show", key=key, **place)
    for folder, suffix, endpoint in _NAMED:
        if file.startswith(folder) and file.endswith(suffix):
            name = file.removeprefix(folder).removesuffix(suffix)
            return url_for(endpoint, key=key, name=name, **place)
    return url_for("workbench_settings.show", key=key, **place)
