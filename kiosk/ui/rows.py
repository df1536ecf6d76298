"""Lists whose rows are touched: what was found, and who may take over. Words and values; no Kivy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from common.search_index import plate_of
from common.ticket_code import TicketCode, format_code, parse_code
from common.unbroken import UNBROKEN
from kiosk.operators import Person
from kiosk.shown import FindTrouble, Found, NamesHere, PointShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import (
    Action,
    BackToFound,
    Button,
    Colour,
    GoOn,
    Line,
    LookAgain,
    LookByCode,
    OpenFound,
    OpenOperator,
    Picture,
    Shape,
    Sound,
    SwitchTo,
    UseFound,
    Weight,
)
from kiosk.ui.plates import is_name, is_order, plate_shown
from kiosk.ui.presenter import role_words
from kiosk.ui.room import LINES_MAX, listed
from kiosk.ui.telling import plate_words

FOUND_S = 60.0  # nobody's name stays on a screen that was left alone


NAME_MAX: Final = 20  # letters of an address in a tile

_OF = re.compile(r"(?<=\d) (\w+) (?=\d)")  # 2 of 3


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to touch."""

    action: Action
    label: str
    detail: str = ""
    chosen: bool = False
    warns: str = ""  # what is not in order with it, in a colour and beside a sign of its own


@dataclass(frozen=True, slots=True)
class Rows:
    """A titled list; `empty` is read where there is no row, `what` below rows, `button` stands beside leafing."""

    title: str
    rows: tuple[Row, ...]
    empty: str = ""
    button: Button | None = None
    are_short: bool = False  # few words in each: more of them fit
    what: str = ""
    back: Action | None = None  # where "back" leads; None: to what asked for it

    @property
    def outcome(self) -> str:
        """That there is nothing: the first sentence, read at a glance; empty where there are rows."""
        return "" if self.rows else self.empty[: _first_sentence(self.empty)]

    @property
    def advice(self) -> str:
        """What to do about it, and whatever else is told in place of rows."""
        return "" if self.rows else self.empty[_first_sentence(self.empty) :].lstrip()


def _first_sentence(text: str) -> int:
    """Where it ends."""
    return text.find(". ") + 1 or len(text)


def found_rows(query: str, found: Sequence[Found], texts: Texts, list_of: str = "", since: int = 0) -> Rows:
    """What was found, each with plate, product and what is left; `list_of`: when listed, `since`: sold later."""
    told = [(_who(one, texts), *_details(one, texts)) for one in found]
    alike = Counter(told)
    orders = [_order(one, texts) if alike[row] > 1 else "" for row, one in zip(told, found, strict=True)]
    rows = tuple(
        Row(OpenFound(at), row[0], " · ".join(filter(None, (*row[1:], orders[at]))), warns=_barred(found[at], texts))
        for at, row in enumerate(told)
    )
    again = Button(LookAgain(), texts("find_again"), main=True)
    title = texts("found" if rows else "searched", query=_asked(query, found))
    return Rows(title, rows, _none_found(texts, list_of, since), again)


def _none_found(texts: Texts, list_of: str, since: int) -> str:
    none = texts("found_none")
    if not list_of:
        return none
    if since:
        return texts("found_none_since", none=none, when=list_of, n=texts.number(since))
    return texts("found_none_of", none=none, when=list_of)


def _asked(query: str, found: Iterable[Found]) -> str:
    """What was asked for as it is written on tickets: the field writes all words as names begin."""
    code = parse_code(query)
    if isinstance(code, bytes):
        return format_code(TicketCode(code))
    for one in found:
        if one.order is not None and query.casefold() == one.order.casefold():
            return one.order
        if one.plate and plate_of(query) == plate_of(one.plate):
            return plate_shown(one.plate)
    return query if is_name(query) else query.upper() if is_order(query) else plate_shown(query)


