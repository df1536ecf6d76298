"""The control room on a host name of its own: nowhere else, and nothing of the shop there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from syncserver.app import create_app
from syncserver.config import config_for
from syncserver.own_host import is_host
from tests.support.admin_world import Office

OFFICE, SHOP = "office.example.org", "tickets.example.org"
ADMIN_PAGES = ("/admin/", "/admin/login", "/admin/trial/", "/admin/trial/entries.json", "/admin-static/admin.css")
SHOP_PAGES = (
    "/",
    "/en/trial/",
    "/en/trial/basket",
    "/shop-static/shop.js",
    "/api/sync/v1/exchange",
    "/webhooks/sandbox",
)


@pytest.fixture
def client(office: Office, tmp_path: Path) -> FlaskClient:
    config = replace(config_for(tmp_path), admin_host=OFFICE)
    return create_app(config, office.services, testing=True).test_client()


def status(client: FlaskClient, host: str, path: str) -> int:
    answer = client.get(path, headers={"Host": host})
    answer.close()
    return answer.status_code


@pytest.mark.parametrize("path", ADMIN_PAGES)
def test_the_control_room_answers_under_its_own_name_alone(client: FlaskClient, path: str) -> None:
    assert status(client, OFFICE, path) in {200, 303, 401}
    for other in (SHOP, "127.0.0.1:8080", f"{OFFICE}.evil.test", f"x{OFFICE}"):
        assert status(client, other, path) == 404, other


@pytest.mark.parametrize("path", SHOP_PAGES)
def test_nothing_of_the_shop_answers_there(client: FlaskClient, path: str) -> None:
    there, here = status(client, OFFICE, path), status(client, SHOP, path)
    if path == "/":
        assert client.get("/", headers={"Host": OFFICE}).headers["Location"] == "/admin/"
    elif path.startswith("/shop-static"):
        assert there == here == 200, "the icon is the shop's"
    else:
        assert there == 404
        assert here != 404


def test_a_form_of_the_control_room_is_taken_by_its_own_name_alone(client: FlaskClient) -> None:
    form = {"login": "eva", "password": "wrong"}
    assert client.post("/admin/login", data=form, headers={"Host": SHOP}).status_code == 404
    assert client.post("/admin/login", data=form, headers={"Host": OFFICE}).status_code != 404


@pytest.mark.parametrize("host", [OFFICE, SHOP])
def test_whoever_watches_the_server_asks_by_any_name(client: FlaskClient, host: str) -> None:
    assert status(client, host, "/healthz") == status(client, "127.0.0.1", "/healthz") != 404


@pytest.mark.parametrize("path", [*ADMIN_PAGES, *SHOP_PAGES])
def test_without_the_setting_all_stands_on_one_host(office: Office, path: str) -> None:
    here, there = (status(office.app.test_client(), host, path) for host in (SHOP, OFFICE))
    assert here == there


@pytest.mark.parametrize(
    ("asked", "wanted", "fits"),
    [
        ("office.example.org", OFFICE, True),
        ("Office.Example.org.:8443", OFFICE, True),
        ("office.example.org:8443", f"{OFFICE}:8443", True),
        ("office.example.org", f"{OFFICE}:8443", False),
        ("office.example.org", f"{OFFICE}:443", True),  # which browsers and Flask leave out
        ("office.example.org", f"{OFFICE}:80", True),
        ("office.example.org:8443", f"{OFFICE}:443", False),
        ("example.org", OFFICE, False),
        ("", OFFICE, False),
    ],
)
def test_a_name_is_compared_without_case_and_with_a_port_only_where_one_is_set(
    asked: str, wanted: str, *, fits: bool
) -> None:
    assert is_host(asked, wanted) is fits
