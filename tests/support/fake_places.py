"""Points of the fake event that a kiosk could stand at."""

from __future__ import annotations

from common.ids import PointNo
from common.rules import PointKind
from kiosk.shown import PlaceShown
from tests.support.fake_names import GATE, STAND
from tests.support.longest_texts import longest

PLACES = (
    PlaceShown(PointNo(1), GATE, PointKind.GATE, here=True),
    PlaceShown(PointNo(2), STAND, PointKind.STAND, here=False),
    *(
        PlaceShown(PointNo(10 + at), names, PointKind.STAND, here=False)
        for at, names in enumerate(longest("stand", 12))
    ),
)
