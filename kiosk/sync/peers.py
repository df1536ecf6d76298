"""Kiosks of one LAN among themselves: the shell around the plan. No scan ever waits for it.

One thread plans, a few carry out calls, the listener answers others'. Without an address to listen on and without
partners it does nothing at all.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from common.clock import Clock
from common.errors import UserFacing
from common.exchange import Manifest
from common.ids import DeviceId
from common.vectors import covers
from kiosk.root import Kiosk
from kiosk.store.faults import StoreTrouble
from kiosk.store.snapshots import open_manifest
from kiosk.sync import peer_plan
from kiosk.sync.errands import Errands
from kiosk.sync.errors import LanWhy, Refused, SyncError
from kiosk.sync.peer_caller import Called, PeerCaller
from kiosk.sync.peer_desk import PeerDesk
from kiosk.sync.peer_server import PeerServer
from kiosk.sync.peer_settings import PeerSettings
from kiosk.sync.transport import HttpTransport, Transport
from kiosk.sync.worker import Sync

CALLS_AT_ONCE: Final = 8
CONNECT_S: Final = 2.0
READ_S: Final = 5.0
WAIT_MAX_S: Final = 5.0
LISTEN_AGAIN_S: Final = 5.0
_log = logging.getLogger("rallygate.kiosk.peers")

MakePeerTransport = Callable[[str, Clock], Transport]


class Discovery(Protocol):
    """Whoever announces this kiosk on the LAN and finds others."""

    @property
    def trouble(self) -> str:
        """Why others are not found; empty where they can be."""
        ...

    def start(self, port: int, on_found: Callable[[str], None], on_lost: Callable[[str], None]) -> None:
        """Announce the port; tell of others' addresses as they come and go."""
        ...

    def stop(self) -> None:
        """Say goodbye."""
        ...


@dataclass(frozen=True, slots=True)
class PeersState:
    """How it stands, for people: partners known, those that answered last time, and what is wrong."""

    known: int = 0
    met: int = 0
    port: int | None = None
    trouble: str = ""
    whys: tuple[LanWhy, ...] = ()  # of `trouble`


def http_transport(address: str, clock: Clock) -> Transport:
    """A line to a kiosk of the LAN: shorter patience than with a server far away."""
    return HttpTransport(address, clock, connect_s=CONNECT_S, read_s=READ_S)


