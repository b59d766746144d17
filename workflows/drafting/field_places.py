"""Where forms, papers, settings and scenarios speak of a field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from workflows.checks.tasks import properties_of
from workflows.drafting.expression_names import NO_ROW
from workflows.drafting.field_drawn import row_parameters
from workflows.drafting.field_scopes import columns_in, document_of
from workflows.drafting.field_search import Search
from workflows.drafting.spots import Path, Spot, json_spots, toml_spots
from workflows.toml import TomlError, read_toml

_COMPUTED = {"x-compute": "计算", "x-default": "默认值"}
_IN_ROWS = ("customer", "people", "amount")
_RIGHTS = {"hide": "看不到", "edit": "可以填写"}


def find_in_forms(search: Search) -> None:
    for form in search.folder.forms:
        file = f"forms/{form}.json"
        for spot in json_spots(search.folder.texts[file]):
            if spot.path[0] == "print":
                _in_paper(search, file, spot, form, search.folder.forms[form].get("print", {}), spot.path[1:])
            else:
                _Form(search, form, file, spot).look()


class _Form:
    """One key or text of a form's file."""

    def __init__(self, search: Search, form: str, file: str, spot: Spot) -> None:
        self.search, self.form, self.file, self.spot = search, form, file, spot
        self.about = search.folder.forms[form]
        self.title = search.folder.title(form)

    def look(self) -> None:
        path = self.spot.path
        if path[:2] == ("schema", "properties") and len(path) > 2:
            self._field(path[2:])
        elif path[:2] == ("schema", "required") and not self.spot.is_key:
            self._name(str(self.spot.text.text), "必填")
        elif path[0] in ("layout", "rules", "steps", "benefits", "takes"):
            getattr(self, f"_{path[0]}")(path)

    def _say(self, what: str) -> str:
        return f"表单“{self.title}”的{what}"

    def _hit(self, element: str, what: str, *, is_definition: bool = False) -> None:
        self.search.hit(self.file, element, self._say(what), self.spot.text, is_definition=is_definition)

    def _name(self, element: str, what: str) -> None:
        if self.search.is_field(self.form, self.spot.text.text):
            self._hit(element, what)

    def _path(self, element: str, what: str) -> None:
        self.search.path(self.form, self.file, element, self._say(what), self.spot.text)

    def _field(self, path: Path) -> None:
        """A field, or something in it: ``(name, …)``."""
        name, rest = str(path[0]), path[1:]
        inner = ("items", "properties") if rest[:2] == ("items", "properties") else ("properties",)
        if not rest:
            if self.spot.is_key and self.search.is_field(self.form, name):
                self._hit(name, "字段", is_definition=True)
        elif rest[: len(inner)] == inner and len(rest) > len(inner):
            self._column(name, rest[len(inner) :])
        elif rest[:-1] in (("items", "required"), ("required",)) and not self.spot.is_key:
            if self.search.holds(self.form, name) and self.spot.text.text == self.search.name:
                self._hit(f"{name}/{self.search.name}", "必填")
        else:
            self._about(name, rest)

    def _about(self, name: str, rest: Path) -> None:
        title = self._titled(self.about["schema"]["properties"][name], name)
        if rest[0] in _COMPUTED and not self.spot.is_key:
            self._expression(name, f"“{title}”的{_COMPUTED[str(rest[0])]}", makes=self.search.holds(self.form, name))
        elif rest[0] == "x-fills" and self.spot.is_key and len(rest) == 2:
            self._name(name, f"“{title}”带出的字段")
        elif rest in (("x-total",), ("x-notes",)) and not self.spot.is_key:
            self._name(name, f"“{title}”的{'合计' if rest[0] == 'x-total' else '备注'}")

    def _column(self, holder: str, path: Path) -> None:
        name, rest = str(path[0]), path[1:]
        column = columns_in(self.about["schema"]["properties"][holder]).get(name)
        title, element = self._titled(column, name), f"{holder}/{name}"
        if not rest:
            if self.spot.is_key and name == self.search.name and self.search.holds(self.form, holder):
                self._hit(element, "列", is_definition=True)
        elif rest[0] in _COMPUTED and not self.spot.is_key:
            self._expression(
                element, f"列“{title}”的{_COMPUTED[str(rest[0])]}", row=holder if rest[0] == "x-compute" else ""
            )
        elif rest == ("x-fills", self.search.name) and self.spot.is_key and self.search.holds(self.form, holder):
            self._hit(element, f"列“{title}”带出的列")

    def _expression(self, element: str, what: str, *, row: str = "", makes: bool = False, reads: bool = True) -> None:
        context = self.search.row_of(self.form, row) if row else NO_ROW
        chain = self.search.folder.chain_of_form(self.form)
        self.search.expression(
            self.file, element, self._say(what), self.spot.text, chain, row=context, makes=makes, reads=reads
        )

    def _titled(self, about: Any, name: str) -> str:
        return str(about.get("title") or name) if isinstance(about, Mapping) else name

    def _layout(self, path: Path) -> None:
        if len(path) == 5 and path[2] == "fields" and path[4] == 0:
            self._name(self.spot.text.text, "版面")
        elif len(path) == 4 and path[2] == "shown_for" and self.spot.is_key:
            self._name(self.spot.text.text, "版面：只在选了这些时显示")

    def _rules(self, path: Path) -> None:
        if len(path) != 3 or self.spot.is_key:
            return
        rule = self.about["rules"][path[1]]
        place = str(rule.get("field", ""))
        if path[2] == "field":
            self._path(place, "检查规则")
        elif path[2] == "when":
            self._expression(place, "检查规则", row=place.partition("/")[0] if "/" in place else "")

    def _steps(self, path: Path) -> None:
        if len(path) == 4 and path[2] in _RIGHTS:
            self._path(f"{path[1]}/{self.spot.text.text}", f"字段权限：{path[1]} {_RIGHTS[str(path[2])]}")

    def _benefits(self, path: Path) -> None:
        if self.spot.is_key or len(path) != 2:
            return
        rows = str(self.about["benefits"].get("rows", ""))
        if rows and path[1] in _IN_ROWS:
            if self.search.holds(self.form, rows) and self.spot.text.text == self.search.name:
                self._hit(f"{rows}/{self.search.name}", "馈赠限额")
        elif path[1] not in ("kind", "stage"):
            self._name(self.spot.text.text, "馈赠限额")

    def _takes(self, path: Path) -> None:
        """What is taken is written over the names of the other process; only its keys are ours."""
        if len(path) != 3 or path[1] != "into":
            return
        if self.spot.is_key:
            self._name(self.spot.text.text, "从别的案件带入")
        else:
            own = self.about["takes"].get("process") == self.search.folder.parts.settings.get("key")
            holds = self.search.holds(self.form, str(path[2]))
            self._expression(str(path[2]), "从别的案件带入", makes=holds, reads=own)


