"""What is read at a glance: a guest's name, and the number on the key that confirms."""

from __future__ import annotations

from dataclasses import replace

from common.rules import PointKind
from kiosk.shown import Holder
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import Confirm, Line, Weight
from kiosk.ui.presenter import present
from kiosk.ui.telling import Setting
from tests.support.fake_station import ANSWERS, NOW_MS

GATE = Setting(Texts("en"), "Europe/Prague", NOW_MS)
STAND = replace(GATE, kind=PointKind.STAND)


def test_a_name_is_as_strong_as_the_rest_and_keeps_nobody_waiting() -> None:
    named = present(replace(ANSWERS["admit"], holder=Holder("Jana Nováková"), hand_out={}), GATE)
    assert Line("Jana Nováková", Weight.STRONG) in named.lines
    assert named.auto_advance_s == present(ANSWERS["admit"], GATE).auto_advance_s


def test_at_a_stand_too_the_key_that_confirms_says_how_many_where_a_number_stands_beside_it() -> None:
    (counted,) = (one for one in present(ANSWERS["party"], STAND).buttons if isinstance(one.action, Confirm))
    (alone,) = (one for one in present(ANSWERS["confirm"], STAND).buttons if isinstance(one.action, Confirm))
    assert (counted.counts, alone.counts) == (True, False)
