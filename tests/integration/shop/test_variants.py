"""Another size while it was not handed out: never oversold, no place lost, the code as it was."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
import zstandard
from flask.testing import FlaskClient
from sqlalchemy import update

from common.beside import in_buckets, number_at
from common.ids import ProductNo
from common.snapshot_format import PLAIN_BYTES_MAX, ticket_of_key
from common.variants import Bought, bought_of
from syncserver.db.engine import Database
from syncserver.db.tables_event import quotas
from syncserver.services.basket import Target
from syncserver.services.books import Books
from syncserver.services.orders import OrderView
from syncserver.services.return_plan import full_price
from syncserver.services.returns import ReturnRequest, ReturnWhy
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.snapshot_builder import SnapshotBuilder
from tests.integration.shop.test_stock import at_once, refused_for
from tests.support.gate_of_shop import kiosk_of, use
from tests.support.shop_pages import app_of
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import ALL_LANGUAGES, small_event

BEER = ProductNo(4)
SIZES = """
[products.beer.variants.small]
name = "Small"
quotas = ["smalls"]
[products.beer.variants.large]
name = "Large"
quotas = ["larges"]
[products.beer.variants.dear]
name = "Dear"
price = 99

[points.main_gate]"""


def sized(db: Database, folder: Path, smalls: int = 50, larges: int = 50) -> ShopWorld:
    quotas = f"[quotas.smalls]\nsize = {smalls}\n\n[quotas.larges]\nsize = {larges}\n\n[quotas.people]"
    return make_shop_world(
        db, folder, small_event(**ALL_LANGUAGES, **{"[points.main_gate]": SIZES, "[quotas.people]": quotas})
    )


@pytest.fixture
def world(db: Database, tmp_path: Path) -> ShopWorld:
    return sized(db, tmp_path)


def buy(world: ShopWorld, size: str = "small", count: int = 1) -> OrderView:
    """A ticket with so many beers of a size, paid."""
    browser = world.browser()
    (line,) = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
    target = Target(line_id=line)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("beer"), size, count, target)
    view = world.order(browser)
    return world.pay(view, world.start(view))


def swap(world: ShopWorld, view: OrderView, key: str, place: int = 2) -> bool:
    return world.shop.swaps.swap(view.order.id, world.catalogue, place, key)


def refused(world: ShopWorld, view: OrderView, key: str, place: int = 2) -> Reason:
    with pytest.raises(CannotBuy) as caught:
        swap(world, view, key, place)
    return caught.value.reason


def check(world: ShopWorld) -> None:
    assert Books(world.db, world.clock).audit(world.event.id).differences == ()


def sizes_in_snapshot(world: ShopWorld, folder: Path) -> dict[bytes, tuple[Bought, ...]]:
    """What a snapshot built now says was bought, by ticket."""
    folder.mkdir(exist_ok=True)
    built = SnapshotBuilder(world.db, world.clock, world.keys, folder, folder / "backups").build(world.event.id)
    path = folder / "admission.sqlite"
    path.write_bytes(zstandard.decompress((folder / built.admission.hex()).read_bytes(), PLAIN_BYTES_MAX))
    file = sqlite3.connect(path)
    names = {no: (product, key) for no, product, key in file.execute("SELECT no, product, key FROM variants")}
    lines = dict(file.execute("SELECT no, lines FROM purchases"))
    beside = dict(file.execute("SELECT bucket, purchases FROM beside"))
    found = {}
    for bucket, keys in in_buckets(key for (key,) in file.execute("SELECT ticket FROM tickets ORDER BY ticket")):
        for rank, key in enumerate(keys):
            if no := number_at(beside[bucket], rank):
                found[bytes(ticket_of_key(key))] = bought_of(lines[no], names) or ()
    file.close()
    return found


def test_a_snapshot_says_which_sizes_a_ticket_has_after_every_change(world: ShopWorld, tmp_path: Path) -> None:
    view = buy(world, count=2)
    ticket = bytes(view.tickets[0].ticket)
    assert sizes_in_snapshot(world, tmp_path / "1") == {ticket: (Bought(BEER, "small", 2),)}
    assert swap(world, view, "large")
    assert sizes_in_snapshot(world, tmp_path / "2") == {ticket: (Bought(BEER, "large", 2),)}


def test_tickets_without_sizes_and_orders_not_paid_say_nothing_of_them(world: ShopWorld, tmp_path: Path) -> None:
    browser = world.browser()
    (line,) = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
    world.shop.baskets.add_item(world.catalogue, browser, world.product("beer"), "small", 1, Target(line_id=line))
    world.order(browser)
    assert sizes_in_snapshot(world, tmp_path / "1") == {}


def test_a_size_is_changed_with_its_place_and_the_code_stays(world: ShopWorld) -> None:
    view = buy(world, count=2)
    (before,) = world.shop.tickets.shown(view, "en")
    assert swap(world, view, "large")
    assert not swap(world, view, "large")
    (after,) = world.shop.tickets.shown(world.shop.orders.view(view.order.id), "en")
    assert [item.name for item in after.items] == ["Beer, Large"]
    assert after.pass_ == before.pass_
    assert world.taken() == {"people": 1, "smalls": 0, "larges": 2}
    check(world)
    world.shop.returns.give_back(ReturnRequest(view.order.id, None, full_price, ReturnWhy.STAFF, "k"))
    assert world.taken() == {"people": 0, "smalls": 0, "larges": 0}
    world.worker.run_all()
    check(world)


def test_what_cannot_be_changed_stays_as_it_was(world: ShopWorld) -> None:
    view = buy(world)
    assert refused(world, view, "none such") is Reason.NOT_CHANGEABLE
    assert refused(world, view, "dear") is Reason.NOT_CHANGEABLE
    assert refused(world, view, "large", 1) is Reason.NOT_CHANGEABLE
    assert refused(world, view, "large", 9) is Reason.NOT_CHANGEABLE
    use(kiosk_of(world), view.tickets[0].ticket, BEER)
    assert refused(world, view, "large") is Reason.NOT_CHANGEABLE
    assert world.shop.swaps.offers(view.order.id, world.catalogue, world.shop.catalogues.left(world.event)) == ()
    assert world.taken() == {"people": 1, "smalls": 1, "larges": 0}


def test_the_last_places_of_a_size_go_to_as_many_and_no_more(db: Database, tmp_path: Path) -> None:
    """Buyers who change and buyers who buy want the same three places; others come and go."""
    world = sized(db, tmp_path, smalls=12, larges=3)
    sold = [buy(world) for _ in range(12)]
    fresh = world.product("beer")
    lines = []
    for _ in range(6):
        browser = world.browser()
        (line,) = world.shop.baskets.add_tickets(world.catalogue, browser, world.product("four_days"), None, 1)
        lines.append((browser, line))

    def want(number: int) -> bool:
        try:
            if number % 3 == 2:
                browser, line = lines[number // 3 % 6]
                world.shop.baskets.add_item(world.catalogue, browser, fresh, "large", 1, Target(line_id=line))
                return True
            return swap(world, sold[number % 12], "large")
        except CannotBuy as error:
            return refused_for(error, Reason.SOLD_OUT)

    assert at_once(want, 24) == 3
    taken = world.taken()
    assert taken["larges"] == 3
    check(world)


def test_changing_both_ways_at_once_locks_nobody_out(world: ShopWorld) -> None:
    sold = [buy(world, "small" if number % 2 else "large") for number in range(6)]

    def turn(number: int) -> bool:
        return swap(world, sold[number % 6], "large" if number // 6 % 2 else "small") or True

    assert at_once(turn, 36) == 36
    taken = world.taken()
    assert taken["smalls"] + taken["larges"] == 6
    check(world)


def test_the_page_of_an_item_offers_nothing_that_is_sold_out(world: ShopWorld) -> None:
    client = app_of(world).test_client()
    (token,) = set(re.findall(r'name="form_token" value="(\w+)"', client.get("/en/trial/").text))
    client.post("/en/trial/basket/add", data={"form_token": token, "product": "one_day"})
    with world.db.write() as tx:
        tx.execute(update(quotas).where(quotas.c.key.in_(["smalls", "people"])).values(size=0))
    world.clock.advance(60)
    beer = client.get("/en/trial/item/beer").text
    offered = dict(re.findall(r'name="variant" value="(\w+)" required( disabled)?', beer))
    assert offered == {"small": " disabled", "large": "", "dear": ""}
    ticket = client.get("/en/trial/item/four_days").text
    assert "Sold out. Places that others do not pay for are given free again" in ticket
    assert "basket/add" in beer
    assert "basket/add" not in ticket


def test_the_page_offers_what_there_is_and_does_it(world: ShopWorld) -> None:
    app = app_of(world)
    client: FlaskClient = app.test_client()
    view = buy(world)
    at = f"/en/trial/order/{view.token}"
    assert f"{at}/variants" in client.get(at).text
    page = client.get(f"{at}/variants").text
    assert re.findall(r'<option value="(\w+)"', page) == ["small", "large"]
    token = re.findall(r'name="form_token" value="(\w+)"', page)[0]
    reply = client.post(f"{at}/variants", data={"form_token": token, "v2": "large"})
    assert "notice=swapped" in reply.location
    text = client.get(at).text
    assert "Beer, Large" in text
    assert "Size changed" in text
    assert client.post(f"{at}/variants", data={"form_token": "0" * 32, "v2": "small"}).status_code == 403
    reply = client.post(f"{at}/variants", data={"form_token": token, "v2": "dear"})
    assert "not_changeable" in reply.location
    for language in ("cs", "de", "fr", "it", "pl"):
        assert client.get(f"/{language}/trial/order/{view.token}/variants").status_code == 200
