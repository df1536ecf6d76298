"""A printed ticket can be scanned and read."""

from __future__ import annotations

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp

from syncserver.services.qr import modules_of, svg_of
from syncserver.services.ticket_pdf.draw import render
from syncserver.services.ticket_pdf.sheet import Item, TicketSheet

SHEET = TicketSheet(
    event_name="Jubilejní sraz Praha 2028",
    when="6.–9. července 2028",
    product="Čtyřdenní vstupenka s motocyklem",
    holder="Řehoř Žluťoučký Kůň",
    plate="1AB 2345",
    items=(Item("Tričko XL", 2, "Stánek U Výstaviště"), Item("Oběd", 1, "")),
    digits="1" + "0123456789" * 36,
    code="ABCD-EFGH-JKMN-PQRS-T",
    order_code="K7QF3Z",
    seller="Železná míle z. s.",
    is_test=False,
    language="cs",
)


def pictures(pdf: bytes, dpi: int) -> list[zxingcpp.Barcode | None]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [zxingcpp.read_barcode(page.render(scale=dpi / 72).to_pil()) for page in document]
    finally:
        document.close()


def page_text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


@pytest.mark.parametrize("dpi", [100, 200])
@pytest.mark.parametrize("length", [1, 290, 365])
def test_the_printed_code_says_the_same_digits(dpi: int, length: int, rng: random.Random) -> None:
    digits = str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(length - 1))
    (found,) = pictures(render([replace(SHEET, digits=digits)]), dpi)
    assert found is not None
    assert (found.text, found.ec_level) == (digits, "M")


def test_each_pass_has_a_page_of_its_own() -> None:
    sheets = [replace(SHEET, digits=str(number) * 300) for number in (1, 2, 3)]
    assert [found and found.text for found in pictures(render(sheets), 120)] == [sheet.digits for sheet in sheets]


def test_a_full_code_stays_within_version_8_and_is_wide_enough() -> None:
    assert len(modules_of("9" * 365)) == 49


@pytest.mark.parametrize(
    "name", ["Příšerně žluťoučký kůň", "Zażółć gęślą jaźń", "Œuvre naïve à Nîmes", "Straße Größe", "Perché così è"]
)
def test_names_of_six_languages_are_printed_whole(name: str) -> None:
    assert name in page_text(render([replace(SHEET, holder=name, items=())]))


def test_the_page_tells_code_items_and_order() -> None:
    text = page_text(render([SHEET]))
    for wanted in (SHEET.code, "Tričko XL", "2×", SHEET.order_code, "1AB 2345", SHEET.event_name):
        assert wanted in text


def test_the_same_tickets_are_the_same_bytes() -> None:
    assert render([SHEET, SHEET]) == render([SHEET, SHEET])


@pytest.mark.parametrize("text", ["", "x" * 500, "\u202e\U0001f600漢字"])
def test_odd_names_never_break_the_page(text: str) -> None:
    sheet = replace(SHEET, holder=text, product=text, event_name=text or "x", items=(Item(text, 3, text),) * 30)
    assert pictures(render([sheet]), 120)[0] is not None


def test_sheets_made_at_once_are_the_bytes_that_each_is_alone() -> None:
    """The library leafs through one open font for everybody."""
    names = ("Příliš žluťoučký kůň", "Zażółć gęślą jaźń", "Åse Ünal", "Œuvre d'été")
    sheets = [replace(SHEET, holder=name) for name in names]
    alone, interval = [render([one]) for one in sheets], sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda at: render([sheets[at % 4]]) == alone[at % 4], range(160)))
    finally:
        sys.setswitchinterval(interval)
    assert all(made)


def test_the_svg_on_the_order_page_is_dark_on_white() -> None:
    svg = svg_of("12345")
    assert 'fill="#fff"' in svg
    assert 'fill="#000"' in svg
