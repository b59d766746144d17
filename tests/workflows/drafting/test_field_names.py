"""A field under another name: every kind of place that speaks of it, in every shipped process."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from services.processes.checking import check_files
from services.processes.scenario_runs import scenario_problems
from workflows.definition import ProcessFiles, read_process
from workflows.drafting.field_names import NameRefused, named_together, rename_field, rows_given_to, uses_of_field
from workflows.drafting.spots import json_spots, toml_spots, xml_tags

SHIPPED = Path("bpmn")


def files_of(folder: Path | str) -> dict[str, bytes]:
    base = SHIPPED / folder if isinstance(folder, str) else folder
    return {path.relative_to(base).as_posix(): path.read_bytes() for path in base.rglob("*") if path.is_file()}


def fields_in(files: ProcessFiles) -> list[tuple[str, str]]:
    """Every field and every column or part of a record, with its form."""
    found = []
    for path in sorted(each for each in files if each.startswith("forms/")):
        form = path.removeprefix("forms/").removesuffix(".json")
        for name, about in json.loads(files[path])["schema"]["properties"].items():
            inner = about.get("items", {}).get("properties") or about.get("properties") or {}
            found += [(form, name), *((form, f"{name}/{column}") for column in inner)]
    return found


def renamed(files: ProcessFiles, form: str, old: str, new: str) -> dict[str, bytes]:
    return {**files, **rename_field(files, form, old, new)}


def errors_in(files: ProcessFiles) -> list[str]:
    return [problem.message for problem in check_files(files) if problem.severity == "error"]


def wheres(files: ProcessFiles, form: str, path: str) -> str:
    return "\n".join(use.where for use in uses_of_field(files, form, path))


@pytest.mark.parametrize(
    ("folder", "form", "old", "new"),
    [
        ("hospitality", "application", "budget_total", "planned_total"),
        ("gift", "application", "lines/value", "worth"),
        ("gift", "confirmation", "returned/quantity", "pieces"),
        ("complaint", "revisit", "satisfaction", "contentment"),
        ("address_change", "request", "order", "order_number"),
        ("visit", "visit_record", "open_problem", "left_open"),
    ],
)
def test_a_field_is_called_otherwise_everywhere_and_everything_comes_out_as_before(
    folder: str, form: str, old: str, new: str
) -> None:
    files = files_of(folder)
    after = renamed(files, form, old, new)
    assert errors_in(after) == []
    assert [problem.message for problem in scenario_problems(read_process(after))] == []
    rows, slash, name = old.rpartition("/")
    assert uses_of_field(after, form, f"{rows}{slash}{new}")
    assert renamed(after, form, f"{rows}{slash}{new}", name) == files


@pytest.mark.parametrize("folder", ["gift", "address_change", "templates/with_rework"])
def test_every_field_of_a_process_can_be_called_otherwise_and_back(folder: str) -> None:
    files = files_of(folder)
    after, paths = files, fields_in(files)
    for form, path in paths:
        if path.partition("/")[0] in json.loads(after[f"forms/{form}.json"])["schema"]["properties"]:
            after = renamed(after, form, path, f"zz_{path.rpartition('/')[2]}") if "/" in path else after
    for form, path in paths:
        if "/" not in path:
            after = renamed(after, form, path, f"zz_{path}")
    assert errors_in(after) == []
    assert {form for form, _path in fields_in(after)} == {form for form, _path in paths}
    for form, path in fields_in(after):
        if "/" not in path:
            after = renamed(after, form, path, path.removeprefix("zz_"))
    for form, path in fields_in(after):
        if "/" in path:
            after = renamed(after, form, path, path.rpartition("/")[2].removeprefix("zz_"))
    assert after == files


def test_the_uses_of_a_field_are_told_in_words_with_their_places() -> None:
    files = files_of("hospitality")
    uses = uses_of_field(files, "application", "budget_total")
    assert {"hospitality.bpmn", "forms/application.json", "forms/report.json", "process.toml"} <= {
        use.file for use in uses
    }
    said = wheres(files, "application", "budget_total")
    assert "表单“客户招待申请表”的“招待费用预算”的合计" in said
    assert "流程设置：金额" in said
    assert "馈赠限额" in said
    assert all("的字段" not in use.where for use in uses if use.file == "forms/application.json")


def test_the_uses_of_a_column_are_those_of_its_rows_alone() -> None:
    files = files_of("gift")
    uses = uses_of_field(files, "application", "lines/value")
    assert {use.element for use in uses if use.file == "forms/application.json"} == {
        *("lines", "lines/value", "value_total", "print")
    }
    assert rows_given_to(files, "application", "lines/value") >= {
        ("reserve_gifts", "lines"),
        ("confirm_gifts", "lines"),
    }
    returned = wheres(files, "confirmation", "returned/quantity")
    assert "礼品馈赠申请表" not in returned


def test_fields_of_the_same_name_outside_branches_are_one() -> None:
    files = files_of("hospitality")
    assert named_together(files, "report", "date") == [("report", "date"), ("application", "date")]
    assert named_together(files_of("visit"), "visit_record", "person") == [("visit_record", "person")]


def small(**more: bytes) -> dict[str, bytes]:
    """The template with an amount, and what the test writes into it."""
    return {**files_of("templates/by_amount"), **more}


def with_form(change: Any) -> dict[str, bytes]:
    files = small()
    form = json.loads(files["forms/request.json"])
    change(form)
    files["forms/request.json"] = json.dumps(form, ensure_ascii=False).encode()
    return files


def with_rows(source: str) -> dict[str, bytes]:
    """A form with rows of ``price`` and a total that is reckoned by ``source``."""

    def change(form: dict[str, Any]) -> None:
        columns = {"price": {"type": "number", "title": "价"}, "times": {"type": "integer", "title": "数"}}
        form["schema"]["properties"] |= {
            "parts": {
                "type": "array",
                "title": "明细",
                "x-widget": "rows",
                "items": {"type": "object", "properties": columns},
            },
            "all_parts": {"type": "number", "title": "合计", "readOnly": True, "x-compute": source},
        }
        form["rules"] = [{"field": "parts/price", "when": "price > times and price < amount", "message": "不对"}]
        form["steps"] = {"apply": {"hide": ["parts/price"]}}

    return with_form(change)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("sum(column(parts, 'price'))", "sum(column(parts, 'cost'))"),
        ('sum([p["price"] for p in parts])', 'sum([p["cost"] for p in parts])'),
        (
            "sum([get(p, 'price') for p in parts if 'price' in p])",
            "sum([get(p, 'cost') for p in parts if 'cost' in p])",
        ),
        ("parts[0].price", "parts[0].cost"),
        ("sum([p.price for p in parts[1:] + [parts[0]]])", "sum([p.cost for p in parts[1:] + [parts[0]]])"),
        (
            "sum([p.price for p in [q for q in parts if q.price]])",
            "sum([p.cost for p in [q for q in parts if q.cost]])",
        ),
        ("len('price') + len({'price': 1}.price)", "len('price') + len({'price': 1}.price)"),
        ("sum([price for price in [1, 2]])", "sum([price for price in [1, 2]])"),
    ],
)
def test_a_column_is_found_by_what_an_expression_means(source: str, expected: str) -> None:
    after = renamed(with_rows(source), "request", "parts/price", "cost")
    form = json.loads(after["forms/request.json"])
    assert form["schema"]["properties"]["all_parts"]["x-compute"] == expected
    assert form["rules"][0] == {"field": "parts/cost", "when": "cost > times and cost < amount", "message": "不对"}
    assert form["steps"] == {"apply": {"hide": ["parts/cost"]}}


def test_a_name_that_a_list_binds_itself_and_a_text_are_no_field() -> None:
    files = with_rows("sum([amount for amount in [1]]) + amount + len('amount')")
    form = json.loads(renamed(files, "request", "amount", "money")["forms/request.json"])
    source = form["schema"]["properties"]["all_parts"]["x-compute"]
    assert source == "sum([amount for amount in [1]]) + money + len('amount')"
    assert form["rules"][0]["when"] == "price > times and price < money"


@pytest.mark.parametrize(
    "name",
    ["", "1st", "金额", "a-b", "__class__", "_x", "typename", "outcome", "comment", "None", "sum", "in", "a" * 61],
)
def test_names_that_cannot_be_are_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(NameRefused, match=r"名称只用英文字母|系统保留"):
        rename_field(small(), "request", "amount", name)


def test_names_that_are_taken_are_refused_by_who_has_them() -> None:
    with pytest.raises(NameRefused, match="表单“客户招待报告表”已有字段“place”"):
        rename_field(files_of("hospitality"), "application", "venue", "place")
    with pytest.raises(NameRefused, match=r"“budget_reserved”已由.*使用"):
        rename_field(files_of("hospitality"), "application", "venue", "budget_reserved")
    with pytest.raises(NameRefused, match="已有列“quantity”"):
        rename_field(files_of("gift"), "application", "lines/value", "quantity")
    with pytest.raises(NameRefused, match="已有字段"):
        rename_field(files_of("visit"), "visit_record", "person", "region")
    with pytest.raises(NameRefused, match="已经用到“times”"):
        rename_field(with_rows("1"), "request", "amount", "times")
    with pytest.raises(NameRefused, match="没有“nothing”这个字段"):
        rename_field(small(), "request", "nothing", "something")


def test_what_cannot_be_read_and_seems_to_speak_of_the_field_keeps_its_name() -> None:
    with pytest.raises(NameRefused, match="读不懂"):
        rename_field(with_rows("amount +"), "request", "amount", "money")
    with pytest.raises(NameRefused, match=r"decisions/approval_level\.dmn 有错误"):
        rename_field(small(**{"decisions/approval_level.dmn": b"<amount"}), "request", "amount", "money")
    assert rename_field(small(**{"decisions/other.dmn": b"<nothing"}), "request", "amount", "money")


def test_hostile_files_are_no_harm() -> None:
    deep = b"[" * 100_000
    files = small(**{"forms/deep.json": deep, "scenarios/deep.toml": b"a = " + deep, "papers/deep.json": deep})
    assert rename_field(files, "request", "amount", "money")


def test_what_is_not_the_name_stays_as_it_was_written() -> None:
    files = small()
    files["process.toml"] = (
        files["process.toml"] + b'\r\n# amount stays\r\n[variables]\r\nseen = "amount"  # amount\r\n'
    )
    diagram = next(path for path in files if path.endswith(".bpmn"))
    files[diagram] = files[diagram].replace(b"?>", b"?><!-- amount \xe9\x87\x91 -->", 1)
    after = renamed(files, "request", "amount", "money")
    assert b'# amount stays\r\n[variables]\r\nseen = "amount"  # amount\r\n' in after["process.toml"]
    assert "<!-- amount 金 -->".encode() in after[diagram]


def spoken(value: Any, path: tuple[str | int, ...] = ()) -> Any:
    """Every key and text of plain values."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key), True, key
            yield from spoken(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from spoken(inner, (*path, number))
    elif isinstance(value, str):
        yield path, False, value


@pytest.mark.parametrize("file", sorted(SHIPPED.rglob("*.json")) + sorted(SHIPPED.rglob("*.toml")), ids=str)
def test_every_key_and_text_is_found_where_it_stands(file: Path) -> None:
    raw = file.read_text()
    found = list(json_spots(raw) if file.suffix == ".json" else toml_spots(raw))
    read = json.loads(raw) if file.suffix == ".json" else tomllib.loads(raw)
    assert {(spot.path, spot.is_key, spot.text.text) for spot in found} == set(spoken(read))


def test_writings_of_toml_that_are_rare_are_read_as_well() -> None:
    raw = (
        'a . "b c".\'d\' = """\nx\\u4e2d\\\n   y"""\n'
        "when = 2026-11-23 09:00:00 # note [x]\n[[s]]\nn = [[\"p\"], 'q', { r = '''t''' }]\n[s.v]\nw = \"z\"\n[[s]]\n"
        'n = []\n[s.v]\nw = "last"\n'
    )
    found = {(spot.path, spot.is_key, spot.text.text) for spot in toml_spots(raw)}
    assert {each for each in found if not each[1]} == {each for each in spoken(tomllib.loads(raw)) if not each[1]}


def test_elements_and_their_texts_are_found_in_xml_as_a_parser_reads_them() -> None:
    raw = (
        "<?xml version='1.0'?><a x=\"1 &lt; 2\"><!-- <b/> --><b y='&#x27;q&#39;'>t &amp; u<![CDATA[<c>]]>v</b><d/>w</a>"
    )
    root = etree.fromstring(raw)
    tags = xml_tags(raw)
    assert [tag.text.text for tag in tags[1:]] == [element.text or "" for element in list(root.iter("*"))[1:]]
    assert tags[0].attributes["x"].text == "1 < 2"
    assert tags[1].attributes["y"].text == "'q'"
