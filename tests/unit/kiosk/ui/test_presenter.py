"""A verdict becomes a picture nobody can misread."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.bodies import Flag
from common.conflict_kinds import ConflictKind
from common.decision import Choice, Direction, Fault, FaultCode, Hint, Outcome, Reason, Verdict
from common.ids import ProductNo
from common.reason_texts import reason_text
from common.rules import PointKind
from common.unbroken import UNBROKEN
from kiosk.shown import (
    BadgeRefused,
    BadgeTrouble,
    FirstUse,
    Holder,
    Locked,
    OfferedChoice,
    OperatorTaken,
    PinRefused,
    PinTrouble,
    Shown,
    Undone,
)
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import (
    Button,
    Choose,
    Colour,
    Confirm,
    EnterPin,
    GoOn,
    Line,
    OpenVariants,
    Override,
    Picture,
    Reply,
    Shape,
    Sound,
    Undo,
    Weight,
)
from kiosk.ui.presenter import ATTENTION_S, HANDING_S, headline_of, present, told_to_guest
from kiosk.ui.room import LINES_MAX
from kiosk.ui.telling import Setting
from tests.support.drawn_products import LUNCH_PICTURE, SHIRT_PICTURE
from tests.support.fake_station import ANSWERS, HOLDER, NOW_MS, REF, last_of, offers

SETTING = Setting(Texts("en"), "Europe/Prague", NOW_MS)
STAND = replace(SETTING, kind=PointKind.STAND)
SHIRT_NO = ProductNo(2)


def shown(name: str, setting: Setting = SETTING) -> Picture:
    return present(ANSWERS[name], setting)


def actions(picture: Picture) -> list[object]:
    return [button.action for button in picture.buttons]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_four_outcomes_differ_in_colour_and_shape_and_word_and_sound(language: str) -> None:
    setting = replace(SETTING, texts=Texts(language))
    pictures = [present(ANSWERS[name], setting) for name in ("admit", "confirm", "used", "fault")]
    for told_apart_by in ("colour", "shape", "word", "sound"):
        assert len({getattr(picture, told_apart_by) for picture in pictures}) == 4


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_reason_with_every_outcome_can_be_shown(outcome: Outcome, reason: Reason) -> None:
    picture = present(Shown(Verdict(outcome, reason)), SETTING)
    assert picture.colour is {"admit": Colour.GREEN, "ask": Colour.AMBER, "refuse": Colour.RED}[outcome]


@pytest.mark.parametrize("code", list(FaultCode))
def test_a_fault_never_looks_like_a_bad_ticket_and_stays_until_someone_reacts(code: FaultCode) -> None:
    picture = present(Shown(Fault(code, "what to do")), SETTING)
    assert (picture.colour, picture.shape, picture.auto_advance_s) == (Colour.VIOLET, Shape.WRENCH, None)
    assert "not the guest’s" in (picture.headline if code is FaultCode.OUT_OF_ORDER else picture.lines[0].text)
    names_the_time = any(SETTING.texts.moment(SETTING.now_ms, SETTING.zone) in line.text for line in picture.lines)
    assert names_the_time is (code is FaultCode.CLOCK_UNUSABLE)


def test_what_is_handed_out_is_said_with_how_many_and_how_many_are_left() -> None:
    picture = shown("hand_out", STAND)
    assert picture.word == "HAND OUT"
    assert picture.headline == f"2{UNBROKEN}× Men’s T-shirt with anniversary print, size XL"
    assert "3 more if wanted: scan again" in [line.text for line in picture.lines]


def test_a_refusal_for_earlier_use_says_when_where_and_by_which_device() -> None:
    first = shown("used").lines[0]
    assert first.weight is Weight.STRONG
    assert first.text == "Used: today 11:45, North Gate, Exhibition Grounds (kiosk brana-sever-07)."
    assert shown("used_here").lines[0].text == "Used up: today 14:35, here, at this kiosk."


def test_at_a_stand_what_was_handed_out_is_no_used_up_ticket_unless_some_is_left() -> None:
    picture = shown("used_here", STAND)
    assert picture.headline == "Already handed out"
    assert picture.lines[0].text == "Handed out: today 14:35, here, at this kiosk."
    left = Choice(SHIRT_NO, left=2, reason=Reason.NOTHING_LEFT)
    fewer = Verdict(Outcome.REFUSE, Reason.NOTHING_LEFT, (left,), product=SHIRT_NO, quantity=3)
    asked = replace(ANSWERS["used_here"], verdict=fewer, choices=(OfferedChoice(left, {"en": "Shirt"}),))
    for setting in (STAND, SETTING):
        assert present(asked, setting).headline == "Only 2 left"
    assert shown("used_here").headline == "Used up", "a ticket at a gate"
    looked = present(replace(ANSWERS["used_here"], info=True), STAND)
    assert any("Already handed out" in line.text for line in looked.lines), looked.lines


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_answered_for_is_named_as_the_refusal_names_it_in_practice_too(language: str) -> None:
    stand, texts = replace(STAND, texts=Texts(language)), Texts(language)
    gate, practised = replace(stand, kind=PointKind.GATE), replace(ANSWERS["used_here"], practice=PointKind.STAND)
    for shown_to, setting in ((ANSWERS["used_here"], stand), (practised, gate)):
        assert present(shown_to, setting).headline == texts("handed_already")
        assert headline_of(Reason.NOTHING_LEFT, shown_to, setting) == texts("handed_already")
    for other in (None, ANSWERS["unpaid"], Shown(Fault(FaultCode.INTERNAL, "what to do"))):
        assert headline_of(Reason.NOTHING_LEFT, other, stand) == reason_text(Reason.NOTHING_LEFT, language).headline


@pytest.mark.parametrize(
    ("list_ms", "said"),
    [
        (None, "Which size was bought is not known here: ask"),
        (NOW_MS - 600_000, "Ask which one was bought: the list of today 14:35 does not have it yet"),
    ],
)
def test_where_the_size_is_not_known_nobody_is_told_to_hand_out_the_size_bought(list_ms: int | None, said: str) -> None:
    words = {"en": "Hand out the size bought"}
    known = replace(ANSWERS["sizes"], hand_out=words, left=0)
    assert known.handing is not None
    unknown = replace(known, handing=replace(known.handing, now=(), left=()))
    picture = present(unknown, replace(STAND, list_ms=list_ms))
    assert [line.text for line in picture.lines if line.text in {said, words["en"]}] == [said]
    assert [line.text for line in picture.lines][-1] == "No more of it on this ticket"
    assert [button.label for button in picture.buttons] == ["Next", "Note size", "Undo"]
    assert words["en"] in [line.text for line in present(known, STAND).lines]
    assert [button.label for button in present(known, STAND).buttons] == ["Next", "Other size", "Undo"]


def test_where_another_variant_may_be_needed_the_screen_stays_while_somebody_goes_for_it() -> None:
    chosen, nothing_to_choose = shown("sizes", STAND), shown("hand_out", STAND)
    assert (chosen.auto_advance_s, nothing_to_choose.auto_advance_s) == (HANDING_S, ATTENTION_S)
    assert HANDING_S >= 60


def test_the_last_use_is_no_green_and_offers_to_take_it_back_and_to_note_another_variant() -> None:
    picture = present(last_of(ANSWERS["sizes"]), STAND)
    assert (picture.colour, picture.shape, picture.word) == (Colour.BLUE, Shape.DOT, "LATEST RECORD")
    assert picture.headline == present(ANSWERS["sizes"], STAND).headline
    assert picture.lines[0].text == f"today 14:44 · 47{UNBROKEN}s ago · North Gate, Exhibition Grounds"
    assert actions(picture) == [GoOn(), OpenVariants(), Undo(REF)]
    assert [button.main for button in picture.buttons] == [True, False, False]
    out = present(last_of(ANSWERS["let_out"]), SETTING)
    assert out.lines[0].text.startswith("Let out · today 14:44")


@pytest.mark.parametrize(
    ("name", "sign"), [("admit", Shape.TICK), ("confirm", Shape.HAND), ("used", Shape.CROSS), ("choose", Shape.HAND)]
)
def test_what_would_be_decided_is_told_apart_without_reading(name: str, sign: Shape) -> None:
    looked = present(replace(ANSWERS[name], info=True, entry=None), SETTING)
    assert (looked.shape, looked.sign) == (Shape.EYE, sign)
    assert shown(name).sign is None


@pytest.mark.parametrize("reason", [Reason.RULE_UNEVALUABLE, Reason.BLOCKED, Reason.UNKNOWN_TICKET, Reason.NOT_BOUGHT])
def test_what_to_do_is_said_as_loudly_as_who_it_is(reason: Reason) -> None:
    answer = Shown(Verdict(Outcome.REFUSE, reason), holder=HOLDER)
    said = reason_text(reason, "en").sentence
    weights = {line.text: line.weight for line in present(answer, SETTING).lines}
    assert weights[said] is Weight.STRONG


def test_an_earlier_use_is_said_also_where_the_reason_has_no_words_for_it() -> None:
    texts = [
        line.text
        for line in present(replace(ANSWERS["used_here"], verdict=Verdict(Outcome.ASK, Reason.CONFIRM)), SETTING).lines
    ]
    assert "First used today 14:35, here, at this kiosk" in texts


def test_name_and_plate_are_shown_and_the_plate_is_never_broken() -> None:
    texts = [line.text for line in shown("admit_holder").lines]
    assert "Bartholoměj Příhoda-Třešňák · Plate\u00a05A8\u00a02317" in texts


def test_something_to_read_keeps_an_admission_on_the_screen_longer() -> None:
    short, long = shown("admit").auto_advance_s, shown("admit_holder").auto_advance_s
    assert short is not None
    assert long is not None
    assert short < long


def test_an_admission_can_be_undone_and_goes_on() -> None:
    assert actions(shown("admit")) == [GoOn(), Undo(REF)]


def test_choices_are_buttons_and_only_those_that_can_be_had() -> None:
    open_here = offers(3)
    spent = replace(open_here[0], choice=replace(open_here[0].choice, reason=Reason.NOTHING_LEFT))
    picture = present(Shown(Verdict(Outcome.ASK, Reason.CHOOSE), choices=(spent, *open_here[1:])), STAND)
    assert actions(picture) == [GoOn(), Choose(ProductNo(2)), Choose(ProductNo(3))]
    many = present(Shown(Verdict(Outcome.ASK, Reason.CHOOSE), choices=offers(40)), STAND)
    assert actions(many)[1:] == [Choose(offer.choice.product) for offer in offers(40)]


@pytest.mark.parametrize(
    ("name", "action"),
    [("confirm", Confirm()), ("supervisor", Override(Reason.NEEDS_SUPERVISOR))],
)
def test_an_ask_offers_its_answer_and_waits(name: str, action: object) -> None:
    picture = shown(name)
    assert actions(picture) == [GoOn(), action]
    assert picture.auto_advance_s is None


def test_who_has_not_paid_is_refused_unless_somebody_answers_for_it() -> None:
    assert actions(shown("unpaid")) == [GoOn(), Override(Reason.UNPAID)]


@pytest.mark.parametrize("name", ["foreign", "used", "wrong_point", "too_early"])
def test_a_refusal_that_no_one_may_override_offers_nothing_but_to_go_on(name: str) -> None:
    assert actions(shown(name)) == [GoOn()]


@pytest.mark.parametrize("name", list(ANSWERS))
def test_at_an_unattended_point_there_is_nothing_to_touch(name: str) -> None:
    assert shown(name, replace(SETTING, unattended=True)).buttons == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_nobody_stands_the_words_are_the_guests(language: str) -> None:
    """Nobody is told to admit or to refuse: welcome, not admitted, and staff where only staff could answer."""
    alone = replace(SETTING, texts=Texts(language), unattended=True)
    staffs = {Texts(language)(f"word_{word}") for word in ("admit", "let_out", "hand_out", "refuse", "ask")}
    assert shown("admit", alone).word == reason_text(Outcome.ADMIT, language).headline.upper()
    assert shown("used", alone).word == reason_text(Outcome.REFUSE, language).headline.upper()
    assert {shown(name, alone).word for name in ("admit", "let_out", "used", "foreign")}.isdisjoint(staffs)
    for reason in (Reason.CONFIRM, Reason.QUESTIONS, Reason.CHOOSE, Reason.NEEDS_SUPERVISOR):
        picture = present(Shown(Verdict(Outcome.REFUSE, reason)), alone)
        assert picture.word == Texts(language)("word_call_staff")
        assert f"{picture.headline}." == reason_text(Outcome.ASK, language).sentence
        assert picture.lines == ()


def test_an_earlier_use_at_a_kiosk_without_a_name_names_the_place_alone() -> None:
    first = replace(ANSWERS["used"].first_use or FirstUse(0, {}, "", here=False), device="")
    line = present(replace(ANSWERS["used"], first_use=first), SETTING).lines[0].text
    assert line == "Used: today 11:45, North Gate, Exhibition Grounds."


def test_a_gate_says_how_often_a_ticket_is_still_good_and_nothing_of_none() -> None:
    once, party = (present(replace(ANSWERS["admit"], left=left), SETTING) for left in (0, 3))
    assert once.lines == ()
    assert [line.text for line in party.lines] == ["Left:\u00a03"]
    handed = present(replace(ANSWERS["hand_out"], left=0), STAND)
    assert "No more of it on this ticket" in [line.text for line in handed.lines]


@pytest.mark.parametrize("name", list(ANSWERS))
def test_there_are_never_more_lines_than_have_room(name: str) -> None:
    picture = shown(name)
    assert len(picture.lines) <= LINES_MAX
    assert picture.word
    assert sum(button.main for button in picture.buttons) <= 1


def test_where_to_go_instead_is_said_loudly_and_once() -> None:
    lines = [line for line in shown("wrong_point").lines if "T-shirt stand" in line.text]
    assert [(line.weight, line.text) for line in lines] == [
        (Weight.STRONG, "Please go to: T-shirt stand at the main stage, North Gate, Exhibition Grounds.")
    ]


def test_from_when_is_said_once() -> None:
    told = [line.text for line in shown("too_early").lines]
    assert told == ["The pass is valid from Sun\u00a09\u00a0Jul\u00a014:45."]


def test_a_detail_with_something_unknown_in_it_is_left_out() -> None:
    picture = present(Shown(Verdict(Outcome.REFUSE, Reason.ALREADY_INSIDE)), SETTING)
    assert [line.text for line in picture.lines] == ["The pass is inside already."]


def test_badges_and_undone_entries_are_no_outcome() -> None:
    refused = PinRefused(PinTrouble.WRONG, 3, 0, "")
    done = (OperatorTaken("Zdeňka", ("hostess",)), Undone(done=True))
    not_done = (BadgeRefused("Zdeňka", BadgeTrouble.EXPIRED, ""), Locked(), refused, Undone(done=False))
    for answers, shape in ((done, Shape.DOT), (not_done, Shape.WARNING)):
        for answer in answers:
            picture = present(answer, SETTING)
            assert (picture.colour, picture.shape) == (Colour.BLUE, shape)
            assert picture.buttons[0] == Button(GoOn(), "Close", main=True)
    assert present(refused, SETTING).headline == "Wrong PIN. Tries left:\u00a03"


def test_an_operator_is_shown_with_role_and_asked_for_the_pin_until_it_was_entered() -> None:
    over = present(OperatorTaken("Zdeňka", ("hostess",), before="Ivo"), SETTING)
    assert "Signed out: Ivo" in {line.text for line in over.lines}
    before = present(OperatorTaken("Zdeňka", ("hostess", "support")), SETTING)
    assert before.headline == "Operator: Zdeňka"
    assert [line.text for line in before.lines] == ["Hostess, Support"]
    assert actions(before) == [GoOn(), EnterPin()]
    after = present(OperatorTaken("Zdeňka", ("supervisor",), pin_good=True), SETTING)
    assert actions(after) == [GoOn()]
    assert "PIN entered, overrides allowed" in [line.text for line in after.lines]


@pytest.mark.parametrize(
    ("role", "said"), [("hostess", "PIN entered"), ("supervisor", "PIN entered, overrides allowed")]
)
def test_only_a_supervisor_is_told_that_the_pin_allows_overrides(role: str, said: str) -> None:
    assert present(OperatorTaken("Zdeňka", (role,), pin_good=True), SETTING).lines[-1].text == said


def test_a_badge_that_is_no_longer_good_says_what_to_do_and_is_no_undo() -> None:
    picture = present(BadgeRefused("Zdeňka", BadgeTrouble.BLOCKED, ""), SETTING)
    assert (picture.headline, picture.lines[0].text) == (
        "Badge not accepted: Zdeňka",
        "The badge is blocked. Ask the control room.",
    )


@pytest.mark.parametrize("name", ["used", "wrong_point", "too_early"])
def test_a_supervisor_is_offered_to_answer_for_times_places_and_usage(name: str) -> None:
    reason = ANSWERS[name].verdict
    assert isinstance(reason, Verdict)
    supervised = shown(name, replace(SETTING, roles=("supervisor",)))
    assert Override(reason.reason) in actions(supervised)
    assert [button.action for button in supervised.buttons if button.main] == [GoOn()]


def test_an_exit_looks_like_no_admission_and_says_first_that_nobody_had_come_in() -> None:
    out, admitted = shown("let_out"), shown("admit")
    assert (out.colour, out.shape, out.sound) == (Colour.CYAN, Shape.ARROW, Sound.OUT)
    assert {out.colour, out.shape, out.sound}.isdisjoint({admitted.colour, admitted.shape, admitted.sound})
    assert out.lines[0] == Line("Is not inside now. If the guest is coming in, set the kiosk to In.", Weight.STRONG)


def test_what_goes_with_an_admission_is_not_said_of_an_exit() -> None:
    leaving = replace(ANSWERS["let_out"], hand_out={"en": "Put on the wristband"}, attention={"en": "Check the age"})
    assert {line.text for line in present(leaving, SETTING).lines}.isdisjoint({"Put on the wristband", "Check the age"})


def test_a_question_says_whom_it_is_about_first_and_loudly_and_that_it_is_about_going_out() -> None:
    asked = replace(ANSWERS["confirm"], hand_out={"en": "Put on the wristband"}, attention={"en": "Check the age"})
    lines = present(asked, SETTING).lines
    assert [line.weight for line in lines[:2]] == [Weight.STRONG, Weight.STRONG]
    assert lines[0].text.startswith("Bartholoměj")
    assert "Put on the wristband" not in {line.text for line in lines}, "it is said once it is decided"
    verdict = asked.verdict
    assert isinstance(verdict, Verdict)
    leaving = present(replace(asked, verdict=replace(verdict, direction=Direction.OUT)), SETTING)
    assert leaving.lines[0].text == "Going out? This kiosk is set to Out."


def test_a_guest_to_look_at_without_a_word_why_is_said_in_words_of_the_screen() -> None:
    asked = replace(ANSWERS["confirm"], holder=Holder("Eva Malá", wants_look=True))
    assert "Look closely at this guest" in {line.text for line in present(asked, SETTING).lines}
    said = {line.text for line in present(replace(asked, attention={"en": "Check the age"}), SETTING).lines}
    assert "Look closely at this guest" not in said
    confirmed = replace(ANSWERS["admit"], holder=Holder("Eva Malá", wants_look=True))
    at_a_stand = present(asked, STAND)  # an item is handed out there: what the ticket asks to look at was for the gate
    for picture in (present(confirmed, SETTING), present(replace(confirmed, info=True), SETTING), at_a_stand):
        assert "Look closely at this guest" not in {line.text for line in picture.lines}


def test_nobody_answers_for_a_code_that_is_not_genuine() -> None:
    assert actions(shown("foreign", replace(SETTING, roles=("supervisor", "admin")))) == [GoOn()]


def test_an_override_that_was_refused_says_so() -> None:
    setting = replace(SETTING, overriding=Reason.UNPAID)
    assert shown("unpaid", setting).lines[0].text == "This badge may not allow it. Ask a supervisor for theirs."
    assert shown("confirm", setting).lines[0].text != shown("unpaid", setting).lines[0].text


def test_several_items_are_counted_at_a_stand_and_at_a_gate_those_who_may_come_at_once() -> None:
    assert shown("party", STAND).quantity_most == 4
    assert shown("party").quantity_most is None, "four uses of one person"
    assert shown("choose", STAND).quantity_most == 3
    assert shown("too_many", STAND).quantity_most is None


def test_what_asks_something_once_it_is_chosen_can_be_chosen() -> None:
    """A lunch with a question stands beside a T-shirt without; a supervisor is asked for behind the choice."""
    shirt, lunch, _ = offers(3)
    for reason in (Reason.QUESTIONS, Reason.NEEDS_SUPERVISOR):
        asking = replace(lunch, choice=replace(lunch.choice, reason=reason))
        picture = present(Shown(Verdict(Outcome.ASK, Reason.CHOOSE), choices=(shirt, asking)), STAND)
        assert actions(picture) == [GoOn(), Choose(ProductNo(1)), Choose(ProductNo(2))]


def test_choices_and_verdicts_carry_the_pictures_of_their_products() -> None:
    assert [button.picture for button in shown("choose", STAND).buttons[1:4]] == [SHIRT_PICTURE, LUNCH_PICTURE, None]
    assert shown("hand_out", STAND).product_picture == SHIRT_PICTURE
    assert "size XL, black" in [line.text for line in shown("hand_out", STAND).lines]
    assert shown("choose", STAND).buttons[1].detail == "size XL, black · Left:\u00a01"


def test_questions_are_answered_not_confirmed() -> None:
    assert actions(shown("questions")) == [GoOn(), Reply()]


def test_a_refusal_says_how_many_are_left_today_where_its_sentence_does_not() -> None:
    verdict = Verdict(Outcome.REFUSE, Reason.WRONG_POINT, hint=Hint(left_today=2))
    assert "Left today:\u00a02" in [line.text for line in present(Shown(verdict), SETTING).lines]


@pytest.mark.parametrize(
    ("name", "setting", "told_in"),
    [
        ("used", SETTING, "en"),
        ("confirm", SETTING, "en"),
        ("choose", STAND, None),
        ("admit", SETTING, None),
        ("hand_out", STAND, None),
        ("let_out", SETTING, None),
        ("fault", SETTING, None),
        ("used", replace(SETTING, unattended=True), None),
    ],
)
def test_a_guest_may_be_told_in_another_language_why_not_or_what_is_asked(
    name: str, setting: Setting, told_in: str | None
) -> None:
    """An admission or a choice needs no words, a fault is not the guest's, and where nobody stands nobody asks."""
    assert shown(name, setting).told_in == told_in


