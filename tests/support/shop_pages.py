"""The shop's pages on a test's world, without a server."""

from __future__ import annotations

from copy import copy

from flask import Config, Flask

from shop_web.blueprint import add_shop
from shop_web.pieces import EXTENSION as PIECES
from shop_web.pieces import Pieces
from shop_web.visit import EXTENSION as SHOP
from tests.support.shop_world import ShopWorld

_kept: list[Flask] = []


def app_of(world: ShopWorld) -> Flask:
    """The shop's pages; what breaks in them breaks the test.

    An application of its own, but for the addresses: werkzeug takes a twentieth of a second to compile them.
    """
    if not _kept:
        _kept.append(_made(world))
    made = copy(_kept[0])
    made.extensions = {SHOP: world.shop, PIECES: Pieces()}
    made.config = Config(made.root_path, made.config)
    return made


def _made(world: ShopWorld) -> Flask:
    """One that answers nothing itself, so that nothing of a world is kept with its addresses."""
    made = Flask("test")
    add_shop(made, world.shop)
    assert set(made.extensions) == {SHOP, PIECES}
    made.extensions.clear()
    made.config["PROPAGATE_EXCEPTIONS"] = True
    return made
