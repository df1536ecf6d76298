"""What scans and touches do, without a window."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from common.clock import ManualClock
from common.decision import Direction, Reason
from common.ids import ProductNo, TicketId
from common.reason_texts import reason_text
from common.ticket_code import derive_code, format_code
from kiosk.checks_shown import Check
from kiosk.input.events import SameAgain, Scanned, Source, TwoCodes
from kiosk.rules_here import RulesShown
from kiosk.shown import EnrolmentOffer, HistoryRow, MessageShown
from kiosk.ui.asking import Form
from kiosk.ui.how_many import QUANTITY_MAX
from kiosk.ui.picture import (
    Action,
    CheckAgain,
    Choose,
    Colour,
    Confirm,
    Cue,
    GoOn,
    MarkRead,
    Override,
    Picture,
    Reply,
    SpeakToGuest,
    Undo,
)
from kiosk.ui.ports import StationPort
from kiosk.ui.rows import Rows
from kiosk.ui.session import Session
from kiosk.ui.views import BadgeAsked, PinAsked
from kiosk.ui.worker import JOBS_MAX, Worker
from tests.support.fake_messages import MESSAGES
from tests.support.fake_names import TICKET
from tests.support.fake_station import (
    ANSWERS,
    CHECKS,
    HISTORY,
    HOLDER,
    NOW_MS,
    REF,
    FakeStation,
    status_of,
)
from tests.support.sample_questions import QUESTIONS
from tests.support.sample_rules import RULES


class Screen:
    """A screen that remembers what it was told, and runs deliveries at once under a lock."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.forgotten = 0
        self.anew: list[Picture] = []
        self.cues: list[Cue] = []
        self._lock = threading.RLock()

    def deliver(self, job: Callable[[], None]) -> None:
        with self._lock:
            job()

    def show_picture(self, picture: Picture) -> None:
        self.told.append(picture)

    def show_anew(self, picture: Picture) -> None:
        self.anew.append(picture)

    def show_scanning(self) -> None:
        self.told.append("scanning")

    def show_cue(self, text: str, about: Cue = Cue.NEWS) -> None:
        self.told.append(text)
        self.cues.append(about)

    def refresh(self) -> None:
        """Nothing to draw."""

    def show_operator(self, asked: BadgeAsked) -> None:
        self.told.append(asked)

    def show_pin(self, asked: PinAsked) -> None:
        self.told.append(asked)

    def show_form(self, form: Form) -> None:
        self.told.append(form)

    def show_rows(self, rows: Rows) -> None:
        self.told.append(rows)

    def forget_found(self) -> None:
        self.forgotten += 1

    def show_history(self, rows: tuple[HistoryRow, ...]) -> None:
        self.told.append(rows)

    def show_messages(self, messages: tuple[MessageShown, ...]) -> None:
        self.told.append(messages)

    def show_preflight(self, checks: tuple[Check, ...]) -> None:
        self.told.append(checks)

    def show_rules(self, rules: RulesShown) -> None:
        self.told.append(rules)

    def show_note(self, text: str, *, trouble: bool) -> None:
        self.told.append((text, trouble))

    def show_offer(self, offer: EnrolmentOffer) -> None:
        self.told.append(offer)

    def joined(self, station: StationPort) -> None:
        self.told.append(station)

    @property
    def colours(self) -> list[Colour]:
        return [told.colour for told in self.told if isinstance(told, Picture)]


def scan(text: str) -> Scanned:
    return Scanned(text, Source.CAMERA, 0.0, 5)


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def station() -> FakeStation:
    return FakeStation()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_MS)


@pytest.fixture
def session(screen: Screen, station: FakeStation, clock: ManualClock) -> Iterator[Session]:
    made = Session(station, screen, screen.deliver, clock, "en")
    yield made
    made.stop()


def done(session: Session, *events: object) -> None:
    """Start, feed the events, and wait until everything is answered."""
    session.start(lambda: None)
    for event in events:
        session.on_input(event)  # type: ignore[arg-type]  # the scenarios pass input events
    session.stop()


