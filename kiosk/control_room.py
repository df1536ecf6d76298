"""Messages of the control room that reached this kiosk, and which were read here: the first time as an entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from common.bodies import Message
from common.entries import Entry, stored_entry
from common.ids import Digest, EventUid, PointNo
from common.keys import KeyRing
from kiosk.known import Stores, server_devices
from kiosk.shown import MessageShown
from kiosk.store.learnt import OF_MESSAGE
from kiosk.store.snapshots import InUse

MESSAGES_MAX: Final = 50
_READ: Final = "message_read:"


class ControlRoom:
    """Finds messages to a point; remembers in the file of learnt entries which of them were read."""

    def __init__(self, stores: Stores, event: EventUid) -> None:
        self._stores, self._event = stores, event
        self._seen: tuple[tuple[InUse, ...], tuple[Entry, ...]] | None = None

    def messages(self, ring: KeyRing, point: PointNo | None) -> tuple[MessageShown, ...]:
        """The newest messages of the server to this point or to all, newest first. Raises StoreTrouble."""
        server = server_devices(ring)
        held = (*self._of_snapshots(), *self._stores.learnt.of_sort(OF_MESSAGE))
        found = {
            entry.ref: entry
            for entry in held
            if entry.ref.identity.device in server
            and isinstance(entry.body, Message)
            and entry.body.point in (None, point)
        }
        newest = sorted(found.values(), key=lambda entry: (entry.stamp.corrected_ms, entry.ref.digest), reverse=True)
        return tuple(map(self._shown, newest[:MESSAGES_MAX]))

    def _of_snapshots(self) -> tuple[Entry, ...]:
        """Learnt entries are dropped once a snapshot holds them; snapshots never change, so each is read once."""
        in_use = self._stores.snapshots.in_use
        if self._seen is None or self._seen[0] is not in_use:
            raws = {raw for one in in_use for raw in one.file.raw_others()}
            opened = (stored_entry(raw, self._event) for raw in raws)
            kept = tuple(e for e in opened if isinstance(e, Entry) and isinstance(e.body, Message))
            self._seen = (in_use, kept)
        return self._seen[1]

    def mark_read(self, message: MessageShown, tell: Callable[[Digest], None]) -> None:
        """A person has read this message: told once, durably, before it is marked here. Raises StoreTrouble."""
        if not message.read:
            tell(Digest(bytes.fromhex(message.key)))
            self._stores.learnt.note(_READ + message.key, 1).result()

    def _shown(self, entry: Entry) -> MessageShown:
        key, body = entry.ref.digest.hex(), entry.body
        text, to_all = (body.text, body.point is None) if isinstance(body, Message) else ("", True)
        read = self._stores.learnt.noted_number(_READ + key) is not None
        return MessageShown(key, entry.stamp.corrected_ms, text, to_all, read)
