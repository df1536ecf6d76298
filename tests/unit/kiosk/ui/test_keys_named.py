"""The keys of a question say what they do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.decision import Direction, Reason, Verdict
from common.rules import PointKind
from kiosk.shown import Shown
from kiosk.ui.catalogue import Texts
from kiosk.ui.presenter import present
from kiosk.ui.telling import Setting
from tests.support.fake_station import ANSWERS, NOW_MS

SETTING = Setting(Texts("en"), "Europe/Prague", NOW_MS)


@pytest.mark.parametrize(
    ("direction", "kind", "keys"),
    [
        (Direction.IN, PointKind.GATE, ["Do not admit", "Admit"]),
        (Direction.OUT, PointKind.GATE, ["Do not let out", "Let out"]),
        (Direction.IN, PointKind.STAND, ["Do not hand out", "Hand out"]),
    ],
)
def test_where_records_are_missing_the_keys_name_what_is_done(
    direction: Direction, kind: PointKind, keys: list[str]
) -> None:
    asked = ANSWERS["confirm"]
    assert isinstance(asked, Shown)
    assert isinstance(asked.verdict, Verdict)
    verdict = replace(asked.verdict, reason=Reason.HISTORY_INCOMPLETE, direction=direction)
    picture = present(replace(asked, verdict=verdict), replace(SETTING, kind=kind))
    assert [button.label for button in picture.buttons] == keys
