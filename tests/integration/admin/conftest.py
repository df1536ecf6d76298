"""An office per file on SQLite: signing in costs a tenth of a second each time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.admin_world import Office, make_office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = make_office(tmp_path_factory.mktemp("office"))
    yield made
    made.services.db.close()


@pytest.fixture
def own_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One that a test has to itself."""
    made = make_office(tmp_path_factory.mktemp("office"))
    yield made
    made.services.db.close()
