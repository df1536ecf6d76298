"""A use of a moment ago, here: how many seconds ago, so that nobody turns away the guest just let in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.decision import Outcome, Reason, Verdict
from common.rules import PointKind
from kiosk.shown import FirstUse, Shown, UsedUp
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import Colour, Weight
from kiosk.ui.presenter import present
from kiosk.ui.telling import JUST_NOW_MS, Setting
from tests.support.fake_names import GATE, SHIRT, TICKET
from tests.support.fake_station import ANSWERS, HOLDER, NOW_MS, last_of

SETTING = Setting(Texts("en"), "Europe/Prague", NOW_MS)
INSIDE = Verdict(Outcome.REFUSE, Reason.ALREADY_INSIDE)
GONE = Verdict(Outcome.REFUSE, Reason.NOTHING_LEFT)


def used(ago_ms: int | None, *, here: bool = True, verdict: Verdict = INSIDE) -> Shown:
    """Refused, since it was used so long ago."""
    return Shown(verdict, TICKET, first_use=FirstUse(NOW_MS - (ago_ms or 0), GATE, "north-7", here, ago_ms))


def test_what_was_written_before_a_restart_is_about_nobody_who_stands_there_now() -> None:
    """It is told of in the strip of what is about the guest before, no line among others."""
    before = present(ANSWERS["override"], SETTING)
    assert before.past == SETTING.texts("from_before")
    assert before.past not in [line.text for line in before.lines]
    assert present(replace(ANSWERS["override"], from_before=False), SETTING).past == ""


def told(shown: Shown, setting: Setting = SETTING) -> str:
    """The line about the use."""
    line = present(shown, setting).lines[0]
    assert line.weight is Weight.STRONG
    return spaced(line.text)


def spaced(text: str) -> str:
    """With blanks where a line must not end."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_second_scan_of_the_guest_just_let_in_says_how_many_seconds_ago_and_stays_red() -> None:
    shown = used(4_900)
    assert told(shown) == "Came in: just now, 4 s ago, here, at this kiosk."
    assert present(shown, SETTING).colour is Colour.RED


def test_so_does_what_was_just_handed_out() -> None:
    shown, stand = used(115_000, verdict=GONE), replace(SETTING, kind=PointKind.STAND)
    assert told(shown, stand) == "Handed out: just now, 115 s ago, here, at this kiosk."


@pytest.mark.parametrize(
    "shown",
    [used(JUST_NOW_MS + 1), used(4_000, here=False), used(-1), used(-3_600_000), used(None)],
    ids=["longer ago", "elsewhere", "a clock set back", "an hour back", "not reckoned"],
)
def test_of_any_other_use_the_clock_is_told(shown: Shown) -> None:
    assert "today" in told(shown)
    assert " s ago" not in told(shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_said_in_every_language(language: str) -> None:
    texts = Texts(language)
    assert spaced(texts("just_now", age=texts("age_seconds", n=0))) in told(used(0), replace(SETTING, texts=texts))


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_several_were_bought_the_headline_says_how_many_of_how_many(language: str) -> None:
    texts = Texts(language)
    shown = replace(used(600_000, verdict=GONE), product=SHIRT, used_up=UsedUp(3, 2))
    picture = present(shown, replace(SETTING, texts=texts, kind=PointKind.STAND))
    assert picture.headline == texts("handed_all", n=3, size=2)
    one = present(replace(shown, used_up=None), replace(SETTING, texts=texts, kind=PointKind.STAND))
    assert one.headline == texts("handed_already")


def test_the_last_use_stays_while_somebody_thinks_and_says_whose_it_was_before_it_is_taken_back() -> None:
    admitted = Shown(Verdict(Outcome.ADMIT, Reason.OK, quantity=1), TICKET)
    picture = present(replace(last_of(admitted), code_end="PQRS-T"), SETTING)
    assert picture.auto_advance_s is None
    assert "code ends in PQRS-T" in [line.text for line in picture.lines]


def test_of_a_last_use_that_lies_ahead_of_the_clock_nothing_is_said_about_how_long_ago() -> None:
    last = last_of(Shown(Verdict(Outcome.ADMIT, Reason.OK, quantity=1), TICKET))
    assert last.first_use is not None
    ahead = replace(last, first_use=replace(last.first_use, ago_ms=-1))
    assert " ago" in present(last, SETTING).lines[0].text
    assert " ago" not in present(ahead, SETTING).lines[0].text


def test_who_is_not_known_by_name_is_told_apart_by_the_end_of_the_code_and_no_guest_reads_it() -> None:
    """Ten guests sold since the list had ten equal green screens."""
    admitted = replace(ANSWERS["admit"], code_end="PQRS-T")
    attended, alone = Setting(Texts("en"), "UTC", NOW_MS), Setting(Texts("en"), "UTC", NOW_MS, unattended=True)
    assert "code ends in PQRS-T" in [line.text for line in present(admitted, attended).lines]
    assert not any("PQRS" in line.text for line in present(admitted, alone).lines)
    refused = Shown(INSIDE, TICKET, code_end="PQRS-T")
    assert "code ends in PQRS-T" in [line.text for line in present(refused, attended).lines]
    assert not any("PQRS" in line.text for line in present(refused, alone).lines)
    named = replace(admitted, holder=HOLDER)
    assert not any("PQRS" in line.text for line in present(named, attended).lines)
