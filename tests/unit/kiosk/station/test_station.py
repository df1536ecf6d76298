"""The scan from text to durable answer, with real files and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.answers import WHY_KEY, GivenAnswers, decode_answers
from common.bodies import Exit, Note, Override, Redeem, Refuse
from common.catalogue import Catalogue, CatalogueProduct
from common.clock import ManualClock
from common.decision import Direction, Fault, FaultCode, Outcome, Reason, Request, Verdict
from common.ids import AreaNo, EventDay, PointNo, Ref
from common.rules import ConfirmMode, Once, ProductKind, ProductRules
from common.sealing import HolderData, open_sealed
from common.ticket_code import format_code, proof_of_scan
from kiosk.code_ends import END_CHARS
from kiosk.input.events import Scanned, Source
from kiosk.naming import attention_of
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.shown import Holder, OperatorTaken, Shown
from kiosk.store.learnt import Intake
from kiosk.ui.answering_for import held_on_to, overriding
from tests.support.kiosk_world import (
    CAMP,
    EVENT,
    GATE,
    LUNCH,
    NOW_MS,
    RALLY,
    SHIRT,
    STAND,
    WILD,
    Contents,
    Event,
    OtherDevice,
    build_snapshot,
    catalogue,
    clock_at_noon,
    enrol,
    put_snapshot,
)


class World:
    """One kiosk at a point, with what was sold."""

    def __init__(self, path: Path, point: PointNo = GATE, known: Catalogue | None = None) -> None:
        self.event, self.known = Event(), known
        self.clock: ManualClock = clock_at_noon()
        self.sold = self.event.make_ticket((LUNCH, 3))
        self.unheard = self.event.make_ticket((LUNCH, 1))
        self.camper = self.event.make_ticket(product=CAMP)
        self.other = OtherDevice(self.event)
        self.badge = self.event.badge()
        self.folder = enrol(self.event, path, point)
        self.entries = [self.event.issue(self.sold, self.camper)]
        self.holder = HolderData("Zdeněk Šťastný", "1AB 2345", "", "cs", attention=False)
        self.install(NOW_MS)
        self.kiosk: Kiosk = self.open()

    def install(self, build_ms: int) -> None:
        holders, devices = ((self.sold, self.holder),), (self.other.row(),)
        contents = Contents(tuple(self.entries), holders, devices, build_ms=build_ms, catalogue=self.known)
        put_snapshot(self.folder, self.event, build_snapshot(self.event, contents, self.folder.path))

    def open(self) -> Kiosk:
        return open_kiosk(self.folder, Options(self.clock))

    def restart(self) -> None:
        self.kiosk.close()
        self.kiosk = self.open()

    def answer(self, text: str, request: Request | None = None, source: Source = Source.CAMERA) -> Shown:
        answer = self.kiosk.station.scan(Scanned(text, source, 0.0), request or Request())
        assert isinstance(answer, Shown)
        return answer

    def verdict(self, text: str, request: Request | None = None) -> Verdict:
        shown = self.answer(text, request)
        assert isinstance(shown.verdict, Verdict), shown.verdict
        return shown.verdict

    def fault(self, text: str) -> Fault:
        shown = self.answer(text)
        assert isinstance(shown.verdict, Fault), shown.verdict
        return shown.verdict

    def learn(self, *entries: object) -> None:
        self.kiosk.stores.learnt.take(Intake(entries)).result()  # type: ignore[arg-type]
        self.kiosk.station.heard(entries)  # type: ignore[arg-type]

    def redeem_elsewhere(self, *, with_proof: bool) -> Redeem:
        device, run, number = self.other.device, self.other.run, len(self.other.written) + 1
        proof = proof_of_scan(self.sold.code, EVENT, device, run, number) if with_proof else None  # type: ignore[arg-type]
        return Redeem(self.sold.ticket, 0, RALLY, 1, GATE, AreaNo(0), EventDay(20_635), (), proof)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "kiosk")
    yield world
    world.kiosk.close()


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Callable[[PointNo], World]]:
    worlds: list[World] = []

    def make(point: PointNo) -> World:
        worlds.append(World(tmp_path / f"kiosk{point}", point))
        return worlds[-1]

    yield make
    for world in worlds:
        world.kiosk.close()


def test_a_pass_is_admitted_once_and_then_refused_with_when_and_where(world: World) -> None:
    first = world.answer(world.sold.text)
    assert isinstance(first.verdict, Verdict)
    assert first.verdict.outcome is Outcome.ADMIT
    assert first.product == {"en": "Rally pass", "cs": "Vstupenka"}
    world.clock.advance(300)
    again = world.answer(world.sold.text)
    assert isinstance(again.verdict, Verdict)
    assert (again.verdict.outcome, again.verdict.reason) == (Outcome.REFUSE, Reason.NOTHING_LEFT)
    assert again.first_use is not None
    assert again.first_use.time_ms == NOW_MS
    assert again.first_use.point == {"en": "North gate"}
    assert again.first_use.here


def test_the_pass_unseals_its_own_holder(world: World) -> None:
    shown = world.answer(world.sold.text)
    assert shown.holder is not None
    assert (shown.holder.name, shown.holder.plate) == ("Zdeněk Šťastný", "1AB 2345")


def test_a_typed_code_does_what_the_pass_does(world: World) -> None:
    typed = world.answer(format_code(world.sold.code).lower(), source=Source.TYPED)
    assert isinstance(typed.verdict, Verdict)
    assert typed.verdict.outcome is Outcome.ADMIT
    assert world.verdict(world.sold.text).reason is Reason.NOTHING_LEFT


def test_a_code_with_an_unknown_hash_is_an_unknown_ticket(world: World) -> None:
    assert world.verdict(format_code(world.unheard.code)).reason is Reason.UNKNOWN_TICKET


def test_a_pass_nobody_heard_of_is_admitted_and_flagged(world: World) -> None:
    verdict = world.verdict(world.unheard.text)
    assert verdict.outcome is Outcome.ADMIT
    assert 1 in verdict.flags


def test_an_admission_survives_a_restart(world: World) -> None:
    assert world.verdict(world.sold.text).outcome is Outcome.ADMIT
    world.restart()
    assert world.verdict(world.sold.text).reason is Reason.NOTHING_LEFT


def test_what_was_committed_but_not_shown_is_shown_first(world: World) -> None:
    admitted = world.answer(world.sold.text)
    world.restart()
    (before,) = world.kiosk.station.not_shown_yet()
    assert before.from_before
    assert before.entry == admitted.entry
    assert before.entry is not None
    world.kiosk.station.was_shown(before.entry)
    world.restart()
    assert world.kiosk.station.not_shown_yet() == ()


def test_a_proven_use_heard_of_refuses_and_an_unproven_one_asks(world: World) -> None:
    world.learn(world.other.write(world.redeem_elsewhere(with_proof=False)))
    asked = world.verdict(world.sold.text)
    assert (asked.outcome, asked.reason) == (Outcome.ASK, Reason.PROOF_MISSING)
    world.learn(world.other.write(world.redeem_elsewhere(with_proof=True)))
    shown = world.answer(world.sold.text)
    assert isinstance(shown.verdict, Verdict)
    assert shown.verdict.reason is Reason.NOTHING_LEFT
    assert shown.first_use is not None
    assert (shown.first_use.device, shown.first_use.here) == ("Gate 9", False)


def test_a_stand_hands_out_in_parts_until_nothing_is_left(at: Callable[[PointNo], World]) -> None:
    world = at(STAND)
    first = world.answer(world.sold.text, Request(quantity=2))
    assert isinstance(first.verdict, Verdict)
    assert (first.verdict.outcome, first.left, first.more) == (Outcome.ADMIT, 1, 1)
    assert world.verdict(world.sold.text, Request(quantity=2)).reason is Reason.NOTHING_LEFT
    assert world.verdict(world.sold.text).outcome is Outcome.ADMIT
    assert world.verdict(world.sold.text).reason is Reason.NOTHING_LEFT


def test_out_and_in_again_at_a_gate_with_in_and_out(at: Callable[[PointNo], World]) -> None:
    world = at(WILD)
    out = Request(direction=Direction.OUT)
    assert world.verdict(world.camper.text).outcome is Outcome.ADMIT
    assert world.verdict(world.camper.text).reason is Reason.ALREADY_INSIDE
    assert world.verdict(world.camper.text, out).outcome is Outcome.ADMIT
    assert world.verdict(world.camper.text).outcome is Outcome.ADMIT
    bodies = [entry.body for entry in world.kiosk.stores.journal.since(0)]
    assert [type(body) for body in bodies if not isinstance(body, Refuse)] == [Redeem, Exit, Redeem]


def test_what_goes_with_an_admission_is_handed_out_at_the_first_only(at: Callable[[PointNo], World]) -> None:
    world = at(WILD)
    first = world.answer(world.camper.text)
    world.answer(world.camper.text, Request(direction=Direction.OUT))
    again = world.answer(world.camper.text)
    assert (first.hand_out, again.hand_out) == ({"en": "Give the wristband"}, {})


@pytest.mark.parametrize("attention", [True, False])
def test_a_guest_to_look_at_without_a_note_is_marked_and_no_sign_stands_for_words(
    world: World, attention: bool
) -> None:
    world.holder = replace(world.holder, attention=attention)
    world.install(NOW_MS + 1000)
    world.restart()
    shown = world.answer(world.sold.text)
    assert shown.holder == Holder("Zdeněk Šťastný", "1AB 2345", None, attention)


@pytest.mark.parametrize(
    ("plate", "said"),
    [("1AB 2345", "Check the number plate"), (None, "Plate not known here yet: compare the one on the pass")],
)
def test_a_plate_is_compared_only_where_one_is_known(plate: str | None, said: str) -> None:
    rules = ProductRules(RALLY, ProductKind.TICKET, Once())
    product = CatalogueProduct(rules, {"en": "Ride"}, attention="check_plate")
    assert attention_of(product, Holder("Eva", plate))["en"] == said


def test_the_end_of_the_code_goes_with_an_answer_only_where_no_name_is_known(world: World) -> None:
    known = world.answer(world.sold.text)
    assert known.holder is not None
    assert known.code_end == ""
    later = world.event.make_ticket()
    unknown = world.answer(later.text)
    assert unknown.holder is None
    assert format_code(later.code).endswith(unknown.code_end)
    assert len(unknown.code_end) == END_CHARS
    assert world.answer("no code of ours").code_end == ""


def test_an_info_scan_says_what_a_scan_would_say_and_writes_nothing(world: World) -> None:
    info = Request(info=True)
    shown = world.answer(world.sold.text, info)
    assert isinstance(shown.verdict, Verdict)
    assert (shown.verdict.outcome, shown.info, shown.entry) == (Outcome.ADMIT, True, None)
    assert shown.holder is not None
    assert world.verdict("no code of ours", info).reason is Reason.MALFORMED
    world.kiosk.station.write_counts(every=True)
    assert world.kiosk.stores.journal.last() is None
    assert world.verdict(world.sold.text).outcome is Outcome.ADMIT
    assert world.verdict(world.sold.text, info).reason is Reason.NOTHING_LEFT


def test_questions_are_put_in_words_and_answers_are_sealed_to_the_server(at: Callable[[PointNo], World]) -> None:
    world = at(STAND)
    buyer = world.event.make_ticket((SHIRT, 2))
    asked = world.answer(buyer.text)
    assert isinstance(asked.verdict, Verdict)
    assert (asked.verdict.outcome, asked.verdict.reason) == (Outcome.ASK, Reason.QUESTIONS)
    size, wish = asked.questions
    assert (size.key, size.kind, size.required, size.fault) == ("size", "choice", True, None)
    assert [(value, names["en"]) for value, names in size.options] == [("s", "Small"), ("l", "Large")]
    assert (wish.kind, wish.required, wish.characters_max) == ("text", False, 20)
    wrong = world.answer(buyer.text, Request(answers=(("size", "xl"), ("wish", "")), confirmed=True))
    assert [(one.key, one.fault) for one in wrong.questions] == [("size", "no_such_choice")]
    taken = world.answer(buyer.text, Request(answers=(("size", "l"), ("wish", "žlutou"), ("else", "x"))))
    assert taken.entry is not None
    *_, use, note = world.kiosk.stores.journal.of_ticket(buyer.ticket)
    assert use.ref == taken.entry
    assert isinstance(note.body, Note)
    assert "žlutou".encode() not in note.raw
    opened = open_sealed(world.event.seal, note.body.sealed)
    assert opened is not None
    assert decode_answers(opened) == GivenAnswers(use.ref, SHIRT, (("size", "l"), ("wish", "žlutou")))


def test_what_was_used_up_is_said_before_any_question(at: Callable[[PointNo], World]) -> None:
    world = at(STAND)
    buyer = world.event.make_ticket((SHIRT, 1))
    world.answer(buyer.text, Request(answers=(("size", "l"),)))
    assert world.verdict(buyer.text).reason is Reason.NOTHING_LEFT


def test_entries_name_the_operator_whose_badge_was_scanned(world: World) -> None:
    taken = world.kiosk.station.scan(Scanned(world.badge, Source.CAMERA, 0.0), Request())
    assert taken == OperatorTaken("Jana", ("supervisor",), brings_rights=True)
    world.verdict(world.sold.text)
    (entry,) = world.kiosk.stores.journal.since(0)
    assert entry.operator is not None


def test_who_takes_over_is_told_whose_shift_it_was_and_the_same_badge_again_takes_over_nothing(world: World) -> None:
    station = world.kiosk.station
    for is_first in (True, False):
        assert station.scan(Scanned(world.badge, Source.CAMERA, 0.0), Request()) == OperatorTaken(
            "Jana", ("supervisor",), brings_rights=is_first
        )
    other = world.event.badge(name="Petr")
    taken = station.scan(Scanned(other, Source.CAMERA, 0.0), Request())
    assert isinstance(taken, OperatorTaken)
    assert (taken.name, taken.before) == ("Petr", "Jana")


def test_an_override_needs_badge_and_pin_and_names_its_reason(world: World) -> None:
    world.verdict(world.sold.text)
    wish = Request(override=Reason.NOTHING_LEFT, override_why="came with the band", badge_and_pin=True)
    assert world.verdict(world.sold.text, wish).outcome is Outcome.REFUSE
    world.kiosk.station.scan(Scanned(world.badge, Source.CAMERA, 0.0), Request())
    assert world.verdict(world.sold.text, wish).outcome is Outcome.REFUSE
    with pytest.raises(Exception, match="PIN is wrong"):
        world.kiosk.station.operators.enter_pin("999999")
    world.kiosk.station.operators.enter_pin("123456")
    assert world.verdict(world.sold.text, wish).outcome is Outcome.ADMIT
    last = world.kiosk.stores.journal.last_use()
    assert last is not None
    assert isinstance(last.body, Override)
    assert (last.body.reason, last.body.why) == ("nothing_left", "")
    note = list(world.kiosk.stores.journal.since(0))[-1]
    assert isinstance(note.body, Note)
    opened = open_sealed(world.event.seal, note.body.sealed)
    assert opened is not None
    assert decode_answers(opened) == GivenAnswers(last.ref, last.body.product, ((WHY_KEY, "came with the band"),))


def test_an_override_and_a_confirmation_after_it_are_one_use_with_its_reason(tmp_path: Path) -> None:
    """As the screen asks: used up, allowed by the supervisor, whose confirmation the point wants as for any guest."""
    known = catalogue()
    points = (replace(one, rules=replace(one.rules, confirm=ConfirmMode.CONFIRM)) for one in known.points)
    known = replace(known, points=tuple(points))
    world = World(tmp_path / "kiosk", known=known)
    world.verdict(world.sold.text, Request(confirmed=True))
    world.kiosk.station.scan(Scanned(world.badge, Source.CAMERA, 0.0), Request())
    world.kiosk.station.operators.enter_pin("123456")
    asked = Request()
    refused = world.answer(world.sold.text, asked)
    asked = overriding(held_on_to(asked, refused), Reason.NOTHING_LEFT, "came with the band")
    confirms = world.kiosk.station.again(asked)
    assert isinstance(confirms, Shown)
    assert isinstance(confirms.verdict, Verdict)
    assert confirms.verdict.reason is Reason.CONFIRM
    admitted = world.kiosk.station.again(replace(held_on_to(asked, confirms), confirmed=True))
    assert isinstance(admitted, Shown)
    assert isinstance(admitted.verdict, Verdict)
    assert (admitted.verdict.outcome, admitted.verdict.overridden) == (Outcome.ADMIT, Reason.NOTHING_LEFT)
    assert held_on_to(asked, admitted).override is None
    world.kiosk.close()


def test_what_was_looked_at_and_confirmed_is_not_asked_for_once_more(tmp_path: Path) -> None:
    known = catalogue()
    first, *others = known.products
    looked_at = replace(first, rules=replace(first.rules, attention=True), attention="check_age")
    world = World(tmp_path / "kiosk", known=replace(known, products=(looked_at, *others)))
    asked = world.answer(world.sold.text)
    admitted = world.kiosk.station.again(Request(confirmed=True))
    assert isinstance(asked.verdict, Verdict)
    assert isinstance(admitted, Shown)
    assert isinstance(admitted.verdict, Verdict)
    assert (asked.verdict.reason, asked.attention["en"]) == (Reason.CONFIRM, "Check the age")
    assert (admitted.verdict.outcome, admitted.attention) == (Outcome.ADMIT, {})
    world.kiosk.close()


def test_repeated_refusals_are_counted_not_stored_each(world: World) -> None:
    for _ in range(40):
        world.verdict("https://example.org/menu")
    world.kiosk.station.write_counts(every=True)
    world.restart()
    refusals = [e.body for e in world.kiosk.stores.journal.since(0) if isinstance(e.body, Refuse)]
    assert [body.repeats for body in refusals] == [1, 39]
    assert all(body.content is not None and body.ticket is None for body in refusals)


def test_foreign_content_is_nowhere_in_the_folder(world: World) -> None:
    world.verdict("the secret of a foreign code")
    world.restart()
    for path in world.folder.path.rglob("*"):
        if path.is_file():
            assert b"the secret of a foreign" not in path.read_bytes()


def test_a_clock_at_1970_is_a_fault_until_a_badge_confirms_it(world: World) -> None:
    world.clock.set_wall(0)
    world.restart()
    assert world.fault(world.sold.text).code is FaultCode.CLOCK_UNUSABLE
    world.kiosk.station.scan(Scanned(world.badge, Source.CAMERA, 0.0), Request())
    assert world.verdict(world.sold.text).outcome is Outcome.ADMIT
    (entry,) = world.kiosk.stores.journal.since(0)
    assert entry.stamp.doubtful
    assert entry.stamp.corrected_ms == NOW_MS


def test_without_a_snapshot_or_a_point_it_is_a_fault_not_a_bad_ticket(tmp_path: Path) -> None:
    event = Event()
    sold = event.make_ticket()
    kiosk = open_kiosk(enrol(event, tmp_path / "bare"), Options(clock_at_noon()))
    shown = kiosk.station.scan(Scanned(sold.text, Source.CAMERA, 0.0), Request())
    kiosk.close()
    assert isinstance(shown, Shown)
    assert isinstance(shown.verdict, Fault)
    assert shown.verdict.code is FaultCode.NO_SNAPSHOT


def test_a_pass_signed_by_another_events_key_is_not_known(world: World) -> None:
    event = replace(world.event, passes=world.event.foreign)
    foreign = event.make_ticket()  # names this event, but a key of another one signed it
    assert world.verdict(foreign.text).reason is Reason.UNKNOWN_KEY


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("fuzz") / "kiosk")
    yield world
    world.kiosk.close()


@given(
    st.text(max_size=500)
    | st.text("0123456789", max_size=400)
    | st.binary(max_size=160).map(lambda raw: str(int.from_bytes(raw, "big")))
)
def test_any_text_gets_a_refusal_never_an_exception(shared: World, text: str) -> None:
    verdict = shared.verdict(text)
    assert verdict.outcome is Outcome.REFUSE


@given(at=st.integers(0, 300), digit=st.sampled_from("0123456789"))
def test_no_changed_digit_of_a_pass_is_admitted(shared: World, at: int, digit: str) -> None:
    text = shared.unheard.text
    changed = text[: at % len(text)] + digit + text[at % len(text) + 1 :]
    if changed != text:
        assert shared.verdict(changed).outcome is Outcome.REFUSE


def test_marking_an_unknown_entry_as_shown_changes_nothing(world: World) -> None:
    admitted = world.answer(world.sold.text)
    stranger = world.other.write(world.redeem_elsewhere(with_proof=True)).ref
    assert isinstance(stranger, Ref)
    world.kiosk.station.was_shown(stranger)
    world.restart()
    assert [shown.entry for shown in world.kiosk.station.not_shown_yet()] == [admitted.entry]
