"""When what goes with a ticket or an item is handed out: one row per case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.catalogue import Catalogue, CatalogueProduct, decode_catalogue, encode_catalogue
from common.facts import UseFact, UseKind
from common.handout import is_handed_out
from common.ids import AreaNo, EventDay
from common.rules import AtMost, InOut, Once, OncePerDay, ProductKind, ProductRules, Quantity, Unlimited, UsageRule
from tests.support.kiosk_world import catalogue
from tests.support.scans import ENTRY, SHIRT, TODAY, use

YESTERDAY = EventDay(TODAY - 1)
IN_YESTERDAY = use(1, day=YESTERDAY)
OUT_THIS_MORNING = use(2, kind=UseKind.EXIT)


@pytest.mark.parametrize(
    ("usage", "daily", "counted", "expected"),
    [
        pytest.param(InOut(), None, (), True, id="the first admission"),
        pytest.param(InOut(), None, (use(1),), False, id="back on the same day"),
        pytest.param(InOut(), None, (IN_YESTERDAY,), False, id="on a new day, where nothing is handed out daily"),
        pytest.param(InOut(), True, (), True, id="daily: the first admission"),
        pytest.param(InOut(), True, (IN_YESTERDAY,), True, id="daily: on a new day"),
        pytest.param(InOut(), True, (IN_YESTERDAY, OUT_THIS_MORNING), True, id="daily: who left this morning is back"),
        pytest.param(InOut(), True, (IN_YESTERDAY, use(2)), False, id="daily: back on the same day"),
        pytest.param(InOut(), True, (use(2, area=AreaNo(2)),), False, id="daily: it was handed out in another area"),
        pytest.param(InOut(), True, (use(2, kind=UseKind.OVERRIDE),), False, id="daily: a person had let them in"),
        pytest.param(OncePerDay(), None, (IN_YESTERDAY,), True, id="admits once a day, so each day has its own"),
        pytest.param(OncePerDay(), False, (IN_YESTERDAY,), False, id="admits once a day, but it says not daily"),
        pytest.param(Unlimited(), True, (IN_YESTERDAY,), True, id="daily: without any limit"),
        pytest.param(AtMost(days=3), True, (IN_YESTERDAY,), True, id="daily: on three days"),
        pytest.param(Once(), None, (use(1, product=SHIRT),), True, id="a use of something else is no admission"),
        pytest.param(InOut(), None, (use(1, kind=UseKind.EXIT),), True, id="an exit alone is no admission"),
    ],
)
def test_a_ticket_hands_out_at_its_first_admission_or_at_the_first_of_each_day(
    usage: UsageRule, daily: bool | None, counted: tuple[UseFact, ...], expected: bool
) -> None:
    product = CatalogueProduct(ProductRules(ENTRY, ProductKind.TICKET, usage), {}, handout_daily=daily)
    assert is_handed_out(product, counted, TODAY) is expected


@pytest.mark.parametrize("counted", [(), (use(1, product=SHIRT),), (use(1, product=SHIRT, day=YESTERDAY),)])
def test_an_item_is_handed_out_each_time(counted: tuple[UseFact, ...]) -> None:
    item = CatalogueProduct(ProductRules(SHIRT, ProductKind.ITEM, Quantity()), {})
    assert is_handed_out(item, counted, TODAY)


@pytest.mark.parametrize("daily", [None, True, False])
def test_what_a_catalogue_says_of_it_travels(daily: bool | None) -> None:
    before = catalogue()
    said = replace(before, products=tuple(replace(one, handout_daily=daily) for one in before.products))
    after = decode_catalogue(encode_catalogue(said))
    assert isinstance(after, Catalogue)
    assert {product.handout_daily for product in after.products} == {daily}
