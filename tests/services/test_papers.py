"""Papers laid out and made into PDF: nothing is cut, lost or broken, whatever stands on them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from services.errors import Unavailable
from services.papers.layout import MARGIN, MM, PAD_X, PAGE, Box, Layout
from services.papers.lines import break_lines
from services.papers.pdf import make_pdf
from tests.workflows.papers.papers import MONDAY, composed, signature
from workflows.papers import Document

FONTS = Path(__file__).parents[2] / "webapp" / "fonts"
LINES = {
    "table": "lines",
    "columns": [
        {"label": "序号", "number": True},
        {"label": "客户", "field": "customer"},
        {"label": "计划", "field": "plan", "choices": ["a", "b"]},
        {"label": "价值(元)", "field": "value", "money": True, "total": True},
    ],
}
SIGNED = {"signatures": [{"label": "审核", "step": "review"}, {"label": "复核", "step": "other"}]}
HOSTILE = {
    "a very long word": "x" * 700,
    "a long word among others": f"合同编号{'A1' * 200}，请查收",
    "emoji": "开会😀👨‍👩‍👧 见",
    "right to left": "שלום ﷽ مرحبا \u202eevil\u202c",
    "control characters": "\x00\x01\x1b[31m\x7f\x9f",
    "half a character": "\ud83d",
    "markup": "<b>&amp;</b> {{ 7*7 }} (\\051) Tj ET",
    "nothing but spaces": "   \u3000\u00a0  ",
    "many lines": "行\n" * 400,
    "a long text": "字" * 9_000,
    "no place to break": "（" * 300 + "，" * 300,
    "a rare name": "𬭎䶮㛃",
}


def measure(text: str, size: float, bold: bool) -> float:
    """A plain ruler: Chinese is as wide as high, the rest half of it."""
    return sum(size if ord(character) > 0x2E80 else size / 2 for character in text)


def text_of(pdf: bytes) -> str:
    """What a reader finds in it, without spaces."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [document[at].get_textpage().get_text_bounded() for at in range(len(document))]
    return "".join("".join(pages).split()).replace("\ufffe", "")


def pages_of(pdf: bytes) -> list[tuple[float, float]]:
    document = pypdfium2.PdfDocument(pdf)
    return [document[at].get_size() for at in range(len(document))]


def made(document: Document) -> bytes:
    return make_pdf(document, fonts=FONTS, now=MONDAY)


def boxes(layout: Layout) -> Iterator[tuple[int, Box]]:
    for number, page in enumerate(layout.pages):
        yield from ((number, mark) for mark in page.marks if isinstance(mark, Box))


def check_nothing_is_cut(layout: Layout) -> None:
    """Every box is inside its page, every line inside its box."""
    width, height = layout.size
    for _page, box in boxes(layout):
        assert box.x >= MARGIN - 0.1
        assert box.x + box.width <= width - MARGIN + 0.1
        assert box.y + box.height <= height - 16 * MM + 0.1
        assert sum(line.height for line in box.lines) <= box.height + 0.1
        for line in box.lines:
            assert measure(line.text, line.size, line.bold) <= box.width - 2 * PAD_X + 0.1 or len(line.text) <= 1


