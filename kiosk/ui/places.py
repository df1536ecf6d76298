"""Another point for this kiosk: every point of the event to touch, or some of them by their names. No Kivy."""

from __future__ import annotations

from collections.abc import Iterable

from common.errors import UserFacing
from common.ids import PointNo
from common.rules import PointKind
from common.search_index import is_called
from kiosk.shown import PlaceShown
from kiosk.ui.asking import place_form
from kiosk.ui.catalogue import Texts
from kiosk.ui.desk import Desk
from kiosk.ui.failures import failure_words
from kiosk.ui.picture import Button, LookForPlace, MoveTo, OpenPlaces, OpenSettings
from kiosk.ui.presenter import moved_note
from kiosk.ui.rows import Row, Rows


class Places:
    """Belongs to one session; called on the screen's thread. The station asks for a supervisor's badge and PIN."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def act(self, action: OpenPlaces | LookForPlace | MoveTo) -> None:
        """A row or a button was touched."""
        match action:
            case OpenPlaces():
                self.look("")
            case LookForPlace():
                self._desk.view.show_form(place_form(self._desk.texts))
            case MoveTo(point):
                self._desk.submit(lambda: self._move(point))

    def look(self, query: str) -> None:
        """The points whose name or number this is, in any language; all of them for nothing."""
        self._desk.picture = None
        self._desk.submit(lambda: self._list(query))

    def _list(self, query: str) -> None:
        """From the worker."""
        desk, places = self._desk, self._desk.station.places()
        desk.deliver(lambda: desk.view.show_rows(place_rows(places, query, desk.texts)))

    def _move(self, point: PointNo) -> None:
        """From the worker."""
        desk, trouble = self._desk, ""
        try:
            desk.station.move_to(point)
        except UserFacing as error:
            trouble = failure_words(error, desk.texts)
        desk.take_status()
        desk.deliver(lambda: desk.view.show_picture(moved_note(trouble, self.name, desk.setting())))

    @property
    def name(self) -> str:
        """Where this kiosk stands; empty for nowhere."""
        status = self._desk.status
        return "" if status is None or status.point is None else self._desk.texts.name(status.point.names)


def place_rows(places: Iterable[PlaceShown], query: str, texts: Texts) -> Rows:
    """The points whose names hold every word of the query, or whose number it is; the one it stands at is marked."""
    found = [one for one in places if is_called(query, one.names.values(), one.point)]
    rows = tuple(Row(MoveTo(one.point), texts.name(one.names), _detail(one, texts), one.here) for one in found)
    look = Button(LookForPlace(), texts("find"), main=True)
    return Rows(texts("place_choose"), rows, texts("place_none"), look, are_short=True, back=OpenSettings())


def _detail(place: PlaceShown, texts: Texts) -> str:
    kind = texts("gate" if place.kind is PointKind.GATE else "stand")
    return f"{kind} · {texts('place_no', no=place.point)}"