def test_scans_are_answered_in_order_and_each_replaces_the_picture(session: Session, screen: Screen) -> None:
    done(session, scan("admit"), scan("used"), scan("fault"))
    assert screen.colours == [Colour.GREEN, Colour.RED, Colour.VIOLET]


def test_cues_leave_the_picture_alone_and_ask_nothing(session: Session, screen: Screen, station: FakeStation) -> None:
    done(session, SameAgain("x", 0.0), TwoCodes(0.0))
    assert screen.told == ["Already read: take the code away, next one please", "One code at a time, please"]
    assert station.scans == []


def test_direction_and_quantity_go_with_the_scan_and_the_quantity_returns_to_one(
    session: Session, station: FakeStation
) -> None:
    forgotten: list[bool] = []
    session.start(lambda: forgotten.append(True))
    session.turn(Direction.OUT)
    session.count(+2)
    session.on_input(scan("admit"))
    session.stop()
    request = station.scans[0][1]
    assert (request.direction, request.quantity) == (Direction.OUT, 3)
    assert (session.desk.selection.direction, session.desk.selection.quantity) == (Direction.OUT, 1)
    assert len(forgotten) == 2


def test_the_quantity_stays_between_one_and_its_limit(session: Session) -> None:
    session.count(-5)
    assert session.desk.selection.quantity == 1
    session.count(+1000)
    assert session.desk.selection.quantity == QUANTITY_MAX


JOBS_IN_A_ROW = 3  # a PIN leads to a search, and that to what was found


class Guide:
    """Does one thing after the other with a session, and waits for each to be answered."""

    def __init__(self, session: Session, screen: Screen, forget: Callable[[], None] = lambda: None) -> None:
        self.session, self.screen = session, screen
        session.start(forget)
        self.settle()

    def settle(self) -> object:
        """Wait until all jobs are done, also those that jobs led to; what was told last."""
        for _ in range(JOBS_IN_A_ROW):
            done = threading.Event()
            while not self.session.desk.worker.submit(done.set):
                threading.Event().wait(0.005)
            assert done.wait(5)
        return self.screen.told[-1] if self.screen.told else None

    def scan(self, text: str) -> object:
        self.session.on_input(scan(text))
        return self.settle()

    def act(self, action: Action) -> object:
        self.session.act(action)
        return self.settle()


@pytest.fixture
def guide(session: Session, screen: Screen) -> Guide:
    return Guide(session, screen)


def test_answers_of_a_person_add_up_on_the_same_request(guide: Guide, station: FakeStation) -> None:
    guide.scan("choose")
    guide.act(Choose(ProductNo(2)))
    guide.act(Confirm())
    last = station.agains[-1]
    assert (last.product, last.confirmed) == (ProductNo(2), True)


def test_the_stepper_says_how_many_of_a_party_came(guide: Guide, station: FakeStation) -> None:
    station.now = status_of(stand=True)
    guide.session.ask_status()
    guide.settle()
    guide.scan("party")
    for change in (+1, +1, +1, +1, +1, -1):
        guide.session.step(change)
    guide.act(Confirm())
    assert (station.agains[-1].quantity, station.agains[-1].confirmed) == (3, True)
    guide.scan("party")
    assert guide.session.ask_quantity == 1, "the next guest begins anew"


def test_a_refusal_is_told_to_the_guest_in_another_language_and_the_next_one_to_the_hostess(guide: Guide) -> None:
    """Her buttons stay in her language, and so does the kiosk."""
    hers = guide.scan("used")
    guests = guide.act(SpeakToGuest("de"))
    assert isinstance(hers, Picture)
    assert isinstance(guests, Picture)
    assert (hers.told_in, guests.told_in) == ("en", "de")
    assert guests.headline == reason_text(Reason.ALREADY_TODAY, "de").headline
    assert guests.buttons == hers.buttons
    assert guests.retold, "no second sound"
    assert guide.session.desk.selection.language == "en"
    assert guide.act(SpeakToGuest("en")) == replace(hers, retold=True)
    after = guide.scan("unpaid")
    assert isinstance(after, Picture)
    assert after.told_in == "en"


