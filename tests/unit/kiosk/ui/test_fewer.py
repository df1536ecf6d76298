"""Fewer are left than were asked for: a person decides, whatever is written."""

from __future__ import annotations

from dataclasses import replace

from common.ids import ProductNo
from kiosk.ui.picture import Choose, Colour, GoOn, Shape
from kiosk.ui.presenter import present
from tests.support.fake_station import ANSWERS
from tests.unit.kiosk.ui.test_presenter import STAND, actions, shown


def test_where_fewer_are_left_than_were_asked_for_those_can_be_handed_out() -> None:
    """A person decides: red beside a key that hands some out would say two things at once."""
    picture = shown("too_many", STAND)
    assert actions(picture) == [GoOn(), Choose(ProductNo(1), 2)]
    assert (picture.colour, picture.shape, picture.word) == (Colour.AMBER, Shape.HAND, "DECIDE")
    assert (picture.headline, picture.auto_advance_s) == ("Only 2 left", None)
    looked = present(replace(ANSWERS["too_many"], info=True), STAND)
    assert (looked.sign, looked.word) == (Shape.HAND, STAND.texts("word_would_ask"))
    alone = shown("too_many", replace(STAND, unattended=True))
    assert alone.colour is Colour.RED, "nobody stands there to decide"
