"""Whether one person could have made both uses."""

from __future__ import annotations

import pytest

from syncserver.services.plausible import Pace, plausibility

PRAGUE = '{"lat_microdeg":50087000,"lon_microdeg":14421000}'
NEXT_GATE = '{"lat_microdeg":50087000,"lon_microdeg":14425000}'  # 285 m east
BRNO = '{"lat_microdeg":49195000,"lon_microdeg":16607000}'  # 185 km
PLAN = '{"x_permille":10,"y_permille":20}'


@pytest.mark.parametrize(
    ("one", "other", "seconds", "pace", "metres"),
    [
        (PRAGUE, PRAGUE, 5, Pace.SAME_PLACE, 0),
        (PRAGUE, NEXT_GATE, 300, Pace.WALK, 285),
        (PRAGUE, NEXT_GATE, 90, Pace.RUN, 285),
        (PRAGUE, NEXT_GATE, 20, Pace.VEHICLE, 285),
        (PRAGUE, NEXT_GATE, 0, Pace.IMPOSSIBLE, 285),
        (PRAGUE, BRNO, 3 * 3600, Pace.VEHICLE, 187_000),
        (PRAGUE, BRNO, 600, Pace.IMPOSSIBLE, 187_000),
        (PRAGUE, PLAN, 60, Pace.UNKNOWN, None),
        (PRAGUE, None, 60, Pace.UNKNOWN, None),
        ("no json", PRAGUE, 60, Pace.UNKNOWN, None),
    ],
)
def test_pace_by_distance_and_time(one: str, other: str | None, seconds: int, pace: Pace, metres: int | None) -> None:
    for apart_ms in (seconds * 1000, -seconds * 1000):
        told = plausibility(one, other, apart_ms)
        assert (told.seconds, told.pace) == (seconds, pace)
        assert told.metres == (None if metres is None else pytest.approx(metres, rel=0.01, abs=2))