def test_nothing_is_told_anew_once_the_verdict_has_gone(guide: Guide) -> None:
    guide.scan("used")
    guide.act(GoOn())
    assert guide.act(SpeakToGuest("de")) == "scanning"


def test_putting_off_leads_back_to_what_asked(guide: Guide) -> None:
    asked = guide.scan("unpaid")
    guide.act(Override(Reason.UNPAID))
    guide.session.put_off()
    assert guide.screen.told[-1] == asked


def test_five_wrong_pins_make_the_badge_rest_and_the_wait_is_told_and_counted_down(
    guide: Guide, clock: ManualClock
) -> None:
    for _ in range(5):
        guide.session.people.enter_pin("000000")
        told = guide.settle()
    assert told == PinAsked("Zdeňka K.", "Too many wrong PINs. Wait 4\u00a0min, or take another badge.")
    assert guide.session.people.pin_wait_s() == 240
    clock.advance(100)
    assert guide.session.people.pin_wait_s() == 140
    clock.advance(200)
    assert guide.session.people.pin_wait_s() == 0


def test_answers_to_questions_travel_in_the_request(guide: Guide, station: FakeStation) -> None:
    guide.scan("questions")
    form = guide.act(Reply())
    assert isinstance(form, Form)
    assert [field.key for field in form.fields] == [question.key for question in QUESTIONS]
    for char in "Brno":
        form = form.typed(char)
    guide.session.submit(form)
    guide.settle()
    skipped = {question.key: "" for question in QUESTIONS if not question.required}
    assert dict(station.agains[-1].answers) == {**skipped, "club": "Brno"}


def test_locking_drops_what_was_unsealed_and_only_a_badge_leads_on(guide: Guide, station: FakeStation) -> None:
    guide.scan("admit_holder")
    guide.session.lock()
    assert guide.settle() is BadgeAsked.TO_UNLOCK
    assert guide.session.desk.picture is None
    assert guide.scan("admit") == "This is not a staff badge"
    assert guide.screen.told[-2] is BadgeAsked.TO_UNLOCK
    assert len(station.scans) == 1
    taken = guide.scan("badge:Jana")
    assert isinstance(taken, Picture)
    assert taken.headline == "Operator: Jana"
    guide.scan("admit")
    assert len(station.scans) == 2


def test_signing_out_leaves_nobody_and_goes_on_scanning(guide: Guide, station: FakeStation) -> None:
    guide.session.sign_out()
    assert guide.settle() == "scanning"
    status = guide.session.desk.status
    assert status is not None
    assert status.device.operator is None
    guide.scan("admit")
    assert len(station.scans) == 1


def test_history_messages_rules_and_the_check_before_doors_are_fetched(guide: Guide, station: FakeStation) -> None:
    guide.session.lists.open_history()
    assert guide.settle() == HISTORY
    guide.session.lists.open_messages()
    assert guide.settle() == MESSAGES
    guide.session.lists.open_rules()
    assert guide.settle() == RULES
    guide.act(MarkRead("a1"))
    assert station.read == ["a1"]
    guide.act(CheckAgain())
    assert guide.screen.told[-1] == CHECKS


def test_an_admission_is_marked_as_seen_once_it_was_on_the_screen(guide: Guide, station: FakeStation) -> None:
    guide.scan("admit")
    guide.settle()
    assert station.seen == [REF]


def test_what_was_committed_before_a_crash_is_shown_first_one_after_the_other(screen: Screen) -> None:
    station = FakeStation(unseen=(ANSWERS["admit"], ANSWERS["hand_out"]))
    session = Session(station, screen, screen.deliver, ManualClock(NOW_MS), "en")
    done(session)
    assert len(screen.colours) == 1
    session.go_on()
    session.go_on()
    assert screen.colours == [Colour.GREEN, Colour.GREEN]
    assert screen.told[-1] == "scanning"


