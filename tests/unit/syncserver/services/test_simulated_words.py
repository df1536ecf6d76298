"""The simulator's words: what the visitor can act on, as a kiosk would say it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.catalogue import Catalogue, CataloguePoint, CatalogueProduct
from common.decide import explain
from common.decision import Moment, Reason
from common.ids import PointNo
from common.ledger import Folded
from common.rules import AtMost, PointRules, Quantity, UsageRule
from syncserver.services.decider import Decided, Wish
from syncserver.services.simulator import Told, told
from syncserver.services.translations import translator
from tests.support.decision_cases import shirt_rule
from tests.support.kiosk_world import catalogue
from tests.support.scans import DAYS, ELSEWHERE, NOON, SHIRT, STAND, Scene, use


def known(scene: Scene) -> Catalogue:
    there = PointRules(ELSEWHERE, STAND.kind, STAND.area, STAND.serves)
    points = tuple(CataloguePoint(one, {"en": f"Stand {one.point}"}) for one in (scene.point, there))
    products = tuple(CatalogueProduct(one, {"en": f"Product {one.product}"}) for one in scene.products)
    return replace(catalogue(), products=products, points=points)


def said(scene: Scene) -> Told:
    place, moment = scene.place(), Moment(scene.now_ms, 0)
    explanation = explain(scene.scan, scene.view, scene.uses, scene.request, place, moment)
    wish = Wish("", PointNo(STAND.point), NOON, scene.request)
    decided = Decided(explanation, scene.scan, None, known(scene), wish, place, Folded(scene.view, scene.uses))
    return told(decided, translator("en"), DAYS.zone)


@pytest.mark.parametrize(
    ("usage", "used", "reason", "headline", "sentence", "left_today"),
    [
        (Quantity(), 1, Reason.NOTHING_LEFT, "Not enough left", "Can be had now: 2.", ""),
        (Quantity(per_day=2), 0, Reason.LIMIT_TODAY, "Today’s limit reached", "Left for today: 2.", "2"),
        (AtMost(per_day=1), 1, Reason.LIMIT_TODAY, "Today’s limit reached", "Left for today: 2.", "2"),
    ],
)
def test_of_three_wanted_and_two_left_it_says_two(
    usage: UsageRule, used: int, reason: Reason, headline: str, sentence: str, left_today: str
) -> None:
    uses = [use(product=SHIRT, quantity=used)] if used else []
    found = said(shirt_rule(3, *uses, usage=usage))
    assert (found.reason, found.headline, found.sentence) == (reason.value, headline, sentence)
    assert found.left_today == left_today
    assert [choice.rsplit("(", 1)[1][:-1].split(" / ")[-1] for choice in found.choices] == ["2"]


def test_of_none_left_it_says_when_the_last_was_used() -> None:
    found = said(shirt_rule(1, use(product=SHIRT, quantity=3)))
    assert found.headline == "Used up"
    assert found.sentence.startswith("Used up: ")
    assert found.choices == ()
