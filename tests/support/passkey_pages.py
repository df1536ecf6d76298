"""A buyer with a browser and a device that makes passkeys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select

from syncserver.db.tables_buyers import buyer_passkeys
from tests.support.account_pages import Surfer, surfer
from tests.support.shop_world import ShopWorld
from tests.support.soft_passkeys import SoftDevice


@dataclass(frozen=True, slots=True)
class Owner:
    """A browser and the device beside it."""

    browser: Surfer
    device: SoftDevice

    def ask(self, purpose: str) -> dict[str, Any]:
        """What the device is asked."""
        said = self.browser.send("account/passkey/ask", purpose=purpose)
        assert (said.status_code, said.mimetype) == (200, "application/json"), said.text
        asked: dict[str, Any] = json.loads(said.text)
        return asked

    def add(self, name: str = "my phone") -> str:
        """One more passkey; the notice it leads to."""
        return self.give("account/passkey", self.device.make(self.ask("add")), name=name)

    def sign_in(self, **client: object) -> int:
        """Status of the page. `client`: what the browser says otherwise than it should."""
        return self.enter(self.device.sign(self.ask("sign_in"), **client))

    def enter(self, text: str) -> int:
        """An answer to sign in with; status of the page."""
        return self.browser.send("account/passkey/in", answer=text).status_code

    def give(self, path: str, text: str, **more: object) -> str:
        """The notice an answer leads to."""
        where = self.browser.send(path, answer=text, **more).headers["Location"]
        return where.partition("notice=")[2].partition("&")[0]


def signed_in(world: ShopWorld, app: Flask) -> Owner:
    """A buyer who is signed in and has a passkey."""
    made = Owner(surfer(world, app), SoftDevice())
    made.browser.sign_in()
    assert made.add() == "passkey_added"
    return made


def kept(world: ShopWorld) -> list[tuple[str, int]]:
    """(name, count) of every passkey, the oldest first."""
    with world.db.read() as tx:
        columns = select(buyer_passkeys.c.name, buyer_passkeys.c.sign_count).order_by(buyer_passkeys.c.id)
        return [(row[0], row[1]) for row in tx.execute(columns)]
