"""The thread that writes one file: what waits for the disk, and when the WAL is folded."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.store.opening import FileKind, open_writer
from kiosk.store.writer import FOLD_AFTER_COMMITS, FOLD_IDLE_S, Writer

KIND = FileKind("file of a test", 0x52475445, 1, ("CREATE TABLE lines (line INTEGER) STRICT",))
NORMAL, FULL = 1, 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lines.sqlite"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    made = Writer(path, lambda: open_writer(path, KIND))
    yield made
    made.close()


def level(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("PRAGMA synchronous").fetchone()
    return int(found)


def add_line(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO lines VALUES (1)")


def break_off(connection: sqlite3.Connection) -> None:
    add_line(connection)
    raise LookupError("in the middle of a job")


def test_only_what_is_precious_waits_for_the_disk_and_a_failure_between_changes_nothing(writer: Writer) -> None:
    assert writer.submit(level).result() == FULL
    assert writer.submit(level, is_precious=False).result() == NORMAL
    with pytest.raises(LookupError):
        writer.submit(break_off, is_precious=False).result()
    assert writer.submit(level).result() == FULL


def test_a_file_that_never_waits_for_the_disk_is_not_made_to(path: Path) -> None:
    relaxed = FileKind(KIND.what, KIND.application_id, KIND.version, KIND.tables, synchronous="NORMAL")
    writer = Writer(path, lambda: open_writer(path, relaxed))
    assert writer.submit(level).result() == NORMAL
    writer.close()


def test_a_job_that_breaks_off_leaves_nothing(writer: Writer) -> None:
    with pytest.raises(LookupError):
        writer.submit(break_off).result()
    assert writer.submit(lambda connection: connection.execute("SELECT * FROM lines").fetchall()).result() == []


def test_in_a_pause_the_wal_is_folded_into_the_file(writer: Writer, path: Path) -> None:
    for _ in range(FOLD_AFTER_COMMITS):
        writer.submit(add_line).result()
    assert _lines_in_the_file_itself(path) < FOLD_AFTER_COMMITS
    end_s = time.monotonic() + FOLD_IDLE_S + 20
    while _lines_in_the_file_itself(path) < FOLD_AFTER_COMMITS and time.monotonic() < end_s:
        time.sleep(0.05)
    assert _lines_in_the_file_itself(path) == FOLD_AFTER_COMMITS


def _lines_in_the_file_itself(path: Path) -> int:
    """Counted without the WAL."""
    connection = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    try:
        (count,) = connection.execute("SELECT count(*) FROM lines").fetchone()
    except sqlite3.OperationalError:  # the table itself may still be in the WAL
        return 0
    finally:
        connection.close()
    return int(count)
