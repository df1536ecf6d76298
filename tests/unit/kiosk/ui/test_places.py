"""Moving a kiosk on the screen: the points by name, one touched, and what the station says of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.clock import ManualClock
from common.ids import PointNo
from common.rules import PointKind
from kiosk.shown import PlaceShown
from kiosk.ui.asking import Form
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import LookForPlace, MoveTo, OpenPlaces, Picture
from kiosk.ui.places import place_rows
from kiosk.ui.rows import Rows
from kiosk.ui.session import Session
from tests.support.fake_lists import PLACES
from tests.support.fake_station import NOW_MS, PIN, FakeStation
from tests.unit.kiosk.ui.test_finding import Finder
from tests.unit.kiosk.ui.test_session import Screen


@pytest.fixture
def guide(station: FakeStation) -> Iterator[Finder]:
    screen = Screen()
    session = Session(station, screen, screen.deliver, ManualClock(NOW_MS), "cs")
    yield Finder(session, screen)
    session.stop()


def labels(query: str) -> list[str]:
    return [row.label for row in place_rows(PLACES, query, Texts("cs")).rows]


def test_a_point_is_found_by_a_part_of_its_name_in_any_language_whatever_the_accents() -> None:
    assert labels("vystav sever") == ["Severní brána Výstaviště"]
    assert labels("north gate") == ["Severní brána Výstaviště"]
    assert labels("") == [Texts("cs").name(one.names) for one in PLACES]
    assert labels("nowhere") == []
    (marked,) = [row.label for row in place_rows(PLACES, "", Texts("cs")).rows if row.chosen]
    assert marked == "Severní brána Výstaviště"


STANDS = (
    PlaceShown(PointNo(2), {"cs": "Stánek u pódia"}, PointKind.STAND, here=False),
    PlaceShown(PointNo(12), {"cs": "Stánek 2"}, PointKind.STAND, here=False),
)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("2", [2, 12]),
        ("12", [12]),
        ("1", [1]),
        ("stanek 2", [12]),
        ("stanek 12", []),
    ],
)
def test_a_point_is_found_by_its_number_too_where_nothing_else_is_asked_for(query: str, found: list[int]) -> None:
    """A number is meant whole: 1 is not 12. One of the stands has a figure in its name."""
    rows = place_rows((PLACES[0], *STANDS), query, Texts("cs")).rows
    assert [row.action for row in rows] == [MoveTo(PointNo(no)) for no in found]


def test_each_point_says_its_kind_and_number() -> None:
    details = [row.detail for row in place_rows(PLACES[:2], "", Texts("de")).rows]
    assert details == ["Tor · Nr. 1", "Stand · Nr. 2"]


def test_a_touched_point_is_told_to_the_station_and_said_on_the_screen(guide: Finder, station: FakeStation) -> None:
    guide.scan("badge:Super Zdeňka")
    guide.session.people.enter_pin(PIN)
    guide.settle()
    rows = guide.act(OpenPlaces())
    assert isinstance(rows, Rows)
    assert len(rows.rows) == len(PLACES)
    form = guide.act(LookForPlace())
    assert isinstance(form, Form)
    guide.session.submit(form.chosen("podia trick"))
    rows = guide.settle()
    assert isinstance(rows, Rows)
    assert [row.action for row in rows.rows] == [MoveTo(PointNo(2))]
    picture = guide.act(MoveTo(PointNo(2)))
    assert isinstance(picture, Picture)
    assert (picture.word, station.moves) == ("HOTOVO", [PointNo(2)])


def test_a_move_that_is_not_allowed_says_why(guide: Finder, station: FakeStation) -> None:
    picture = guide.act(MoveTo(PointNo(2)))
    assert isinstance(picture, Picture)
    assert (picture.word, station.moves) == ("NELZE", [])
    assert [line.text for line in picture.lines] == [Texts("cs")("not_done_supervisor")]
