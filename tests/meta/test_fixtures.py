from __future__ import annotations

import random
import socket
import warnings

import psycopg
import pytest

from tests.conftest import refuse_unrepeatable_name


def test_each_test_gets_an_empty_database_of_its_own(postgres_url: str, module_postgres_url: str) -> None:
    assert postgres_url != module_postgres_url
    with psycopg.connect(postgres_url.replace("+psycopg", "", 1)) as connection:
        connection.execute("CREATE TABLE here (n int)")
        [(name,)] = connection.execute("SELECT current_database()").fetchall()
    assert f"/{name}?" in postgres_url
    with psycopg.connect(module_postgres_url.replace("+psycopg", "", 1)) as other:
        assert other.execute("SELECT to_regclass('here')").fetchone() == (None,)


def test_randomness_is_the_tests_own_and_repeats(rng: random.Random, request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("randomly_seed")
    assert rng.random() == random.Random(f"{seed} {request.node.nodeid}").random()


def test_the_outside_world_is_out_of_reach() -> None:
    with pytest.raises(UserWarning, match=r"192\.0\.2\.1"), socket.socket() as outside:
        outside.connect(("192.0.2.1", 9))


def test_a_name_that_differs_in_each_process_is_refused(request: pytest.FixtureRequest) -> None:
    named = pytest.Function.from_parent(request.node.parent, name=f"test_x[{object()}]", callobj=lambda: None)
    with pytest.raises(pytest.UsageError, match="give its parameters ids"):
        refuse_unrepeatable_name(named)
    refuse_unrepeatable_name(request.node)


def test_a_warning_is_an_error() -> None:
    with pytest.raises(UserWarning, match="look here"):
        warnings.warn("look here", UserWarning, stacklevel=1)
