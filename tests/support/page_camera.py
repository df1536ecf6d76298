"""A browser that is photographed page by page, and the contact sheets it fills: a column for each language."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize

from tests.support.contact_sheets import Sheet

LANGUAGES = ("cs", "en", "de", "fr", "it", "pl")
SIZES = {"phone": (390, 1300), "wide": (1280, 1100)}  # one part of a page
WIDE = {"phone": 300, "wide": 460}  # of one column on a sheet
THEMES = ("light", "dark")
PARTS_MAX = 3
# Pictures far down a page are fetched only when somebody scrolls there.
FETCH_ALL = """() => Promise.all([...document.images].map((one) => {
  one.loading = "eager";
  return one.decode().catch(() => null);
}))"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is photographed."""

    folder: Path
    languages: tuple[str, ...] = LANGUAGES
    sizes: tuple[str, ...] = tuple(SIZES)
    themes: tuple[str, ...] = THEMES
    only: str = ""  # the pages whose name holds this

    def holds(self, name: str) -> bool:
        """Whether anybody looks at this page."""
        return self.only in name


@dataclass
class Film:
    """What several cameras fill together."""

    sheets: dict[str, Sheet]
    faults: list[str]
    taken: list[str]


@dataclass
class Camera:
    """A browser in a shop. `event_url` has a place for the language."""

    wanted: Wanted
    film: Film
    page: Page
    event_url: str

    def at(self, language: str, path: str = "") -> str:
        """The address of a page of the event."""
        return self.event_url.format(language=language) + path

    def is_wanted(self, name: str) -> bool:
        """Whether anybody looks at this page."""
        return self.wanted.holds(name)

    def show(self, name: str, path: str, before: Callable[[Page], None] | None = None) -> None:
        """A page in every language; `before` is what happens on it first."""
        for language in self.wanted.languages if self.is_wanted(name) else ():
            self.page.goto(self.at(language, path))
            if before is not None:
                before(self.page)
            self.shoot(name, language)

    def shoot(self, name: str, language: str) -> None:
        """The page as it stands, in every size and theme."""
        self.page.evaluate(FETCH_ALL)
        for size in self.wanted.sizes if self.is_wanted(name) else ():
            width, high = SIZES[size]
            self.page.set_viewport_size(ViewportSize(width=width, height=900))
            if self.page.evaluate("document.documentElement.scrollWidth") > width:
                self.film.faults.append(f"{name}, {language}, {size}: wider than the screen")
            for theme in self.wanted.themes:
                self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
                picture = Image.open(io.BytesIO(self.page.screenshot(full_page=True))).convert("RGB")
                sheet = self._sheet(size, theme, name)
                for number, part in enumerate(_parts(picture, (width, high)), start=1):
                    sheet.add(name if number == 1 else f"{name}, part {number}", language, part)
                self.film.taken.append(name)

    def _sheet(self, size: str, theme: str, name: str) -> Sheet:
        key = f"{size}-{theme}-{name.partition(' ')[0].strip(',')}"
        if key not in self.film.sheets:
            path = self.wanted.folder / key
            languages = ["en"] if name.startswith("admin") else list(self.wanted.languages)
            self.film.sheets[key] = Sheet(path, languages, SIZES[size], WIDE[size])
        return self.film.sheets[key]


def _parts(picture: Image.Image, size: tuple[int, int]) -> Iterator[Image.Image]:
    """The page from its top, in pieces of one size, the last one filled up."""
    width, high = size
    for top in range(0, min(picture.height, PARTS_MAX * high), high):
        part = Image.new("RGB", size, picture.getpixel((0, picture.height - 1)))
        part.paste(picture.crop((0, top, width, min(picture.height, top + high))), (0, 0))
        yield part
