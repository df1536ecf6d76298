"""The rules here as pages: the point's own first, then a section for each product. No Kivy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from common.rule_texts import Rule
from kiosk.rule_words import rules_told
from kiosk.rules_here import RulesShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.pages import Page, Pages
from kiosk.ui.status_words import StatusFact

Section = tuple[StatusFact, ...]  # a heading and rows


@dataclass(frozen=True, slots=True)
class Room:
    """What fits a page: rows, and characters in a row. A longer text takes the room of several rows."""

    rows: int
    characters: int


def rules_pages(rules: RulesShown, texts: Texts, room: Room) -> Pages:
    """A section is on one page where it fits; of a longer one every page has its heading."""
    sections = [part for section in _sections(rules, texts, room) for part in _cut(section, room.rows)]
    pages = tuple(Page(facts) for facts in _packed(sections, room.rows))
    return Pages(texts("rules"), pages or (Page((StatusFact("", texts("no_point")),)),), is_newest_first=False)


def _sections(rules: RulesShown, texts: Texts, room: Room) -> Iterator[Section]:
    """What is served is the sections that follow, so it is not listed beside."""
    own = tuple(one for one in rules.rules if one.rule is not Rule.SERVES)
    said = [(rules.point, own), *((one.names, one.rules) for one in rules.products)]
    for names, statements in said:
        if statements:
            told = rules_told(statements, rules, texts.language)
            yield (StatusFact("", texts.name(names), is_heading=True), *(_row(text, room) for text in told))


def _row(text: str, room: Room) -> StatusFact:
    rows = -(-len(text) // room.characters)
    return StatusFact("", text, share=min(rows, room.rows - 1))


def _cut(section: Section, per_page: int) -> Iterator[Section]:
    """Parts of a section that fit a page each."""
    heading, *rows = section
    part: list[StatusFact] = [heading]
    for row in rows:
        if len(part) > 1 and _height(part) + row.share > per_page:
            yield tuple(part)
            part = [heading]
        part.append(row)
    yield tuple(part)


def _packed(sections: list[Section], per_page: int) -> Iterator[Section]:
    """Sections one below the other, as many as fit a page."""
    page: Section = ()
    for section in sections:
        if page and _height([*page, *section]) > per_page:
            yield page
            page = ()
        page = (*page, *section)
    if page:
        yield page


def _height(facts: list[StatusFact]) -> int:
    return sum(fact.share for fact in facts)
