"""Kiosks that write entries in bulk: real keys, runs, chains and proofs, signed in processes beside the bench."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from common.bodies import Redeem
from common.certificates import issue_certificate
from common.entries import PreviousRun, Stamp, write_entry
from common.ids import AreaNo, DeviceId, Digest, EventDay, EventUid, PointNo, ProductNo, Ref, RunId, TicketId
from common.signing import SigningKey, device_id
from common.ticket_code import TicketCode, proof_of_scan
from syncserver.app import Services
from syncserver.services import statements
from syncserver.stores.events import EventRow


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a pen writes: admissions of one product through one gate on one day from `from_ms` on."""

    event: EventUid
    point: PointNo
    area: AreaNo
    product: ProductNo
    day: EventDay
    from_ms: int


@dataclass(frozen=True, slots=True)
class Guest:
    """A ticket to be admitted, with what was heard of its earlier uses."""

    ticket: TicketId
    code: TicketCode
    seen: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Pen:
    """A device: its secret seed, and where its last run ended."""

    seed: bytes
    last: PreviousRun | None = None

    @property
    def public(self) -> bytes:
        """Its raw public key."""
        return SigningKey.from_seed(self.seed).verify_key.raw


@dataclass(frozen=True, slots=True)
class Written:
    """The entries of one run in order, how others name them, and the pen for the next run."""

    raws: tuple[bytes, ...]
    refs: tuple[Ref, ...]
    pen: Pen


@dataclass(frozen=True, slots=True)
class Shift:
    """What one pen writes in one run."""

    pen: Pen
    place: Place
    guests: tuple[Guest, ...]


def write_shift(shift: Shift) -> Written:
    """One run: an admission for each guest, one and a half seconds apart."""
    key = SigningKey.from_seed(shift.pen.seed)
    device, run = DeviceId(device_id(key.verify_key.raw)), RunId(secrets.token_bytes(8))
    place, last = shift.place, None
    raws: list[bytes] = []
    refs: list[Ref] = []
    for number, guest in enumerate(shift.guests, start=1):
        proof = proof_of_scan(guest.code, place.event, device, run, number)
        body = Redeem(guest.ticket, 0, place.product, 1, place.point, place.area, place.day, guest.seen, proof)
        stamp = Stamp(place.from_ms + number * 1500, 12, 30)
        opens = shift.pen.last if number == 1 else None
        entry = write_entry(key, place.event, run, number, last, opens, stamp, None, body)
        last = entry.ref.digest
        raws.append(entry.raw)
        refs.append(entry.ref)
    return Written(tuple(raws), tuple(refs), Pen(shift.pen.seed, PreviousRun(run, len(raws), Digest(last or b""))))


def enrol_pens(services: Services, event: EventRow, count: int, point: PointNo) -> list[Pen]:
    """New devices, each taken in by a statement with a certificate, as enrolment does."""
    pens = [Pen(secrets.token_bytes(32)) for _ in range(count)]
    for pen in pens:
        enrol_key(services, event, pen.public, point)
    return pens


def enrol_key(services: Services, event: EventRow, public: bytes, point: PointNo) -> bytes:
    """Take in a device by its public key; its certificate."""
    name, device = f"Bench {public.hex()[:6]}", DeviceId(device_id(public))
    keys = services.keys.of(event.uid)
    certificate = issue_certificate(keys.scribe, event.uid, public, name, services.clock.now_ms() // 1000)
    with services.db.write() as tx:
        desk = services.scribe.open(tx, event.id)
        statements.device(desk, b"bench" + device, device, certificate, name, point)
    return certificate


def dealt(guests: Sequence[Guest], pens: Sequence[Pen], place: Place) -> list[Shift]:
    """Guests dealt out to pens, one after the other."""
    shifts = (Shift(pen, place, tuple(guests[at :: len(pens)])) for at, pen in enumerate(pens))
    return [shift for shift in shifts if shift.guests]


def in_batches(raws: Sequence[bytes], size: int) -> Iterator[Sequence[bytes]]:
    """The entries, so many at a time."""
    return (raws[at : at + size] for at in range(0, len(raws), size))


def heads_after(shifts: Iterable[Shift], written: Iterable[Written]) -> dict[TicketId, Ref]:
    """The last use of each ticket."""
    return {
        guest.ticket: ref
        for shift, done in zip(shifts, written, strict=True)
        for guest, ref in zip(shift.guests, done.refs, strict=True)
    }
