"""Tickets of one order are a family in the snapshot; whose pass is on another phone belongs to none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard

from common.envelope import Signed, Typ, open_unverified
from common.exchange import Manifest, from_payload
from common.ids import TicketId
from common.snapshot_format import PLAIN_BYTES_MAX
from kiosk.store.snapshot_file import Family, SnapshotFile
from syncserver.db.engine import Database
from syncserver.services import families, statements
from syncserver.services.evidence import MANIFEST_BYTES_MAX
from syncserver.services.scribe import Scribe
from syncserver.services.snapshot_builder import SnapshotBuilder
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import ALL_LANGUAGES, small_event


@pytest.fixture
def world(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path, small_event(**ALL_LANGUAGES))


def sell(world: ShopWorld, count: int) -> list[TicketId]:
    """A paid order of so many tickets."""
    _, view = world.paid("four_days", count)
    return [TicketId(bytes(one.ticket)) for one in view.tickets]


@contextmanager
def snapshot(world: ShopWorld, folder: Path) -> Iterator[SnapshotFile]:
    """A snapshot built now, as a kiosk opens it."""
    folder.mkdir(exist_ok=True)
    built = SnapshotBuilder(world.db, world.clock, world.keys, folder, folder / "backups").build(world.event.id)
    path = folder / "admission.sqlite"
    path.write_bytes(zstandard.decompress((folder / built.admission.hex()).read_bytes(), PLAIN_BYTES_MAX))
    signed = open_unverified(built.manifest, Typ.MANIFEST, MANIFEST_BYTES_MAX)
    assert isinstance(signed, Signed)
    manifest = from_payload(signed.payload, Manifest)
    assert isinstance(manifest, Manifest)
    file = SnapshotFile(path, None, manifest)
    yield file
    file.close()


def test_tickets_of_an_order_are_a_family_of_their_number(world: ShopWorld, tmp_path: Path) -> None:
    four, two, alone, others = sell(world, 4), sell(world, 2), sell(world, 1), sell(world, 2)
    with snapshot(world, tmp_path / "1") as file:
        assert {file.family(ticket) for ticket in four} == {Family(3, 4)}
        assert {file.family(two[0]), file.family(others[0])} == {Family(1, 2), Family(2, 2)}
        assert file.family(two[0]) == file.family(two[1])
        assert file.family(alone[0]) is None
        assert file.family(TicketId(b"unknown.")) is None


def test_whose_pass_is_on_another_phone_belongs_to_no_family(world: ShopWorld, tmp_path: Path) -> None:
    three = sell(world, 3)
    with world.db.write() as tx:
        statements.reissue(Scribe(world.clock, world.keys).open(tx, world.event.id), b"claimed", three[0])
    with snapshot(world, tmp_path / "1") as file:
        assert [file.family(ticket) for ticket in three] == [None, Family(1, 2), Family(1, 2)]


def test_a_bus_is_no_family(world: ShopWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "SIZE_MAX", 2)
    bus = sell(world, 3)
    with snapshot(world, tmp_path / "1") as file:
        assert {file.family(ticket) for ticket in bus} == {None}
