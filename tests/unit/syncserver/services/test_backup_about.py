"""What a backup says of itself is read from a disk that may have lost its mind."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import BadInput
from syncserver.services import backup
from syncserver.services.backup import ABOUT_FILE, AboutBackup

GOOD = msgspec.msgpack.encode(AboutBackup(1, 1_800_000_000_000, "sqlite", (), "0001"))


def _folder(parent: Path, name: str, about: bytes) -> Path:
    made = parent / name
    made.mkdir(exist_ok=True)
    (made / ABOUT_FILE).write_bytes(about)
    return made


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.integers(0, len(GOOD) - 1).map(lambda at: GOOD[:at]))
def test_any_bytes_are_no_backup_and_hide_none(tmp_path: Path, about: bytes) -> None:
    good = _folder(tmp_path, "20280706T120000000Z", GOOD)
    _folder(tmp_path, "20280707T120000000Z", about)
    assert [one.folder for one in backup.kept(tmp_path)] == [good]
    assert backup.broken(tmp_path) == ("20280707T120000000Z",)
    assert backup.find(tmp_path, None).folder == good
    with pytest.raises(BadInput, match="is damaged"):
        backup.find(tmp_path, "20280707T120000000Z")


def test_a_backup_of_before_the_schema_was_written_down_is_read(tmp_path: Path) -> None:
    _folder(tmp_path, "old", msgspec.msgpack.encode({"format": 1, "made_ms": 1, "dialect": "sqlite", "events": []}))
    assert backup.find(tmp_path, "old").about.schema == ""


def test_names_of_backups_there_are_none_of_are_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"^no backup in .*: none$"):
        backup.find(tmp_path, None)
