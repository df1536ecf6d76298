"""A session at a gate with a station that answers by the name of what is scanned; a test may have others of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.clock import ManualClock
from kiosk.ui.session import Session
from tests.support.fake_station import NOW_MS, FakeStation
from tests.unit.kiosk.ui.test_finding import Finder
from tests.unit.kiosk.ui.test_session import Screen


@pytest.fixture
def station() -> FakeStation:
    return FakeStation()


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_MS)


@pytest.fixture
def guide(station: FakeStation, screen: Screen, clock: ManualClock) -> Iterator[Finder]:
    session = Session(station, screen, screen.deliver, clock, "en")
    yield Finder(session, screen)
    session.stop()
