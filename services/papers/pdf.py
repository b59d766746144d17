"""Papers as PDF, with the characters that they need of the font inside.

The only module that knows ReportLab. Its fonts keep a place to read from, so one PDF is made at a time.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from services.errors import Unavailable
from services.papers.layout import LEADING, MARGIN, MM, PAD_X, PAD_Y, Box, Layout, Page, Stroke
from workflows.papers import Document
from workflows.papers.document import CENTER, END

REGULAR, BOLD = "regular.ttf", "semibold.ttf"
_MISSING = "□"
_THIN, _THICK = 0.6, 1.2
_SHADE, _STAMP = (0.956, 0.953, 0.937), (0.72, 0.11, 0.11)
_BEYOND = re.compile(rb"<([0-9A-F]{5,6})>")
_making = Lock()


class _Font(TTFont):  # type: ignore[misc]
    """A font whose rare characters, beyond the first plane, can be searched for and copied as well."""

    def addObjects(self, doc: object) -> None:  # noqa: N802 - ReportLab's name
        super().addObjects(doc)
        for name, found in doc.idToObject.items():  # type: ignore[attr-defined]
            if name.startswith("toUnicodeCMap:"):
                content = found.content if isinstance(found.content, bytes) else found.content.encode()
                found.content = _BEYOND.sub(_as_utf16, content).decode()


def _as_utf16(found: re.Match[bytes]) -> bytes:
    return b"<" + chr(int(found[1], 16)).encode("utf-16-be").hex().upper().encode() + b">"


@cache
def _faces(folder: Path) -> tuple[_Font, _Font]:
    """The regular and the bold face, read once a process."""
    missing = [name for name in (REGULAR, BOLD) if not (folder / name).is_file()]
    if missing:
        raise Unavailable("服务器上没有安装 PDF 用的字体，请管理员运行 make build；现在可以先用“打印”")
    faces = (_Font("huiqian-regular", folder / REGULAR), _Font("huiqian-bold", folder / BOLD))
    for face in faces:
        pdfmetrics.registerFont(face)
    return faces


def make_pdf(document: Document, *, fonts: Path, now: datetime) -> bytes:
    """The paper as a PDF on A4. Raises Unavailable where the fonts were not built."""
    with _making:
        return _Drawing(document, _faces(fonts), now).bytes()


class _Drawing:
    def __init__(self, document: Document, faces: tuple[_Font, _Font], now: datetime) -> None:
        self._document, self._faces = document, faces
        self._layout = Layout(document, self._measure)
        self._buffer = io.BytesIO()
        # invariant: the same paper at the same moment is the same file
        self._canvas = Canvas(self._buffer, pagesize=self._layout.size, pageCompression=1, invariant=1, lang="zh-CN")
        self._canvas.setDateFormatter(lambda *_clock: now.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ"))
        self._canvas.setTitle(" ".join(filter(None, (document.title, document.number))))
        self._canvas.setCreator("Huiqian")
        self._canvas.setProducer("Huiqian")

    def bytes(self) -> bytes:
        pages = self._layout.pages
        for number, page in enumerate(pages, start=1):
            self._page(page)
            if len(pages) > 1:
                self._footer(f"第 {number} 页，共 {len(pages)} 页")
            if self._document.stamp:
                self._stamp(self._document.stamp)
            self._canvas.showPage()
        self._canvas.save()
        return self._buffer.getvalue()

    def _known(self, text: str) -> str:
        """The text with a box for each character that the font does not have."""
        glyphs = self._faces[0].face.charToGlyph
        return "".join(character if ord(character) in glyphs else _MISSING for character in text)

    def _measure(self, text: str, size: float, bold: bool) -> float:
        width: float = self._faces[bold].stringWidth(self._known(text), size)
        return width

    def _text(self, x: float, y: float, text: str, size: float, *, bold: bool = False, spacing: float = 0.0) -> None:
        """Writes at ``y`` from the top."""
        self._canvas.setFillColorRGB(0, 0, 0)
        self._canvas.setFont(self._faces[bold].fontName, size)
        self._canvas.drawString(x, self._layout.size[1] - y, self._known(text), charSpace=spacing)

    def _page(self, page: Page) -> None:
        for mark in page.marks:
            if isinstance(mark, Box):
                self._box(mark)
            else:
                self._stroke(mark)
        self._frame([mark for mark in page.marks if isinstance(mark, Box)])

    def _stroke(self, stroke: Stroke) -> None:
        if stroke.text:
            self._text(stroke.x, stroke.y, stroke.text, stroke.size, bold=stroke.bold, spacing=stroke.spacing)
        if stroke.rule:
            y = self._layout.size[1] - stroke.y - 1 * MM
            self._canvas.setLineWidth(_THIN)
            self._canvas.line(stroke.x, y, stroke.x + stroke.rule, y)

    def _box(self, box: Box) -> None:
        canvas, top = self._canvas, self._layout.size[1] - box.y
        canvas.setLineWidth(_THIN)
        canvas.setFillColorRGB(*_SHADE)
        canvas.rect(box.x, top - box.height, box.width, box.height, stroke=1, fill=int(box.shaded))
        used = sum(line.height for line in box.lines)
        y = box.y + (PAD_Y if box.top else (box.height - used) / 2)
        for line in box.lines:
            y += line.gap
            if line.text:
                self._text(
                    self._start(box, line.text, line.size, line.bold, line.align),
                    y + line.size * 1.1,
                    line.text,
                    line.size,
                    bold=line.bold,
                )
            y += line.size * LEADING

    def _start(self, box: Box, text: str, size: float, bold: bool, align: str) -> float:
        spare = box.width - 2 * PAD_X - self._measure(text, size, bold)
        return box.x + PAD_X + (spare if align == END else spare / 2 if align == CENTER else 0.0)

    def _frame(self, boxes: list[Box]) -> None:
        """The thick rule around what is ruled: the grids of a page touch each other."""
        if boxes:
            top = min(box.y for box in boxes)
            bottom = max(box.y + box.height for box in boxes)
            width, height = self._layout.size
            self._canvas.setLineWidth(_THICK)
            self._canvas.rect(MARGIN, height - bottom, width - 2 * MARGIN, bottom - top)

    def _footer(self, text: str) -> None:
        size = 8.5
        width = self._measure(text, size, False)
        self._text((self._layout.size[0] - width) / 2, self._layout.size[1] - 8 * MM, text, size)

    def _stamp(self, text: str) -> None:
        canvas, (width, height) = self._canvas, self._layout.size
        canvas.saveState()
        canvas.translate(width / 2, height / 2)
        canvas.rotate(30)
        canvas.setFillColorRGB(*_STAMP)
        canvas.setStrokeColorRGB(*_STAMP)
        canvas.setFillAlpha(0.28)
        canvas.setStrokeAlpha(0.28)
        canvas.setFont(self._faces[1].fontName, 64)
        half = self._faces[1].stringWidth(text, 64) / 2
        canvas.setLineWidth(3)
        canvas.roundRect(-half - 18, -30, 2 * half + 36, 88, 8)
        canvas.drawString(-half, 0, text)
        canvas.restoreState()