def hostile(text: str) -> Document:
    rows: list[list[dict[str, Any]]] = [
        [{"label": "客户", "field": "customer"}, {"label": "日期", "field": "day"}, {"label": "计划", "field": "plan"}],
        [{"label": "人员", "field": "people", "wide": True}],
        [{"label": "支出", "amounts": "budget", "notes": "notes", "total": "total"}],
        [LINES],
    ]
    return composed(
        rows,
        customer=text,
        people=[text],
        plan=text,
        notes={"meal": text},
        lines=[{"customer": text}],
        filled={"paper": SIGNED, "signatures": {"review": [signature(text, outcome="reject", comment=text)]}},
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_breaks_a_paper(text: str) -> None:
    document = hostile(text)
    check_nothing_is_cut(Layout(document, measure))
    found = text_of(made(document))
    assert "申请表" in found
    assert "合计" in found


def test_every_character_of_a_long_text_is_on_the_paper() -> None:
    numbered = "".join(f"第{number}句话。" for number in range(2_000))
    document = composed([[{"label": "说明", "field": "customer", "wide": True}]], customer=numbered)
    layout = Layout(document, measure)
    assert "".join(line.text for _page, box in boxes(layout) if not box.shaded for line in box.lines) == numbered
    assert len(layout.pages) > 2


def test_forty_rows_go_over_pages_with_their_head_and_none_is_cut() -> None:
    lines = [{"customer": f"第{number}家客户有限公司" * (1 + number % 4), "value": 10} for number in range(1, 41)]
    layout = Layout(composed([[LINES]], lines=lines), measure)
    check_nothing_is_cut(layout)
    assert len(layout.pages) > 1
    heads = [page for page, box in boxes(layout) if [line.text for line in box.lines] == ["序号"]]
    assert heads == list(range(len(layout.pages)))
    numbers = [box.lines[0].text for _page, box in boxes(layout) if box.lines and box.x < MARGIN + 1 and not box.shaded]
    assert numbers == [str(number) for number in range(1, 41)]
    for page in range(len(layout.pages)):
        mine = sorted((box.y, box.y + box.height) for number, box in boxes(layout) if number == page)
        ends = {round(end, 3) for _start, end in mine}
        assert all(round(start, 3) in ends for start, _end in mine[len(LINES["columns"]) :] if start > mine[0][0])
    found = text_of(made(composed([[LINES]], lines=lines)))
    assert "大写：肆佰元整" in found
    assert found.count("序号") == len(layout.pages)


def test_a_signature_row_is_not_parted_from_its_heading() -> None:
    rows = [[{"label": "说明", "field": "customer", "wide": True}] for _ in range(16)]
    for count in range(12, 17):
        layout = Layout(composed(rows[:count], filled={"paper": SIGNED}), measure)
        places = [page for page, box in boxes(layout) if box.lines and box.lines[0].text in ("审核", "复核")]
        blank = [page for page, box in boxes(layout) if box.height >= 26 * MM - 0.1]
        assert set(places) == set(blank)


def test_amounts_stay_together() -> None:
    filler = [[{"label": "说明", "field": "customer", "wide": True}] for _ in range(14)]
    for count in range(10, 15):
        document = composed([*filler[:count], [{"label": "预算", "amounts": "budget", "total": "total"}]])
        layout = Layout(document, measure)
        pages = {page for page, box in boxes(layout) if box.lines and box.lines[0].text in ("预算", "用餐", "合计")}
        assert len(pages) == 1


def test_words_stay_whole_and_marks_do_not_begin_a_line() -> None:
    broken = break_lines("合同合同合（二〇），交付Shanghai Office。", 60, 10, False, measure)
    assert broken == ["合同合同合", "（二〇），交", "付Shanghai", "Office。"]
    assert break_lines("", 60, 10, False, measure) == [""]
    assert break_lines("甲\n\n乙", 60, 10, False, measure) == ["甲", "", "乙"]


def test_the_font_is_inside_and_rare_names_can_be_searched_for() -> None:
    pdf = made(composed([[{"label": "客户", "field": "customer"}]], customer="龚䶮𬭎 Zoë"))
    assert b"FontFile2" in pdf
    assert "龚䶮𬭎Zoë" in text_of(pdf)


def test_what_the_font_does_not_have_is_a_box() -> None:
    assert "开会□见" in text_of(made(composed([[{"label": "客户", "field": "customer"}]], customer="开会😀见")))


def test_a_paper_may_lie_across() -> None:
    document = composed([[LINES]], filled={"paper": {"orientation": "landscape"}})
    ((width, height),) = pages_of(made(document))
    assert (round(width), round(height)) == (round(PAGE[1]), round(PAGE[0]))


def test_the_same_paper_is_the_same_file() -> None:
    document = composed([[LINES]], lines=[{"customer": "C001", "value": 1}])
    assert made(document) == made(document)


def test_papers_made_at_the_same_time_do_not_disturb_each_other() -> None:
    documents = [
        composed([[{"label": "客户", "field": "customer"}]], customer=chr(0x4E00 + at) * 50) for at in range(24)
    ]
    alone = [made(document) for document in documents]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(made, documents)) == alone


def test_without_the_fonts_the_reader_is_told_what_helps(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="make build"):
        make_pdf(composed([]), fonts=tmp_path, now=MONDAY)


@pytest.mark.parametrize("comment", ["不同意" * 60, "长" * 2_000, ""])
def test_lines_to_sign_on_wrap_and_stay_on_the_page(comment: str) -> None:
    places = [{"label": f"第{number}位签字人", "step": "review"} for number in range(8)]
    paper = {"signature_style": "line", "signatures": places}
    said = signature("欧阳" * 10, outcome="reject", comment=comment)
    document = composed([[LINES]], filled={"paper": paper, "signatures": {"review": [said, said]}})
    layout = Layout(document, measure)
    for page in layout.pages:
        for mark in page.marks:
            if not isinstance(mark, Box):
                assert mark.x + max(mark.rule, measure(mark.text, mark.size, False)) <= PAGE[0] - MARGIN + 0.1
                assert mark.y <= PAGE[1] - 16 * MM + 0.1
    found = text_of(made(document))
    assert found.count("签字人：") == 8
    assert found.count(comment[:3] or "驳回") >= 16
