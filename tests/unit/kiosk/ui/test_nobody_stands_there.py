"""Where nobody stands the guest reads the screen, and so does whoever is next: nothing on it is for staff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from common.bodies import Flag
from common.conflict_kinds import ConflictKind
from common.decision import Outcome, Reason, Verdict
from common.ids import ProductNo
from kiosk.shown import AnswerShown, Holder, QuestionKind, Shown
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.presenter import present
from kiosk.ui.telling import Setting
from tests.support.fake_names import AGE_CHECK, SHIRT, TICKET
from tests.support.fake_station import NOW_MS

NOTE = "Was thrown out yesterday, look closer"
HOLDER = Holder("Jana Nováková", "5A8 2317", attention=NOTE)
KEPT = AnswerShown("allergies", {"en": "Allergies"}, QuestionKind.TEXT, "nuts")
FLAGS = tuple(int(flag) for flag in Flag)
KINDS = tuple(ConflictKind)
VERDICTS = (
    Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(1), flags=FLAGS, undecided=KINDS),
    Verdict(Outcome.ASK, Reason.CONFIRM, product=ProductNo(1), flags=FLAGS, undecided=KINDS),
    Verdict(Outcome.REFUSE, Reason.BLOCKED, product=ProductNo(1), flags=FLAGS, undecided=KINDS),
)


def read(language: str, verdict: Verdict, *, unattended: bool) -> str:
    """All that stands on the screen."""
    shown = Shown(verdict, TICKET, holder=HOLDER, attention=AGE_CHECK, hand_out=SHIRT, kept=(KEPT,), left=2)
    picture = present(shown, Setting(Texts(language), "Europe/Prague", NOW_MS, unattended=unattended))
    lines = (line.text for line in picture.lines)
    return "\n".join((picture.word, picture.headline, *lines))


def for_staff(language: str) -> Iterator[str]:
    """What staff is told of this guest."""
    texts = Texts(language)
    yield from (NOTE, texts.name(AGE_CHECK), "nuts")
    yield from (texts(f"flag_{flag}") for flag in FLAGS if flag != Flag.DOUBLE_OPEN)
    yield from (texts(f"undecided_{kind}") for kind in KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda verdict: verdict.outcome.value)
def test_a_guest_alone_reads_nothing_that_is_for_staff(language: str, verdict: Verdict) -> None:
    said = read(language, verdict, unattended=True)
    assert [one for one in for_staff(language) if one in said] == []


def test_a_guest_alone_reads_the_name_and_what_is_left() -> None:
    said = read("en", VERDICTS[0], unattended=True)
    assert "Jana Nováková" in said
    assert Texts("en")("left", left=2) in said


def test_staff_reads_it() -> None:
    said = read("en", replace(VERDICTS[0], flags=(int(Flag.UNPAID),)), unattended=False)
    assert NOTE in said
    assert "nuts" in said
    assert Texts("en").name(AGE_CHECK) in said
