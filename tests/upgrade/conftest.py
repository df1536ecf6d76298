"""Copies of the files of each version, so that a test may write to them."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from tests.upgrade.story import Told

HERE = Path(__file__).parent
VERSIONS = sorted(path.parent.name for path in HERE.glob("*/told.json"))


@pytest.fixture(params=VERSIONS)
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The files of one version, copied; private ones are only their owner's, as they were (git keeps no such modes)."""
    folder = tmp_path / "files"
    shutil.copytree(HERE / request.param, folder)
    for path in (*folder.glob("keys/**/*"), folder / "kiosk" / "device.key"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder


@pytest.fixture
def told(files: Path) -> Told:
    """What the kiosk's files and the SQLite database hold."""
    return msgspec.json.decode((files / "told.json").read_bytes(), type=Told)


@pytest.fixture
def told_on_postgres(files: Path) -> Told:
    """What the dump holds."""
    return msgspec.json.decode((files / "told-postgresql.json").read_bytes(), type=Told)
