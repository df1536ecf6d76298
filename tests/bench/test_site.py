"""The data that benches keep."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.bench.site import Size, open_site


@pytest.mark.slow
def test_kept_data_of_an_older_schema_is_used_after_a_migration(tmp_path: Path) -> None:
    size = Size(20, 20)
    open_site(tmp_path, size, lambda _: None).services.db.close()
    made_ns = (tmp_path / "site-20-20" / "making.json").stat().st_mtime_ns
    with sqlite3.connect(tmp_path / "site-20-20" / "rallygate.sqlite") as file:
        file.execute("ALTER TABLE devices DROP COLUMN heard_position")
        file.execute("UPDATE alembic_version SET version_num = '0022'")
    file.close()
    again = open_site(tmp_path, size, lambda _: None)
    with again.services.db.read() as tx:
        assert tx.exec_driver_sql("SELECT count(heard_position) FROM devices").scalar_one() == 0
    again.services.db.close()
    assert (tmp_path / "site-20-20" / "making.json").stat().st_mtime_ns == made_ns, "it was not made anew"
