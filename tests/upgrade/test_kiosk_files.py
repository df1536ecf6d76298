"""A kiosk's folder of every released version: today's code opens it, believes it, and goes on with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.bodies import Redeem, Refuse
from common.clock import ManualClock
from common.entries import Entry, open_entry
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.store.folder import Folder
from kiosk.store.snapshots import Snapshots
from tests.upgrade.story import Told, outcome_of, scan


@pytest.fixture
def kiosk(files: Path, told: Told) -> Iterator[Kiosk]:
    """The kiosk, opened at the hour in which it was closed."""
    opened = open_kiosk(Folder(files / "kiosk"), Options(ManualClock(told.now_ms)))
    yield opened
    opened.close()


def _own_entries(kiosk: Kiosk) -> list[Entry]:
    journal = kiosk.stores.journal
    return list(journal.entries_of(journal.after(0, 1_000)))


def test_nothing_had_to_be_repaired(kiosk: Kiosk) -> None:
    assert kiosk.warnings == ()


def test_the_journal_verifies_entry_by_entry_and_its_chain_is_whole(kiosk: Kiosk, told: Told) -> None:
    entries = _own_entries(kiosk)
    key = kiosk.around.key_of(kiosk.stores.journal.device)
    assert key is not None
    assert len(entries) == told.journal_entries
    for number, entry in enumerate(entries, start=1):
        assert open_entry(entry.raw, kiosk.enrolled.event, {kiosk.stores.journal.device: key}.get) == entry
        assert entry.ref.identity.number == number
        assert entry.previous == (entries[number - 2].ref.digest if number > 1 else None)
    assert [type(entry.body) for entry in entries] == [Redeem, Refuse, Redeem, Redeem]


def test_what_was_learnt_is_still_known(kiosk: Kiosk, told: Told) -> None:
    assert kiosk.stores.learnt.count() == told.learnt_entries
    assert kiosk.stores.learnt.cursor() is not None


def test_the_snapshot_is_the_one_its_manifest_names(kiosk: Kiosk) -> None:
    snapshots: Snapshots = kiosk.stores.snapshots
    assert snapshots.troubles == ()
    assert len(snapshots.in_use) == 1
    assert kiosk.around.here().__class__.__name__ == "Here"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("unused", "admit/ok"),
        ("here", "refuse/already_today"),
        ("elsewhere", "refuse/already_today"),
        ("blocked", "refuse/blocked"),
        ("pending", "refuse/already_today"),
        ("sold later", "admit/ok"),
        ("sold later, used", "refuse/already_today"),
    ],
)
def test_each_pass_is_answered_as_it_was(kiosk: Kiosk, told: Told, name: str, expected: str) -> None:
    assert outcome_of(scan(kiosk, told.passes[name])) == expected


def test_a_new_entry_continues_the_journal_in_a_run_of_its_own(kiosk: Kiosk, told: Told) -> None:
    before = _own_entries(kiosk)
    scan(kiosk, told.passes["later"])
    entry = _own_entries(kiosk)[-1]
    assert len(_own_entries(kiosk)) == told.journal_entries + 1
    assert entry.ref.identity.run != before[-1].ref.identity.run
    assert entry.opens is not None
    assert (entry.opens.run, entry.opens.digest) == (before[-1].ref.identity.run, before[-1].ref.digest)
