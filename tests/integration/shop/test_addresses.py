"""Kept addresses are those that Werkzeug makes, and what is somebody's key is in none of them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, url_for

from shop_web import addresses
from shop_web.addresses import address_of

AT: dict[str, Any] = {"language": "cs", "event_key": "trial"}
TOKEN = "aZ09_-aZ09_-aZ09_-aZ09"


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("shop.catalogue", {}),
        ("shop.catalogue", {"_anchor": "extras"}),
        ("shop.order", {"token": TOKEN}),
        ("shop.order", {"token": TOKEN, "notice": "added", "back": 1}),
        ("shop.order_code", {"token": TOKEN, "ticket": "0f" * 8}),
        ("shop.item", {"key": "lunch", "ticket": "ticket-" + "0f" * 8}),
        ("shop.item", {"key": "lunch", "ticket": "a b&c=/ž?#"}),
        ("shop.item", {"key": "lunch", "ticket": ""}),
        ("shop.order", {"token": "../x y"}),
        ("shop.order_code", {"token": "ticket", "ticket": "token"}),
    ],
)
def test_an_address_is_the_one_that_is_made_anew(app: Flask, endpoint: str, values: dict[str, Any]) -> None:
    with app.test_request_context("/cs/trial/"):
        for _ in range(2):
            assert address_of(endpoint, **AT, **values) == url_for(endpoint, **AT, **values)


def test_no_token_is_kept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def kept(*given: object) -> str:
        asked.append(given)
        return "/"

    with app.test_request_context("/cs/trial/"):
        monkeypatch.setattr(addresses, "_kept", kept)
        address_of("shop.order", **AT, token=TOKEN)
        address_of("shop.order_code", **AT, token=TOKEN, ticket="0f0f0f0f")
    assert len(asked) == 2
    assert TOKEN not in repr(asked)
    assert "0f0f0f0f" not in repr(asked)
