"""What one test leaves in the database that is lent to the next is gone; one that was rebuilt is not lent again."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psycopg
import pytest

from tests.support.fresh_database import CLUSTER, fresh_database
from tests.support.lent_database import Lender

ADD = """
INSERT INTO jobs (queue, name, key, args, state, run_at_ms, created_ms, attempts)
VALUES ('mail', 'send', %s, '{}', 'waiting', 1, 1, 0)
"""

CHANGES = (
    "ALTER TABLE jobs ADD COLUMN note TEXT",
    "ALTER TABLE jobs ALTER COLUMN created_ms DROP NOT NULL",
    "CREATE INDEX another_one ON jobs (created_ms)",
    "DROP TABLE jobs CASCADE",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = 1024', current_database()); END $$",
    "CREATE TABLE another_one (id INTEGER)",
)


class Makes:
    """Fresh databases, counted."""

    def __init__(self) -> None:
        self.count = 0

    @contextmanager
    def __call__(self) -> Iterator[str]:
        self.count += 1
        with fresh_database(os.environ[CLUSTER], "lent") as url:
            yield url


@pytest.fixture
def makes(module_postgres_url: str) -> Makes:
    """On the cluster there is, as whoever could make that one knows."""
    assert module_postgres_url
    return Makes()


@pytest.fixture
def lender(makes: Makes) -> Iterator[Lender]:
    made = Lender(makes)
    yield made
    made.close()


def connected(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)


def row_and_number(url: str) -> tuple[int, int]:
    """How many rows of a table there are after one more, and the last number drawn."""
    with connected(url) as connection:
        connection.execute(ADD, (secrets.token_hex(8),))
        count = connection.execute("SELECT count(*), max(id) FROM jobs").fetchone()
        assert count is not None
        return count


def test_the_next_gets_the_same_database_without_a_row_and_numbers_begin_anew(lender: Lender, makes: Makes) -> None:
    for _ in range(3):
        with lender.lent() as url:
            assert row_and_number(url) == (1, 1)
            assert row_and_number(url) == (2, 2)
    assert makes.count == 1


def test_a_test_that_fails_leaves_nothing_either(lender: Lender) -> None:
    with suppress(ZeroDivisionError), lender.lent() as url:
        assert row_and_number(url) == (1, 1)
        raise ZeroDivisionError
    with lender.lent() as url:
        assert row_and_number(url) == (1, 1)


def test_a_connection_left_open_in_the_middle_of_a_change_is_ended(lender: Lender) -> None:
    with lender.lent() as url:
        left = psycopg.connect(url.replace("+psycopg", "", 1))
        left.execute(ADD, ("left",))
    with closing(left), lender.lent() as url:
        assert row_and_number(url) == (1, 1)
        with pytest.raises(psycopg.OperationalError):
            left.commit()


def test_a_database_whose_tables_were_changed_is_not_lent_again(lender: Lender, makes: Makes) -> None:
    for so_far, change in enumerate(CHANGES, 1):
        with lender.lent() as url, connected(url) as connection:
            assert row_and_number(url) == (1, 1)
            connection.execute(change)
        assert makes.count == so_far, CHANGES[so_far - 2]