def found_picture(found: Found, texts: Texts) -> Picture:
    """One ticket that was found, and what can be done with it. It is no verdict: nothing was decided."""
    barred = _barred(found, texts)
    use = Button(UseFound(), texts("found_use"), main=not barred)
    look = Button(UseFound(only_look=True), texts("only_look"), main=bool(barred))
    # Each at its place, whatever was found: only what is advised changes. "Back" stands where it stood in the list.
    # What uses it up is not next to that, where "Undo" comes up on a narrow screen, nor last, as on a wide one.
    buttons = (Button(BackToFound(), texts("back")), look, use, Button(GoOn(), texts("close")))
    lines = listed(tuple(_lines(found, texts)), LINES_MAX, texts)
    shape, word = (Shape.WARNING, barred.upper()) if barred else (Shape.DOT, texts("word_found"))
    return Picture(Colour.BLUE, shape, Sound.CUE, word, _who(found, texts), lines, buttons, FOUND_S)


def names_elsewhere(point: PointShown, texts: Texts) -> Picture:
    """What can be found here, why no names, and who looks them up instead; read before anything is typed."""
    keys = {NamesHere.COMING: "find_coming", NamesHere.LATER: "find_later"}
    why = Line(texts(keys.get(point.names_here, "find_elsewhere")), Weight.STRONG)
    where = [Line(texts("find_elsewhere_at" if point.found_at else "find_elsewhere_none"))]
    lines = (why, *where, *(Line(texts.name(names), Weight.STRONG) for names in point.found_at))
    buttons = (Button(GoOn(), texts("close")), Button(LookByCode(), texts("type_code"), main=True))
    word, headline = texts("word_not_by_name"), texts("find_by_code")
    return Picture(Colour.BLUE, Shape.DOT, Sound.CUE, word, headline, lines, buttons, FOUND_S)


def find_trouble(trouble: FindTrouble, texts: Texts) -> str:
    """Why nothing was looked up, and what to do."""
    key = {
        FindTrouble.NO_DATA: "find_no_data",
        FindTrouble.NO_BADGE: "badge_wanted_what",
        FindTrouble.TOO_SHORT: "find_too_short",
        FindTrouble.NO_LIST: "find_no_list",
        FindTrouble.NO_RIGHT: "find_no_right",
        FindTrouble.NOT_YET: "find_not_yet",
    }[trouble]
    return texts(key)


def shift_rows(people: Iterable[Person], operator: str | None, texts: Texts) -> Rows:
    """Who was here this shift. Of the one who is here now that is said: no strong key, as another is to take over."""
    rows = tuple(Row(SwitchTo(one.badge, one.name), one.name, _on_shift(one, operator, texts)) for one in people)
    title, none, what = texts("hand_over_who"), texts("hand_over_none"), texts("hand_over_what")
    return Rows(title, rows, none, what=what, back=OpenOperator())


def _on_shift(person: Person, operator: str | None, texts: Texts) -> str:
    here = texts("hand_over_here") if person.name == operator else ""
    return " · ".join(filter(None, (role_words(person.roles, texts), here)))


def _who(found: Found, texts: Texts) -> str:
    return found.name or texts.name(found.product or {}) or found.order or texts("found_nameless")


def _barred(found: Found, texts: Texts) -> str:
    key = "found_cancelled" if found.is_cancelled else "found_blocked" if found.is_blocked else ""
    return texts(key) if key else ""


def _details(found: Found, texts: Texts) -> Iterator[str]:
    product = texts.name(found.product or {}) if found.name else ""
    yield from filter(None, (plate_words(found.plate, texts), product))
    yield from _items(found, texts)


def _lines(found: Found, texts: Texts) -> Iterator[Line]:
    if found.plate:
        yield Line(plate_words(found.plate, texts), Weight.STRONG)
    product = texts.name(found.product or {}) if found.name else ""
    yield from (Line(one) for one in (product, _order(found, texts)) if one)
    yield from (Line(one, Weight.STRONG) for one in _items(found, texts))


def _order(found: Found, texts: Texts) -> str:
    """Of those alike in a list, too: three rows of one name and one product are three people."""
    return texts("order", order=found.order) if found.order else ""


def _items(found: Found, texts: Texts) -> Iterator[str]:
    for item in found.items:
        left = max(0, item.bought - item.used)
        told = texts("found_item", item="", left=left, bought=item.bought)
        # "2 of" says nothing without the number below it.
        yield texts.name(item.names) + _OF.sub(rf"{UNBROKEN}\1{UNBROKEN}", told)


def brief(name: str) -> str:
    """A long address without its middle: what stands beside it has one size with it. Its own screen names it whole."""
    half = NAME_MAX // 2
    return name if len(name) <= NAME_MAX else f"{name[:half]}…{name[-half:]}"