def test_only_looking_explains_a_refusal_to_the_guest_and_no_admission() -> None:
    looked = {name: present(replace(ANSWERS[name], info=True), SETTING) for name in ("used", "admit")}
    assert (looked["used"].told_in, looked["admit"].told_in) == ("en", None)


REFUSED = {"used", "wrong_point", "unpaid"}


@pytest.mark.parametrize("name", ["used", "unpaid", "confirm", "wrong_point"])
def test_told_to_the_guest_the_words_are_the_guests_and_what_is_touched_is_not(name: str) -> None:
    guests, hers = told_to_guest(ANSWERS[name], "cs", SETTING), present(ANSWERS[name], SETTING)
    assert guests.buttons == hers.buttons
    assert guests.word == (reason_text(Outcome.REFUSE, "cs").headline.upper() if name in REFUSED else hers.word)
    assert guests.headline == present(ANSWERS[name], replace(SETTING, texts=Texts("cs"))).headline
    assert (guests.told_in, guests.retold, hers.retold) == ("cs", True, False)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["used", "confirm"])
def test_a_refusal_and_a_question_say_that_a_double_use_is_open(name: str, language: str) -> None:
    setting = replace(SETTING, texts=Texts(language))
    told = Line(setting.texts("undecided_devices_had_not_heard"), Weight.STRONG)
    answer = ANSWERS[name]
    assert isinstance(answer, Shown)
    assert isinstance(answer.verdict, Verdict)
    assert told not in present(answer, setting).lines
    doubled = replace(answer, verdict=replace(answer.verdict, undecided=(ConflictKind.DEVICES,)))
    assert told in present(doubled, setting).lines
    assert told not in present(doubled, replace(setting, unattended=True)).lines


