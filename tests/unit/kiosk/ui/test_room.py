"""A verdict with a lot to say says all of it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from common.conflict_kinds import ConflictKind
from common.decision import Choice, Outcome, Reason, Verdict
from common.ids import ProductNo
from kiosk.shown import AnswerShown, FamilyShown, Holder, OfferedChoice, QuestionKind, Shown
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import Line, Weight
from kiosk.ui.presenter import present
from kiosk.ui.room import LINES_MAX, in_room, listed
from kiosk.ui.telling import Setting

EN = Texts("en")
SETTING = Setting(EN, "UTC", 0)
LINES = st.lists(st.builds(Line, st.text("abc", min_size=1), st.sampled_from(Weight)), max_size=14)


@given(LINES, st.booleans())
def test_however_much_there_is_to_say_every_word_of_it_is_shown_in_the_room_there_is(
    lines: list[Line], more: bool
) -> None:
    shown = in_room(lines, int(more))
    assert len(shown) <= LINES_MAX - more
    said = [part for line in shown for part in line.text.split(" · ")]
    assert sorted(said) == sorted(line.text for line in lines)
    strong = {line.text for line in lines if line.weight is Weight.STRONG}
    assert strong <= {part for line in shown if line.weight is Weight.STRONG for part in line.text.split(" · ")}


def test_an_admission_with_everything_at_once_still_says_that_a_double_use_is_open() -> None:
    kept = tuple(
        AnswerShown(key, {"en": key}, QuestionKind.TEXT, "without") for key in ("nuts", "milk", "gluten", "celery")
    )
    shown = Shown(
        Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(1), quantity=1, undecided=(ConflictKind.DEVICES,)),
        holder=Holder("Zdeňka Nováková", "5A8 2317", "Let her in by the side gate"),
        attention={"en": "Check the age"},
        hand_out={"en": "Give the wristband"},
        family=FamilyShown(2, 4),
        kept=kept,
        left=3,
    )
    told = "\n".join(line.text for line in present(shown, SETTING).lines)
    wanted = ["Let her in", "Check the age", "Give the wristband", EN("undecided_devices_had_not_heard"), "celery", "3"]
    assert all(part in told for part in wanted), told
    looked = "\n".join(line.text for line in present(replace(shown, info=True), SETTING).lines)
    assert EN("undecided_devices_had_not_heard") in looked


def test_only_looking_says_how_many_more_items_there_are_than_it_can_name() -> None:
    offers = tuple(OfferedChoice(Choice(ProductNo(at), 1), {"en": f"item {at}"}) for at in range(1, 18))
    asked = Shown(Verdict(Outcome.ASK, Reason.CHOOSE), choices=offers, info=True)
    lines = [line.text for line in present(asked, SETTING).lines]
    named = [line for line in lines if line.startswith("item ")]
    assert len(lines) <= LINES_MAX
    assert lines[-1] == f"More items:\u00a0{len(offers) - len(named)}"


def test_a_list_that_fits_is_named_whole() -> None:
    lines = tuple(Line(str(at)) for at in range(LINES_MAX))
    assert listed(lines, LINES_MAX, EN) == lines


def test_of_many_open_conflicts_the_first_to_ask_about_is_told_and_the_others_are_counted() -> None:
    every = Verdict(Outcome.REFUSE, Reason.ALREADY_TODAY, undecided=(ConflictKind.CLOCK, *ConflictKind))
    told = [line.text for line in present(Shown(every), SETTING).lines]
    kinds = [EN(f"undecided_{kind}") for kind in ConflictKind]
    assert len([text for text in told if text in kinds]) == 1
    assert EN("undecided_clock_ahead") not in told, "that is the control room's"
    assert EN("undecided_more", n=len(ConflictKind)) in told
