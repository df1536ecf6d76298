"""Fixtures every test may use: databases, seeded randomness, the shared vectors."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import structlog
from flask import Flask
from hypothesis import HealthCheck, settings

from tests.support.cheap_passwords import make_passwords_cheap
from tests.support.fresh_database import fresh_database
from tests.support.kept_addresses import keep_addresses
from tests.support.kept_pages import KeptPages
from tests.support.lent_database import Lender
from tests.support.longest_first import longest_first

PROJECT = Path(__file__).resolve().parent.parent

# In CI the same examples every time, so that a red run is about the change; elsewhere new ones, to find what CI cannot.
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all that use PostgreSQL, so that `-m "not postgres"` is always right; what takes long comes first."""
    for item in items:
        refuse_unrepeatable_name(item)
        if {"postgres_url", "module_postgres_url", "postgres_with_schema"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("postgres")
    if "PYTEST_XDIST_WORKER" in os.environ:
        items[:] = longest_first(items)


def refuse_unrepeatable_name(item: pytest.Item) -> None:
    """Stop the run if a parameter's name holds a memory address: two processes could not agree on their tests."""
    if " at 0x" in item.nodeid:
        raise pytest.UsageError(f"{item.nodeid}: the name differs in each process; give its parameters ids")


def missing(what: str) -> None:
    """Skip, or fail if this run was told that everything is there (RALLYGATE_REQUIRE_ALL=1)."""
    if os.environ.get("RALLYGATE_REQUIRE_ALL") == "1":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder with vectors shared between projects: RALLYGATE_SHARED, else shared/ beside this project."""
    folder = Path(os.environ.get("RALLYGATE_SHARED") or PROJECT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"no shared vectors: {folder} is no folder; set RALLYGATE_SHARED to where they are")
    return folder


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Randomness of this test alone, the same for the same `--randomly-seed`."""
    seed = request.config.getoption("randomly_seed", 0)
    return random.Random(f"{seed} {request.node.nodeid}")


@pytest.fixture(scope="session", autouse=True)
def nothing_dear_is_done_twice() -> Iterator[None]:
    """What costs most and is hardly a test's claim: passwords are hashed cheaply, pages and addresses compiled once."""
    with pytest.MonkeyPatch.context() as patch:
        make_passwords_cheap(patch)
        keep_addresses(patch)
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": KeptPages()})
        yield


@pytest.fixture(autouse=True)
def no_setting_of_the_log_outlives_its_test() -> Iterator[None]:
    """A command run in this process sends the log to this test's standard error, which is closed after it."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if type(handler) is logging.StreamHandler]:
        root.removeHandler(handler)


def _cluster_url() -> str:
    url = os.environ.get("RALLYGATE_TEST_POSTGRES", "")
    if not url:
        missing("no PostgreSQL: run packaging/test, or packaging/with-postgres pytest ...")
    return url


def _fresh_database() -> AbstractContextManager[str]:
    return fresh_database(_cluster_url(), f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """SQLAlchemy address of an empty PostgreSQL database of this test's own, dropped afterwards."""
    with _fresh_database() as url:
        yield url


@pytest.fixture(scope="module")
def module_postgres_url() -> Iterator[str]:
    """The same for all tests of one file, where making the schema anew each time would cost too much."""
    with _fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def database_lender() -> Iterator[Lender]:
    """Has the database that the next fixture gives."""
    lender = Lender(_fresh_database)
    yield lender
    lender.close()


@pytest.fixture
def postgres_with_schema(database_lender: Lender) -> Iterator[str]:
    """Address of a PostgreSQL database with the server's tables and nothing in them; this test's own while it runs."""
    with database_lender.lent() as url:
        yield url
