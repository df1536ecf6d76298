"""A whole purchase with the keyboard alone, from the list to the order; where the focus is can be seen at each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.support.shop_site import Site, running_site
from tests.support.small_event import ALL_LANGUAGES, small_event

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

STEPS_MAX = 80
# Where the focus is, whether its ring is drawn, and what of it lies off the screen or under something that sticks to
# the top. Four points and the middle are asked for what is drawn there; the element's own parts are the element.
FOCUS = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const points = [[.5, .5], [.1, .1], [.9, .1], [.1, .9], [.9, .9]].map(
    ([x, y]) => [box.left + box.width * x, box.top + box.height * y]);
  const covers = points.map(([x, y]) => {
    if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return "the edge of the screen";
    const there = document.elementFromPoint(x, y), sticky = there?.closest(".top, .notice");
    return sticky && !sticky.contains(one) ? sticky.className : "";
  });
  return {
    name: `${one.tagName} ${one.name || one.getAttribute("href") || one.className} ${one.value || ""}`,
    isSomewhere: one !== document.body,
    isRinged: one.matches(":focus-visible") && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    cover: covers.find(Boolean) || "",
  };
}"""


@dataclass(frozen=True, slots=True)
class Keys:
    """Hands on a keyboard; each place the focus comes to is looked at."""

    page: Page

    def to(self, selector: str, key: str = "Tab") -> None:
        """On to the next of these."""
        for _ in range(STEPS_MAX):
            self.page.keyboard.press(key)
            self._look()
            if self.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                return
        raise AssertionError(f"{key} does not lead to {selector} on {self.page.url}")

    def back_to_top(self) -> None:
        """All the way back, and again to where one was."""
        where = self.page.evaluate_handle("document.activeElement")
        self.to(".skip", "Shift+Tab")
        for _ in range(STEPS_MAX):
            self.page.keyboard.press("Tab")
            self._look()
            if self.page.evaluate("(wanted) => document.activeElement === wanted", where):
                return
        raise AssertionError("Tab does not lead back")

    def go(self, key: str = "Enter") -> None:
        """Press what has the focus: it leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

    def _look(self) -> None:
        found = self.page.evaluate(FOCUS)
        if found["isSomewhere"]:
            assert found["isRinged"], f"nothing shows that {found['name']} has the focus"
            assert not found["cover"], f"{found['name']} lies under {found['cover']} on {self.page.url}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("keys"), small_event(**ALL_LANGUAGES), late_s=1.0) as running:
        yield running


@pytest.mark.parametrize(
    ("language", "width", "height"), [("de", 320, 560), ("cs", 1280, 720)], ids=["phone, de", "desktop, cs"]
)
def test_a_ticket_and_a_lunch_are_bought_with_the_keyboard_alone(
    site: Site, browser: Browser, language: str, width: int, height: int
) -> None:
    context = browser.new_context(viewport=ViewportSize(width=width, height=height), reduced_motion="reduce")
    page = context.new_page()
    keys = Keys(page)
    page.goto(site.event_url.format(language=language))
    keys.to("article.ticket button")
    keys.back_to_top()
    keys.go()
    keys.to("input[name^=holder]")
    keys.write("Řehoř Žluťoučký")
    keys.to("button[name=then][value=more]")
    keys.back_to_top()
    keys.go("Space")
    keys.to("a[href$='/item/lunch']")
    keys.go()
    keys.to("form.stack button")
    keys.go()
    assert page.locator(".notice.done").is_visible()
    keys.to(".basket-link", "Shift+Tab")
    keys.go()
    assert page.locator("input[name^=holder]").input_value() == "Řehoř Žluťoučký"
    keys.to(".total button[value=checkout]")
    keys.go("Space")
    keys.to("button.pay")
    keys.go()  # nothing is filled in: what is missing is said, and one stands there
    assert page.evaluate("document.activeElement.name") == "mail"
    keys.write("keys@example.org")
    keys.to("input[name=terms]")
    page.keyboard.press("Space")
    keys.to("button.pay")
    keys.back_to_top()
    keys.go()
    keys.to("button[value=pay]")
    keys.go()
    page.wait_for_selector(".pass figure img", timeout=30_000)
    keys.to("a[href$='tickets.pdf']")
    keys.to(".foot a[href$='/privacy'], .foot a[href$='/imprint']")
    keys.back_to_top()
    context.close()