def can_undo(guide: Guide) -> bool:
    """As the button says."""
    return guide.session.can_undo


def test_the_last_use_is_looked_at_once_more_before_it_is_taken_back(guide: Guide, station: FakeStation) -> None:
    assert not can_undo(guide)
    guide.scan("admit_holder")
    guide.session.go_on()
    guide.settle()
    assert can_undo(guide)
    guide.session.open_last()
    shown = guide.settle()
    assert isinstance(shown, Picture)
    assert (shown.colour, shown.word, shown.headline) == (Colour.BLUE, "LATEST RECORD", TICKET["en"])
    when = "today 14:44 · 47 s ago · North Gate, Exhibition Grounds"
    assert [line.text.replace("\u00a0", " ") for line in shown.lines] == [HOLDER.name, "code ends in PQRS-T", when]
    assert [(type(button.action), button.main) for button in shown.buttons] == [(GoOn, True), (Undo, False)]
    assert station.undone == []
    guide.act(shown.buttons[-1].action)
    assert station.undone == [REF]
    assert not can_undo(guide)


def test_what_was_taken_back_meanwhile_is_not_there_to_be_looked_at(guide: Guide, station: FakeStation) -> None:
    guide.scan("admit")
    station.last = None
    guide.session.open_last()
    assert guide.settle() == "Nothing to take back"
    assert not can_undo(guide)


def test_the_last_use_stays_while_two_codes_are_held_up_and_gives_way_to_the_next_one(
    guide: Guide, clock: ManualClock
) -> None:
    """It went away under the finger of whoever was comparing it, and the touch fell on the screen behind."""
    guide.scan("admit")
    guide.session.open_last()
    last = guide.settle()
    clock.advance(2)
    guide.session.on_input(TwoCodes(0.0))
    assert guide.settle() == "One code at a time, please"
    assert guide.session.desk.picture is last
    refused = guide.scan("used")
    assert isinstance(refused, Picture)
    assert refused.colour is Colour.RED


def test_undo_takes_back_the_last_entry(session: Session, station: FakeStation, screen: Screen) -> None:
    session.start(lambda: None)
    session.act(Undo(REF))
    session.stop()
    assert station.undone == [REF]
    assert screen.colours == [Colour.BLUE]


def test_a_station_that_fails_shows_a_fault_and_serves_the_next_guest(
    session: Session, station: FakeStation, screen: Screen
) -> None:
    station.failure = OSError("disk gone")
    session.start(lambda: None)
    session.on_input(scan("admit"))
    while Colour.VIOLET not in screen.colours:
        threading.Event().wait(0.005)
    station.failure = None
    session.on_input(scan("admit"))
    session.stop()
    assert screen.colours == [Colour.VIOLET, Colour.GREEN]


def test_a_mistyped_code_asks_nothing_and_a_right_one_is_a_scan(session: Session, station: FakeStation) -> None:
    code = format_code(derive_code(b"k" * 32, TicketId(b"t" * 8), 0))
    session.start(lambda: None)
    wrong = ("0" if code[0] != "0" else "1") + code[1:]
    assert not session.type_code(wrong)
    assert session.type_code(code)
    session.stop()
    assert [scanned.source for scanned, _ in station.scans] == [Source.TYPED]


def test_going_on_leads_back_to_the_camera(session: Session, screen: Screen) -> None:
    session.act(GoOn())
    assert screen.told == ["scanning"]


def test_a_full_queue_says_so_and_takes_no_more() -> None:
    block, worker = threading.Event(), Worker(lambda _failure: None)
    worker.start()
    assert worker.submit(lambda: (block.wait(5), None)[1])
    results = [worker.submit(lambda: None) for _ in range(JOBS_MAX + 3)]
    block.set()
    worker.stop()
    assert results[-1] is False
