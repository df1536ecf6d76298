"""A kill at every system call that writes, during a scan: no confirmed entry is lost, and the chain stays whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from common.bodies import Redeem
from common.clock import SystemClock
from common.entries import Entry, open_entry
from common.keys import SigningKey
from common.signing import VerifyKey
from common.vectors import Link, is_forked, lines_of
from kiosk.root import open_kiosk
from kiosk.store.enrolled import device_key
from kiosk.store.folder import Folder
from kiosk.store.journal import Journal
from kiosk.store.salvage import check_journal
from tests.support.kiosk_world import EVENT, Contents, Event, Sold, build_snapshot, enrol, put_snapshot

pytestmark = [
    pytest.mark.crash,
    pytest.mark.slow,
    pytest.mark.timeout(480),  # a program start for each kill
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: apt install strace"),
]
PROJECT = Path(__file__).resolve().parents[2]
SCANS = 3
# Each call that writes while passes are scanned, and how often at least: fewer kills mean that nothing was tried.
CALLS = {"fdatasync": SCANS, "pwrite64": SCANS, "write": SCANS, "ftruncate": 1, "unlink": 1}
MENDING_CALLS = {"link": 1, "rename": 2, "fsync": 2, "pwrite64": 3, "fdatasync": 1}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, list[Sold], Event]:
    """A kiosk that has joined and has its snapshot, copied for each kill."""
    build_ms = SystemClock().now_ms()
    event = Event(now_ms=build_ms)
    sold = [event.make_ticket() for _ in range(SCANS)]
    folder = enrol(event, tmp_path_factory.mktemp("prepared") / "kiosk")
    contents = Contents((event.issue(*sold),), build_ms=build_ms)
    put_snapshot(folder, event, build_snapshot(event, contents, folder.path))
    open_kiosk(folder).close()  # strace counts calls per thread: only the writer's are left to be hit in the journal
    return folder, sold, event


def scan_all(folder: Folder, sold: list[Sold], strace: list[str]) -> list[dict[str, object]]:
    """The answers that a person saw before the program was killed, if it was."""
    program = [sys.executable, "-m", "kiosk.cli", "--folder", str(folder.path), "headless"]
    lines = "".join(f"{one.text}\n" for one in sold)
    done = subprocess.run(
        [*strace, *program], input=lines.encode(), capture_output=True, cwd=PROJECT, timeout=60, check=False
    )
    complete = done.stdout.decode().split("\n")[:-1]
    return [json.loads(line) for line in complete]


def written(folder: Folder, event: Event) -> list[Entry]:
    """Every entry in the journal after the kill, each one's signature checked."""
    check_journal(folder.journal, 1)
    key: SigningKey = device_key(folder)
    public = VerifyKey.of_device(key.verify_key.raw)
    journal = Journal(folder.journal, key, EVENT)
    opened = [open_entry(row.raw, EVENT, lambda _device: public) for row in journal.after(0, 1000)]
    journal.close()
    assert all(isinstance(entry, Entry) for entry in opened)
    return [entry for entry in opened if isinstance(entry, Entry)]


def entry_digest(answer: dict[str, object]) -> str:
    """The digest part of the entry an answer names."""
    return str(answer["entry"]).rpartition(".")[2]


@pytest.mark.parametrize("call", CALLS)
def test_no_confirmed_entry_is_lost_by_a_kill_at_any_call_that_writes(
    prepared: tuple[Folder, list[Sold], Event], tmp_path: Path, call: str
) -> None:
    original, sold, event = prepared
    kills = 0
    for nth in range(1, 400):
        folder = Folder(tmp_path / f"kiosk{nth}")
        shutil.copytree(original.path, folder.path)
        inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
        inject += (
            ["-P", str(folder.journal), "-P", f"{folder.journal}-wal"] if call in {"pwrite64", "fdatasync"} else []
        )
        answers = scan_all(folder, sold, [*inject, "-e", f"inject={call}:signal=KILL:when={nth}"])
        seen = [entry_digest(answer) for answer in answers if answer["answer"] == "verdict" and "entry" in answer]
        check(folder, event, seen)
        shutil.rmtree(folder.path)
        if len(answers) == SCANS:
            assert [answer["outcome"] for answer in answers] == ["admit"] * SCANS
            break  # so many calls were not made: every one was hit
        kills += 1
    assert kills >= CALLS[call]


