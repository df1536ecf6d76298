"""A damaged journal on the screen: told as long as guests are asked about, until a supervisor goes on without it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.decision import Fault, FaultCode
from common.errors import BadInput
from kiosk.shown import DamageShown
from kiosk.store.liking import Liking
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import AcceptLosses, Picture
from kiosk.ui.settings import SetUp, setting_rows
from kiosk.ui.status_words import ReadersShown, Tone, facts, open_losses, own_trouble
from tests.support.fake_station import NOW_MS, FakeStation, status_of
from tests.unit.kiosk.ui.test_finding import Finder

EN = Texts("en")
OPEN = DamageShown(NOW_MS - 3_600_000, 812, 34, is_open=True)
OVER = replace(OPEN, missing=0, is_open=False)
STATUS = replace(status_of(), damage=OPEN)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_scan_screen_says_it_as_long_as_uses_may_be_missing(language: str) -> None:
    texts = Texts(language)
    assert own_trouble(STATUS, texts) == texts("damage_line")
    assert own_trouble(replace(STATUS, damage=OVER), texts) == ""
    assert own_trouble(replace(STATUS, unread=1), texts) == "", "a message of the control room can still be opened"
    fault = Fault(FaultCode.DISK_FULL, "what")
    assert own_trouble(replace(STATUS, fault=fault), texts) not in {"", texts("damage_line")}


def test_the_status_says_when_what_was_saved_and_what_is_missing() -> None:
    first = facts(STATUS, ReadersShown(None), EN)[0]
    assert (first.name, first.tone) == (EN("journal"), Tone.BAD)
    assert "812" in first.value
    assert "34" in first.value
    assert "13:45" in first.value
    over = facts(replace(STATUS, damage=OVER), ReadersShown(None), EN)[0]
    assert (over.tone, "missing" in over.value) == (Tone.WARN, False)
    assert all(fact.name != EN("journal") for fact in facts(status_of(), ReadersShown(None), EN))


def test_the_settings_offer_to_go_on_only_while_guests_are_asked_about() -> None:
    assert open_losses(None, EN) == open_losses(replace(STATUS, damage=OVER), EN) == ""
    with_it = setting_rows(Liking(), EN, SetUp(), losses=open_losses(STATUS, EN))
    without = setting_rows(Liking(), EN, SetUp())
    assert [row.action for row in with_it.rows if row not in without.rows] == [AcceptLosses()]


def test_a_supervisor_goes_on_without_what_is_missing(station: FakeStation, guide: Finder) -> None:
    station.now = STATUS
    assert told(guide) == EN("damage_gone_on")
    assert station.now.damage is None


def test_why_not_is_said(station: FakeStation, guide: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise BadInput("a supervisor answers for that")

    monkeypatch.setattr(station, "accept_losses", refuse)
    assert told(guide) == EN("damage_not_gone_on")


def told(guide: Finder) -> str:
    picture = guide.act(AcceptLosses())
    assert isinstance(picture, Picture)
    return picture.headline
