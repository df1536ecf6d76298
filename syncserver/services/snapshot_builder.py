"""Building snapshots: the fold of all entries up to a vector, as files any kiosk can take and check.

Packed facts are copied as they stand in `tickets`: the projector wrote them in the snapshot's own form. So a build is
one pass over the tables, whatever was sold and used. It needs the scribe's key for the manifest and the code key for
sealing holders' data.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from common.beside import in_buckets, pack_numbers
from common.bodies import BadgeStated, DeviceStated, Message
from common.clock import Clock
from common.envelope import Typ, sign
from common.errors import BadInput
from common.exchange import FileKind, Line, Manifest, SnapshotFile, VersionVector, to_payload
from common.fact_rows import pack_event_fact
from common.ids import DeviceId, RunId
from common.kept_answers import keep
from common.snapshot_format import (
    CATALOGUE_PART,
    KEYS_PART,
    SNAPSHOT_SCHEMA,
    HolderRow,
    code_rows,
    ticket_key,
)
from common.vectors import RunKey, lines_by_run, lines_of, merge, vector_of
from syncserver.db.engine import Database
from syncserver.services.badge_fold import badge_rows
from syncserver.services.bought_variants import purchases_of
from syncserver.services.evidence import MANIFEST_BYTES_MAX
from syncserver.services.fact_numbers import base_of
from syncserver.services.families import families_of
from syncserver.services.holder_sealing import HolderSealer, HolderSource, sealing
from syncserver.services.keys import EventKeys, KeyStore, ring_of
from syncserver.services.projector import Projector
from syncserver.services.safe_vector import safe_vector
from syncserver.services.search_file import write_search
from syncserver.services.use_conflicts import forks_of
from syncserver.stores import devices as device_store
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import fact_numbers as number_store
from syncserver.stores import purchase_answers
from syncserver.stores import snapshot_source as source
from syncserver.stores import snapshots as store
from syncserver.stores import tickets as ticket_store
from syncserver.stores.entries import EntryState, HeldEntries
from syncserver.stores.events import EventRow
from syncserver.stores.snapshot_files import FileWriter
from syncserver.stores.snapshots import SnapshotRow

# Kinds whose entries stand in `tickets` or `event_facts`; all others stand in `others`.
FACT_KINDS = (1, 2, 3, 5, 9, 32, 33, 34, 35, 36, 40, 41, 42)
_READ_KINDS = tuple(int(kind.__struct_config__.tag) for kind in (DeviceStated, Message, BadgeStated))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Contents:
    """What was read at one moment: the row to keep but for its manifest, and the manifest's parts."""

    position: int
    catalogue: int
    vector: VersionVector
    safe: VersionVector
    files: tuple[SnapshotFile, ...]
    tickets: int
    uses: int


class SnapshotBuilder:
    """Builds snapshots into a folder of files named by their hash."""

    def __init__(self, db: Database, clock: Clock, keys: KeyStore, folder: Path, backups: Path) -> None:
        self._db, self._clock, self._keys = db, clock, keys
        self._folder, self._backups = folder, backups
        self._projector = Projector(db, clock, keys)

    def build(self, event_id: int) -> SnapshotRow:
        """Build now. Raises BadInput for an event without a catalogue, KeysMissing without its keys."""
        started = self._clock.monotonic_s()
        self._projector.catch_up(event_id)
        build_ms = self._clock.now_ms()
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._db.read_moment() as tx, tempfile.TemporaryDirectory(dir=self._folder) as work:
            event = event_store.by_id(tx, event_id)
            if event is None:
                raise BadInput(f"there is no event {event_id}")
            keys = self._keys.of(event.uid)
            contents = self._write(tx, event, keys, Path(work), build_ms)
        manifest = Manifest(
            SNAPSHOT_SCHEMA, event.uid, build_ms, contents.catalogue, contents.files, contents.vector, contents.safe
        )
        raw = sign(to_payload(manifest), keys.scribe, Typ.MANIFEST, MANIFEST_BYTES_MAX)
        took_ms = round((self._clock.monotonic_s() - started) * 1000)
        return self._keep(event, contents, raw, build_ms, took_ms)

    def is_newest(self, event_id: int, snapshot_id: int) -> bool:
        """Whether none was built after this one."""
        with self._db.read() as tx:
            newest = store.newest(tx, event_id)
        return newest is not None and newest.id == snapshot_id

    def _keep(self, event: EventRow, contents: _Contents, raw: bytes, build_ms: int, took_ms: int) -> SnapshotRow:
        row = {
            "event_id": event.id,
            "build_ms": build_ms,
            "position": contents.position,
            "catalogue_version": contents.catalogue,
            "manifest": raw,
            "admission": contents.files[0].sha256,
            "ticket_count": contents.tickets,
            "use_count": contents.uses,
            "took_ms": took_ms,
        }
        with self._db.write() as tx:
            store.add(tx, row, [(file.sha256, file.kind, file.size) for file in contents.files], build_ms)
            built = store.newest(tx, event.id)
        if built is None:
            raise BadInput("the snapshot just built is not there: was the database put back meanwhile?")
        return built

    def _write(self, tx: Connection, event: EventRow, keys: EventKeys, work: Path, build_ms: int) -> _Contents:
        position = ticket_store.projected(tx, event.id)
        vector = _vector(tx, event.id, position)
        admission, count = _write_admission(tx, event, work, position, build_ms)
        seal = HolderSealer(keys.code, event.uid)
        # Hashing and compressing leave Python free, and other cores seal the holders, while this thread reads on.
        with ThreadPoolExecutor(1, "snapshot-files") as beside, sealing(seal, _to_seal(tx, event)) as holders:
            packing = beside.submit(admission.finish, self._folder, FileKind.ADMISSION.value)
            search = write_search(tx, event, work, build_ms).finish(self._folder, FileKind.SEARCH.value)
            holding = _write_holders(event, work, build_ms, holders.rows())
            files = (packing.result(), holding.finish(self._folder, FileKind.HOLDERS.value), search)
        safe = safe_vector(tx, event, self._backups)
        catalogue = event.catalogue_version
        return _Contents(position, catalogue, vector, safe, files, count, ticket_store.use_count(tx, event.id))


