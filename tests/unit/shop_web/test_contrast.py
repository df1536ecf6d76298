"""What can be read and seen in the shop and in the admin, by the numbers of WCAG 2.2 (1.4.3, 1.4.11), light and dark.

axe computes the contrast of texts it finds; it does not look at the edges of fields, at the hints in them, or at single
characters. The colours are read from the style sheets themselves.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SHOP, ADMIN = ROOT / "shop_web/static/shop.css", ROOT / "syncserver/admin/static/admin.css"
BANK = ROOT / "syncserver/integrations/sandbox/static/pay.css"
TEXT, EDGE = 4.5, 3.0
DARK = "@media (prefers-color-scheme: dark)"
# (what is seen, on what, how much of a difference it needs), by the names of the sheets' variables
SEEN = [
    *[(ink, ground, TEXT) for ink in ("ink", "soft", "accent", "accent-deep") for ground in ("ground", "card")],
    *[(word, ground, TEXT) for word in ("good", "warn", "bad") for ground in (f"{word}-ground", "card", "ground")],
    *[("on-accent", button, TEXT) for button in ("accent", "accent-deep")],
    ("on-dark", "dark", TEXT),
    *[("edge", ground, EDGE) for ground in ("card", "ground")],
    *[("accent", f"{around}ground", EDGE) for around in ("", "good-", "warn-", "bad-")],  # the ring of the focus
]
OF_SHOP = [("dark", "glow", TEXT), ("glow", "dark", EDGE)]  # how much is in the basket; the focus in the dark header
# Where less than the whole colour is laid on: pictures, and what cannot be pressed just now (1.4.3 leaves that out).
OPACITY = {".hero::after", "button:disabled", ".item.gone img", "::placeholder"}


def variables(sheet: Path, scheme: str) -> dict[str, str]:
    """The colours a sheet names; in the dark those of the light that it does not change."""
    text = sheet.read_text()
    light, _, rest = text.partition(DARK)
    found = dict(re.findall(r"--([\w-]+): (#\w+);", light))
    dark = re.match(r"\s*{\s*:root\s*{(.*?)}", rest, re.DOTALL)
    assert dark is not None, f"{sheet.name} has no colours for the dark"
    return found | (dict(re.findall(r"--([\w-]+): (#\w+);", dark[1])) if scheme == "dark" else {})


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2's definition)."""
    digits = colour.removeprefix("#")
    pairs = [one * 2 for one in digits] if len(digits) == 3 else re.findall("..", digits)
    parts = [int(pair, 16) / 255 for pair in pairs]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def rules(sheet: Path) -> list[tuple[str, str]]:
    """(selectors, declarations) of a sheet, those within media queries too."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    return [(head.strip(), body) for head, body in re.findall(r"([^{}]+){([^{}]*)}", text)]


def test_contrast_is_that_of_the_standards_own_examples() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("sheet", "seen"), [(SHOP, [*SEEN, *OF_SHOP]), (ADMIN, SEEN)], ids=["shop", "admin"])
def test_every_colour_differs_enough_from_what_it_lies_on(
    sheet: Path, scheme: str, seen: list[tuple[str, str, float]]
) -> None:
    found = variables(sheet, scheme)
    ratios = {(what, on): (contrast(found[what], found[on]), least) for what, on, least in seen}
    assert {where: f"{ratio:.2f}" for where, (ratio, least) in ratios.items() if ratio < least} == {}


@pytest.mark.parametrize("sheet", [SHOP, ADMIN], ids=["shop", "admin"])
def test_the_edge_of_every_field_is_drawn_in_the_colour_for_it(sheet: Path) -> None:
    fields = {"input", "select", "textarea", ".pick", ".chip"}
    drawn = {
        field: re.findall(r"border: 1\.5px solid var\(--([\w-]+)\)", body)
        for heads, body in rules(sheet)
        for field in fields & set(re.split(r",\s*", heads))
        if "background: var(--card)" in body
    }
    assert {"input", "select", "textarea"} <= set(drawn)
    assert set(map(tuple, drawn.values())) == {("edge",)}


@pytest.mark.parametrize("sheet", [SHOP, ADMIN, BANK], ids=["shop", "admin", "bank"])
def test_no_text_is_paled_and_hints_in_fields_are_whole(sheet: Path) -> None:
    paled = {heads for heads, body in rules(sheet) if re.search(r"(?<![-\w])opacity:", body)}
    assert paled <= OPACITY
    hints = [body for heads, body in rules(sheet) if heads == "::placeholder"]
    assert hints == ([] if sheet is BANK else [" color: var(--soft); opacity: 1; "])
