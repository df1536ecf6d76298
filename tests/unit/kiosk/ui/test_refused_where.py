"""A refusal says what is refused: coming in, going out, or what a stand hands out. To staff, and to the guest."""

from __future__ import annotations

import pytest

from common.decision import Direction, Outcome, Reason, Verdict
from common.reason_texts import reason_text
from common.rules import PointKind
from kiosk.shown import Shown
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.presenter import present, told_to_guest
from kiosk.ui.telling import Setting
from tests.support.fake_station import NOW_MS

IN, OUT, STAND = (Direction.IN, PointKind.GATE), (Direction.OUT, PointKind.GATE), (Direction.IN, PointKind.STAND)
STAFFS = {IN: "word_refuse", OUT: "word_refuse_out", STAND: "word_refuse_stand"}
GUESTS = {OUT: "word_guest_out", STAND: "word_guest_stand"}


def refused(direction: Direction) -> Shown:
    return Shown(Verdict(Outcome.REFUSE, Reason.BLOCKED, direction=direction))


def guests(place: tuple[Direction, PointKind], language: str) -> str:
    if place in GUESTS:
        return Texts(language)(GUESTS[place])
    return reason_text(Outcome.REFUSE, language).headline.upper()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", [IN, OUT, STAND])
def test_staff_and_a_guest_alone_read_what_is_refused(place: tuple[Direction, PointKind], language: str) -> None:
    direction, kind = place
    attended = Setting(Texts(language), "Europe/Prague", NOW_MS, kind)
    alone = Setting(Texts(language), "Europe/Prague", NOW_MS, kind, unattended=True)
    assert present(refused(direction), attended).word == Texts(language)(STAFFS[place])
    assert present(refused(direction), alone).word == guests(place, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", [IN, OUT, STAND])
def test_a_guest_who_is_told_in_another_language_reads_it_too(
    place: tuple[Direction, PointKind], language: str
) -> None:
    direction, kind = place
    setting = Setting(Texts("cs" if language == "en" else "en"), "Europe/Prague", NOW_MS, kind)
    assert told_to_guest(refused(direction), language, setting).word == guests(place, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_what_a_guest_is_refused_no_two_are_one_word_and_the_way_out_has_staffs_own(language: str) -> None:
    assert len({guests(place, language) for place in (IN, OUT, STAND)}) == 3
    assert Texts(language)(STAFFS[OUT]) not in {Texts(language)(STAFFS[place]) for place in (IN, STAND)}
