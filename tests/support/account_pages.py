"""Accounts as a browser sees them: forms sent with their token, links taken from mails."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.shop_world import ShopWorld

SHOP = "/en/trial/"
ANNA = "anna@example.org"


@dataclass(frozen=True, slots=True)
class Surfer:
    """One browser on the shop."""

    world: ShopWorld
    client: FlaskClient

    def get(self, path: str = "") -> TestResponse:
        return self.client.get(SHOP + path)

    def send(self, path: str, **form: object) -> TestResponse:
        """A form of ours."""
        return self.client.post(SHOP + path, data={"form_token": self.token(), **form})

    def token(self) -> str:
        found = re.search(r'name="form_token" value="(\w+)"', self.get().text)
        assert found is not None
        return found[1]

    def cookie(self) -> str:
        found = self.client.get_cookie("rallygate_shop")
        assert found is not None
        return found.value

    def add(self, key: str = "four_days", count: int = 1) -> None:
        assert self.send("basket/add", product=key, count=count).status_code == 303

    def ask(self, mail: str = ANNA) -> TestResponse:
        return self.send("account/link", mail=mail)

    def sign_in(self, mail: str = ANNA) -> TestResponse:
        """By a fresh link."""
        self.ask(mail)
        self.world.worker.run_all()
        return self.press(link_in(self.world))

    def press(self, link: str) -> TestResponse:
        """The button behind a link."""
        return self.send(link.partition(SHOP)[2])

    def count(self) -> int:
        """How many things its basket has."""
        found = re.search(r'<b class="count">(\d+)</b>', self.get().text)
        return int(found[1]) if found else 0

    def is_signed_in(self) -> bool:
        return "Sign out" in self.get("account").text


def surfer(world: ShopWorld, app: Flask) -> Surfer:
    """A browser that was never here."""
    return Surfer(world, app.test_client())


def link_in(world: ShopWorld) -> str:
    """The link of the newest mail."""
    body = world.letterbox.mails[-1].get_body(("plain",))
    assert body is not None
    found = re.search(r"http://[a-z.]+(/\S+/account/in/\S+)", body.get_content())
    assert found is not None, body.get_content()
    return found[1]
