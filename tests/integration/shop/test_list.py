"""What the list says before a product's page is opened: which variants are gone, what each costs, what is not sold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syncserver.db.engine import Database
from tests.integration.shop.test_prices import MINUTE_MS, in_prague, page_of
from tests.support.shop_pages import app_of
from tests.support.shop_world import NOW_MS, ShopWorld, make_shop_world
from tests.support.small_event import ALL_LANGUAGES, small_event

DEPARTURES = """
[products.four_days.variants.morning]
name = "Morning"
quotas = ["mornings"]
[products.four_days.variants.noon]
name = "Noon"
price = 700
quotas = ["noons"]

[points.main_gate]"""
MANY = "[quotas.mornings]\nsize = 1\n\n[quotas.noons]\nsize = 50\n\n[quotas.people]"
SOLD_OUT = {
    "cs": "vyprodáno",
    "en": "sold out",
    "de": "ausverkauft",
    "fr": "épuisé",
    "it": "esaurito",
    "pl": "wyprzedane",
}


def with_departures(db: Database, folder: Path, **more: str) -> ShopWorld:
    texts = {"[points.main_gate]": DEPARTURES, "[quotas.people]": MANY, **ALL_LANGUAGES, **more}
    return make_shop_world(db, folder, small_event(**texts))


def options(page: str) -> list[str]:
    return re.findall(r"<option (value=.*?)</option>", page)


def test_a_ticket_says_of_its_variants_what_each_costs_and_which_is_sold_out(db: Database, tmp_path: Path) -> None:
    world = with_departures(db, tmp_path)
    page = page_of(world, "")
    assert options(page)[:2] == ['value="morning">Morning · CZK\u00a0625', 'value="noon">Noon · CZK\u00a0700']
    assert "from CZK\u00a0625" in page
    world.shop.baskets.add_tickets(world.catalogue, world.browser(), world.product("four_days"), "morning", 1)
    for language, word in SOLD_OUT.items():
        listed = options(page_of(world, "", language))
        assert listed[0].startswith('value="morning" disabled>')
        assert listed[0].endswith(f" · {word}")
        assert "disabled" not in listed[1]
        assert word not in listed[1]


def test_variants_of_one_price_are_listed_by_their_names_alone(db: Database, tmp_path: Path) -> None:
    one_price = DEPARTURES.replace("price = 700", "price = 625")
    page = page_of(with_departures(db, tmp_path, **{"[points.main_gate]": one_price}), "")
    assert options(page)[:2] == ['value="morning">Morning', 'value="noon">Noon']
    assert "from CZK" not in page


@pytest.mark.parametrize(
    ("window", "told"),
    [
        (f'sale_from = "{in_prague(NOW_MS + MINUTE_MS)}"', "On sale from "),
        (f'sale_until = "{in_prague(NOW_MS)}"', "The sale ended on "),
    ],
    ids=["not yet", "over"],
)
def test_an_item_that_is_not_on_sale_says_so_on_the_list_as_on_its_page(
    db: Database, tmp_path: Path, window: str, told: str
) -> None:
    world = make_shop_world(db, tmp_path, small_event(**{"price = 189": f"price = 189\n{window}"}))
    for path in ("", "?q=lunch", "item/lunch"):
        page = page_of(world, path)
        assert page.count(told) == 1
        assert "item gone" in page or path == "item/lunch"
    beer = page_of(world, "?q=beer")
    assert "On sale" not in beer
    assert "gone" not in beer


def test_the_list_changes_when_a_sale_begins_and_ends(db: Database, tmp_path: Path) -> None:
    window = f'sale_from = "{in_prague(NOW_MS + MINUTE_MS)}"\nsale_until = "{in_prague(NOW_MS + 2 * MINUTE_MS)}"'
    world = make_shop_world(db, tmp_path, small_event(**{"price = 189": f"price = 189\n{window}"}))
    client = app_of(world).test_client()
    for said in ("On sale from ", "", "The sale ended on "):
        page = client.get("/en/trial/").text
        assert [word in page for word in ("On sale from ", "The sale ended on ")] == [
            said == "On sale from ",
            said == "The sale ended on ",
        ]
        world.clock.advance(60)


def test_nothing_is_on_sale_and_every_item_says_why(db: Database, tmp_path: Path) -> None:
    closed = f'starts = "2028-07-06 08:00"\nsale_from = "{in_prague(NOW_MS + MINUTE_MS)}"'
    world = make_shop_world(db, tmp_path, small_event(**{'starts = "2028-07-06 08:00"': closed}))
    assert page_of(world, "").count("On sale from ") == 4, "two tickets and two items"
