"""Answers other kiosks of the LAN: takes what they bring, gives what they lack. Knows nothing of sockets."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Container, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Final

from common.certificates import DeviceCertificate
from common.envelope import digest
from common.exchange import Cursor, ExchangeAnswer, ExchangeRequest
from common.ids import DeviceId, Digest
from common.vectors import Lacked
from common.versions import OURS
from kiosk.known import server_devices
from kiosk.sync.download import packed_path
from kiosk.sync.held import Held
from kiosk.sync.party import Party
from kiosk.sync.peer_messages import (
    ENTRIES_MAX,
    ENTRY_BYTES_MAX,
    IsRevoked,
    PeerRefusal,
    open_request,
    pack_answer,
)
from kiosk.sync.reception import Reception, nothing_vouched

TURN_MIN: Final = 5  # entries of one device, then the next one's
WAITS_S_MAX: Final = 3.0  # one caller is answered after the other; who waits longer asks again


class PeerDesk:
    """May be asked by any thread; answers one at a time, so that a crowd at the door never crowds out the scan."""

    def __init__(self, party: Party, held: Held, reception: Reception, is_revoked: IsRevoked) -> None:
        self._party, self._held, self._reception, self._is_revoked = party, held, reception, is_revoked
        self._turn = threading.Lock()

    def answer(self, raw: bytes) -> bytes:
        """The packed answer. Raises PeerRefusal, StoreTrouble."""
        if not self._turn.acquire(timeout=WAITS_S_MAX):
            raise PeerRefusal(503, "busy; ask again soon")
        try:
            self._party.give_way()
            caller, request = open_request(raw, self._party, self._is_revoked)
            return pack_answer(self._answered(caller, request), self._party)
        finally:
            self._turn.release()

    def file(self, sha256: bytes) -> Path | None:
        """A compressed snapshot file, if it lies here whole."""
        path = packed_path(self._party.folder, sha256)
        return path if path.is_file() else None

    def _answered(self, caller: DeviceCertificate, request: ExchangeRequest) -> ExchangeAnswer:
        keys, some = {caller.device: caller.key}, request.entries[:ENTRIES_MAX]
        done = self._reception.receive(some, nothing_vouched, keys, is_by_peer=True)
        party, vector = self._party, request.vector
        entries, more = ((), False) if vector is None else page(self._held, self._party, self._held.lacked_by(vector))
        is_all = vector is not None and not more
        return ExchangeAnswer(
            protocol=request.protocol,
            schema=OURS.schema_for(request.schema),
            nonce=request.nonce,
            time_ms=party.device_clock.server_time_ms() or 0,
            taken=0 if done.waits else len(some),
            entries=entries,
            cursor=self._heard() if is_all else None,
            vector=None if vector is None else self._held.known_vector(),
            more=more,
            manifest=None if vector is None else self._offered(request),
            key_list=party.enrolled.key_list if party.ring.key_list.version > request.key_list_version else None,
        )

    def _heard(self) -> Cursor | None:
        heard_ms = self._party.stores.learnt.noted_number("heard_ms")
        return None if heard_ms is None or heard_ms < 0 else Cursor(heard_ms, 0)

    def _offered(self, request: ExchangeRequest) -> bytes | None:
        """The newest snapshot in use here whose admission file can be given, unless the caller has it."""
        party = self._party
        for one in sorted(party.stores.snapshots.in_use, key=lambda one: one.file.build_ms, reverse=True):
            has_file = any(self.file(offer.sha256) is not None for offer in one.file.manifest.files)
            if has_file and one.signed_manifest not in request.manifests:
                return one.signed_manifest
        return None


def page(
    held: Held, party: Party, lacked: Iterable[Lacked], skipped: Container[Digest] = ()
) -> tuple[tuple[bytes, ...], bool]:
    """The first entries of what a partner lacks, within a message's bounds; whether there is more.

    Statements first, then all devices in turn: what one of them flooded the partner with may have to wait there.
    """
    servers, of_server, of_device = server_devices(party.ring), list[Lacked](), dict[DeviceId, list[Lacked]]()
    for part in lacked:
        (of_server if part.device in servers else of_device.setdefault(part.device, [])).append(part)
    at_once = max(TURN_MIN, ENTRIES_MAX // max(1, len(of_device)))
    streams = [(raw for part in parts for raw in held.all_raws(part, at_once)) for parts in of_device.values()]
    statements = (raw for part in of_server for raw in held.all_raws(part))
    raws: list[bytes] = []
    total = 0
    for raw in chain(statements, _in_turn(streams, at_once)):
        if digest(raw) in skipped:
            continue
        total += len(raw)
        if len(raws) >= ENTRIES_MAX or (raws and total > ENTRY_BYTES_MAX):
            return tuple(raws), True
        raws.append(raw)
    return tuple(raws), False


def _in_turn(streams: Iterable[Iterator[bytes]], at_once: int) -> Iterator[bytes]:
    """So many of each, until all have ended."""
    waiting = deque(streams)
    while waiting:
        some = tuple(islice(waiting[0], at_once))
        yield from some
        waiting.rotate(-1)
        if len(some) < at_once:
            waiting.pop()
