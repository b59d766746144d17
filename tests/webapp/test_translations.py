"""Every Chinese sentence that a person can meet has an English one, with the same values in it."""

from __future__ import annotations

import ast
import html
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, nodes

from services import demo
from webapp.i18n import english
from workflows.decisions.model import DecisionTable
from workflows.definition import ProcessDefinition, read_folder, read_process

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "webapp/templates").rglob("*.html"))
PROCESSES = sorted(path.parent for path in ROOT.glob("bpmn/*/process.toml"))
# the demo company's registers are data, its departments and posts are asked for by name below; and the words in which
# people write hours are read, not shown
DATA = {*ROOT.glob("services/demo*.py"), ROOT / "services/registers/visiting_words.py"}
SOURCES = sorted(
    path
    for path in (
        *ROOT.glob("services/**/*.py"),
        *ROOT.glob("webapp/**/*.py"),
        ROOT / "workflows/forms/validation.py",
        *ROOT.glob("workflows/comparing/*.py"),
    )
    if path not in DATA and "node_modules" not in path.parts
)
# the paper forms are the company's Chinese ones in every language; 中文 is how the other language calls itself
CHINESE_PAPER = "print.html"
CHINESE_ON_PURPOSE = {"中文"}
TAKE_VALUES = frozenset(
    {"_", "translate", "NotFound", "NotPermitted", "Conflict", "RateLimited", "TooLarge", "Unavailable"}
)

_FLOW_NAME = re.compile(r'<bpmn:sequenceFlow [^>]*name="([^"]*)"')
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def is_chinese(value: object) -> bool:
    return isinstance(value, str) and _CHINESE.search(value) is not None


def placeholders(sentence: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(sentence) if name is not None}


def sentences_in_python(source: str) -> set[str]:
    """Chinese string constants that stand for themselves: no docstrings, no parts of f-strings."""
    tree = ast.parse(source)
    passed_over: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed_over.update(map(id, node.values))
        elif isinstance(node, ast.Expr):
            passed_over.add(id(node.value))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and is_chinese(node.value) and id(node) not in passed_over
    }


def given_in_python(source: str) -> Iterator[tuple[str, set[str]]]:
    """Each sentence that is called with values, and the names of these."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id not in TAKE_VALUES:
            continue
        names = {keyword.arg for keyword in call.keywords}
        if (
            None not in names
            and call.args
            and isinstance(call.args[0], ast.Constant)
            and is_chinese(call.args[0].value)
        ):
            yield call.args[0].value, names  # type: ignore[misc]


def calls_in_template(source: str) -> Iterator[nodes.Call]:
    """The calls of ``_``."""
    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_":
            yield call


def sentences_in_template(source: str) -> set[str]:
    arguments = (call.args[0] for call in calls_in_template(source))
    return {found.value for found in arguments if isinstance(found, nodes.Const) and is_chinese(found.value)}


def given_in_template(source: str) -> Iterator[tuple[str, set[str]]]:
    for call in calls_in_template(source):
        if isinstance(call.args[0], nodes.Const) and is_chinese(call.args[0].value) and call.dyn_kwargs is None:
            yield call.args[0].value, {keyword.key for keyword in call.kwargs}


def untranslated_in_template(source: str) -> set[str]:
    """Chinese that reaches the page without ``_``."""
    tree = Environment(autoescape=True).parse(source)
    translated = sentences_in_template(source)
    written = {text.data.strip() for text in tree.find_all(nodes.TemplateData) if is_chinese(text.data)}
    constants = {constant.value for constant in tree.find_all(nodes.Const) if is_chinese(constant.value)}
    return written | constants - translated - CHINESE_ON_PURPOSE


def texts_of(definition: ProcessDefinition) -> set[str]:
    """What people read of a process, the posts and departments that it names included."""
    tables = {
        decision.name: decision.logic
        for model in definition.decisions.values()
        for decision in model.decisions
        if isinstance(decision.logic, DecisionTable)
    }
    columns = {column.label for table in tables.values() for column in (*table.inputs, *table.outputs)}
    rules = {*tables, *columns, *(rule.description for table in tables.values() for rule in table.rules)}
    flows = {html.unescape(name) for name in _FLOW_NAME.findall(definition.diagram.xml.decode())}
    settings = definition.settings
    lanes = {task.lane for task in definition.tasks.values()}
    return set(
        filter(is_chinese, {*definition.texts(), *rules, *flows, *lanes, *settings.starters, settings.cancel_refusal})
    )


def refusals_of(definition: ProcessDefinition) -> set[str]:
    """Sentences that reach a person as a refusal, which knows no process and asks the program's catalogue."""
    found = {definition.settings.cancel_refusal, *(task.comment_refusal for task in definition.tasks.values())}
    for form in definition.forms.values():
        found |= {rule["message"] for rule in form.rules}
        found |= {message for field in form.properties.values() for message in messages_of(field)}
    return set(filter(is_chinese, found))


def messages_of(field: Mapping[str, Any]) -> Iterator[str]:
    """What a field says when it is filled in wrongly, and what its parts and columns say."""
    yield from field.get("x-messages", {}).values()
    for part in (field.get("properties") or field.get("items", {}).get("properties") or {}).values():
        yield from messages_of(part)


