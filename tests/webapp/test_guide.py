"""The reference guide: every page is there, every example is run, and nothing that a process may hold lacks a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from services.cases.operations import OPERATIONS
from tests.support.clients import PoliteClient
from tests.support.guide import LANGUAGES, blocks_of, called, elements, example, outcomes
from webapp.guide import find_page, find_topic, search
from webapp.guide.topics import FOLDER, topics
from webapp.pages.guide import guide_url
from workflows.checks.elements import _EVENT_DEFINITIONS, _NODES
from workflows.checks.words import _INSTEAD
from workflows.decisions.model import Aggregation, HitPolicy
from workflows.definition.names import KNOWN_FUNCTIONS
from workflows.forms.checks import WIDGETS
from workflows.scenarios import differences
from workflows.signing.policy import PROPERTIES

ROOT = Path(__file__).parents[2]
README, SCRIPTS = ROOT / "bpmn" / "README.md", ROOT / "webapp" / "frontend" / "src"
TOPICS = [topic.name for topic in topics()]
GUIDES = {"first-change", "new-process"}
"""They are followed in a browser, with examples that are what one clicks."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_has_its_page_and_no_page_lacks_a_topic(language: str) -> None:
    assert {path.stem for path in (FOLDER / language).glob("*.md")} == set(TOPICS)
    assert len(TOPICS) == len(set(TOPICS))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", TOPICS)
def test_every_example_comes_out_as_the_page_says(topic: str, language: str) -> None:
    examples = [block for block in blocks_of(topic, language) if block.kind != "html"]
    assert examples or topic in GUIDES, "a page without an example"
    for block in examples:
        for given, said, found in outcomes(block):
            assert found == said, given
        assert block.cases or block.kind == "example"
        for highlight in block.highlights:
            element = elements(block.folder)[highlight.element]
            if highlight.property:
                assert highlight.property in {fact.name for fact in element.facts.values()}


@pytest.mark.parametrize("topic", TOPICS)
def test_both_languages_have_the_same_examples(topic: str) -> None:
    found = [[block.source for block in blocks_of(topic, language) if block.kind != "html"] for language in LANGUAGES]
    assert found[0] == found[1]


@pytest.mark.parametrize("folder", sorted(path.name for path in (FOLDER / "examples").iterdir()))
def test_a_process_of_the_guide_comes_out_as_its_scenarios_say(folder: str) -> None:
    definition = example(folder)
    assert definition.scenarios
    for scenario in definition.scenarios.values():
        assert differences(definition, scenario) == []


# nothing without a page


def kinds_on(topic: str) -> set[str]:
    """The kinds of element that the page's diagram points at."""
    blocks = [block for block in blocks_of(topic, "zh") if block.kind == "example"]
    return {elements(block.folder)[each.element].kind for block in blocks for each in block.highlights}


@pytest.mark.parametrize("kind", sorted({*_NODES, "sequenceFlow", "lane", "textAnnotation"}))
def test_an_element_that_may_be_drawn_has_a_page_that_shows_one(kind: str) -> None:
    topic = find_topic("element", "annotation" if kind == "textAnnotation" else kind)
    assert topic is not None
    assert kind in kinds_on(topic)


@pytest.mark.parametrize("event", sorted(set().union(*_EVENT_DEFINITIONS.values())))
def test_a_kind_of_event_has_a_page(event: str) -> None:
    assert find_topic("element", f"{event.removesuffix('EventDefinition')}Event")


def test_what_is_refused_by_name_is_on_the_page_of_refused_elements() -> None:
    for language in LANGUAGES:
        page = find_page("element-refused", language)
        assert page is not None
        missing = {name for name in _INSTEAD if f"`{name}`" not in page.text}
        assert missing <= {"humanPerformer", "performer"}, "both are ways of writing potentialOwner"


def test_a_property_of_the_readme_has_a_page() -> None:
    rows = [line for line in README.read_text().splitlines() if line.startswith("   | `") and "x-" not in line[:8]]
    names = {line.split("`")[1] for line in rows}
    assert {"form", "due", "performer", *PROPERTIES} <= names
    assert {name for name in names if find_topic("property", name) is None} == set()


@pytest.mark.parametrize("policy", list(HitPolicy))
def test_a_hit_policy_has_a_page_with_a_table_of_it(policy: HitPolicy) -> None:
    topic = find_topic("hit-policy", policy.value)
    assert topic is not None
    assert policy.value in {block.head.partition(" ")[0] if policy is HitPolicy.COLLECT else block.head
                            for block in blocks_of(topic, "zh")}  # fmt: skip


def test_every_aggregation_is_shown() -> None:
    heads = {block.head for block in blocks_of("hit-policy-collect", "zh")}
    assert {f"COLLECT {aggregation.value}" for aggregation in Aggregation} <= heads


