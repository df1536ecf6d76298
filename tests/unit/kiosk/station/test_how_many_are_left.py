"""Three are asked for and two are left: the window and the line both say two, and nobody reads "used up"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from common.catalogue import Catalogue, CatalogueProduct
from common.decision import Reason, Request, Verdict
from common.rules import PointKind, ProductKind, ProductRules, Quantity
from common.verdict_json import plain_verdict
from kiosk.headless_lines import names_of
from kiosk.shown import Shown
from kiosk.ui.catalogue import Texts
from kiosk.ui.presenter import present
from kiosk.ui.telling import Setting
from tests.support.kiosk_world import LUNCH, NOW_MS, STAND, catalogue
from tests.unit.kiosk.station.test_station import World

SETTING = Setting(Texts("en"), "Europe/Prague", NOW_MS, kind=PointKind.STAND)


def two_a_day() -> Catalogue:
    known = catalogue()
    lunch = CatalogueProduct(ProductRules(LUNCH, ProductKind.ITEM, Quantity(per_day=2)), {"en": "Lunch"})
    others = tuple(one for one in known.products if one.rules.product != LUNCH)
    return replace(known, products=(*others, lunch))


@pytest.fixture(params=[None, two_a_day()], ids=["in all", "today"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    world = World(tmp_path / "kiosk", STAND, request.param)
    yield world
    world.kiosk.close()


def lines(shown: Shown) -> list[str]:
    picture = present(shown, SETTING)
    return [picture.headline, *(line.text for line in picture.lines), *(one.label for one in picture.buttons)]


def test_of_three_wanted_and_two_left_both_say_two(world: World) -> None:
    is_daily, three = world.known is not None, Request(product=LUNCH, quantity=3)
    text = (world.sold if is_daily else world.event.make_ticket((LUNCH, 2))).text
    shown = world.answer(text, three)
    assert isinstance(shown.verdict, Verdict)
    answered: dict[str, Any] = {**plain_verdict(shown.verdict), **names_of(shown)}
    if is_daily:
        assert answered["reason"] == Reason.LIMIT_TODAY
        assert answered["hint"]["left_today"] == 2
        assert "Left for today:\u00a02." in lines(shown)
    else:
        assert answered["reason"] == Reason.NOTHING_LEFT
        assert lines(shown)[0] == "Only 2 left"
    (choice,) = answered["choices"]
    assert min(left for left in (choice["left"], choice["left_today"]) if left is not None) == 2
    assert "Hand out the 2 left" in lines(shown)
    assert not any("Used up" in line for line in lines(shown))


def test_what_the_next_scan_could_hand_out_is_told_as_far_as_it_can(world: World) -> None:
    text = world.sold.text if world.known is not None else world.event.make_ticket((LUNCH, 2)).text
    first, second = (world.answer(text, Request(product=LUNCH)) for _ in range(2))
    assert "1 more if wanted: scan again" in lines(first)
    assert not any("scan again" in line for line in lines(second))


def test_nobody_is_told_to_scan_again_what_may_be_had_only_after_a_while(tmp_path: Path) -> None:
    known = two_a_day()
    later = tuple(replace(one, rules=replace(one.rules, min_gap_minutes=5)) for one in known.products)
    world = World(tmp_path / "kiosk", STAND, replace(known, products=later))
    try:
        assert not any("scan again" in line for line in lines(world.answer(world.sold.text, Request(product=LUNCH))))
    finally:
        world.kiosk.close()


def test_what_is_used_up_is_said_to_be(world: World) -> None:
    one = world.event.make_ticket((LUNCH, 1)).text
    world.answer(one, Request(product=LUNCH))
    assert lines(world.answer(one, Request(product=LUNCH, quantity=3)))[0] == "Already handed out"
