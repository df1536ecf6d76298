"""Messages of the control room that reached this kiosk, and which were read here: the first time as an entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from common.bodies import Message
from common.catalogue import Catalogue
from common.conflict_news import DIGEST_HEX_CHARS, ToldConflict, split_news
from common.entries import Entry, stored_entry
from common.ids import Digest, EventUid, PointNo, ProductNo, Ref
from common.keys import KeyRing
from kiosk.known import Stores, server_devices
from kiosk.shown import ConflictShown, MessageShown, Names
from kiosk.store.learnt import OF_MESSAGE
from kiosk.store.snapshots import InUse
from kiosk.surroundings import point_names, product_names

MESSAGES_MAX: Final = 50
MS_PER_SECOND: Final = 1000
_READ: Final = "message_read:"


class ControlRoom:
    """Finds messages to a point; remembers in the file of learnt entries which of them were read."""

    def __init__(self, stores: Stores, event: EventUid) -> None:
        self._stores, self._event = stores, event
        self._seen: tuple[tuple[InUse, ...], tuple[Entry, ...]] | None = None

    def messages(
        self,
        ring: KeyRing,
        point: PointNo | None,
        catalogue: Catalogue | None = None,
        code_ends: Mapping[Ref, str] | None = None,
    ) -> tuple[MessageShown, ...]:
        """The newest messages of the server to this point or to all, newest first. Raises StoreTrouble.

        `code_ends`: how the codes of uses ended, as far as known.
        """
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
        ends = {use.digest.hex()[:DIGEST_HEX_CHARS]: end for use, end in (code_ends or {}).items()}
        return tuple(self._shown(entry, catalogue, ends) for entry in newest[:MESSAGES_MAX])

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

    def _shown(self, entry: Entry, catalogue: Catalogue | None, ends: Mapping[str, str]) -> MessageShown:
        key, body = entry.ref.digest.hex(), entry.body
        text, to_all = (body.text, body.point is None) if isinstance(body, Message) else ("", True)
        read = self._stores.learnt.noted_number(_READ + key) is not None
        words, news = split_news(text)
        told = () if news is None else tuple(_conflict(one, catalogue, ends) for one in news.told)
        return MessageShown(key, entry.stamp.corrected_ms, words, to_all, read, told, 0 if news is None else news.more)


def _conflict(told: ToldConflict, catalogue: Catalogue | None, ends: Mapping[str, str]) -> ConflictShown:
    """With the names that this kiosk knows; `ends` by how the digests of uses begin."""
    product: Names = {} if catalogue is None else product_names(catalogue, ProductNo(told.product))
    uses = tuple(
        (use.time_s * MS_PER_SECOND, {} if catalogue is None else point_names(catalogue, PointNo(use.point)))
        for use in told.uses
    )
    return ConflictShown(told.kind, product, uses, next((ends[u.digest] for u in told.uses if u.digest in ends), ""))
