from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncserver.db.engine import Database
from tests.support.kept_schema import put_schema
from tests.support.shop_world import ShopWorld
from tests.support.upgrade_event import worlds_anew


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """SQLite alone: what differs between databases is in `test_upgrades_at_once`."""
    database = Database(f"sqlite:///{tmp_path / 'shop.sqlite'}")
    put_schema(database)
    yield database
    database.close()


@pytest.fixture(scope="module")
def anew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], ShopWorld]]:
    """Makes worlds of one event, each as at its beginning."""
    with worlds_anew(tmp_path_factory.mktemp("shop")) as made:
        yield made


@pytest.fixture
def world(anew: Callable[[], ShopWorld]) -> ShopWorld:
    return anew()