class Peers:
    """Calls and answers other kiosks for as long as it runs."""

    def __init__(
        self,
        kiosk: Kiosk,
        sync: Sync,
        settings: PeerSettings,
        discovery: Discovery | None = None,
        make_transport: MakePeerTransport = http_transport,
    ) -> None:
        self._kiosk, self._sync, self._settings = kiosk, sync, settings
        self._discovery, self._make_transport = discovery, make_transport
        exchanger = sync.exchanger
        self._parts = (sync.party, exchanger.held, exchanger.reception, self._is_revoked)
        self.desk = PeerDesk(*self._parts)
        self._callers: dict[str, PeerCaller] = {}
        self._changed = threading.Condition()
        self._plan = peer_plan.started(kiosk.clock.monotonic_s())
        self._random = random.Random()  # noqa: S311 - spreads load, guards nothing
        self._server: PeerServer | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._trouble, self._listened_s = "", 0.0
        self.found(*settings.partners)
        kiosk.bell.listen(self._entry_written)

    # --- for front ends ---------------------------------------------------------------------------

    @property
    def state(self) -> PeersState:
        """How it stands."""
        with self._changed:
            partners = self._plan.partners.values()
            met = sum(partner.met and not partner.failures for partner in partners)
            found = self._discovery.trouble if self._discovery is not None else ""
            told = {LanWhy.NOT_CALLED: self._trouble, LanWhy.NOT_FOUND: found}
            whys = tuple(why for why, what in told.items() if what)
            trouble = "; ".join(told[why] for why in whys)
            return PeersState(len(partners), met, self._server.port if self._server else None, trouble, whys)

    def start(self) -> None:
        """Listen, announce and call until `stop`. A port that cannot be had is a trouble, not an end."""
        if not self._settings.is_on:
            return
        self._listen()
        self._pool = ThreadPoolExecutor(CALLS_AT_ONCE, "peer-calls")
        self._thread = threading.Thread(target=self._run, name="peer-plan", daemon=True)
        self._thread.start()

    def stop(self, within_s: float = 10.0) -> None:
        """Stop; what was under way is cut and comes again. May be called twice."""
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()
        if self._discovery is not None:
            self._discovery.stop()
        if self._thread is not None:
            self._thread.join(within_s)
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def found(self, *addresses: str) -> None:
        """There are kiosks at these addresses."""
        if addresses:
            self._happened(peer_plan.Found(addresses))

    def lost(self, address: str) -> None:
        """A kiosk left; one of the static list is called on."""
        if address not in self._settings.partners:
            self._happened(peer_plan.Lost(address))

    # --- steps ------------------------------------------------------------------------------------

    def step(self) -> float:
        """Carry out, here and now, what is due; seconds until the next step. For tests without threads."""
        actions, wait_s = self._begin()
        for action in actions:
            self._call(action)
        return 0.0 if actions else wait_s

    def _begin(self) -> tuple[tuple[peer_plan.Action, ...], float]:
        now_s, is_alone = self._kiosk.clock.monotonic_s(), not self._sync.state.connected
        with self._changed:
            order = list(self._plan.partners)
            self._random.shuffle(order)
            found = peer_plan.due(self._plan, now_s, order)
            chance = self._random.random()
            self._plan = peer_plan.begun(self._plan, found.actions, now_s, chance, is_alone=is_alone)
        return found.actions, found.wait_s

    def _call(self, action: peer_plan.Action) -> None:
        """One call; whatever comes of it is told to the plan. Never raises."""
        try:
            caller = self._caller(action.address)
            called = caller.push() if isinstance(action, peer_plan.Push) else caller.reconcile()
        except (SyncError, StoreTrouble) as error:
            self._failed(action, error)
        except Exception as error:  # noqa: BLE001 - the thread's outermost handler: log, count, go on
            _log.exception("a call to a peer broke")
            self._failed(action, UserFacing(f"a call to a peer broke ({type(error).__name__}); see the log"))
        else:
            if called.device == self._kiosk.stores.journal.device:
                self._happened(peer_plan.Lost(action.address))
                return
            self._happened(peer_plan.Answered(action, called.more))
            self._take_snapshot(caller, called)

    def _failed(self, action: peer_plan.Action, error: UserFacing) -> None:
        self._happened(peer_plan.Failed(action))
        _log.info("no exchange with %s: %s", action.address, error)

    def _caller(self, address: str) -> PeerCaller:
        with self._changed:
            if address not in self._callers:
                self._callers[address] = PeerCaller(*self._parts, self._make_transport(address, self._kiosk.clock))
            return self._callers[address]

    # --- snapshots --------------------------------------------------------------------------------

    def _take_snapshot(self, caller: PeerCaller, called: Called) -> None:
        """Order the snapshot a peer offers, if it is worth it or knows rows that are lacking here."""
        if called.manifest is None:
            return
        if self._sync.is_worth_taking(called.manifest) or self._lacks_rows(called.manifest):
            self._sync.order(called.manifest, partial(self._fetch, caller, called.manifest))

    def _lacks_rows(self, signed: bytes) -> bool:
        party, held = self._sync.party, self._sync.exchanger.held
        manifest = open_manifest(signed, party.ring)
        if not isinstance(manifest, Manifest) or party.stores.snapshots.covered_by_one(manifest):
            return False
        return not covers(held.known_vector(), manifest.vector, held)

    def _fetch(self, caller: PeerCaller, signed: bytes) -> None:
        """Take it with holders' data; where the peer has none, without."""
        party, transport = self._sync.party, caller.transport
        try:
            Errands(party, transport, self._sync.installed).fetch(signed)
        except Refused:
            Errands(party, transport, self._sync.installed, only_admission=True).fetch(signed)

    # --- inside -----------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Open the port, unless it is open. The network whose address it is to have may come later."""
        listen = self._settings.listen
        if listen is None or self._server is not None:
            return
        self._listened_s = self._kiosk.clock.monotonic_s()
        try:
            server = PeerServer(*listen, self.desk, self._kiosk.clock)
        except OSError as error:
            trouble = f"other kiosks cannot call this one: {listen[0]}:{listen[1]} {error.strerror or error}"
            if trouble != self._trouble:
                _log.warning("%s", trouble)
            self._trouble = trouble
            return
        server.start()
        self._server, self._trouble = server, ""
        if self._discovery is not None:
            self._discovery.start(server.port, self.found, self.lost)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self._server is None and self._kiosk.clock.monotonic_s() - self._listened_s >= LISTEN_AGAIN_S:
                self._listen()
            actions, wait_s = self._begin()
            self._submit(actions)
            with self._changed:
                if not self._stopping.is_set() and not self._is_due():
                    self._changed.wait(min(wait_s, WAIT_MAX_S))

    def _submit(self, actions: tuple[peer_plan.Action, ...]) -> None:
        with self._changed:
            if self._pool is not None and not self._stopping.is_set():
                for action in actions:
                    self._pool.submit(self._call, action)

    def _is_due(self) -> bool:
        found = peer_plan.due(self._plan, self._kiosk.clock.monotonic_s(), list(self._plan.partners))
        return bool(found.actions)

    def _is_revoked(self, device: DeviceId) -> bool:
        return any(revoke.device == device for revoke in self._kiosk.known.event_facts().revokes)

    def _entry_written(self) -> None:
        self._happened(peer_plan.EntryWritten())

    def _happened(self, happened: peer_plan.Happened) -> None:
        chance = self._random.random()
        with self._changed:
            self._plan = peer_plan.after(self._plan, happened, self._kiosk.clock.monotonic_s(), chance)
            self._changed.notify_all()


def make_peers(kiosk: Kiosk, sync: Sync, settings: PeerSettings) -> Peers:
    """The real parts. Finding others by mDNS is loaded only where it is wished: a scan's start need not pay for it."""
    discovery: Discovery | None = None
    if settings.listen is not None and settings.discovers:
        from kiosk.sync.discovery import Mdns  # noqa: PLC0415 - see above

        discovery = Mdns(settings.listen[0], kiosk.enrolled.event, kiosk.stores.journal.device)
    return Peers(kiosk, sync, settings, discovery)