def find_in_papers(search: Search) -> None:
    for file, text in search.folder.texts.items():
        if file.startswith("papers/") and file.endswith(".json"):
            paper = document_of(text)
            for spot in json_spots(text) if paper else ():
                _in_paper(search, file, spot, str(paper.get("form", "")), paper, spot.path)


def _in_paper(search: Search, file: str, spot: Spot, form: str, paper: Any, path: Path) -> None:
    """A text of a paper of that form; ``path`` is the way to it within ``paper``."""
    if spot.is_key or len(path) < 3:
        return
    where = f"单据“{paper.get('title') or search.folder.title(form)}”"
    element = "/".join(map(str, path[:3])) if file.startswith("papers/") else "print"
    what = spot.text.text
    if path[0] == "signatures" and path[2] == "field":
        found = search.is_field(form, what)
    elif path[0] != "rows":
        return
    elif len(path) == 4:
        found = _cell(search, form, str(path[3]), what)
    else:
        block: Any = paper["rows"][path[1]][path[2]]
        found = len(path) == 6 and path[3] == "columns" and _paper_column(search, form, block, path, what)
    if found:
        search.hit(file, element, where, spot.text)


def _cell(search: Search, form: str, key: str, what: str) -> bool:
    if key == "variable":
        return not search.is_column and what == search.name and search.sought_at(()) is not None
    return key in ("field", "also", "if", "amounts", "table", "total", "notes") and search.is_field(form, what)