@pytest.mark.parametrize("function", sorted(KNOWN_FUNCTIONS))
def test_a_function_has_a_page_that_calls_it(function: str) -> None:
    topic = find_topic("function", function)
    assert topic is not None
    cases = [case.given for block in blocks_of(topic, "zh") if block.kind == "expression" for case in block.cases]
    assert any(function in called(case) for case in cases)


@pytest.mark.parametrize("widget", sorted(WIDGETS))
def test_a_widget_has_a_page_with_a_field_of_it(widget: str) -> None:
    topic = find_topic("widget", widget)
    assert topic is not None
    fields = [field for block in blocks_of(topic, "zh") if block.kind == "form"
              for field in block.names["properties"].values()]  # fmt: skip
    assert widget in {field.get("x-widget", "text") for field in fields}


@pytest.mark.parametrize(
    "key", [line.split("`")[1] for line in README.read_text().splitlines() if line.startswith("   | `x-")]
)
def test_a_key_of_a_field_stands_on_a_page(key: str) -> None:
    for language in LANGUAGES:
        assert any(f"`{key}" in page.text or f'"{key}"' in page.text for page in search(key, language))


# as pages


def test_everybody_reads_the_guide(browse: Callable[[str], PoliteClient]) -> None:
    client = browse("specialist")
    addresses = client.get("/help").xpath("//ul[@class='hq-guide-list']//a/@href")
    assert addresses == [f"/help/{topic}" for topic in TOPICS]
    for address in addresses:
        assert client.get(address).xpath("//article//text()")


def test_the_guide_reads_in_english(app: Flask) -> None:
    client = PoliteClient(app)
    client.sign_in("owner")
    page = client.get("/help/function-work-days", headers={"Accept-Language": "en"})
    assert page.xpath("string(//h1)") == "Function work_days"
    assert "so many working days from now" in page.xpath("string(//article)")


def test_the_page_of_operations_names_every_operation(browse: Callable[[str], PoliteClient]) -> None:
    page = browse("owner").get("/help/operations")
    named = {cell.text_content() for cell in page.xpath("//article//tbody/tr/td[1]")}
    assert set(OPERATIONS) <= named


def test_the_diagram_of_an_example_is_drawn(browse: Callable[[str], PoliteClient]) -> None:
    client = browse("specialist")
    assert client.get("/help/element-user-task").xpath("//div[@id='diagram']")
    assert "bpmn:definitions" in client.raw("/help/examples/expense.bpmn").text
    client.get("/help/examples/nothing.bpmn", 404)


def test_a_word_finds_its_pages_and_an_unknown_topic_none(browse: Callable[[str], PoliteClient]) -> None:
    client = browse("specialist")
    found = client.get("/help?q=work_days").xpath("(//ul[@class='hq-guide-list'])[1]//a/text()")
    assert found[0] == "函数 work_days"
    assert "没有找到" in client.get("/help?q=不存在的词").text_content()
    for topic in ("element-nothing", "..%2Fzh%2Fexpression"):
        client.get(f"/help/{topic}", 404)


def test_nobody_reads_it_without_signing_in(app: Flask) -> None:
    assert PoliteClient(app).raw("/help").status_code in (302, 303)


def test_an_address_is_found_for_what_editors_name_and_the_index_for_the_rest(app: Flask) -> None:
    with app.test_request_context():
        assert guide_url("element", "userTask") == "/help/element-user-task"
        assert guide_url("hit-policy", "RULE ORDER") == "/help/hit-policy-rule-order"
        assert guide_url("property", "vote_needed") == "/help/property-vote-needed"
        assert guide_url("operation", "remind") == "/help/operations"
        assert guide_url("element", "callActivity") == "/help"


# what the editors link to


_LINKED = re.compile(r"""(?:bench\.guide|guide)\(\s*'([\w-]+)',\s*'([\w-]+)'\s*\)""")
_BUILT = re.compile(r"""help\}([a-z][\w-]*[a-z])[`'"]""")


def test_every_address_that_a_script_names_is_a_page() -> None:
    sources = [path.read_text() for path in SCRIPTS.rglob("*.js")]
    named = {f"{kind}-{name.replace('_', '-')}" for text in sources for kind, name in _LINKED.findall(text)}
    named |= {topic for text in sources for topic in _BUILT.findall(text)}
    assert named
    assert sorted(named - set(TOPICS)) == []


_KINDS = re.compile(r"^  (\w+): \{ title: ", re.MULTILINE)


def test_every_kind_of_field_of_the_form_designer_has_a_page() -> None:
    kinds = _KINDS.findall((SCRIPTS / "workbench" / "designer" / "kinds.js").read_text())
    assert {"money", "several", "rows"} <= set(kinds)
    assert [kind for kind in kinds if find_topic("widget", kind) is None] == []