def used_sentences() -> set[str]:
    """Everything that the program's own catalogue is for."""
    found = {name for person in demo.PEOPLE for name in (*person.posts, person.department)} | set(demo.DEPARTMENTS)
    for path in TEMPLATES:
        found |= sentences_in_template(path.read_text())
    for path in SOURCES:
        found |= sentences_in_python(path.read_text())
    return found


def differing(catalogue: Mapping[str, str]) -> list[str]:
    return [chinese for chinese, text in catalogue.items() if placeholders(chinese) != placeholders(text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_sentence_of_a_template_has_an_english_one(path: Path) -> None:
    assert sorted(sentences_in_template(path.read_text()) - english().keys()) == []


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path.name != CHINESE_PAPER], ids=lambda path: path.name)
def test_no_chinese_reaches_a_page_past_the_catalogue(path: Path) -> None:
    assert sorted(untranslated_in_template(path.read_text())) == []


def test_every_sentence_of_the_program_has_an_english_one() -> None:
    missing = {
        f"{path.relative_to(ROOT)}: {sentence}"
        for path in SOURCES
        for sentence in sentences_in_python(path.read_text()) - english().keys()
    }
    assert sorted(missing) == []


def test_every_department_and_post_of_the_demo_company_has_an_english_name() -> None:
    names = {name for person in demo.PEOPLE for name in (*person.posts, person.department)} | set(demo.DEPARTMENTS)
    assert sorted(names - english().keys()) == []


@pytest.mark.parametrize("folder", PROCESSES, ids=lambda folder: folder.name)
def test_every_text_of_a_process_has_an_english_one(folder: Path) -> None:
    definition = read_process(read_folder(folder))
    assert sorted(texts_of(definition) - definition.english.keys() - english().keys()) == []


@pytest.mark.parametrize("folder", PROCESSES, ids=lambda folder: folder.name)
def test_every_refusal_of_a_process_has_an_english_one(folder: Path) -> None:
    assert sorted(refusals_of(read_process(read_folder(folder))) - english().keys()) == []


@pytest.mark.parametrize("folder", PROCESSES, ids=lambda folder: folder.name)
def test_the_catalogue_of_a_process_translates_only_its_own_texts(folder: Path) -> None:
    definition = read_process(read_folder(folder))
    assert sorted(definition.english.keys() - texts_of(definition)) == []


@pytest.mark.parametrize("folder", PROCESSES, ids=lambda folder: folder.name)
def test_an_english_text_of_a_process_has_the_values_of_the_chinese_one(folder: Path) -> None:
    catalogue = tomllib.loads((folder / "en.toml").read_text())
    assert differing(catalogue) == []
    assert sorted(filter(is_chinese, catalogue.values())) == []


def test_an_english_sentence_has_the_values_of_the_chinese_one() -> None:
    assert differing(english()) == []
    assert sorted(filter(is_chinese, english().values())) == []


def test_every_sentence_is_given_the_values_that_it_names() -> None:
    given = [
        (path.name, sentence, names)
        for paths, collect in ((TEMPLATES, given_in_template), (SOURCES, given_in_python))
        for path in paths
        for sentence, names in collect(path.read_text())
    ]
    assert [entry for entry in given if placeholders(entry[1]) != entry[2]] == []


def test_the_catalogue_has_no_sentence_that_nothing_says() -> None:
    of_processes = {text for folder in PROCESSES for text in refusals_of(read_process(read_folder(folder)))}
    assert sorted(english().keys() - used_sentences() - of_processes) == []


def test_sentences_are_found_wherever_they_stand_in_python() -> None:
    source = '''
"""模块"""
_GONE = "没有了"
def f():
    """函数"""
    raise Conflict(refusal or "不行", who="x") if late else InvalidInput({"to": ["没有 {step}"]}, f"共 {n} 处")
'''
    assert sentences_in_python(source) == {"没有了", "不行", "没有 {step}"}


def test_sentences_are_found_wherever_they_stand_in_a_template() -> None:
    source = (
        "{% set names = {'a': _('同意')} %}<b title=\"{{ _('第 {n} 版', n=1) }}\">原文</b>{{ '驳回' if x else _(y) }}"
    )
    assert sentences_in_template(source) == {"同意", "第 {n} 版"}
    assert list(given_in_template(source)) == [("同意", set()), ("第 {n} 版", {"n"})]
    assert untranslated_in_template(source) == {'">原文</b>', "驳回"}


@pytest.mark.parametrize(
    "template", [path for path in TEMPLATES if path.name.startswith("_")], ids=lambda path: path.name
)
def test_words_of_a_partial_are_chosen_for_each_reader(template: Path) -> None:
    """A partial's own variables are set once, in the language of whoever came first; words belong into macros."""
    tree = Environment(autoescape=True).parse(template.read_text())
    kept = [node for node in tree.body if isinstance(node, nodes.Assign | nodes.AssignBlock)]
    assert [call for node in kept for call in node.find_all(nodes.Call)] == []


def test_a_sentence_names_each_value_once() -> None:
    """A sentence that was put together before is recognised by its pattern, which a name may be in only once."""
    for sentence in english():
        names = [name for _text, name, _spec, _conversion in string.Formatter().parse(sentence) if name]
        assert len(names) == len(set(names)), sentence
