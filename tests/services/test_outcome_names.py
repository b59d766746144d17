"""What people call the outcomes of a process is changed in its settings, and nothing else of them is."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.errors import InvalidInput
from services.processes.outcome_names import MAX_LABEL, name_outcome

GIFT = Path("bpmn/gift/process.toml").read_bytes()


def test_a_label_is_changed_and_all_else_stays_as_it_was_written() -> None:
    changed = name_outcome(GIFT, "given", " 已送达 ")
    assert changed.decode() == GIFT.decode().replace('given = "已赠出"', 'given = "已送达"')
    assert name_outcome(changed, "given", "已赠出") == GIFT


def test_a_first_label_makes_the_table_and_an_empty_one_is_taken_away() -> None:
    first = name_outcome(b'key = "a"\n# remarks stay\n', "result_1", "补充资料")
    assert first.decode() == 'key = "a"\n# remarks stay\n\n[outcomes]\nresult_1 = "补充资料"\n'
    assert b"result_1" not in name_outcome(first, "result_1", "")
    assert b"result_2" not in name_outcome(first, "result_2", " ")


@pytest.mark.parametrize(
    ("manifest", "outcome", "label", "field"),
    [
        (b"", "结果", "好", "outcome"),
        (b"", "a b", "好", "outcome"),
        (b"", "", "好", "outcome"),
        (b"", "a", "长" * (MAX_LABEL + 1), "label"),
        (b"", "a", "一\n二", "label"),
        (b"not toml", "a", "好", "label"),
        (b"\xff\xfe", "a", "好", "label"),
        (b'outcomes = "text"', "a", "好", "label"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(manifest: bytes, outcome: str, label: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        name_outcome(manifest, outcome, label)
    assert list(refused.value.errors) == [field]