@pytest.mark.parametrize("call", MENDING_CALLS)
def test_a_kill_while_a_damaged_journal_is_mended_costs_nothing_that_could_be_read(
    prepared: tuple[Folder, list[Sold], Event], tmp_path: Path, call: str
) -> None:
    """Its header is gone, its entries are whole: they are there after a kill at any call, once each."""
    original, sold, event = prepared
    damaged = Folder(tmp_path / "damaged")
    shutil.copytree(original.path, damaged.path)
    assert len(scan_all(damaged, sold, [])) == SCANS
    with damaged.journal.open("r+b") as file:
        file.write(b"no header any more".ljust(4096, b"."))
    kills = 0
    for nth in range(1, 400):
        folder = Folder(tmp_path / f"mended{nth}")
        shutil.copytree(damaged.path, folder.path)
        inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
        inject += ["-P", str(folder.path / "journal-saved.sqlite.new")] if call in {"pwrite64", "fdatasync"} else []
        was_killed = not status_is_told(folder, [*inject, "-e", f"inject={call}:signal=KILL:when={nth}"])
        entries = [entry for entry in written(folder, event) if isinstance(entry.body, Redeem)]
        assert len(entries) == len({entry.ref.digest for entry in entries}) == SCANS
        shutil.rmtree(folder.path)
        if not was_killed:
            break
        kills += 1
    assert kills >= MENDING_CALLS[call]


def status_is_told(folder: Folder, strace: list[str]) -> bool:
    """Start the program and ask how it stands; False where it was killed on the way."""
    program = [sys.executable, "-m", "kiosk.cli", "--folder", str(folder.path), "status"]
    done = subprocess.run([*strace, *program], capture_output=True, cwd=PROJECT, timeout=120, check=False)
    return done.returncode == 0


def check(folder: Folder, event: Event, seen: list[str]) -> None:
    entries = written(folder, event)
    digests = [entry.ref.digest.hex() for entry in entries]
    assert set(seen) <= set(digests), "an answer was shown whose entry is lost"
    runs: dict[bytes, list[Link]] = {}
    for entry in entries:
        name = entry.ref.identity
        runs.setdefault(name.run, []).append(Link(name.number, entry.ref.digest, entry.previous))
    for links in runs.values():
        lines = lines_of(links)
        assert not is_forked(lines)
        assert [line.first for line in lines] == [1]
    tickets = [entry.body.ticket for entry in entries if isinstance(entry.body, Redeem)]
    assert len(tickets) == len(set(tickets)), "one pass was admitted twice"


def test_what_was_committed_but_not_answered_is_answered_first(
    prepared: tuple[Folder, list[Sold], Event], tmp_path: Path
) -> None:
    """Killed at each sync of the journal in turn: what is there after it is shown first, then the pass is refused."""
    original, sold, event = prepared
    found = 0
    for nth in range(1, 20):
        folder = Folder(tmp_path / f"kiosk{nth}")
        shutil.copytree(original.path, folder.path)
        inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-P", f"{folder.journal}-wal"]
        answers = scan_all(folder, sold[:1], [*inject, "-e", f"inject=fdatasync:signal=KILL:when={nth}"])
        if answers:
            break
        kept = written(folder, event)
        again = scan_all(folder, sold[:1], [])
        assert [answer["outcome"] for answer in again] == (["admit", "refuse"] if kept else ["admit"])
        if kept:
            found += 1
            assert again[0]["from_before"] is True
    assert found, "no kill fell between commit and answer"
