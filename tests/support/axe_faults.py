"""What axe-core finds on a page of the shop, and what does not fit its screen."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PHONE, DESKTOP = (320, 640), (1280, 900)
LOOKS = ((PHONE, "dark"), (DESKTOP, "light"))
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# Buttons cut off by the card they stand in; a long word of another language does that first.
CUT_OFF = """[...document.querySelectorAll("button, .button")].filter((one) => {
  const card = one.closest("article, li, section, main");
  return card && one.getBoundingClientRect().right > card.getBoundingClientRect().right + 1;
}).map((one) => one.innerText)"""


def faults(page: Page, where: str, looks: tuple[tuple[tuple[int, int], str], ...] = LOOKS) -> list[str]:
    """What axe finds on the page as it stands: phone in the dark, desktop in the light; and whether it fits."""
    found = []
    page.wait_for_load_state()
    for (width, height), scheme in looks:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{where} {width}: wider than the screen")
        found += [f"{where} {width}: {text!r} is cut off" for text in page.evaluate(CUT_OFF)]
        violations = Axe().run(page, options=RULES).response["violations"]
        found += [f"{where} {width} {one['id']}: {one['nodes'][0]['html'][:120]}" for one in violations]
    return found


def faults_by_turns(page: Page, where: str, turn: int) -> list[str]:
    """As `faults`, but in one look, another at each turn: for a page seen in all languages one after another."""
    return faults(page, where, (LOOKS[turn % len(LOOKS)],))
