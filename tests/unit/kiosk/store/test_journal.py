"""The journal as a file: full disks, damage, resumed images, later versions, many readers."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.bodies import Redeem
from common.entries import Entry, Stamp
from common.ids import AreaNo, EventDay, PointNo, ProductNo, TicketId
from common.signing import SigningKey
from kiosk.store.faults import DamagedFile, InUse, NewerFile, StoreTrouble
from kiosk.store.folder import Folder, FolderLock, write_whole
from kiosk.store.journal import JOURNAL, Draft, Journal
from kiosk.store.opening import open_writer
from kiosk.store.salvage import check_journal
from tests.support.kiosk_world import EVENT, NOW_MS

KEY = SigningKey.from_seed(b"TEST ONLY device of the journal.")


def draft(ticket: bytes = b"ticket 1") -> Draft:
    body = Redeem(TicketId(ticket), 0, ProductNo(1), 1, PointNo(1), AreaNo(0), EventDay(20_000), (), None)
    return Draft(lambda _run, _number: body, Stamp(NOW_MS), None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal(path, KEY, EVENT)
    yield journal
    journal.close()


def write(journal: Journal, count: int) -> list[Entry]:
    return [journal.append(draft(b"ticket%02d" % number)).result() for number in range(count)]


def test_entries_of_a_start_are_one_chain(journal: Journal) -> None:
    entries = write(journal, 5)
    assert [entry.ref.identity.number for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in entries[1:]] == [entry.ref.digest for entry in entries[:-1]]
    assert entries[0].opens is None


def test_a_long_day_at_the_gate_fills_no_memory_with_the_journal(path: Path) -> None:
    """SQLite's 2 MB a connection were full only after 5,000 entries: memory seemed to grow for eight hours."""
    with contextlib.closing(open_writer(path, JOURNAL)) as connection:
        assert connection.execute("PRAGMA cache_size").fetchone() == (-256,)


def test_a_new_start_takes_a_new_run_that_names_the_one_before(path: Path) -> None:
    first = Journal(path, KEY, EVENT)
    last = write(first, 2)[-1]
    first.close()
    second = Journal(path, KEY, EVENT)
    entry = write(second, 1)[0]
    second.close()
    assert entry.ref.identity.number == 1
    assert entry.opens is not None
    assert (entry.opens.run, entry.opens.last, entry.opens.digest) == (
        last.ref.identity.run,
        2,
        last.ref.digest,
    )


def test_rows_are_never_changed_or_deleted(journal: Journal, path: Path) -> None:
    write(journal, 1)
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        connection.execute("UPDATE entries SET number = 7")
    with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        connection.execute("DELETE FROM entries")
    connection.close()


def test_a_file_put_back_under_a_running_program_makes_it_take_a_new_run(path: Path, tmp_path: Path) -> None:
    """A resumed image or a restored file lacks the row last written: its number is not used again."""
    journal = Journal(path, KEY, EVENT)
    write(journal, 2)
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER entries_remain")
    connection.execute("DELETE FROM entries WHERE number = 2")
    connection.commit()
    connection.close()
    entry = write(journal, 1)[0]
    runs = journal.runs()
    journal.close()
    assert entry.ref.identity.number == 1
    assert len(set(runs)) == 2


def test_clones_of_one_folder_write_different_runs_after_a_start(path: Path, tmp_path: Path) -> None:
    journal = Journal(path, KEY, EVENT)
    write(journal, 2)
    journal.close()
    copy = tmp_path / "copy.sqlite"
    shutil.copy(path, copy)
    runs = set()
    for one in (path, copy):
        again = Journal(one, KEY, EVENT)
        runs.add(write(again, 1)[0].ref.identity.run)
        again.close()
    assert len(runs) == 2


