"""Papers on the browser's way to a printer: A4, heads on each page, nothing but the paper."""

from __future__ import annotations

import pypdfium2
import pytest

from services.database import db
from tests.browser.conftest import Visitor
from tests.browser.test_every_page import SCREENS, Visit, check
from tests.support import gift, hospitality, visits

pytestmark = pytest.mark.browser
A4 = (595, 842)


def printed(visitor: Visitor, path: str) -> list[tuple[tuple[int, int], str]]:
    """Size and text of each page that leaves the printer."""
    visitor.go(path)
    assert visitor.overflow() <= 0
    document = pypdfium2.PdfDocument(visitor.page.pdf(prefer_css_page_size=True))
    found = [document[at] for at in range(len(document))]
    return [
        ((round(page.get_width()), round(page.get_height())), page.get_textpage().get_text_bounded()) for page in found
    ]


def test_a_form_is_one_upright_page_without_the_buttons(visit: Visit) -> None:
    case = hospitality.reported()
    visitor = visit()
    visitor.enter_as("specialist")
    for name in ("application", "report"):
        ((size, text),) = printed(visitor, f"/cases/{case.id}/print/{name}")
        assert size == A4
        assert "财务部审核" in text
        assert "下载 PDF" not in text


def test_forty_visits_lie_across_with_their_head_on_each_page(visit: Visit) -> None:
    rows = [visits.row("C002", time=f"{9 + number // 6:02d}:{number % 6}0") for number in range(40)]
    case = visits.start(*rows)
    visitor = visit()
    visitor.enter_as("specialist")
    pages = printed(visitor, f"/cases/{case.id}/print/plan")
    assert len(pages) > 1
    assert {size for size, _text in pages} == {A4[::-1]}
    # the signatures may have a page of their own
    assert all("联络时间" in "".join(text.split()) for _size, text in pages if "周经理" in text)
    times = [line for _size, text in pages for line in text.split() if line[2:3] == ":"]
    assert times == [row["time"] for row in rows]


@pytest.mark.parametrize("screen", SCREENS)
def test_papers_are_sound_pages_and_move_alone(visit: Visit, screen: str) -> None:
    plan, request = visits.start(), gift.start()
    db.session.rollback()  # the walk takes longer than the database lets a transaction idle
    visitor = visit(**SCREENS[screen])
    visitor.enter_as("specialist")
    paths = (f"/cases/{plan.id}/print/plan", f"/cases/{request.id}/print/plan", "/registers/customers/print")
    for path in paths:
        visitor.go(path)
        assert check(visitor) == [], path
        heading = visitor.page.locator("h1").bounding_box()
        assert heading is not None
        assert heading["x"] + heading["width"] <= SCREENS[screen]["width"]
    if screen.startswith("phone"):
        assert visitor.page.locator("main").evaluate("sheet => sheet.scrollWidth > sheet.clientWidth")