def _paper_column(search: Search, form: str, block: Any, path: Path, what: str) -> bool:
    column = block["columns"][path[4]]
    if path[5] not in ("field", "also") or what != search.name:
        return False
    if column.get("of_form"):
        return search.is_field(form, what)
    if "branches" in block:
        return search.is_field(str(block["branches"]), what)
    return search.holds(form, str(block.get("table", "")))


def find_in_settings(search: Search) -> None:
    file = "process.toml"
    for spot in _toml(search, file):
        path, what = spot.path, spot.text.text
        outside = not search.is_column and search.sought_at(()) is not None
        if path == ("subject",) and not spot.is_key and outside:
            for match in re.finditer(rf"\{{({re.escape(search.name)})\}}", what):
                search.hit(file, "subject", "流程设置：案件名称", spot.text, match.span(1))
        elif path in (("amount",), ("day",)) and not spot.is_key and outside and what == search.name:
            label = "金额" if path[0] == "amount" else "日期"
            search.hit(file, str(path[0]), f"流程设置：{label}", spot.text)
        elif path == ("variables", search.name) and spot.is_key and outside:
            search.hit(file, "variables", "流程设置：流程变量", spot.text)
        elif path == ("cancel", "when") and not spot.is_key:
            search.expression(file, "cancel", "流程设置：撤销条件", spot.text, ())
        elif len(path) == 3 and path[0] == "messages" and path[2] == "about" and not spot.is_key:
            search.expression(file, f"messages.{path[1]}", f"流程设置：消息“{path[1]}”的对象", spot.text, ())


def _toml(search: Search, file: str) -> Iterator[Spot]:
    text = search.folder.texts.get(file, "")
    try:
        read_toml(text.encode())
    except TomlError:
        search.folder.unreadable.append(file)
        return iter(())
    return iter(toml_spots(text))


def find_in_scenarios(search: Search) -> None:
    forms = {step.get("id"): properties_of(step).get("form", "") for step in search.folder.steps()}
    rows = row_parameters(search)
    for file, text in search.folder.texts.items():
        if file.startswith("scenarios/") and file.endswith(".toml"):
            spots = list(_toml(search, file))
            scenario = read_toml(text.encode()) if spots else {}
            for spot in spots:
                _in_scenario(search, file, spot, scenario, forms, rows)


def _in_scenario(
    search: Search, file: str, spot: Spot, scenario: Any, forms: Mapping[Any, str], rows: frozenset[tuple[str, str]]
) -> None:
    path, title = spot.path, str(scenario.get("title") or file)
    if len(path) == 2 and path[0] == "knows" and spot.is_key:
        if not search.is_column and path[1] == search.name and search.sought_at(()) is not None:
            search.hit(file, "knows", f"场景“{title}”已知的值", spot.text)
    elif len(path) >= 4 and path[0] == "steps" and path[2] in ("values", "refused") and spot.is_key:
        step = scenario["steps"][path[1]]
        form, where = forms.get(step.get("step"), ""), f"场景“{title}”第 {int(path[1]) + 1} 步"
        is_column = len(path) > 4 and path[-1] == search.name and search.holds(form, str(path[3]))
        if len(path) == 4 and path[2] == "refused":
            search.path(form, file, str(path[1]), where, spot.text, "-")
        elif is_column or (len(path) == 4 and search.is_field(form, path[3])):
            search.hit(file, str(path[1]), where, spot.text)
    elif path[:2] == ("expect", "operations") and len(path) >= 4:
        _in_expected(search, file, spot, f"场景“{title}”期望的操作", scenario["expect"]["operations"][path[2]], rows)


def _in_expected(
    search: Search, file: str, spot: Spot, where: str, call: Mapping[str, Any], rows: frozenset[tuple[str, str]]
) -> None:
    path, operation = spot.path, str(call.get("do", ""))
    if spot.is_key:
        found = len(path) > 4 and path[-1] == search.name and (operation, path[3]) in rows
    else:
        found = path[3:] == ("field",) and search.is_field(str(call.get("form", "")), spot.text.text)
    if found:
        search.hit(file, "expect", where, spot.text)
