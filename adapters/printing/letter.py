"""
How our papers look: the letterhead, the type, tables of amounts, and numbered pages.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, get_timezone_location
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from adapters.printing.scripts import runs
from domain.shared.money import Money

LOCALE = "en_GB"
_REGULAR, _BOLD = "Inter", "Inter-SemiBold"
_FONTS = Path(__file__).parent / "fonts"
INK, SOFT, ACCENT, LINE = (HexColor(code) for code in ("#1b2421", "#5b6863", "#0f5e57", "#d5dcd8"))
_MARGIN, _FOOT = 18 * mm, 16 * mm
_PADDING = 6
"""Points that the library puts around what it lays out."""

for _name, _file in ((_REGULAR, "Inter-Regular.ttf"), (_BOLD, "Inter-SemiBold.ttf")):
    pdfmetrics.registerFont(TTFont(_name, str(_FONTS / _file)))


def _style(size: float, *, bold: bool = False, colour: Color = INK, **more: Any) -> ParagraphStyle:
    font = _BOLD if bold else _REGULAR
    return ParagraphStyle(
        name=f"{font}-{size}-{colour}-{more}",
        fontName=font,
        fontSize=size,
        leading=size * 1.4,
        textColor=colour,
        **more,
    )


_TITLE = _style(20, bold=True, spaceAfter=2 * mm)
_HEADING = _style(12, bold=True, spaceBefore=7 * mm, spaceAfter=2 * mm)
_TEXT = _style(9)
_SMALL = _style(7.5, colour=SOFT)
_CELL = _style(8)
_HEAD = _style(7.5, bold=True, colour=SOFT)
_STRONG = _style(8, bold=True)
_RIGHT: dict[ParagraphStyle, ParagraphStyle] = {
    style: ParagraphStyle(name=f"{style.name}-right", parent=style, alignment=TA_RIGHT)
    for style in (_HEAD, _CELL, _STRONG)
}


def _marked(words: str) -> str:
    """As paragraphs read it: what our own type lacks is set in another."""
    return "".join(
        escape(piece) if font is None else f'<font name="{font}">{escape(piece)}</font>'
        for piece, font in runs(words)
    )


def title(words: str) -> Flowable:
    """What the paper is."""
    return Paragraph(_marked(words), _TITLE)


def heading(words: str) -> tuple[Flowable, Flowable]:
    """What a part of it is about; never alone at the foot of a page."""
    return (CondPageBreak(40 * mm), Paragraph(_marked(words), _HEADING))


def text(words: str) -> Flowable:
    """A sentence."""
    return Paragraph(_marked(words), _TEXT)


def small(words: str) -> Flowable:
    """A remark."""
    return Paragraph(_marked(words), _SMALL)


def gap(height: float = 3) -> Flowable:
    """Room, in millimetres."""
    return Spacer(1, height * mm)


def cell(words: str, *details: str) -> list[Flowable]:
    """A cell of a table with remarks below."""
    return [Paragraph(_marked(words), _CELL), *(small(detail) for detail in details)]


def amounts_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    widths: Sequence[float],
    *,
    amounts: int,
    strong: Sequence[int] = (),
) -> Flowable:
    """
    A table whose head is repeated on every page that it runs over.

    Args:
        widths: In millimetres.
        amounts: How many of the last columns hold amounts.
        strong: The numbers of rows that are sums; -1 is the last one.
    """
    first = len(columns) - amounts
    sums = {row % max(len(rows), 1) for row in strong}
    body = [
        [
            _dressed(value, right=place >= first, strong=number in sums)
            for place, value in enumerate(row)
        ]
        for number, row in enumerate(rows)
    ]
    head = [
        Paragraph(_marked(name), _RIGHT[_HEAD] if place >= first else _HEAD)
        for place, name in enumerate(columns)
    ]
    ruled = [("LINEABOVE", (0, row + 1), (-1, row + 1), 0.8, SOFT) for row in sums]
    return Table(
        [head, *body],
        colWidths=[width * mm for width in widths],
        repeatRows=1,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
            ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            *ruled,
        ],
        hAlign="LEFT",
    )


def _dressed(value: Any, *, right: bool, strong: bool) -> Any:
    if not isinstance(value, str):
        return value
    style = _STRONG if strong else _CELL
    return Paragraph(_marked(value), _RIGHT[style] if right else style)


def number(money: Money) -> str:
    """`1,234.50`; the currency stands at the head of the paper. Minus is a minus sign."""
    return f"{money.major:,f}".replace("-", "\u2212")


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`2 Mar 2026, 23:00`, where the reader lives."""
    return str(format_datetime(at.astimezone(zone), "d MMM y, HH:mm", locale=LOCALE))


def zone_words(zone: ZoneInfo) -> str:
    """`Australia (Sydney) Time`."""
    return str(get_timezone_location(zone, locale=LOCALE))


def letter(story: Sequence[Flowable], *, name: str, about: str) -> bytes:
    """
    Lay a paper out on numbered A4 pages. The same paper is the same bytes, whenever it is made.

    Args:
        name: The title that readers of the file show.
        about: What stands at the head and foot of each page.
    """

    class Numbered(_NumberedCanvas):
        words = about

    made = io.BytesIO()
    SimpleDocTemplate(
        made,
        pagesize=A4,
        leftMargin=_MARGIN - _PADDING,
        rightMargin=_MARGIN - _PADDING,
        topMargin=30 * mm,
        bottomMargin=24 * mm,
        title=name,
        author="Scripted",
        lang="en-GB",
        invariant=1,
    ).build(list(story), canvasmaker=Numbered)
    return made.getvalue()


class _NumberedCanvas(Canvas):
    """Keeps its pages until it knows how many there are."""

    words = ""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - Canvas's own name
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined] # not in the stubs

    def save(self) -> None:
        for place, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self._frame(place, len(self._pages))
            super().showPage()
        super().save()

    def _frame(self, place: int, count: int) -> None:
        right, top = A4[0] - _MARGIN, A4[1] - 16 * mm
        self.setFillColor(ACCENT)
        self.setFont(_BOLD, 14)
        self.drawString(_MARGIN, top, "Scripted")
        self.setFillColor(SOFT)
        self.setFont(_REGULAR, 7.5)
        self._say(right - self._width(), top)
        self._say(_MARGIN, _FOOT - 4 * mm)
        self.setFont(_REGULAR, 7.5)
        self.drawRightString(right, _FOOT - 4 * mm, f"Page {place} of {count}")
        self.setStrokeColor(LINE)
        self.setLineWidth(0.5)
        self.line(_MARGIN, top - 4 * mm, right, top - 4 * mm)
        self.line(_MARGIN, _FOOT, right, _FOOT)

    def _width(self) -> float:
        pieces = runs(self.words)
        return sum(pdfmetrics.stringWidth(piece, font or _REGULAR, 7.5) for piece, font in pieces)

    def _say(self, left: float, height: float) -> None:
        for piece, font in runs(self.words):
            self.setFont(font or _REGULAR, 7.5)
            self.drawString(left, height, piece)
            left += pdfmetrics.stringWidth(piece, font or _REGULAR, 7.5)
