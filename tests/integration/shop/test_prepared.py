"""Statements compiled once give what SQLAlchemy's own way gives, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from common.errors import BadInput
from syncserver.db.engine import Database
from syncserver.db.tables_shop import browsers, rate_counters
from syncserver.stores.prepared import Prepared, insert_of
from syncserver.stores.rows import insert_on

_ADD = insert_of(browsers, ("token_hash", "created_ms", "expires_ms"))
_NAMED = Prepared(
    lambda hashes, above: (
        select(browsers.c.token_hash, browsers.c.expires_ms)
        .where(browsers.c.token_hash.in_(hashes), browsers.c.expires_ms > above, browsers.c.created_ms < 100)
        .order_by(browsers.c.expires_ms)
    )
)
_LATER = Prepared(
    lambda least, by: (
        update(browsers).where(browsers.c.expires_ms >= least).values(expires_ms=browsers.c.expires_ms + by)
    )
)
_COUNT = Prepared(
    lambda dialect, subject: (
        insert_on(dialect, rate_counters)
        .values(subject=subject, window_ms=0, count=1)
        .on_conflict_do_update(index_elements=["subject", "window_ms"], set_={"count": rate_counters.c.count + 1})
        .returning(rate_counters.c.count)
    )
)


def three(db: Database) -> list[bytes]:
    hashes = [bytes([number]) * 32 for number in (1, 2, 3)]
    with db.write() as tx:
        for number, one in enumerate(hashes, 1):
            _ADD(tx, token_hash=one, created_ms=number, expires_ms=number * 10)
    return hashes


def test_lists_of_any_length_and_single_values_find_the_same_rows(db: Database) -> None:
    one, two, three_ = three(db)
    with db.read() as tx:
        for wanted, above in (([one], 0), ([one, two, three_], 0), ([three_, one], 10), ([two], 20)):
            found = [(row.token_hash, row.expires_ms) for row in _NAMED(tx, hashes=wanted, above=above)]
            c = browsers.c
            query = select(c.token_hash, c.expires_ms).where(c.token_hash.in_(wanted), c.expires_ms > above)
            assert found == [tuple(row) for row in tx.execute(query.order_by(c.expires_ms))]


def test_a_change_counts_its_rows(db: Database) -> None:
    three(db)
    with db.write() as tx:
        assert _LATER(tx, least=20, by=5).rowcount == 2
        assert _LATER(tx, least=1_000, by=5).rowcount == 0
        assert sorted(tx.scalars(select(browsers.c.expires_ms))) == [10, 25, 35]


def test_what_databases_say_differently_is_said_in_their_way(db: Database) -> None:
    with db.write() as tx:
        assert [_COUNT(tx, subject="a").scalar_one() for _ in range(3)] == [1, 2, 3]
        assert _COUNT(tx, subject="b").scalar_one() == 1


def add_and_think_better(db: Database) -> None:
    with db.write() as tx:
        _ADD(tx, token_hash=b"x" * 32, created_ms=1, expires_ms=1)
        raise BadInput("not after all")


def test_what_is_rolled_back_was_never_there(db: Database) -> None:
    with pytest.raises(BadInput):
        add_and_think_better(db)
    with db.read() as tx:
        assert tx.scalars(select(browsers.c.token_hash)).all() == []
