"""Where nobody stands the guest reads the screen, and so does whoever is next: nothing on it is for staff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from common.bodies import Flag
from common.conflict_kinds import ConflictKind
from common.decision import Choice, Fault, FaultCode, Outcome, Reason, Verdict
from common.ids import ProductNo
from common.reason_texts import reason_text
from common.rules import PointKind
from kiosk.shown import AnswerShown, DamageShown, Holder, OfferedChoice, QuestionKind, Shown
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import Weight
from kiosk.ui.presenter import out_of_order, present
from kiosk.ui.status_words import own_trouble
from kiosk.ui.telling import Setting
from tests.support.fake_names import AGE_CHECK, SHIRT, TICKET
from tests.support.fake_station import NOW_MS, status_of

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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", list(FaultCode))
def test_a_guest_alone_is_told_where_to_go_when_the_kiosk_fails_and_not_what_staff_is_to_do(
    language: str, code: FaultCode
) -> None:
    texts, said = Texts(language), reason_text(code, language).sentence
    setting = Setting(texts, "Europe/Prague", NOW_MS, unattended=True)
    picture = present(Shown(Fault(code, "why")), setting)
    lines = [line.text for line in picture.lines]
    assert texts("fault_not_guest") not in lines
    assert picture.headline == texts("fault_to_guest")
    assert said not in lines
    assert picture.buttons == ()


def test_whoever_confirms_the_clock_where_nobody_stands_sees_what_it_says() -> None:
    setting = Setting(Texts("en"), "Europe/Prague", NOW_MS, unattended=True)
    lines = [line.text for line in present(Shown(Fault(FaultCode.CLOCK_UNUSABLE, "why")), setting).lines]
    assert any("14:45" in line for line in lines)


def test_out_of_order_a_guest_alone_reads_first_what_became_of_the_pass() -> None:
    setting = Setting(Texts("en"), "Europe/Prague", NOW_MS, unattended=True)
    told = out_of_order(setting, "Your pass was not used up.")
    assert told.headline == "Your pass was not used up."
    assert [line.text for line in told.lines] == [reason_text(FaultCode.OUT_OF_ORDER, "en").sentence]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unattended", [True, False])
def test_out_of_order_is_said_once_and_the_room_is_for_what_to_do(language: str, *, unattended: bool) -> None:
    texts = Texts(language)
    told = out_of_order(Setting(texts, "Europe/Prague", NOW_MS, unattended=unattended))
    assert told.word == texts("word_out_of_order")
    assert told.headline == texts("fault_to_guest" if unattended else "fault_not_guest")
    sentence = reason_text(FaultCode.OUT_OF_ORDER, language).sentence
    assert [line.text for line in told.lines] == [texts("gate_staff") if unattended else sentence]


@pytest.mark.parametrize("kind", [PointKind.GATE, PointKind.STAND])
def test_a_guest_alone_has_nothing_to_touch_not_even_how_many(kind: PointKind) -> None:
    choice = Choice(ProductNo(1), 4, bought=4)
    asked = Verdict(Outcome.ASK, Reason.CHOOSE, (choice,), product=ProductNo(1))
    shown = Shown(asked, TICKET, choices=(OfferedChoice(choice, TICKET),))
    attended = Setting(Texts("en"), "Europe/Prague", NOW_MS, kind)
    picture = present(shown, replace(attended, unattended=True))
    assert (picture.buttons, picture.quantity_most) == ((), None)
    assert present(shown, attended).quantity_most == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_scan_screen_sends_a_guest_elsewhere_and_gives_no_orders_for_staff(language: str) -> None:
    texts, status = Texts(language), status_of()
    assert status.point is not None
    alone = replace(status, point=replace(status.point, unattended=True))
    fault = Fault(FaultCode.JOURNAL_UNWRITABLE, "the disk is gone")
    broken, damaged = replace(alone, fault=fault), replace(alone, damage=DamageShown(NOW_MS, 5, 2, is_open=True))
    assert own_trouble(broken, texts) == own_trouble(damaged, texts) == texts("fault_to_guest")
    assert own_trouble(replace(status, fault=fault), texts) not in {"", texts("fault_to_guest")}
    shut = replace(alone, fault=Fault(FaultCode.OUT_OF_ORDER, "it does not turn"))
    assert own_trouble(shut, texts) not in {"", texts("fault_to_guest")}, "staff opens it again by a badge"
    assert own_trouble(alone, texts) == ""


def test_where_to_go_is_said_as_loudly_as_what_became_of_the_pass() -> None:
    setting = Setting(Texts("en"), "Europe/Prague", NOW_MS, unattended=True)
    assert {line.weight for line in out_of_order(setting, "Your pass was not used up.").lines} == {Weight.STRONG}
