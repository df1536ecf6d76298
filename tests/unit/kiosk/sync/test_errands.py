"""When an offered snapshot is worth its bytes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from common.exchange import FileKind, Manifest, SnapshotFile
from kiosk.sync import errands
from kiosk.sync.errands import IDLE_S, IDLE_SPREAD_S, LEARNT_MAX, NEWER_S, SMALL_BYTES, SPREAD_S, Errands, Quiet

HELD_MS = 1_800_000_000_000
BUSY = Quiet(since_entry_s=1.0, learnt=100, has_snapshot=True)
LARGE = SMALL_BYTES + 1


def manifest(size: int = LARGE, build_ms: int = HELD_MS, catalogue: int = 1) -> Manifest:
    file = SnapshotFile(FileKind.ADMISSION.value, bytes(32), size, bytes(32), 2 * size)
    return Manifest(1, b"\1" * 4, build_ms, catalogue, (file,), (), ())  # type: ignore[arg-type]


def worth(
    offered: Manifest, quiet: Quiet, now_ms: int, monkeypatch: pytest.MonkeyPatch, offered_for_s: float = IDLE_SPREAD_S
) -> bool:
    clock_s = [0.0]
    held = SimpleNamespace(signed_manifest=b"held", file=SimpleNamespace(manifest=manifest()))
    party: Any = SimpleNamespace(
        ring=None,
        stores=SimpleNamespace(snapshots=SimpleNamespace(in_use=(held,))),
        device_clock=SimpleNamespace(now_ms=lambda: now_ms),
        monotonic_s=lambda: clock_s[0],
    )
    monkeypatch.setattr(errands, "open_manifest", lambda _signed, _ring: offered)
    decider, clock_s[0] = Errands(party, party, lambda: None), 0.0
    decider.is_worth_taking(b"offered", quiet)
    clock_s[0] = offered_for_s
    return decider.is_worth_taking(b"offered", quiet)


MUCH_LATER_MS = HELD_MS + int(NEWER_S) * 1000
AFTER_ALL_MS = MUCH_LATER_MS + int(SPREAD_S) * 1000


@pytest.mark.parametrize(
    ("offered", "quiet", "now_ms", "expected"),
    [
        pytest.param(manifest(build_ms=HELD_MS + 60_000), BUSY, AFTER_ALL_MS, False, id="a little newer, busy"),
        pytest.param(
            manifest(build_ms=HELD_MS + 60_000), Quiet(2 * IDLE_S + 1, 0, True), HELD_MS + 60_000, True, id="idle"
        ),
        pytest.param(
            manifest(build_ms=HELD_MS + 60_000), Quiet(1.0, LEARNT_MAX + 1, True), HELD_MS, True, id="much learnt"
        ),
        pytest.param(manifest(build_ms=MUCH_LATER_MS), BUSY, AFTER_ALL_MS + 1, True, id="half an hour newer, busy"),
        pytest.param(manifest(build_ms=MUCH_LATER_MS - 1), BUSY, AFTER_ALL_MS + 1, False, id="not quite that"),
        pytest.param(manifest(build_ms=MUCH_LATER_MS), BUSY, MUCH_LATER_MS - 1, False, id="just made: not all at once"),
        pytest.param(manifest(size=SMALL_BYTES), BUSY, HELD_MS, True, id="small"),
        pytest.param(manifest(catalogue=2), BUSY, HELD_MS, True, id="another catalogue"),
    ],
)
def test_a_snapshot_is_taken_when_it_is_worth_its_bytes(
    offered: Manifest, quiet: Quiet, now_ms: int, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert worth(offered, quiet, now_ms, monkeypatch) is expected


@pytest.mark.parametrize(("offered_for_s", "expected"), [(IDLE_SPREAD_S, True), (0.0, False)])
def test_those_where_nobody_scans_do_not_take_a_large_list_all_at_once(
    offered_for_s: float, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a moment of its own, the last after two minutes; here it is the last's."""
    monkeypatch.setattr("kiosk.sync.errands.random.Random.random", lambda _self: 1.0)
    newer, idle = manifest(build_ms=HELD_MS + 60_000), Quiet(2 * IDLE_S + 1, 0, has_snapshot=True)
    assert worth(newer, idle, HELD_MS, monkeypatch, offered_for_s) is expected


def test_what_is_held_already_is_not_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    party: Any = SimpleNamespace(
        ring=None,
        stores=SimpleNamespace(snapshots=SimpleNamespace(in_use=(SimpleNamespace(signed_manifest=b"offered"),))),
    )
    monkeypatch.setattr(errands, "open_manifest", lambda _signed, _ring: manifest(size=1))
    assert not Errands(party, party, lambda: None).is_worth_taking(b"offered", Quiet(1e9, 0, has_snapshot=True))
