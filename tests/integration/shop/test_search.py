"""Search and filters of the catalogue, and the pages that say where things are redeemed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from syncserver.db.engine import Database
from syncserver.services.event_file.load import load
from syncserver.services.event_file.model import Loaded
from tests.support.shop_pages import app_of
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import small_event

DEMO = Path(__file__).parents[3] / "packaging" / "demo-event" / "rally.toml"


@pytest.fixture
def demo(db: Database, tmp_path: Path) -> ShopWorld:
    loaded = load(DEMO)
    assert isinstance(loaded, Loaded)
    return make_shop_world(db, tmp_path, loaded)


def client_of(world: ShopWorld) -> FlaskClient:
    return app_of(world).test_client()


@pytest.fixture
def client(demo: ShopWorld) -> FlaskClient:
    return client_of(demo)


def found(client: FlaskClient, language: str = "cs", **asked: str) -> list[str]:
    """Keys of the items a search shows."""
    page = client.get(f"/{language}/iron-mile-2028/", query_string=asked).text
    return re.findall(r'class="item(?: gone)?"><a href="[^"]*/item/(\w+)"', page)


def test_nothing_asked_for_shows_all_115(client: FlaskClient) -> None:
    assert len(found(client)) == 115


@pytest.mark.parametrize("typed", ["tricko", "TRIČKO", "  tričko ", "tricko obleceni"])
def test_marks_case_and_blanks_make_no_difference(client: FlaskClient, typed: str) -> None:
    assert found(client, q=typed) == found(client, q="tričko")
    assert "tee_anniversary" in found(client, q=typed)


@pytest.mark.parametrize(("language", "typed"), [("pl", "lodz"), ("pl", "łódź")])
def test_letters_with_a_stroke_are_found_without_it(client: FlaskClient, language: str, typed: str) -> None:
    assert found(client, language, q=typed) == found(client, language, q="łodz")


def test_filters_narrow_together(client: FlaskClient) -> None:
    food = found(client, shelf="food")
    camp = found(client, at="area-camp")
    both = found(client, shelf="food", at="area-camp")
    assert both
    assert set(both) == set(food) & set(camp)
    assert set(found(client, at="shop_main")) < set(found(client, at="area-grounds"))


@pytest.mark.parametrize("asked", [{"shelf": "no_such"}, {"at": "no_such"}, {"at": "area-no_such"}, {"q": "x" * 500}])
def test_what_is_nowhere_finds_nothing_and_says_so(client: FlaskClient, asked: dict[str, str]) -> None:
    assert found(client, **asked) == []


def test_what_is_asked_for_stays_in_the_form_and_in_the_other_languages(client: FlaskClient) -> None:
    asked = {"q": "pivo", "shelf": "drinks", "at": "area-grounds", "now": "1"}
    page = client.get("/cs/iron-mile-2028/", query_string=asked).text
    for part in (
        'value="pivo"',
        '<option value="drinks" selected>',
        '<option value="area-grounds" selected>',
        "checked",
    ):
        assert part in page, part
    assert re.search(r'href="/de/iron-mile-2028/\?q=pivo&amp;shelf=drinks&amp;at=area-grounds&amp;now=1"', page)


def test_only_what_can_be_bought_now(db: Database, tmp_path: Path) -> None:
    loaded = small_event(**{"price = 60": 'price = 60\nsale_until = "2020-01-01"'})
    client = client_of(make_shop_world(db, tmp_path, loaded))
    page = client.get("/en/trial/?now=1").text
    assert "/item/lunch" in page
    assert "/item/beer" not in page


def test_an_item_says_where_and_when_with_a_map_of_our_own(client: FlaskClient) -> None:
    page = client.get("/en/iron-mile-2028/item/tee_anniversary").text
    assert "Prague fairground" in page
    assert "daily 08:00–23:00" in page
    assert page.count('<svg class="point-map"') == 4
    listed = re.findall(r'<li value="(\d+)">', page)
    pinned = re.findall(r'class="pin-number"[^>]*>(\d+)<', page)
    assert sorted(map(int, listed)) == sorted(map(int, pinned)) == list(range(1, len(listed) + 1))
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!shop\.test)', page)


def test_all_places_lead_to_what_they_hand_out(client: FlaskClient) -> None:
    page = client.get("/en/iron-mile-2028/places").text
    assert len(re.findall(r'<li value="\d+">', page)) == 100
    assert "at=shop_main#extras" in page
    assert "at=gate_main#extras" not in page
