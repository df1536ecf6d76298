"""A journal damaged in every way a disk can: what can be read is kept, and what cannot is counted."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.bodies import Note, Redeem
from common.entries import Entry, Stamp
from common.ids import AreaNo, EventDay, PointNo, ProductNo, TicketId
from common.signing import SigningKey
from kiosk.store import salvage
from kiosk.store.carving import PAGE_BYTES, carved
from kiosk.store.faults import StoreTrouble
from kiosk.store.journal import Damage, Draft, Journal
from kiosk.store.salvage import check_journal, is_sound, read_damaged
from tests.support.kiosk_world import EVENT, NOW_MS

KEY = SigningKey.from_seed(b"TEST ONLY device of the journal.")
COUNT = 150
Harm = Callable[[Path], None]


def redeem(number: int) -> Draft:
    body = Redeem(TicketId(b"t%07d" % number), 0, ProductNo(1), 1, PointNo(1), AreaNo(0), EventDay(20_000), (), None)
    return Draft(lambda _run, _number: body, Stamp(NOW_MS), None)


def long_note(_use: Entry) -> list[Draft]:
    """An entry that does not fit on one page."""
    note = Note(None, bytes(range(256)) * 30)
    return [Draft(lambda _run, _number: note, Stamp(NOW_MS), None)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """A journal that was closed cleanly, and the bytes of its entries."""
    path = tmp_path_factory.mktemp("journal") / "journal.sqlite"
    journal = Journal(path, KEY, EVENT)
    for number in range(COUNT):
        done = journal.append(redeem(number)) if number % 50 else journal.append_with(redeem(number), long_note)
        done.result()
    raws = [row.raw for row in journal.after(0, 1000)]
    journal.close()
    return path, raws


@pytest.fixture
def damaged(written: tuple[Path, list[bytes]], tmp_path: Path) -> tuple[Path, list[bytes]]:
    """A copy, to be harmed."""
    path = tmp_path / "journal.sqlite"
    shutil.copy(written[0], path)
    return path, written[1]


def leaves(path: Path) -> list[int]:
    """Which pages hold entries."""
    raw = path.read_bytes()
    count = len(raw) // PAGE_BYTES
    return [at for at in range(count) if raw[at * PAGE_BYTES] == 0x0D and at > 0 and b"t000" in page(raw, at)]


def page(raw: bytes, at: int) -> bytes:
    return raw[at * PAGE_BYTES : (at + 1) * PAGE_BYTES]


def overwrite(path: Path, at: int, content: bytes | None = None) -> None:
    with path.open("r+b") as file:
        file.seek(at * PAGE_BYTES)
        file.write(os.urandom(PAGE_BYTES) if content is None else content)


def two_in_the_middle(path: Path) -> None:
    for at in (2, 5):
        overwrite(path, leaves(path)[at])


def no_header(path: Path) -> None:
    overwrite(path, 0, b"no header any more".ljust(PAGE_BYTES, b"."))


def cut_off(path: Path) -> None:
    os.truncate(path, leaves(path)[-4] * PAGE_BYTES + 100)


def first_leaf(path: Path) -> None:
    overwrite(path, leaves(path)[0], bytes(PAGE_BYTES))


def root_of_the_table(path: Path) -> None:
    connection = sqlite3.connect(path)
    ((root,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entries'").fetchall()
    connection.close()
    overwrite(path, root - 1)


def one_byte_of_an_entry(path: Path) -> None:
    change(path, b"t0000077", path.read_bytes().rindex(b"t0000077"))


def one_byte_of_an_index(path: Path) -> None:
    """The index of tickets would not find this one any more, whose entry is whole."""
    change(path, b"t0000077", path.read_bytes().index(b"t0000077"))


def change(path: Path, expected: bytes, at: int) -> None:
    raw = path.read_bytes()
    assert raw[at : at + len(expected)] == expected
    path.write_bytes(raw[:at] + b"T" + raw[at + 1 :])


HARMS: dict[str, tuple[Harm, int]] = {
    "pages in the middle": (two_in_the_middle, COUNT // 2),
    "header": (no_header, COUNT + 3),
    "cut short": (cut_off, COUNT // 3),
    "first page of entries": (first_leaf, COUNT // 2),
    "root of the table": (root_of_the_table, COUNT),
    "one byte of an entry": (one_byte_of_an_entry, COUNT + 2),
    "one byte of an index": (one_byte_of_an_index, COUNT + 3),
}


@pytest.mark.parametrize("name", HARMS)
def test_what_can_be_read_is_kept_and_what_cannot_is_counted(damaged: tuple[Path, list[bytes]], name: str) -> None:
    path, raws = damaged
    harm, at_least = HARMS[name]
    harm(path)
    assert not is_sound(path)
    salvaged = check_journal(path, NOW_MS)
    assert salvaged is not None
    assert is_sound(path)
    again = Journal(path, KEY, EVENT)
    kept, damage = [row.raw for row in again.after(0, 1000)], again.damage()
    again.close()
    assert kept == [raw for raw in raws if raw in kept], "entries that were written, in their order, each once"
    assert len(kept) == salvaged.saved >= at_least
    if salvaged.is_end_known:
        assert salvaged.missing == len(raws) - len(kept)
    else:
        assert salvaged.missing <= len(raws) - len(kept)
    assert damage == Damage(NOW_MS, len(kept), salvaged.is_end_known, is_settled=False)
    assert check_journal(path, NOW_MS + 1) is None, "a second start finds nothing to mend"


def test_a_lost_end_is_never_taken_for_the_end(damaged: tuple[Path, list[bytes]]) -> None:
    path, _ = damaged
    cut_off(path)
    assert read_damaged(path).is_end_known is False


def test_a_hole_in_the_middle_is_counted_to_the_entry(damaged: tuple[Path, list[bytes]]) -> None:
    path, raws = damaged
    two_in_the_middle(path)
    found = read_damaged(path)
    assert found.is_end_known
    assert found.missing == len(raws) - len(found.rows) > 1


def test_what_lies_in_the_wal_of_a_file_without_header_is_found(tmp_path: Path) -> None:
    """As a power cut leaves it: the file was hardly written yet, everything is in the WAL."""
    path, cut = tmp_path / "journal.sqlite", tmp_path / "cut" / "journal.sqlite"
    cut.parent.mkdir()
    journal = Journal(path, KEY, EVENT)
    for number in range(30):
        journal.append(redeem(number)).result()
    raws = {row.raw for row in journal.after(0, 1000)}
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{cut}{suffix}")
    journal.close()
    cut.write_bytes(b"x" * max(PAGE_BYTES, cut.stat().st_size))
    wal = Path(f"{cut}-wal")
    wal.write_bytes(b"y" * 32 + wal.read_bytes()[32:])  # its header too: SQLite finds nothing any more
    assert {row[-1] for row in carved(cut, wal)} == raws
    salvaged = check_journal(cut, NOW_MS)
    assert salvaged is not None
    assert salvaged.saved == len(raws)


@pytest.mark.parametrize("step", ["_keep", "_write_saved", "_put_in_place", "_remove", "_rename"])
def test_a_kill_at_any_step_of_the_mending_costs_nothing_that_was_readable(
    damaged: tuple[Path, list[bytes]], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path, _ = damaged
    two_in_the_middle(path)
    readable = len(read_damaged(path).rows)

    class Killed(BaseException):
        """The power went."""

    def kill(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(salvage, step, kill)
    with pytest.raises(Killed):
        check_journal(path, NOW_MS)
    monkeypatch.undo()
    check_journal(path, NOW_MS + 1)
    journal = Journal(path, KEY, EVENT)
    assert journal.end() > readable
    assert len(journal.since(0)) == readable
    assert journal.damage() is not None
    journal.close()


def test_a_disk_that_takes_no_new_file_leaves_the_damaged_one_where_it_was(
    damaged: tuple[Path, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = damaged
    two_in_the_middle(path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise StoreTrouble("the disk is full")

    monkeypatch.setattr(salvage, "_rename", full)
    with pytest.raises(StoreTrouble):
        check_journal(path, NOW_MS)
    assert path.read_bytes() == before


@given(pages=st.lists(st.integers(0, 60), max_size=6, unique=True), cut=st.integers(0, 40))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_makes_an_entry_that_was_never_written(
    written: tuple[Path, list[bytes]], tmp_path: Path, pages: list[int], cut: int
) -> None:
    path = tmp_path / "journal.sqlite"
    shutil.copy(written[0], path)
    size = path.stat().st_size
    for at in pages:
        if (at + 1) * PAGE_BYTES <= size:
            overwrite(path, at)
    os.truncate(path, max(0, size - cut * 1000))
    found = read_damaged(path)
    assert {row[-1] for row in found.rows} <= set(written[1])
    assert found.missing + len(found.rows) <= len(written[1])
