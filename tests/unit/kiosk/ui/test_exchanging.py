"""Whoever asks for an exchange sees that it runs and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from common.clock import ManualClock
from common.decision import Fault, FaultCode
from kiosk.sync.errors import SyncWhy
from kiosk.ui.exchanging import ANSWER_S, SAID_S
from kiosk.ui.session import Session
from tests.support.fake_station import NOW_MS, FakeStation
from tests.unit.kiosk.ui.test_session import Guide, Screen

NO_ANSWER = "No answer from the server; working alone, nothing lost"


class Asking(Guide):
    """Somebody who touches "Connect now" and looks."""

    def __init__(self, station: FakeStation, clock: ManualClock) -> None:
        self.station, self.clock, screen = station, clock, Screen()
        super().__init__(Session(station, screen, screen.deliver, clock, "en"), screen)

    @property
    def says(self) -> str:
        said = self.session.exchanging.says
        return "" if said is None else said.value

    def pass_by(self, seconds: float) -> str:
        self.clock.advance(seconds)
        self.session.ask_status()
        self.settle()
        return self.says

    def hear(self, pending: int) -> None:
        now = self.station.now
        sync = replace(now.sync, connected=True, last_contact_ms=now.now_ms, pending=pending)
        self.station.now = replace(now, sync=sync)

    def fail(self, why: str = SyncWhy.UNREACHABLE) -> None:
        now = self.station.now
        sync = replace(now.sync, connected=False, why=why, failures=now.sync.failures + 1)
        self.station.now = replace(now, sync=sync)


@pytest.fixture
def asking() -> Iterator[Asking]:
    made = Asking(FakeStation(), ManualClock(NOW_MS))
    yield made
    made.session.stop()


@pytest.mark.parametrize(
    ("pending", "said"),
    [
        (0, "Done at 14:45: everything sent, all news received"),
        (12, "Connected at 14:45, still to send:\u00a012; it goes by itself"),
    ],
)
def test_it_is_said_that_it_runs_and_then_how_it_ended(asking: Asking, pending: int, said: str) -> None:
    assert asking.says == ""
    asking.session.exchange_now()
    asking.settle()
    assert (asking.says, asking.station.exchanges) == ("Connecting to the server…", 1)
    assert asking.pass_by(1) == "Connecting to the server…", "the contact before the touch is none of this"
    asking.hear(pending)
    assert asking.pass_by(1) == said
    assert asking.pass_by(SAID_S - 1) == said
    assert asking.pass_by(1) == ""


def test_a_server_that_does_not_answer_is_said_in_time_and_that_nothing_is_lost(asking: Asking) -> None:
    asking.session.exchange_now()
    assert asking.pass_by(ANSWER_S - 1) == "Connecting to the server…"
    assert asking.pass_by(1) == NO_ANSWER
    asking.session.exchange_now()
    assert asking.pass_by(0) == "Connecting to the server…", "asked again, it runs again"


def test_a_refusal_is_told_as_soon_as_it_is_known_and_one_from_before_is_none_of_this(asking: Asking) -> None:
    asking.fail()
    asking.session.exchange_now()
    assert asking.pass_by(1) == "Connecting to the server…"
    asking.fail()
    assert asking.pass_by(1) == NO_ANSWER
    assert asking.pass_by(SAID_S - 1) == NO_ANSWER
    assert asking.pass_by(1) == ""


def test_an_answer_after_the_refusal_is_told_in_its_place(asking: Asking) -> None:
    """The exchange that was under way as somebody asked fails; the one that was asked for does not."""
    asking.session.exchange_now()
    asking.settle()
    asking.fail()
    asking.pass_by(1)
    asking.hear(0)
    assert asking.pass_by(1) == "Done at 14:45: everything sent, all news received"


def test_a_server_that_answered_and_would_not_is_not_said_to_be_silent(asking: Asking) -> None:
    asking.session.exchange_now()
    asking.settle()
    asking.fail(SyncWhy.CERTIFICATE)
    assert asking.pass_by(1) == "Not connected, see “Last trouble”; working alone, nothing lost"


def test_where_records_may_be_lost_it_is_not_said_that_nothing_is(asking: Asking) -> None:
    asking.station.now = replace(asking.station.now, fault=Fault(FaultCode.DISK_FULL, "full"))
    asking.session.exchange_now()
    asking.settle()
    asking.fail()
    assert asking.pass_by(1) == "No answer from the server; working alone"
