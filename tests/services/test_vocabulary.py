"""What an editor may offer: everything of the program has a name that people understand."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask

from services.cases.facts import FACTS
from services.cases.knowing import KNOWLEDGE
from services.cases.operation_words import OPERATION_WORDS
from services.cases.operations import OPERATIONS
from services.database import read_session
from services.processes.expressions import read_expression
from services.processes.vocabulary import vocabulary
from services.processes.words import ENGINE_WORDS, ENTRY_WORDS, FACT_WORDS, KNOWLEDGE_WORDS, SOURCE_WORDS
from services.registers.lookups import SOURCES
from tests.support.folders import deciding, folder, table
from workflows.checks import expressions_of
from workflows.definition import ENGINE_NAMES, read_folder
from workflows.definition.names import KNOWN_FUNCTIONS
from workflows.expressions.words import FUNCTION_WORDS


def test_whatever_a_process_can_name_has_a_title() -> None:
    assert OPERATION_WORDS.keys() == OPERATIONS.keys()
    assert FUNCTION_WORDS.keys() == KNOWN_FUNCTIONS
    assert FACT_WORDS.keys() == FACTS.keys()
    assert KNOWLEDGE_WORDS.keys() == KNOWLEDGE.keys()
    assert SOURCE_WORDS.keys() == ENTRY_WORDS.keys() == SOURCES.keys()
    assert ENGINE_WORDS.keys() == ENGINE_NAMES


def test_examples_of_functions_can_be_read() -> None:
    files = folder(deciding("outcome == 'reject'"))
    unreadable = [
        words.example
        for words in FUNCTION_WORDS.values()
        if "无法读懂" in read_expression(files, words.example, "condition").message
    ]
    assert unreadable == []


def test_every_expression_of_the_shipped_diagrams_is_understood_while_typing() -> None:
    misread = []
    for path in sorted(Path("bpmn").glob("*/*.bpmn")):
        files = read_folder(path.parent)
        for use in expressions_of(files[path.name]):
            reading = read_expression(files, use.source, use.kind)
            misread += [] if reading.ok else [f"{path.name} {use.source}: {reading.message}"]
    assert misread == []


def test_a_folder_gives_its_names_with_their_titles(app: Flask) -> None:
    files = folder(deciding("outcome == 'reject'"), decisions__level=table({"-": "a"}))
    found = vocabulary(read_session(), files)
    names = {each["name"]: (each["title"], each["from"]) for each in found["names"]}
    assert names["amount"] == ("金额", "申请表")
    assert names["level"] == ("级别", "level")
    assert {"总经理", "申请人"} <= set(found["posts"])
    kind = next(each for each in found["forms"][0]["fields"] if each["name"] == "kind")
    assert kind["choices"][0] == {"value": "gift", "label": "礼品"}
    json.dumps(found)


def test_a_broken_folder_gives_what_can_be_read(app: Flask) -> None:
    files = {**folder(deciding("x")), "process.toml": b"[[[", "forms/apply.json": b"{", "process.bpmn": b"<"}
    found = vocabulary(read_session(), files)
    assert found["forms"] == []
    assert found["operations"]


def reading(source: str, kind: str = "condition") -> tuple[bool, str, str]:
    found = read_expression(folder(deciding("outcome == 'reject'")), source, kind)
    return found.ok, found.message, found.reads


def test_an_expression_is_said_in_words() -> None:
    assert reading("amount > 1000 and kind == 'gift'")[2] == "“金额” 大于 1000，并且 “类型” 为 礼品"
    assert reading("outcome == 'reject'")[2] == "“上一环节的结果” 为 驳回"
    assert reading("not note")[2] == "“说明” 为空或为“否”"


def test_what_is_wrong_with_an_expression_says_what_to_do() -> None:
    assert "是不是“金额（amount）”" in reading("amout > 1")[1]
    assert "两个等号" in reading("kind = 'gift'")[1]
    assert "中文标点" in reading("kind == “gift”")[1]
    assert "没有“work_day”这个函数" in reading("work_day(2)", "due")[1]
    assert "是不是" in reading("amout + 1", "feel")[1]
    assert reading("", "condition")[0] is False
    assert reading("x = 1", "script") == (True, "", "")
