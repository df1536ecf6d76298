"""Back leads to where one came from."""

from __future__ import annotations

from kiosk.ui.picture import GoOn, SwitchTo
from kiosk.ui.rows import Rows
from kiosk.ui.views import BadgeAsked
from tests.support.fake_lists import PEOPLE
from tests.support.fake_station import PIN
from tests.unit.kiosk.ui.test_session import Guide


def test_back_from_a_colleagues_pin_leads_to_who_takes_over(guide: Guide) -> None:
    guide.act(SwitchTo(PEOPLE[1].badge, "Jana"))
    guide.session.put_off()
    rows = guide.settle()
    assert isinstance(rows, Rows)
    assert [row.label for row in rows.rows] == [person.name for person in PEOPLE]


def test_back_from_the_keypad_leads_to_where_it_was_opened_and_no_further(guide: Guide) -> None:
    """A wrong PIN changes nothing about it; the right one does."""
    people, view = guide.session.people, guide.session.desk.view
    guide.session.ask_status()
    guide.settle()
    people.ask_pin(lambda: view.show_operator(BadgeAsked.NOT))
    people.enter_pin("000000")
    guide.settle()
    guide.session.put_off()
    assert guide.settle() is BadgeAsked.NOT
    people.ask_pin(lambda: view.show_operator(BadgeAsked.NOT))
    people.enter_pin(PIN)
    guide.settle()
    guide.act(GoOn())
    guide.session.put_off()
    assert guide.settle() == "scanning"
