"""The shop's pages on a test's world, without a server."""

from __future__ import annotations

from flask import Flask

from shop_web.blueprint import add_shop
from tests.support.shop_world import ShopWorld


def app_of(world: ShopWorld) -> Flask:
    """The shop's pages; what breaks in them breaks the test."""
    made = Flask("test")
    add_shop(made, world.shop)
    made.config["PROPAGATE_EXCEPTIONS"] = True
    return made
