"""The check before doors finds what would make every pass invalid; counts tell what was done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from common.clock import ManualClock
from common.decision import Direction, Fault, Outcome, Request, Verdict
from common.ids import EventDay
from common.keys import KeyList, KeyRing, KeyUse
from common.rules import ProductRules, UnknownRule, Window
from kiosk.checks_shown import Check, Health
from kiosk.health import COMMIT_SLOW_MS, p99
from kiosk.input.events import Scanned, Source
from kiosk.preflight import preflight
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.shown import Shown
from kiosk.store.folder import Folder
from kiosk.store.learnt import Intake
from kiosk.surroundings import Here
from kiosk.sync.exchange import Machine
from kiosk.tally import Counts, Tally
from tests.support.kiosk_world import (
    GATE,
    NOW_MS,
    RALLY,
    Contents,
    Event,
    Sold,
    build_snapshot,
    clock_at_noon,
    enrol,
    put_snapshot,
)

TODAY = EventDay(20_635)


class Gate:
    """A kiosk at the gate with two tickets sold."""

    def __init__(self, path: Path) -> None:
        self.event, self.clock = Event(), clock_at_noon()
        self.sold = [self.event.make_ticket(), self.event.make_ticket()]
        folder = enrol(self.event, path, GATE)
        contents = Contents((self.event.issue(*self.sold),), build_ms=NOW_MS)
        put_snapshot(folder, self.event, build_snapshot(self.event, contents, folder.path))
        self.kiosk: Kiosk = open_kiosk(folder, Options(self.clock))
        self.tally = Tally(self.kiosk.stores.journal)

    @property
    def here(self) -> Here:
        here = self.kiosk.around.here()
        assert not isinstance(here, Fault)
        return here

    def checks(self, ring: KeyRing | None = None, machine: Machine | None = None) -> dict[str, Check]:
        found = preflight(self.kiosk, ring or self.kiosk.ring, machine or Machine(), connected=True)
        return {check.name: check for check in found}

    def scan(self, sold: Sold, direction: Direction = Direction.IN) -> Shown:
        answer = self.kiosk.station.scan(Scanned(sold.text, Source.CAMERA, 0.0), Request(direction=direction))
        assert isinstance(answer, Shown)
        assert isinstance(answer.verdict, Verdict)
        assert answer.verdict.outcome is Outcome.ADMIT
        return answer

    def counts(self) -> Counts:
        return self.tally.counts(TODAY, GATE, self.here.catalogue)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path / "kiosk")
    yield gate
    gate.kiosk.close()


def with_rules(here: Here, rules: ProductRules) -> Here:
    """The same place where the rally ticket has other rules."""
    return replace(here, place=replace(here.place, products=here.place.products | {RALLY: rules}))


def test_a_gate_that_is_ready_has_nothing_bad(gate: Gate) -> None:
    checks = gate.checks()
    assert {check.name for check in checks.values() if check.health is Health.BAD} == set()
    assert (checks["verdict"].found, checks["keys"].values["passes"]) == ("good", 1)
    assert checks["snapshot"].values["tickets"] == 2


def test_without_the_events_pass_keys_it_is_not_ready(gate: Gate) -> None:
    """The keys of another event stay: with them alone every pass of this one would be refused."""
    keys = gate.kiosk.ring.key_list
    others = tuple(entry for entry in keys.keys if entry.use is not KeyUse.PASS or entry.is_test)
    check = gate.checks(KeyRing(KeyList(keys.version, keys.event_uid, keys.made_s, others)))["keys"]
    assert (check.found, check.health) == ("none", Health.BAD)


def test_a_kiosk_at_which_nobody_could_sign_in_is_not_ready(gate: Gate) -> None:
    keys = gate.kiosk.ring.key_list
    others = tuple(entry for entry in keys.keys if entry.use is not KeyUse.BADGE)
    check = gate.checks(KeyRing(KeyList(keys.version, keys.event_uid, keys.made_s, others)))["keys"]
    assert (check.found, check.health) == ("no_badges", Health.BAD)


def test_a_rule_nobody_understands_is_found_before_doors(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    here = gate.here
    strange = with_rules(here, replace(here.place.products[RALLY], usage=UnknownRule("moon_phase")))
    monkeypatch.setattr(gate.kiosk.around, "here", lambda: strange)
    check = gate.checks()["verdict"]
    assert (check.found, check.health, check.values["reason"]) == ("refused", Health.BAD, "rule_unevaluable")


def test_before_the_hour_is_right_and_says_so(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    here = gate.here
    tomorrow = Window(from_ms=NOW_MS + 86_400_000)
    monkeypatch.setattr(
        gate.kiosk.around,
        "here",
        lambda: with_rules(here, replace(here.place.products[RALLY], windows=(tomorrow,))),
    )
    check = gate.checks()["verdict"]
    assert (check.found, check.health) == ("closed", Health.WARN)


def test_a_disk_that_cannot_be_written_or_is_full_is_found(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    (gate.kiosk.folder.path / "preflight.scratch").mkdir()
    assert (gate.checks()["storage"].found, gate.checks()["storage"].health) == ("broken", Health.BAD)
    monkeypatch.setattr(Folder, "free_bytes", lambda _self: 1000)
    assert gate.checks()["storage"].found == "full"


def test_a_slow_disk_is_told_with_its_p99(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_file: object) -> None:
        gate.clock.advance(0.4)

    monkeypatch.setattr("kiosk.preflight.flush_to_disk", slow)
    check = gate.checks()["storage"]
    assert (check.found, check.health) == ("slow", Health.WARN)
    assert float(str(check.values["p99_ms"])) > COMMIT_SLOW_MS


def test_an_old_snapshot_and_an_empty_battery_warn(gate: Gate) -> None:
    gate.clock.advance(48 * 3600)
    checks = gate.checks(machine=Machine(battery_percent=9, is_charging=False))
    assert (checks["snapshot"].found, checks["battery"].found) == ("old", "low")


def test_tickets_issued_since_the_snapshot_are_known_and_counted_once(gate: Gate) -> None:
    later = [gate.event.make_ticket() for _ in range(3)]
    for sold in (gate.sold, later, later[:1]):
        gate.kiosk.stores.learnt.take(Intake((gate.event.issue(*sold),))).result()
    assert gate.checks()["snapshot"].values["tickets"] == gate.kiosk.known.ticket_count() == 5


def test_an_empty_snapshot_is_worth_a_look_until_tickets_are_heard_of(tmp_path: Path) -> None:
    event = Event()
    folder = enrol(event, tmp_path / "kiosk", GATE)
    put_snapshot(folder, event, build_snapshot(event, Contents((), build_ms=NOW_MS), folder.path))
    kiosk = open_kiosk(folder, Options(clock_at_noon()))
    try:
        snapshot = [preflight(kiosk, kiosk.ring, Machine(), connected=True)[2]]
        kiosk.stores.learnt.take(Intake((event.issue(event.make_ticket()),))).result()
        snapshot.append(preflight(kiosk, kiosk.ring, Machine(), connected=True)[2])
        assert [(one.found, one.health) for one in snapshot] == [("empty", Health.WARN), ("good", Health.GOOD)]
    finally:
        kiosk.close()


def test_what_the_check_measured_of_the_disk_is_what_the_status_goes_on_to_say(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.preflight.flush_to_disk", lambda _file: gate.clock.advance(0.4))
    check = gate.checks()["storage"]
    assert round(p99(gate.kiosk.station.commit_ms) or 0, 1) == check.values["p99_ms"]


def test_counts_say_what_went_in_out_and_within_the_last_minute(gate: Gate) -> None:
    clock: ManualClock = gate.clock
    gate.scan(gate.sold[0])
    clock.advance(50)
    second = gate.scan(gate.sold[1])
    gate.scan(gate.sold[0], Direction.OUT)
    assert gate.counts() == Counts(admitted=2, let_out=1)
    assert gate.tally.last_minute(clock.now_ms(), GATE) == 2
    clock.advance(30)
    assert gate.tally.last_minute(clock.now_ms(), GATE) == 1
    gate.scan(gate.sold[1], Direction.OUT)
    assert second.entry is not None
    assert gate.counts() == Counts(admitted=2, let_out=2)


def test_what_was_taken_back_is_counted_no_more(gate: Gate) -> None:
    admitted = gate.scan(gate.sold[0])
    assert admitted.entry is not None
    assert gate.counts().admitted == 1
    gate.kiosk.station.undo(admitted.entry)
    assert gate.counts() == Counts()
    assert gate.tally.last_minute(gate.clock.now_ms(), GATE) == 0
