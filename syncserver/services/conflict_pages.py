"""Conflicts as pages show them: lists, one conflict with both uses side by side, the uses and runs of a device."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from sqlalchemy import Connection

from common.bodies import Decide, Flag, Ruling
from common.clock import Clock
from common.doubles import has_seen
from common.entries import Entry, stored_entry
from common.facts import UseFact
from common.ids import DIGEST_BYTES, RUN_ID_BYTES, DeviceId, Digest, TicketId
from syncserver.db.engine import Database
from syncserver.services.admin_flags import flags_of
from syncserver.services.admin_names import PER_PAGE, Names, cursor_of, place_of
from syncserver.services.handed_out import words_of_uses
from syncserver.services.override_reasons import OverrideReason, OverrideReasons
from syncserver.services.plausible import Plausibility, plausibility
from syncserver.services.problems import NotHere
from syncserver.services.ticket_fold import load_event_facts, read_ticket
from syncserver.stores import badges as badge_store
from syncserver.stores import conflicts as store
from syncserver.stores import points as point_store
from syncserver.stores import staff as staff_store
from syncserver.stores.conflicts import ConflictFilter, ConflictRow, RunSpan, UseOfDevice
from syncserver.stores.events import EventRow
from syncserver.stores.names import Named

Wanted: TypeAlias = ConflictFilter  # for pages, which know no stores
DECIDE_KIND = int(Decide.__struct_config__.tag)  # type: ignore[arg-type]
HISTORY_MAX, RUNS_MAX, USES_MAX = 200, 50, 200
SAME_DEED_MS = 10_000  # between what a person did and the statement that came of it
OFFLINE_MS = 120_000  # kiosks exchange every few seconds: whoever was silent for so long had no network


@dataclass(frozen=True, slots=True)
class ListedConflict:
    """A conflict in a list."""

    row: ConflictRow
    point: Named | None
    product: str
    device: str


@dataclass(frozen=True, slots=True)
class ConflictList:
    """A page of conflicts; `total` counts all that fit, `open` those of them that nobody decided."""

    conflicts: tuple[ListedConflict, ...]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class ShownUse:
    """A use with all that helps to judge it. `silent_since_ms`: its device had been heard last then, before a gap."""

    row: UseOfDevice
    point: Named | None
    product: str
    device: str
    operator: str
    flags: tuple[Flag | int, ...]
    silent_since_ms: int | None = None
    knew_other: bool | None = None
    variants: str = ""  # which sizes or colours it handed out
    overrode: OverrideReason | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of a conflict's history. `who` is empty where nobody was written down here (after a restore)."""

    time_ms: int
    ruling: Ruling | None
    note: str
    who: str


