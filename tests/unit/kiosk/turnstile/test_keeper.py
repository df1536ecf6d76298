"""What becomes of an admission at a turnstile, with a real station, journal and files."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common.badges import Role
from common.bodies import Redeem, Void
from common.clock import ManualClock
from common.decision import Fault, FaultCode, Outcome, Reason, Request, Verdict
from common.entries import Entry
from common.ids import Ref
from kiosk.front import Front
from kiosk.headless import Headless, serve
from kiosk.headless_lines import entry_text
from kiosk.input.events import Scanned, Source
from kiosk.joining import Joining
from kiosk.root import Options, open_kiosk
from kiosk.shown import Answer, BackInService, GateBusy, GateNews, GateOutcome, OperatorTaken, Shown
from kiosk.store.folder import Folder
from kiosk.store.turnstile_file import read_turnstile
from kiosk.sync.exchange import Machine
from kiosk.taking_back import WHY_ANNULLED
from kiosk.turnstile import keeper
from kiosk.turnstile.drivers import Passage
from kiosk.turnstile.keeper import Gatekeeper, GateParts
from tests.support.fake_server import FakeServer
from tests.support.kiosk_world import NOW_MS, Contents, Event, Sold, build_snapshot, clock_at_noon, enrol, put_snapshot
from tests.support.scripted_turnstile import ScriptedTurnstile

WAIT_S = 30.0
TRIES = 3


class Gate:
    """One kiosk with a turnstile; `start` and `crash` as often as a test wants."""

    def __init__(self, path: Path) -> None:
        self.event = Event()
        self.clock: ManualClock = clock_at_noon()
        self.sold = [self.event.make_ticket() for _ in range(4)]
        self.folder: Folder = enrol(self.event, path)
        self.supervisor, self.hostess = self.event.badge(), self.event.badge("Eva", (Role.HOSTESS,))
        contents = Contents((self.event.issue(*self.sold),), build_ms=NOW_MS)
        put_snapshot(self.folder, self.event, build_snapshot(self.event, contents, path))
        self.news: list[GateNews] = []
        self._came = threading.Condition()
        self.front: Front | None = None

    def start(self, turnstile: ScriptedTurnstile | None, *, begins: bool = True, watches: bool = True) -> Front:
        kiosk = open_kiosk(self.folder, Options(self.clock))
        self.front = front = Front(kiosk, FakeServer(self.event), Machine)
        if turnstile is not None:
            front.gate = Gatekeeper(
                GateParts(turnstile, TRIES, self.folder, kiosk.station.annul, kiosk.station.was_shown, self._last)
            )
        if begins and front.gate is not None:
            front.gate.start()
        if watches:
            front.watch_gate(self._told)
        return front

    def crash(self) -> None:
        """The program is gone; the files are as they were."""
        if self.front is None:
            return
        if self.front.gate is not None:
            self.front.gate.stop()
        self.front.kiosk.close()

    def scan(self, text: str, request: Request | None = None) -> Answer:
        assert self.front is not None
        return self.front.scan(Scanned(text, Source.CAMERA, 0.0), request or Request())

    def admit(self, sold: Sold) -> Ref:
        answer = self.scan(sold.text)
        assert isinstance(answer, Shown)
        assert isinstance(answer.verdict, Verdict), answer.verdict
        assert answer.verdict.outcome is Outcome.ADMIT, answer.verdict
        assert answer.entry is not None
        return answer.entry

    def next_news(self, count: int = 1) -> GateNews:
        with self._came:
            assert self._came.wait_for(lambda: len(self.news) >= count, WAIT_S), self.news
            return self.news[count - 1]

    def written(self) -> list[Entry]:
        assert self.front is not None
        return list(self.front.kiosk.stores.journal.since(0))

    def voids(self) -> list[Void]:
        return [entry.body for entry in self.written() if isinstance(entry.body, Void)]

    def _told(self, news: GateNews) -> None:
        with self._came:
            self.news.append(news)
            self._came.notify_all()

    def _last(self) -> Ref | None:
        assert self.front is not None
        use = self.front.kiosk.stores.journal.last_use()
        return None if use is None else use.ref


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path / "kiosk")
    yield gate
    gate.crash()


def fault_of(answer: Answer) -> Fault:
    assert isinstance(answer, Shown)
    assert isinstance(answer.verdict, Fault), answer
    return answer.verdict


@pytest.mark.parametrize(
    ("passage", "outcome", "annulled"),
    [
        (Passage.PASSED, GateOutcome.PASSED, False),
        (Passage.UNTOLD, GateOutcome.UNTOLD, False),
        (Passage.NOBODY, GateOutcome.NOBODY, True),
    ],
)
def test_only_an_admission_nobody_used_is_taken_back(
    gate: Gate, passage: Passage, outcome: GateOutcome, annulled: bool
) -> None:
    turnstile = ScriptedTurnstile(passage)
    gate.start(turnstile)
    entry = gate.admit(gate.sold[0])
    news = gate.next_news()
    assert (news.entry, news.outcome, news.annulled) == (entry, outcome, annulled)
    assert [(void.target, void.why) for void in gate.voids()] == ([(entry, WHY_ANNULLED)] if annulled else [])
    again = gate.scan(gate.sold[0].text)
    assert isinstance(again, Shown)
    assert isinstance(again.verdict, Verdict)
    assert (again.verdict.outcome is Outcome.ADMIT) is annulled


def test_a_refusal_a_question_and_looking_open_nothing(gate: Gate) -> None:
    turnstile = ScriptedTurnstile(Passage.PASSED)
    front = gate.start(turnstile)
    gate.scan("rubbish")
    gate.scan(gate.sold[0].text, Request(info=True))
    front.again(Request(info=True))
    gate.admit(gate.sold[1])
    gate.next_news()
    assert turnstile.turned == 1


def test_while_it_is_open_for_one_guest_nobody_else_is_admitted(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "CLAIM_S", 0.05)
    turnstile = ScriptedTurnstile(Passage.PASSED)
    turnstile.hold()
    gate.start(turnstile)
    gate.admit(gate.sold[0])
    assert turnstile.is_turning.wait(WAIT_S)
    assert gate.scan(gate.sold[1].text) == GateBusy()
    looked = gate.scan(gate.sold[1].text, Request(info=True))
    assert isinstance(looked, Shown)
    assert isinstance(gate.scan(gate.hostess), OperatorTaken), "badges are taken at any time"
    assert len([entry for entry in gate.written() if isinstance(entry.body, Redeem)]) == 1
    turnstile.let_go()
    gate.next_news()
    gate.admit(gate.sold[1])


def test_it_is_tried_some_times_before_the_entrance_is_out_of_order(gate: Gate) -> None:
    turnstile = ScriptedTurnstile("jammed", "jammed", Passage.PASSED)
    front = gate.start(turnstile)
    gate.admit(gate.sold[0])
    assert gate.next_news().outcome is GateOutcome.PASSED
    assert (turnstile.turned, front.status().fault) == (TRIES, None)


def out_of_order(gate: Gate) -> ScriptedTurnstile:
    turnstile = ScriptedTurnstile("jammed")
    gate.start(turnstile)
    entry = gate.admit(gate.sold[0])
    news = gate.next_news()
    assert (news.entry, news.outcome, news.annulled, news.what) == (entry, GateOutcome.FAILED, True, "jammed")
    return turnstile


def test_out_of_order_admits_nobody_and_writes_nothing_until_a_supervisors_badge_comes(gate: Gate) -> None:
    turnstile = out_of_order(gate)
    before = len(gate.written())
    assert gate.front is not None
    fault = fault_of(gate.scan(gate.sold[1].text))
    assert (fault.code, fault.what) == (FaultCode.OUT_OF_ORDER, "jammed")
    assert gate.front.status().fault == fault
    assert fault_of(gate.front.again(Request())).code is FaultCode.OUT_OF_ORDER
    assert isinstance(gate.scan(gate.hostess), OperatorTaken)
    assert fault_of(gate.scan(gate.sold[1].text)).code is FaultCode.OUT_OF_ORDER
    assert (turnstile.turned, len(gate.written())) == (TRIES, before)
    assert gate.scan(gate.supervisor) == BackInService("Jana")
    turnstile.script = [Passage.PASSED]
    gate.admit(gate.sold[0])
    assert gate.front.status().fault is None


def test_out_of_order_outlives_a_restart_and_so_does_its_end(gate: Gate) -> None:
    out_of_order(gate)
    gate.crash()
    front = gate.start(ScriptedTurnstile(Passage.PASSED))
    assert fault_of(gate.scan(gate.sold[1].text)).code is FaultCode.OUT_OF_ORDER
    assert front.acknowledge()
    assert not front.acknowledge(), "it works already"
    gate.crash()
    gate.start(ScriptedTurnstile(Passage.PASSED))
    gate.admit(gate.sold[1])


def test_a_file_that_cannot_be_read_is_out_of_order(gate: Gate) -> None:
    (gate.folder.path / "turnstile.json").write_text("{")
    gate.start(ScriptedTurnstile(Passage.PASSED))
    assert "turnstile.json" in fault_of(gate.scan(gate.sold[0].text)).what


def test_what_cannot_be_kept_is_not_opened(gate: Gate) -> None:
    turnstile = ScriptedTurnstile(Passage.PASSED)
    gate.start(turnstile)
    (gate.folder.path / "turnstile.json.new").mkdir()
    gate.admit(gate.sold[0])
    news = gate.next_news()
    assert (news.outcome, news.annulled, turnstile.turned) == (GateOutcome.FAILED, True, 0)


def test_after_a_crash_between_admission_and_opening_the_entry_is_taken_back(gate: Gate) -> None:
    """Committed, and the turnstile was never told: the guest stands outside and shows the pass again."""
    gate.start(ScriptedTurnstile(Passage.PASSED))
    gate.crash()
    gate.start(ScriptedTurnstile(Passage.PASSED), begins=False)
    entry = gate.admit(gate.sold[0])
    gate.crash()
    gate.clock.advance(5)
    front = gate.start(ScriptedTurnstile(Passage.PASSED))
    news = gate.next_news()
    assert (news.entry, news.outcome, news.annulled) == (entry, GateOutcome.NOBODY, True)
    assert [void.target for void in gate.voids()] == [entry]
    assert front.not_shown_yet() == (), "an admission that was taken back is not shown as one"
    gate.admit(gate.sold[0])


def test_after_a_crash_with_the_turnstile_told_to_open_the_entry_stands(gate: Gate) -> None:
    """Nobody knows whether the guest is inside; a second opening could let another one in."""
    turnstile = ScriptedTurnstile(Passage.PASSED)
    turnstile.hold()
    gate.start(turnstile)
    gate.admit(gate.sold[0])
    assert turnstile.is_turning.wait(WAIT_S)
    gate.crash()
    record = read_turnstile(gate.folder)
    assert record is not None
    assert not record.is_done
    after = ScriptedTurnstile(Passage.PASSED)
    front = gate.start(after)
    refused = gate.scan(gate.sold[0].text)
    assert isinstance(refused, Shown)
    assert isinstance(refused.verdict, Verdict)
    assert refused.verdict.reason is Reason.NOTHING_LEFT
    assert (gate.voids(), after.turned, gate.news) == ([], 0, [])
    assert len(front.not_shown_yet()) == 1
    gate.admit(gate.sold[1])


def test_two_minutes_after_a_crash_the_entry_stands(gate: Gate) -> None:
    gate.start(ScriptedTurnstile(Passage.PASSED))
    gate.crash()
    gate.start(ScriptedTurnstile(Passage.PASSED), begins=False)
    gate.admit(gate.sold[0])
    gate.crash()
    gate.clock.advance(121)
    gate.start(ScriptedTurnstile(Passage.PASSED))
    assert (gate.voids(), gate.news) == ([], [])


def test_what_was_admitted_before_there_was_a_turnstile_is_left_alone(gate: Gate) -> None:
    front = gate.start(None)
    gate.admit(gate.sold[0])
    gate.crash()
    gate.start(ScriptedTurnstile(Passage.PASSED))
    gate.crash()
    front = gate.start(None)
    front.start()  # without a turnstile, what was kept of it goes
    assert read_turnstile(gate.folder) is None
    gate.admit(gate.sold[1])
    front.close()
    gate.start(ScriptedTurnstile(Passage.PASSED))
    assert (gate.voids(), gate.news) == ([], [])


def test_of_one_ticket_two_uses_are_taken_back_and_then_the_entry_stands(gate: Gate) -> None:
    gate.start(ScriptedTurnstile(Passage.NOBODY))
    for round_ in range(1, 4):
        gate.admit(gate.sold[0])
        assert gate.next_news(round_).annulled is (round_ < 3)


def test_a_party_of_three_gets_three_openings(gate: Gate) -> None:
    turnstile = ScriptedTurnstile(Passage.PASSED, Passage.PASSED, Passage.NOBODY)
    parts = GateParts(turnstile, TRIES, gate.folder, lambda _entry: GateBusy(), lambda _entry: None, lambda: None)
    party = Gatekeeper(parts)
    assert party._turn_for(3) == (GateOutcome.NOBODY, 2, "2 of 3 went through")
    assert turnstile.turned == 3


@pytest.mark.parametrize("asks", [lambda front: front.close(), lambda front: front.gate.stop()], ids=["close", "stop"])
def test_a_stop_does_not_wait_for_a_guest(gate: Gate, asks: Callable[[Front], None]) -> None:
    turnstile = ScriptedTurnstile(Passage.PASSED)
    turnstile.hold()
    front = gate.start(turnstile)
    gate.admit(gate.sold[0])
    assert turnstile.is_turning.wait(WAIT_S)
    asks(front)
    assert turnstile.closed == 1


def test_headless_says_what_became_of_each_admission_and_what_a_restart_took_back(gate: Gate) -> None:
    gate.start(ScriptedTurnstile(Passage.PASSED))
    gate.crash()
    gate.start(ScriptedTurnstile(Passage.PASSED), begins=False)
    entry = gate.admit(gate.sold[0])
    gate.crash()
    front = gate.start(ScriptedTurnstile(Passage.NOBODY, Passage.PASSED), watches=False)
    headless = Headless(front, Joining(gate.folder, "Gate 1"), gate.clock)
    lines: list[dict[str, object]] = []
    came = threading.Condition()

    def write(line: str) -> None:
        with came:
            lines.append(json.loads(line))
            came.notify_all()

    def said(count: int) -> dict[str, object]:
        with came:
            assert came.wait_for(lambda: len(lines) >= count, WAIT_S)
            return lines[count - 1]

    serve(headless, io.BytesIO(f"{gate.sold[1].text}\n".encode()), write)
    assert (said(1)["answer"], said(1)["entry"], said(1)["annulled"]) == ("turnstile", entry_text(entry), True)
    assert (said(2)["answer"], said(3)["answer"]) == ("verdict", "turnstile")
    assert said(2)["entry"] == said(3)["entry"]
    assert said(3)["outcome"] == "nobody"
