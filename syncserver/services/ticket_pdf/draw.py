"""Draws ticket sheets as a PDF, one A4 page each. Lengths are points (1/72 inch) unless they say `_mm`."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from syncserver.services.qr import modules_of, runs_of
from syncserver.services.ticket_pdf.sheet import Item, TicketSheet
from syncserver.services.translations import Translator, translator

FONTS: Final = Path(__file__).parent / "fonts"
REGULAR, BOLD = "NotoSans", "NotoSans-Bold"
QR_MM: Final = 62
ITEMS_PER_SHEET_MAX: Final = 14  # what does not fit is counted in a last line; the order page has it all

WIDTH, HEIGHT = A4
MARGIN = 20 * mm
INK, SOFT, LINE, BAND, ACCENT = 0x16181D, 0x5A6270, 0xC9CED6, 0x16181D, 0xE4572E

_DRAWING = threading.Lock()


def render(sheets: Sequence[TicketSheet]) -> bytes:
    """The PDF of these sheets, a page each. One thread draws at a time: all leaf through the same open fonts."""
    with _DRAWING:
        return _drawn(sheets)


def _drawn(sheets: Sequence[TicketSheet]) -> bytes:
    _set_up()
    out = io.BytesIO()
    # invariant: no date and no random id inside, so equal tickets are equal bytes.
    language = sheets[0].language if sheets else None
    canvas = Canvas(out, pagesize=A4, pageCompression=1, invariant=1, lang=language)
    if sheets:
        canvas.setTitle(f"{sheets[0].event_name} – {sheets[0].order_code}")
        canvas.setAuthor(sheets[0].seller)
    for sheet in sheets:
        _page(canvas, sheet, translator(sheet.language))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@cache
def _set_up() -> None:
    rl_config.useA85 = 0  # bytes as they are: mails put them into base64 anyway, and reportlab does it letter by letter
    for name in (REGULAR, BOLD):
        file = "NotoSans-Bold.ttf" if name == BOLD else "NotoSans-Regular.ttf"
        # Only the letters of a ticket are put into its PDF, not all of ASCII besides.
        pdfmetrics.registerFont(TTFont(name, str(FONTS / file), asciiReadable=0))


def _page(canvas: Any, sheet: TicketSheet, words: Translator) -> None:  # noqa: ANN401 - reportlab has no types
    _head(canvas, sheet)
    top = HEIGHT - 62 * mm
    left_width = WIDTH - 2 * MARGIN - QR_MM * mm - 10 * mm
    _who(canvas, sheet, words, top, left_width)
    _code(canvas, sheet, words, top)
    _tear_line(canvas, top - (QR_MM + 32) * mm)
    _items(canvas, sheet.items, words, top - (QR_MM + 42) * mm)
    _foot(canvas, sheet, words)


def _head(canvas: Any, sheet: TicketSheet) -> None:  # noqa: ANN401 - as above
    canvas.setFillColor(_color(BAND))
    canvas.rect(0, HEIGHT - 46 * mm, WIDTH, 46 * mm, stroke=0, fill=1)
    canvas.setFillColor(_color(ACCENT))
    canvas.rect(0, HEIGHT - 48 * mm, WIDTH, 2 * mm, stroke=0, fill=1)
    canvas.setFillColor(_color(0xFFFFFF))
    size = _fitting(sheet.event_name, BOLD, 26, WIDTH - 2 * MARGIN)
    _text(canvas, MARGIN, HEIGHT - 24 * mm, sheet.event_name, BOLD, size)
    canvas.setFillColor(_color(0xD7DBE2))
    _text(canvas, MARGIN, HEIGHT - 34 * mm, sheet.when, REGULAR, 13)


def _who(canvas: Any, sheet: TicketSheet, words: Translator, top: float, width: float) -> None:  # noqa: ANN401 - as above
    y = _block(canvas, words.text("Ticket"), sheet.product, top, width, 20)
    y = _block(canvas, words.text("For"), sheet.holder, y, width, 16)
    if sheet.plate:
        y = _block(canvas, words.text("Number plate"), sheet.plate, y, width, 16)
    if sheet.is_test:
        canvas.setFillColor(_color(ACCENT))
        _text(canvas, MARGIN, y - 6, words.text("Test event: this ticket admits nobody."), BOLD, 11)


def _block(canvas: Any, label: str, value: str, y: float, width: float, size: int) -> float:  # noqa: ANN401 - as above
    canvas.setFillColor(_color(SOFT))
    _text(canvas, MARGIN, y - 9, label, REGULAR, 10)
    canvas.setFillColor(_color(INK))
    y -= 9
    for line in simpleSplit(value, BOLD, size, width)[:3]:
        y -= size * 1.22
        _text(canvas, MARGIN, y, _cut(line, BOLD, size, width), BOLD, size)
    return y - 16


def _code(canvas: Any, sheet: TicketSheet, words: Translator, top: float) -> None:  # noqa: ANN401 - as above
    left, side = WIDTH - MARGIN - QR_MM * mm, QR_MM * mm
    modules = modules_of(sheet.digits)
    canvas.saveState()
    canvas.setFillColor(_color(0x000000))
    canvas.translate(left, top)
    canvas.scale(side / len(modules), side / len(modules))
    # One path of whole numbers: reportlab would put 600 rectangles into words of their own, four fractions each.
    canvas.addLiteral(" ".join(f"{column} {-row - 1} {width} 1 re" for row, column, width in runs_of(modules)) + " f")
    canvas.restoreState()
    middle = left + side / 2
    canvas.setFillColor(_color(SOFT))
    canvas.setFont(REGULAR, 9)
    canvas.drawCentredString(middle, top - side - 7 * mm, words.text("If it cannot be scanned, type in"))
    canvas.setFillColor(_color(INK))
    canvas.setFont(BOLD, 14)
    canvas.drawCentredString(middle, top - side - 13.5 * mm, sheet.code)


def _tear_line(canvas: Any, y: float) -> None:  # noqa: ANN401 - as above
    canvas.setStrokeColor(_color(LINE))
    canvas.setDash(3, 3)
    canvas.line(MARGIN, y, WIDTH - MARGIN, y)
    canvas.setDash()


def _items(canvas: Any, items: Sequence[Item], words: Translator, y: float) -> None:  # noqa: ANN401 - as above
    if not items:
        return
    canvas.setFillColor(_color(INK))
    _text(canvas, MARGIN, y, words.text("This ticket also gives you"), BOLD, 13)
    y -= 8 * mm
    for item in items[:ITEMS_PER_SHEET_MAX]:
        _item(canvas, item, y)
        y -= 7.2 * mm
    if len(items) > ITEMS_PER_SHEET_MAX:
        left = len(items) - ITEMS_PER_SHEET_MAX
        canvas.setFillColor(_color(SOFT))
        more = words.plural("and one more, see your order page", "and %(count)s more, see your order page", left)
        _text(canvas, MARGIN, y, more, REGULAR, 10)


def _item(canvas: Any, item: Item, y: float) -> None:  # noqa: ANN401 - as above
    canvas.setFillColor(_color(INK))
    _text(canvas, MARGIN, y, f"{item.quantity}×", BOLD, 11)
    name = _cut(item.name, REGULAR, 11, 95 * mm)
    left = WIDTH - 2 * MARGIN - 16 * mm - pdfmetrics.stringWidth(name, REGULAR, 11)
    _text(canvas, MARGIN + 12 * mm, y, name, REGULAR, 11)
    canvas.setFillColor(_color(SOFT))
    canvas.setFont(REGULAR, 9.5)
    canvas.drawRightString(WIDTH - MARGIN, y, _cut(item.place, REGULAR, 9.5, left))


def _foot(canvas: Any, sheet: TicketSheet, words: Translator) -> None:  # noqa: ANN401 - as above
    canvas.setFillColor(_color(SOFT))
    lines = (
        words.text("Bring it on paper or on your phone. Whoever shows it first is let in: keep it to yourself."),
        words.text("Order %(code)s", code=sheet.order_code) + " · " + sheet.seller,
    )
    for number, line in enumerate(lines):
        _text(canvas, MARGIN, 22 * mm - number * 5 * mm, _cut(line, REGULAR, 9, WIDTH - 2 * MARGIN), REGULAR, 9)


def _text(canvas: Any, x: float, y: float, text: str, font: str, size: float) -> None:  # noqa: ANN401 - as above
    canvas.setFont(font, size)
    canvas.drawString(x, y, text)


def _fitting(text: str, font: str, size: float, width: float) -> float:
    """The size at which a text fits a width, at most the one given."""
    return float(min(size, size * width / max(1.0, pdfmetrics.stringWidth(text, font, size))))


def _cut(text: str, font: str, size: float, width: float) -> str:
    if pdfmetrics.stringWidth(text, font, size) <= width:
        return text
    while text and pdfmetrics.stringWidth(text + "…", font, size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _color(rgb: int) -> Any:  # noqa: ANN401 - as above
    return HexColor(rgb)