@dataclass(frozen=True, slots=True)
class ConflictCase:
    """One conflict."""

    row: ConflictRow
    uses: tuple[ShownUse, ...]  # the use to be decided last
    plausible: Plausibility | None
    history: tuple[Decision, ...]
    next_open: str | None

    @property
    def id(self) -> str:
        """Its id in hex, for addresses."""
        return self.row.digest.hex()


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run of a device. `behind_s`: seconds to add so that its first entry was written when it was received."""

    row: RunSpan
    behind_s: int
    corrected_s: tuple[tuple[int, int, int], ...]  # (first, last, seconds) in force


class ConflictPages:
    """Reads conflicts for people."""

    def __init__(self, db: Database, clock: Clock, reasons: OverrideReasons) -> None:
        self._db, self._clock, self._reasons = db, clock, reasons

    def page(self, event: EventRow, wanted: ConflictFilter, cursor: str | None, language: str) -> ConflictList:
        """Those found last first."""
        with self._db.read() as tx:
            found = store.listed(tx, event.id, wanted, place_of(cursor), PER_PAGE + 1)
            total = store.count(tx, event.id, wanted)
            called = Names.of(tx, event, language)
        listed = tuple(
            ListedConflict(
                row, called.points.get(row.point_no), called.product(row.product_no), called.device(row.device)
            )
            for row in found[:PER_PAGE]
        )
        last = listed[-1].row if len(found) > PER_PAGE else None
        return ConflictList(listed, total, cursor_of(last.found_ms, last.digest) if last else None)

    def case(self, event: EventRow, digest_hex: str, language: str) -> ConflictCase:
        """One conflict. Raises NotHere."""
        digest = bytes_of(digest_hex, DIGEST_BYTES)
        with self._db.read() as tx:
            row = store.one(tx, event.id, digest) if digest else None
            if row is None:
                raise NotHere("this use is in no conflict, or no longer")
            uses = self._both(tx, event, row, language)
            return ConflictCase(
                row=row,
                uses=uses,
                plausible=_plausible(tx, event, uses),
                history=_history(tx, event, row),
                next_open=_next_open(tx, event, row),
            )

    def _both(self, tx: Connection, event: EventRow, row: ConflictRow, language: str) -> tuple[ShownUse, ...]:
        wanted = [Digest(one) for one in (row.other, row.digest) if one is not None]
        found = store.uses_by_digest(tx, event.id, wanted)
        called = Names.of(tx, event, language)
        known = read_ticket(tx, event, TicketId(row.ticket), self._clock.now_ms())
        facts = {one.ref.digest: one for one in (known.facts if known else ()) if isinstance(one, UseFact)}
        causes = {digest: fact.seen for digest, fact in facts.items()}
        overrode = self._reasons.of(tx, event, wanted)
        people = {one.badge: one.name for one in badge_store.all_badges(tx, event.id) if one.name}

        def shown(one: UseOfDevice) -> ShownUse:
            fact, other = facts.get(Digest(one.digest)), next((each for each in wanted if each != one.digest), None)
            knew = None if fact is None or other is None else has_seen(fact, other, causes)
            use = _shown(called, one, people, _silent_since(tx, event, one), knew)
            return replace(use, overrode=overrode.get(one.digest))

        return tuple(shown(found[digest]) for digest in wanted if digest in found)

    def uses(
        self, event: EventRow, wanted: ConflictFilter, state: str | None, language: str
    ) -> tuple[tuple[ShownUse, ...], bool]:
        """Uses of a device, the newest first, and whether there are more than one page shows."""
        with self._db.read() as tx:
            found = store.uses_listed(tx, event.id, wanted, state, USES_MAX + 1)
            called = Names.of(tx, event, language)
            people = {one.badge: one.name for one in badge_store.all_badges(tx, event.id) if one.name}
            uses = [(one.digest, one.product_no) for one in found[:USES_MAX]]
            handed = words_of_uses(tx, event, language, uses)
        shown = [replace(_shown(called, one, people), variants=handed.get(one.digest, "")) for one in found[:USES_MAX]]
        return tuple(shown), len(found) > USES_MAX

    def runs(self, event: EventRow, device: DeviceId) -> tuple[ShownRun, ...]:
        """The runs of a device with the corrections of their clock in force."""
        with self._db.read() as tx:
            found = store.runs_of(tx, event.id, device, RUNS_MAX)
            redates = load_event_facts(tx, event.id).redates
        gone = {ref for one in redates for ref in one.replaces}
        in_force = [one for one in redates if one.device == device and one.ref not in gone and one.seconds]
        return tuple(
            ShownRun(
                row,
                (row.first_received_ms - row.first_time_ms) // 1000,
                tuple((one.first, one.last, one.seconds) for one in in_force if one.run == row.run),
            )
            for row in found
        )


def _listed(called: Names, row: ConflictRow) -> ListedConflict:
    point, product = called.points.get(row.point_no), called.product(row.product_no)
    return ListedConflict(row, point, product, called.device(row.device))


def bytes_of(text: str, length: int) -> bytes | None:
    """The bytes of an id in hex; None for what is none."""
    try:
        found = bytes.fromhex(text) if text.isascii() else b""
    except ValueError:
        return None
    return found if len(found) == length and text == found.hex() else None


def run_of(text: str) -> bytes | None:
    """The id of a run from hex; None for what is none."""
    return bytes_of(text, RUN_ID_BYTES)


def _shown(
    called: Names,
    row: UseOfDevice,
    people: dict[bytes, str],
    silent_since_ms: int | None = None,
    knew_other: bool | None = None,  # noqa: FBT001 - three-valued: there may be no other
) -> ShownUse:
    return ShownUse(
        row=row,
        point=called.points.get(row.point_no),
        product=called.product(row.product_no),
        device=called.device(row.device),
        operator=people.get(row.operator, row.operator.hex()[:8]) if row.operator else "",
        flags=flags_of(row.flags),
        silent_since_ms=silent_since_ms,
        knew_other=knew_other,
    )


def _silent_since(tx: Connection, event: EventRow, use: UseOfDevice) -> int | None:
    """When its device had last been heard before it sent this use, if that was long before."""
    if use.received_ms is None:
        return None
    last = store.offline_since(tx, event.id, use.device, use.received_ms)
    return last if last is not None and use.received_ms - last > OFFLINE_MS else None


def _plausible(tx: Connection, event: EventRow, uses: tuple[ShownUse, ...]) -> Plausibility | None:
    if len(uses) != 2:
        return None
    places = point_store.positions(tx, event.id)
    one, other = uses[0].row, uses[1].row
    if one.point_no == other.point_no:
        return plausibility(_SAME, _SAME, other.time_ms - one.time_ms)
    return plausibility(places.get(one.point_no), places.get(other.point_no), other.time_ms - one.time_ms)


_SAME = '{"lat_microdeg":0,"lon_microdeg":0}'  # a point is where it is, also where the map does not say


def _history(tx: Connection, event: EventRow, row: ConflictRow) -> tuple[Decision, ...]:
    raws = store.decided(tx, event.id, row.ticket, DECIDE_KIND, HISTORY_MAX)
    deeds = [
        one for one in staff_store.actions_on(tx, event.id, row.digest.hex(), HISTORY_MAX) if one.action == "decide"
    ]
    found = []
    for entry in (stored_entry(raw, event.uid) for raw in raws):
        if not isinstance(entry, Entry) or not isinstance(entry.body, Decide):
            continue
        if entry.body.target.digest != row.digest or entry.body.ruling == Ruling.PROVEN:
            continue
        at = entry.stamp.corrected_ms
        near = [(abs(one.made_ms - at), one.name) for one in deeds if abs(one.made_ms - at) <= SAME_DEED_MS]
        ruling = Ruling(entry.body.ruling) if entry.body.ruling in set(Ruling) else None
        found.append(Decision(at, ruling, entry.body.note, min(near)[1] if near else ""))
    return tuple(reversed(found))


def _next_open(tx: Connection, event: EventRow, row: ConflictRow) -> str | None:
    found = store.listed(tx, event.id, ConflictFilter(), None, 2)
    return next((one.digest.hex() for one in found if one.digest != row.digest), None)
