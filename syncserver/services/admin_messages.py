"""Messages of the control room: sent to kiosks, and for each kiosk whether it has it, who has read it, and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from common.bodies import Message, MessageRead
from common.conflict_news import split_news
from common.entries import Entry, stored_entry
from common.errors import BadInput
from common.ids import PointNo
from syncserver.db.engine import Database
from syncserver.services import statements
from syncserver.services.problems import NotHere
from syncserver.services.scribe import Scribe
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.stores import badges as badge_store
from syncserver.stores import devices as device_store
from syncserver.stores import events as event_store
from syncserver.stores import messages as store
from syncserver.stores import names
from syncserver.stores.devices import DeviceRow
from syncserver.stores.events import EventRow
from syncserver.stores.messages import SaidRow
from syncserver.stores.names import Named

MESSAGE = int(Message.__struct_config__.tag)  # type: ignore[arg-type]
READ = int(MessageRead.__struct_config__.tag)  # type: ignore[arg-type]
MESSAGES_MAX = 50
RECEIPTS_MAX = 10_000
TEXT_CHARACTERS_MAX = 1000
EARLIER_MS = 24 * 3_600_000  # a kiosk's clock may be behind the server's when it says that it has read


@dataclass(frozen=True, slots=True)
class Receipt:
    """A kiosk the message is for. `has_it`: it has everything up to the message; `who` is empty for nobody known."""

    device: str
    device_id: str
    point: Named | None
    has_it: bool
    read_ms: int | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message, when it was made, to which point (None: all), and what became of it at each kiosk."""

    key: str
    time_ms: int
    point: Named | None
    text: str
    receipts: tuple[Receipt, ...]

    @property
    def delivered(self) -> int:
        """How many kiosks have it."""
        return sum(one.has_it for one in self.receipts)

    @property
    def read(self) -> int:
        """At how many it was read."""
        return sum(one.read_ms is not None for one in self.receipts)


@dataclass(frozen=True, slots=True)
class _Reading:
    """That a kiosk said a message was read."""

    device: bytes
    operator: bytes | None
    time_ms: int


class Messages:
    """Sends messages and reads what became of them."""

    def __init__(self, db: Database, scribe: Scribe) -> None:
        self._db, self._scribe = db, scribe

    def newest(self, event: EventRow, language: str) -> tuple[SentMessage, ...]:
        """The last fifty, the newest first."""
        with self._db.read() as tx:
            found = store.newest(tx, event.id, MESSAGE, MESSAGES_MAX)
            return _told(tx, event, found, language)

    def one(self, event: EventRow, key: str, language: str) -> SentMessage:
        """One of them. Raises NotHere."""
        with self._db.read() as tx:
            row = store.by_digest(tx, event.id, bytes.fromhex(key)) if _is_hex(key) else None
            found = () if row is None else _told(tx, event, (row,), language)
        if not found:
            raise NotHere("no such message was sent")
        return found[0]

    def send(self, actor: Actor, point_key: str, text: str, key: bytes) -> None:
        """State it: kiosks hear with their next exchange. The same `key` again sends nothing. Raises BadInput."""
        said = " ".join(text.split())
        if not said or len(said) > TEXT_CHARACTERS_MAX:
            raise BadInput(f"a message has 1 to {TEXT_CHARACTERS_MAX} characters; this one has {len(said)}")
        with self._db.write() as tx:
            no = event_store.point_no(tx, actor.event_id, point_key) if point_key else None
            if point_key and no is None:
                raise BadInput(f"{point_key[:40]!r}: the event has no such point")
            desk = self._scribe.open(tx, actor.event_id)
            if statements.message(desk, key, None if no is None else PointNo(no), said) is not None:
                record(tx, actor, Action.SEND_MESSAGE, point_key)


def _is_hex(key: str) -> bool:
    return len(key) == 32 and all(char in "0123456789abcdef" for char in key)


def _told(tx: Connection, event: EventRow, rows: Sequence[SaidRow], language: str) -> tuple[SentMessage, ...]:
    kiosks = [one for one in device_store.all_devices(tx, event.id) if not one.is_server]
    points = names.points_of(tx, event, language)
    since_ms = min((row.time_ms for row in rows), default=0) - EARLIER_MS
    readings = _readings(event, store.newest(tx, event.id, READ, RECEIPTS_MAX, since_ms) if rows else ())
    people = {one.badge: one.name for one in badge_store.all_badges(tx, event.id) if one.name}
    found = []
    for row in rows:
        opened = stored_entry(row.raw, event.uid)
        if isinstance(opened, Entry) and isinstance(opened.body, Message):
            body, by_device = opened.body, readings.get(row.digest, {})
            wanted = [one for one in kiosks if one.device in by_device or _is_for(body, one)]
            receipts = tuple(_receipt(row, one, points, by_device.get(one.device), people) for one in wanted)
            point = None if body.point is None else points.get(body.point)
            said = split_news(body.text)[0]
            found.append(SentMessage(row.digest.hex(), row.time_ms, point, said, receipts))
    return tuple(found)


def _is_for(body: Message, device: DeviceRow) -> bool:
    return not device.is_revoked and body.point in {None, device.point_no}


def _readings(event: EventRow, rows: Iterable[SaidRow]) -> dict[bytes, dict[bytes, _Reading]]:
    """Message -> device -> the first time it was read there."""
    found: dict[bytes, dict[bytes, _Reading]] = {}
    for row in rows:  # the newest first, so that the first reading is written last
        opened = stored_entry(row.raw, event.uid)
        if isinstance(opened, Entry) and isinstance(opened.body, MessageRead):
            found.setdefault(opened.body.message, {})[row.device] = _Reading(row.device, row.operator, row.time_ms)
    return found


def _receipt(
    row: SaidRow, device: DeviceRow, points: dict[int, Named], reading: _Reading | None, people: dict[bytes, str]
) -> Receipt:
    operator = reading.operator if reading is not None else None
    return Receipt(
        device=device.name,
        device_id=device.device.hex(),
        point=None if device.point_no is None else points.get(device.point_no),
        has_it=reading is not None or (device.heard_position or 0) >= row.position,
        read_ms=None if reading is None else reading.time_ms,
        who="" if operator is None else people.get(operator, operator.hex()[:8]),
    )
