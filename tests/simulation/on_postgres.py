"""A database of its own on a PostgreSQL cluster, set up as the ground is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from psycopg import sql

from syncserver.db.engine import Database
from syncserver.services.keys import KeyStore
from tests.simulation.office import Ground, set_up
from tests.simulation.randomness import seeded

_numbers = count(1)


@contextmanager
def fresh_database(cluster: str, ground: Ground) -> Iterator[tuple[str, Ground]]:
    """The address of a database with the event in it, and the ground as it is there; gone afterwards."""
    name = f"venue_{next(_numbers)}"
    server = cluster.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = cluster.replace("/postgres?", f"/{name}?", 1)
        with seeded("ground"):
            database = Database(url)
            event = set_up(database, KeyStore(ground.keys_folder))
            database.close()
        try:
            yield url, Ground(ground.file, ground.keys_folder, event)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
