from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from common.ids import EventUid
from syncserver.services.housekeeping import BUILD_EVERY_MS_MIN, ENTRIES_BETWEEN_BUILDS, State, is_due, last_nightly_ms
from syncserver.stores.events import EventRow
from syncserver.stores.snapshots import SnapshotRow

NOON = round(datetime(2028, 7, 6, 10, tzinfo=UTC).timestamp() * 1000)  # 12:00 in Prague
EVENT = EventRow(1, "trial", EventUid(b"evnt"), False, "Europe/Prague", 300, 0, 0, "CZK", "cs", 3, 0, 0)
BUILT = SnapshotRow(1, NOON, 1_000, 3, b"", b"", 0, 0, 0)


@pytest.mark.parametrize(
    ("newest", "head", "after_ms", "due"),
    [
        pytest.param(None, 0, 0, True, id="none yet"),
        pytest.param(replace(BUILT, catalogue_version=2), 1_000, 0, True, id="products changed"),
        pytest.param(BUILT, 1_000, 10 * 86_400_000, False, id="nothing new for days"),
        pytest.param(BUILT, 1_000 + ENTRIES_BETWEEN_BUILDS, BUILD_EVERY_MS_MIN - 1, False, id="many, but too soon"),
        pytest.param(BUILT, 1_000 + ENTRIES_BETWEEN_BUILDS, BUILD_EVERY_MS_MIN, True, id="many, and half an hour on"),
        pytest.param(BUILT, 999 + ENTRIES_BETWEEN_BUILDS, BUILD_EVERY_MS_MIN, False, id="one too few"),
        pytest.param(BUILT, 1_001, 16 * 3_600_000 - 1, False, id="before the night's hour, 04:00"),
        pytest.param(BUILT, 1_001, 16 * 3_600_000, True, id="the night's hour has come"),
    ],
)
def test_a_snapshot_is_due(newest: SnapshotRow | None, head: int, after_ms: int, due: bool) -> None:
    assert is_due(State(EVENT, newest, head, NOON + after_ms)) is due


def test_the_night_is_an_hour_before_the_border_by_the_wall_clock() -> None:
    due = datetime.fromtimestamp(last_nightly_ms(EVENT, NOON) / 1000, UTC)
    assert due == datetime(2028, 7, 6, 2, tzinfo=UTC)
