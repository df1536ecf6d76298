"""An empty PostgreSQL database: made in a cluster that is there, dropped afterwards."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

CLUSTER = "RALLYGATE_TEST_POSTGRES"  # set by packaging/with-postgres
_numbers = itertools.count(1)


@contextmanager
def fresh_database(cluster_url: str, prefix: str) -> Iterator[str]:
    """Its SQLAlchemy address."""
    name = f"{prefix}_{os.getpid()}_{next(_numbers)}"
    server = cluster_url.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield cluster_url.replace("/postgres?", f"/{name}?", 1)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
