"""Prices by date and sale windows: what is shown is what holds now, and a basket keeps what it was put in at."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncserver.db.engine import Database
from syncserver.services.basket import HOLD_MS, Target
from syncserver.services.catalogue import KEPT_S
from syncserver.services.event_file.model import Loaded
from syncserver.services.import_event import import_event
from syncserver.services.orders import OrderState
from tests.support.shop_pages import app_of
from tests.support.shop_world import NOW_MS, ShopWorld, make_shop_world
from tests.support.small_event import small_event

MINUTE_MS = 60_000


def in_prague(at_ms: int) -> str:
    """As the event file writes a moment, with its offset."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M}Z"


def world_with(db: Database, folder: Path, *changes: tuple[int, str]) -> ShopWorld:
    """Lunch for 189 that changes its price so many minutes from now."""
    return make_shop_world(db, folder, small_event(**{"price = 189\n": f"price = 189\n{changing(*changes)}"}))


def changing(*changes: tuple[int, str]) -> str:
    """Changes of a price so many minutes from now."""
    listed = ", ".join(
        f'{{ from = "{in_prague(NOW_MS + minutes * MINUTE_MS)}", price = {price} }}' for minutes, price in changes
    )
    return f"price_changes = [{listed}]\n"


def put_in(world: ShopWorld) -> bytes:
    browser = world.browser()
    [line] = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("one_day"), None, 1)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), None, 1, Target(line_id=line))
    return browser


def lunch_price(world: ShopWorld, browser: bytes) -> tuple[int, int | None, int | None]:
    """(price, dearer now, was) of the lunch in a basket."""
    lines = world.shop.baskets.view(world.catalogue, browser).lines
    [line] = [line for line in lines if line.product.key == "lunch"]
    return line.price_minor, line.dearer_minor, line.was_minor


def test_a_basket_keeps_its_price_while_it_is_held_and_says_what_it_costs_now(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, (5, "220"))
    browser = put_in(world)
    assert lunch_price(world, browser) == (18_900, None, None)
    world.clock.advance(6 * 60)
    assert lunch_price(world, browser) == (18_900, 22_000, None)
    assert world.order(browser).order.total_minor == 37_500 + 18_900


def test_a_basket_that_was_not_held_any_more_costs_what_it_costs_now(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, (5, "220"))
    browser = put_in(world)
    world.clock.advance(HOLD_MS / 1000 + 1)
    assert lunch_price(world, browser) == (22_000, None, 18_900)
    assert world.order(browser).order.total_minor == 37_500 + 22_000


def test_more_time_taken_before_the_end_keeps_the_price_and_after_it_does_not(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, (5, "220"))
    before, after = put_in(world), put_in(world)
    world.clock.advance(HOLD_MS / 1000 - 1)
    world.shop.baskets.extend(world.event, before)
    world.clock.advance(2)
    world.shop.baskets.extend(world.event, after)
    assert lunch_price(world, before)[0] == 18_900
    assert lunch_price(world, after)[0] == 22_000


def test_a_price_that_falls_counts_at_once(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, (5, "150"))
    browser = put_in(world)
    world.clock.advance(6 * 60)
    assert lunch_price(world, browser) == (15_000, None, 18_900)
    assert world.order(browser).order.total_minor == 37_500 + 15_000


def page_of(world: ShopWorld, path: str, language: str = "en") -> str:
    return app_of(world).test_client().get(f"/{language}/trial/{path}").text


@pytest.mark.parametrize(
    ("window", "told", "is_sold"),
    [
        (f'sale_from = "{in_prague(NOW_MS + MINUTE_MS)}"', "On sale from ", False),
        (f'sale_until = "{in_prague(NOW_MS + MINUTE_MS)}"', "On sale until ", True),
        (f'sale_until = "{in_prague(NOW_MS)}"', "The sale ended on ", False),
    ],
    ids=["not yet", "now", "over"],
)
def test_a_sale_window_is_told_in_words(db: Database, tmp_path: Path, window: str, told: str, *, is_sold: bool) -> None:
    world = make_shop_world(db, tmp_path, small_event(**{"price = 625": f"price = 625\n{window}"}))
    for path in ("", "item/four_days"):
        assert told in page_of(world, path)
    assert ("Put into the basket" in page_of(world, "item/four_days")) == is_sold


def test_the_next_price_is_told_beside_the_price_of_now(db: Database, tmp_path: Path) -> None:
    world = world_with(db, tmp_path, (-5, "200"), (5, "220"), (10, "240"))
    page = page_of(world, "item/lunch")
    assert "CZK\u00a0200" in page
    assert ": CZK\u00a0220." in page
    assert "CZK\u00a0240" not in page


def with_sizes(*changes: tuple[int, str], lunch: str = "") -> Loaded:
    """Lunches: a small one at the product's price, a large one for 250 that changes so many minutes from now."""
    sizes = f"""{lunch}[products.lunch.variants.small]
name = "Small"
[products.lunch.variants.large]
name = "Large"
price = 250
{changing(*changes)}
[products.beer]"""
    return small_event(**{"[products.beer]": sizes})


def prices_of(world: ShopWorld) -> list[int]:
    now_ms = world.clock.now_ms()
    return [world.product("lunch").price_at(one, now_ms) // 100 for one in (None, "small", "large")]


def test_a_variant_with_a_price_of_its_own_changes_it_by_date(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, with_sizes((5, "270"), (10, "240"), lunch=changing((8, "200"))))
    found = []
    for _ in range(4):
        found.append(prices_of(world))
        world.clock.advance(200)
    assert found == [[189, 189, 250], [189, 189, 250], [189, 189, 270], [200, 200, 240]]


def test_a_variants_price_is_kept_in_a_basket_and_told_with_the_next(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, with_sizes((5, "270")))
    browser = world.browser()
    [line] = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("one_day"), None, 1)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("lunch"), "large", 1, Target(line_id=line))
    page = page_of(world, "item/lunch")
    assert ": Large · CZK\u00a0270." in page
    assert "from CZK\u00a0189" in page
    world.clock.advance(6 * 60)
    assert lunch_price(world, browser) == (25_000, 27_000, None)
    assert "CZK\u00a0270." not in page_of(world, "item/lunch"), "no change is to come"
    assert world.order(browser).order.total_minor == 37_500 + 25_000


def test_an_import_brings_other_price_changes_of_a_variant(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, with_sizes((-5, "270")))
    assert prices_of(world)[2] == 270
    for loaded, price in ((with_sizes((-5, "260"), (-4, "265")), 265), (with_sizes(), 250)):
        import_event(world.db, world.clock, loaded)
        world.clock.advance(KEPT_S + 1)
        assert prices_of(world)[2] == price


def test_what_is_free_speaks_of_no_tax(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, small_event(**{"price = 375": 'price = 0\naudience = "child"'}))
    assert "VAT" not in page_of(world, "item/one_day")
    assert "VAT included" in page_of(world, "item/lunch")


def test_a_ticket_that_costs_nothing_is_had_without_a_payment(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path, small_event(**{"price = 375": 'price = 0\naudience = "child"'}))
    browser = world.browser()
    world.shop.baskets.add_tickets(world.catalogue, browser, world.product("one_day"), None, 2)
    view = world.order(browser)
    world.worker.run_all()
    view = world.shop.orders.view(view.order.id)
    assert (view.state, view.paid_minor, world.bank.payments) == (OrderState.FULFILLED, 0, {})
    assert all(ticket.pass_ for ticket in world.shop.tickets.shown(view, "en"))
    assert len(world.letterbox.mails) == 1