def test_closing_a_question_is_not_taken_for_an_answer() -> None:
    assert [button.label for button in shown("confirm").buttons] == ["Do not confirm", "Confirm"]
    assert shown("supervisor").buttons[0].label == "Close"


def test_only_looking_asks_nobody_to_choose() -> None:
    lines = [line.text for line in present(replace(ANSWERS["choose"], info=True), STAND).lines]
    assert "Please choose" not in lines
    at = lines.index("Can be redeemed here:")
    assert lines[at + 1].startswith(offers(3)[0].names["en"])


@pytest.mark.parametrize(
    ("reason", "said"), [(Reason.WRONG_TIME, "Open until today 23:00"), (Reason.EXPIRED, "Valid until today 23:00")]
)
def test_hours_are_told_as_hours_and_no_end_of_the_ticket(reason: Reason, said: str) -> None:
    closes_ms = NOW_MS + (8 * 60 + 15) * 60_000
    verdict = Verdict(Outcome.REFUSE, reason, hint=Hint(from_ms=NOW_MS + 3_600_000, until_ms=closes_ms))
    assert said in [line.text for line in present(Shown(verdict), STAND).lines]


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_has_just_gone_out_is_not_said_to_have_never_been_inside(language: str) -> None:
    out = Verdict(Outcome.ADMIT, Reason.OK, quantity=1, direction=Direction.OUT, flags=(int(Flag.NOT_INSIDE),))
    texts = Texts(language)
    first = present(Shown(out), replace(SETTING, texts=texts)).lines[0].text
    assert texts("direction_in") in first
    assert texts("direction_out") not in first