def test_readers_see_whole_entries_while_many_are_written(journal: Journal) -> None:
    wrong: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            rows = journal.after(0, 10_000)
            numbers = [row.number for row in rows]
            if numbers != list(range(1, len(numbers) + 1)):
                wrong.append(f"{numbers[:5]} ...")

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    futures = [journal.append(draft(b"ticket%02d" % (number % 100))) for number in range(300)]
    for future in futures:
        future.result(timeout=60)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert journal.end() == 300


def test_a_damaged_page_costs_its_rows_only(path: Path) -> None:
    journal = Journal(path, KEY, EVENT)
    written = write(journal, 99)
    journal.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(os.urandom(4096))
    salvaged = check_journal(path, NOW_MS)
    assert salvaged is not None
    assert salvaged.kept_as.exists()
    again = Journal(path, KEY, EVENT)
    kept = again.since(0)
    fresh = write(again, 1)[0]
    again.close()
    assert 0 < salvaged.saved == len(kept) <= 99
    assert {entry.ref for entry in kept} <= {entry.ref for entry in written}
    assert fresh.ref.identity.number == 1


def test_what_is_no_database_is_moved_aside(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 400)
    with pytest.raises(DamagedFile, match=r"journal\.sqlite"):
        open_writer(path, JOURNAL)
    salvaged = check_journal(path, NOW_MS)
    assert salvaged is not None
    assert salvaged.saved == 0
    journal = Journal(path, KEY, EVENT)
    write(journal, 1)
    journal.close()


def test_a_journal_of_a_later_version_is_refused_and_left_as_it_is(path: Path) -> None:
    Journal(path, KEY, EVENT).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NewerFile, match="later version"):
        Journal(path, KEY, EVENT)
    with pytest.raises(NewerFile):
        check_journal(path, NOW_MS)
    assert path.read_bytes() == before


def test_closing_twice_is_fine_and_writing_afterwards_is_a_trouble(path: Path) -> None:
    journal = Journal(path, KEY, EVENT)
    journal.close()
    journal.close()
    with pytest.raises(StoreTrouble, match="closed"):
        journal.append(draft())


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sys.path[:0] = [{project!r}, {here!r}]
from test_journal import EVENT, KEY, draft
from kiosk.store.faults import StoreTrouble
from kiosk.store.journal import Journal
journal = Journal(Path({path!r}), KEY, EVENT)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
confirmed, troubles = 0, 0
for number in range(2000):
    try:
        {append}.result()
        confirmed += {each}
    except StoreTrouble as trouble:
        troubles += 1
        if troubles == 3:
            break
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.append(draft()).result()
print(confirmed + 1, troubles)
journal.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are POSIX")
@pytest.mark.parametrize(
    ("append", "each"),
    [("journal.append(draft())", 1), ("journal.append_with(draft(), lambda _use: [draft(), draft()])", 3)],
    ids=["alone", "with_its_answers"],
)
def test_a_full_disk_is_a_trouble_and_loses_nothing_confirmed(path: Path, append: str, each: int) -> None:
    project, here = str(Path(__file__).resolve().parents[4]), str(Path(__file__).parent)
    program = FULL_DISK.format(project=project, here=here, path=str(path), append=append, each=each)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    confirmed, troubles = map(int, done.stdout.split())
    assert troubles == 3
    journal = Journal(path, KEY, EVENT)
    numbers = [[link.number for link in journal.links_of(run)] for run in journal.runs()]
    journal.close()
    assert all(of_run == list(range(1, len(of_run) + 1)) for of_run in numbers)
    assert sum(map(len, numbers)) >= confirmed
    assert sum(map(len, numbers)) % each == 1 % each  # a use and its answers: all of them or none, and one at the end


def test_one_program_at_a_time_uses_a_folder(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    lock = FolderLock(folder)
    with pytest.raises(InUse, match="another kiosk program"):
        FolderLock(folder)
    lock.release()
    FolderLock(folder).release()


def test_a_whole_file_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    target = tmp_path / "file"
    write_whole(target, b"old")
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]
