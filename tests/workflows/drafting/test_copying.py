"""Templates, copies and the smallest process: whole, drawn, and under their own names everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from workflows.definition import read_folder, read_process
from workflows.drafting.copying import copied, key_refusal, prefix_refusal, smallest
from workflows.drafting.layout import DI, is_drawn, lay_out
from workflows.scenarios import differences, play

BPMN = Path(__file__).parents[3] / "bpmn"
TEMPLATES = sorted(path.name for path in (BPMN / "templates").iterdir() if path.is_dir())
LIBRARY = sorted(path.parent.name for path in BPMN.glob("*/process.toml"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_whole_and_its_scenarios_ask_for_every_step(name: str) -> None:
    found = read_process(copied(read_folder(BPMN / "templates" / name), name, "travel", title="出差", prefix="CC"))
    assert (found.key, found.settings.title, found.settings.number_prefix) == ("travel", "出差", "CC")
    assert [line for scenario in found.scenarios.values() for line in differences(found, scenario)] == []
    assert {step for scenario in found.scenarios.values() for step in play(found, scenario).path} == set(found.tasks)
    assert is_drawn(etree.fromstring(found.diagram.xml))


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_text_of_a_template_has_its_english(name: str) -> None:
    found = read_process(read_folder(BPMN / "templates" / name))
    assert {text for text in found.texts() if text} - set(found.english) == set()


@pytest.mark.parametrize("key", LIBRARY)
def test_a_copy_of_a_process_has_its_own_name_everywhere_and_works(key: str) -> None:
    files = copied(read_folder(BPMN / key), key, "copy_of_it", title="副本", prefix="FB")
    found = read_process(files)
    assert f"{key}.bpmn" not in files
    assert found.key == "copy_of_it"
    diagram = etree.fromstring(found.diagram.xml)
    assert [one.get("processRef") for one in diagram.iter("{*}participant")] == ["copy_of_it"]
    assert differences(found, next(iter(found.scenarios.values()))) == []


def test_the_smallest_process_is_valid_and_drawn() -> None:
    found = read_process(smallest("travel", title="出差", prefix="CC"))
    assert list(found.tasks) == ["apply", "review"]
    assert is_drawn(etree.fromstring(found.diagram.xml))


@pytest.mark.parametrize("key", LIBRARY)
def test_any_drawing_can_be_made_anew_without_boxes_on_each_other(key: str) -> None:
    root = etree.fromstring((BPMN / key / f"{key}.bpmn").read_bytes())
    lay_out(root)
    kinds = {
        node.get("id"): etree.QName(node).localname
        for node in root.iter("{http://www.omg.org/spec/BPMN/20100524/MODEL}*")
    }
    boxes = []
    for shape in root.iter(f"{{{DI}}}BPMNShape"):
        kind = kinds[shape.get("bpmnElement")]
        if kind not in ("participant", "lane", "boundaryEvent", "subProcess"):
            bounds = {name: float(value) for name, value in shape[0].attrib.items()}
            boxes.append((bounds["x"], bounds["y"], bounds["width"], bounds["height"]))
    assert len(boxes) > 10
    on_each_other = [
        (one, other)
        for number, one in enumerate(boxes)
        for other in boxes[number + 1 :]
        if one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    ]
    assert on_each_other == []


@pytest.mark.parametrize(
    "key", ["", "Travel", "1st", "a b", "typename", "start", "end", "root", "new", "x" * 41, "差旅"]
)
def test_a_key_that_cannot_be_is_refused_in_a_sentence(key: str) -> None:
    assert key_refusal(key) != ""


def test_keys_and_prefixes_that_can_be() -> None:
    assert [key_refusal(key) for key in ("travel", "travel_request", "t1_2")] == ["", "", ""]
    assert [bool(prefix_refusal(prefix)) for prefix in ("CC", "C1", "c", "1C", "", "TOOLONGER")] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]
