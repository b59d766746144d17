"""Parts that do not fit together: operations without what they need, forms and tables that nothing uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workflows.checks.folder.context import Folder
from workflows.checks.near import perhaps
from workflows.checks.reading import SPIFF
from workflows.expressions import ExpressionError, parse_expression


def check_operations(folder: Folder) -> None:
    """Each operation exists and is given every parameter that it needs, and none that it does not know."""
    for node_id, node in folder.services():
        operation = folder.operations.get(node_id, "")
        words = folder.known.operations.get(operation)
        if not operation or words is None:
            if operation and folder.known.operations:
                titles = {name: each.title for name, each in folder.known.operations.items()}
                hint = perhaps(operation, titles, titles)
                folder.add("error", node_id, f"{node.title}要调用的操作“{operation}”不存在{hint}")
            continue
        titles = {each.name: each.title for each in words.parameters}
        given = {each.get("id") or "": each for each in node.element.iter(f"{{{SPIFF}}}parameter")}
        for parameter in words.parameters:
            if parameter.required and parameter.name not in given:
                message = f"{node.title}的操作“{words.title}”缺少参数“{parameter.title}（{parameter.name}）”，请填写"
                folder.add("error", node_id, message)
        for name in given.keys() - titles.keys() - {""}:
            hint = perhaps(name, titles, titles) if titles else "，请删去它"
            message = f"{node.title}的操作“{words.title}”没有“{name}”这个参数{hint}"
            folder.add("warning", node_id, message)
        for name in ("step",):
            if name in given:
                _check_step(folder, node_id, node.title, given[name].get("value") or "")


def _check_step(folder: Folder, element: str, title: str, source: str) -> None:
    """A step that is named in a parameter is one of the diagram."""
    try:
        tree = parse_expression(source)
    except ExpressionError:
        return
    steps = {node.id: (node.element.get("name") or node.id) for node, _properties in folder.steps()}
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str) and tree.value not in steps:
        hint = perhaps(tree.value, steps, steps)
        folder.add("error", element, f"{title}要找的环节“{tree.value}”不在流程图中{hint}")


def check_unused(folder: Folder) -> None:
    """Forms and tables that nothing uses, and those that the diagram names and are not there, with what comes near."""
    used = set(_forms_used(folder))
    for name, form in folder.parts.forms.items():
        if folder.graph is not None and name not in used:
            message = f"表单“{form.title}（{name}）”没有环节使用，请在环节上选择它，或删去它"
            folder.add("warning", "", message, file=f"forms/{name}.json")
        if form.key != name:
            message = f"表单的 key“{form.key}”与文件名“{name}”不同，请改成一样"
            folder.add("error", "key", message, file=f"forms/{name}.json")
        for step in form.rights:
            _check_rights(folder, name, step)
    _check_decisions(folder)


def _check_rights(folder: Folder, form: str, step: str) -> None:
    steps = {node.id: (node.element.get("name") or node.id) for node, _properties in folder.steps()}
    own = {node.id for node, properties in folder.steps() if form in _forms_of(properties)}
    if step in steps and step not in own:
        message = f"字段权限写给了环节“{steps[step]}（{step}）”，但这个环节不用这张表单，不会起作用；可以删去"
        folder.add("warning", step, message, file=f"forms/{form}.json")


def _forms_of(properties: object) -> list[str]:
    assert isinstance(properties, dict)
    return [properties.get("form", ""), *(word.strip() for word in properties.get("shows", "").split(","))]


def _forms_used(folder: Folder) -> Iterator[str]:
    for _node, properties in folder.steps():
        yield from _forms_of(properties)


def _check_decisions(folder: Folder) -> None:
    if folder.graph is None:
        return
    called = {
        (node.element.findtext(f".//{{{SPIFF}}}calledDecisionId") or "").strip()
        for node in folder.graph.nodes.values()
        if node.kind == "businessRuleTask"
    }
    for name, model in folder.parts.decisions.items():
        if name not in called:
            title = next((decision.name for decision in model.decisions), name)
            message = f"流程图没有用到决策表“{title}（{name}）”；如果别处也不用，可以删去"
            folder.add("info", "", message, file=f"decisions/{name}.dmn")