def _vector(tx: Connection, event_id: int, until: int) -> VersionVector:
    """What the fold up to a position knows: entries as bytes, and rows taken back."""
    held = HeldEntries(tx, event_id, until)
    lines: dict[RunKey, tuple[Line, ...]] = lines_by_run(entry_store.vector(tx, event_id))
    for device, run in entry_store.runs_after(tx, event_id, until):
        lines[device, run] = lines_of(held.links_of(device, run))  # the table is ahead of the fold here
    return merge(vector_of(lines), store.cover(tx, event_id), held)


def _write_admission(
    tx: Connection, event: EventRow, work: Path, position: int, build_ms: int
) -> tuple[FileWriter, int]:
    writer = FileWriter.admission(work / "admission.sqlite")
    base, ring = base_of(event), ring_of(tx, event.id)
    catalogue = event_store.newest_catalogue(tx, event.id)
    if ring is None or catalogue is None:
        raise BadInput(f"event {event.key}: no catalogue or key list yet; run `rallygate-server import-event`")
    meta = {
        "schema": SNAPSHOT_SCHEMA, "event": event.uid, "build_ms": build_ms, "base_ms": base.ms,
        "base_day": base.day, "catalogue": catalogue[0],
    }  # fmt: skip
    writer.put("meta", sorted(meta.items()))
    writer.put("catalogue", [(CATALOGUE_PART, catalogue[1]), (KEYS_PART, ring.body)])
    devices = device_store.all_devices(tx, event.id)
    rows = [(d.device, d.certificate, d.name, d.point_no, int(d.is_revoked)) for d in devices if not d.is_server]
    writer.put("devices", sorted(rows))
    writer.put("badges", badge_rows(tx, event.id))
    writer.put("statements", source.all_statements(tx, event.id))
    bought = purchases_of(tx, event.id)
    writer.put("variants", bought.variants)
    writer.put("purchases", bought.rows)
    tickets = sorted((ticket_key(ticket), facts) for ticket, facts in source.packed_rows(tx, event.id))
    writer.put("tickets", tickets)
    families = families_of(tx, event.id)
    writer.put("family_sizes", families.sizes)
    writer.put("beside", _beside([key for key, _ in tickets], bought.of_key, families.of_key))
    writer.put("codes", code_rows(source.all_codes(tx, event.id)))
    about = [*ticket_store.event_fact_rows(tx, event.id), *map(pack_event_fact, forks_of(tx, event.id))]
    writer.put("event_facts", list(enumerate(about, start=1)))
    _write_others(writer, tx, event, position)
    return writer, len(tickets)


def _beside(keys: list[int], *numbers: Mapping[int, int]) -> Iterator[tuple[int | bytes, ...]]:
    for bucket, some in in_buckets(keys):
        yield bucket, *(pack_numbers([of_key.get(key, 0) for key in some]) for of_key in numbers)


def _write_others(writer: FileWriter, tx: Connection, event: EventRow, position: int) -> None:
    """Entries that stand in no other table, and the runs, numbered on from those that facts name."""
    nos = {(DeviceId(d), RunId(r)): no for no, (d, r) in number_store.fact_run_rows(tx, event.id).items()}

    def no_of(device: bytes, run: bytes) -> int:
        return nos.setdefault((DeviceId(device), RunId(run)), len(nos) + 1)

    def rows() -> Iterator[tuple[int, int, bytes, bytes | None]]:
        for device, run, number, digest, kind, state, raw in entry_store.without_facts(
            tx, event.id, FACT_KINDS, position
        ):
            is_read = kind in _READ_KINDS or state != EntryState.OK.value
            yield no_of(device, run), number, digest, raw if is_read else None

    found = {row[:3]: row for row in rows()}
    for device, run, number, digest, kept in store.recovered(tx, event.id):
        name = (no_of(device, run), number, digest)
        found.setdefault(name, (*name, kept))
    writer.put("others", [found[name] for name in sorted(found)])
    writer.put("runs", sorted((no, device, run) for (device, run), no in nos.items()))


def _write_holders(event: EventRow, work: Path, build_ms: int, rows: list[HolderRow]) -> FileWriter:
    writer = FileWriter.holders(work / "holders.sqlite")
    meta = {"schema": SNAPSHOT_SCHEMA, "event": event.uid, "build_ms": build_ms}
    writer.put("meta", sorted(meta.items()))
    writer.put("holders", rows)
    return writer


def _to_seal(tx: Connection, event: EventRow) -> Iterator[HolderSource]:
    answers = purchase_answers.of_event(tx, event.id)
    for ticket, generation, name, plate, language, attention, note in source.holder_rows(tx, event.id):
        kept = keep(answers[ticket]) if ticket in answers else ()
        yield ticket, generation, (name, plate, note, language, bool(attention), kept)
