"""Kiosks of one LAN find each other by mDNS (RFC 6762, RFC 6763): the service `_rallygate._tcp.local.`.

What is announced is where to call, for which event, and which device: nothing secret, and nothing that is believed.
Whoever answers there must show a certificate of the event.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Interface
from typing import Final

from zeroconf import Error, ServiceBrowser, ServiceInfo, ServiceStateChange, Zeroconf

from common.ids import DeviceId, EventUid
from kiosk.machine.network import own_places

SERVICE: Final = "_rallygate._tcp.local."
ASK_MS: Final = 2_000
FOUND_MAX: Final = 1_000  # names a flood of announcements can make us remember
LOOK_EVERY_S: Final = 2.0  # whether this machine's addresses are still those announced
LOOKS_BETWEEN_MAX: Final = 16  # after so many at most it is tried again on the same addresses
STOP_WAIT_S: Final = 5.0
_log = logging.getLogger("rallygate.kiosk.peers")


class Mdns:
    """Announces one kiosk and finds those of its event, by whatever addresses this machine has at the time.

    `start` and `stop` return soon. A network that comes late, goes or gives another address is followed within seconds.
    """

    def __init__(self, host: str, event: EventUid, device: DeviceId) -> None:
        self._host, self._event, self._device = host, event, device
        self._found: dict[str, str] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._zeroconf: Zeroconf | None = None
        self._browser: ServiceBrowser | None = None
        self._places: tuple[IPv4Interface, ...] = ()
        self._failures = self._looks_left = 0
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Why others are not found, nor this one by them; empty where all is well."""
        return self._trouble

    def start(self, port: int, on_found: Callable[[str], None], on_lost: Callable[[str], None]) -> None:
        """Announce the port; tell of others' addresses as they come and go."""
        self._port, self._on_found, self._on_lost = port, on_found, on_lost
        self._thread = threading.Thread(target=self._run, name="mdns", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Say goodbye. May be called twice."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(STOP_WAIT_S)

    # --- following the network --------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - the thread's outermost handler: log, tell, try again
                _log.exception("mDNS broke")
                self._failed(f"{type(error).__name__}, see the log")
            self._stopping.wait(LOOK_EVERY_S)
        self._close()

    def _look(self) -> None:
        """Announce this kiosk on the addresses there are now, unless that is done, or was tried just now in vain."""
        places, why = self._own_places()
        if places != self._places:
            self._failures = self._looks_left = 0
        elif self._zeroconf is not None:
            return
        self._looks_left -= 1
        if self._looks_left >= 0:
            return
        self._places = places
        self._close()
        if why:
            self._failed(why)
            return
        try:
            self._announce(places)
        except (OSError, RuntimeError, Error, TimeoutError) as error:
            self._failed(str(error) or type(error).__name__)
        else:
            self._failures, self._trouble = 0, ""

    def _own_places(self) -> tuple[tuple[IPv4Interface, ...], str]:
        """The addresses others reach this machine by, and what is wrong where there are none."""
        try:
            wanted = IPv4Address(socket.gethostbyname(self._host) if self._host else "0.0.0.0")  # noqa: S104
            places = own_places()
        except OSError as error:
            return (), f"{self._host}: {error.strerror or error}"
        if wanted.is_loopback:
            return (IPv4Interface(f"{wanted}/8"),), ""
        if not wanted.is_unspecified:
            places = tuple(place for place in places if place.ip == wanted)
        return places, "" if places else "no network yet; plug in the cable or join the Wi-Fi"

    def _announce(self, places: Sequence[IPv4Interface]) -> None:
        zeroconf = self._zeroconf = Zeroconf(interfaces=[str(place.ip) for place in places])
        zeroconf.register_service(self._info(places), cooperating_responders=True)
        self._browser = ServiceBrowser(zeroconf, SERVICE, handlers=[self._changed])

    def _failed(self, why: str) -> None:
        """Tell it, and rest for longer each time; other addresses end the rest."""
        self._close()
        self._failures += 1
        self._looks_left = min(2**self._failures, LOOKS_BETWEEN_MAX) if self._places else 0
        trouble = f"other kiosks are not found: {why}; tried again by itself, or name them in RALLYGATE_KIOSK_PEERS"
        if trouble != self._trouble:
            _log.warning("%s", trouble)
        self._trouble = trouble

    def _close(self) -> None:
        zeroconf, self._zeroconf = self._zeroconf, None
        browser, self._browser = self._browser, None
        if browser is not None:
            browser.cancel()  # else its thread waits for ever
        if zeroconf is not None:
            zeroconf.close()

    # --- what is said and heard -------------------------------------------------------------------

    def _info(self, places: Sequence[IPv4Interface]) -> ServiceInfo:
        name = self._device.hex()
        return ServiceInfo(
            SERVICE,
            f"{name}.{SERVICE}",
            addresses=[place.ip.packed for place in places],
            port=self._port,
            properties={"event": self._event.hex(), "device": name, "v": "1"},
            server=f"rallygate-{name}.local.",
        )

    def _changed(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        """Called by the library's thread; what cannot be read is no kiosk."""
        if state_change is ServiceStateChange.Removed:
            with self._lock:
                address = self._found.pop(name, None)
            if address is not None:
                self._on_lost(address)
            return
        info = ServiceInfo(service_type, name)
        if info.request(zeroconf, ASK_MS):
            self._look_at(name, info)

    def _look_at(self, name: str, info: ServiceInfo) -> None:
        said = info.decoded_properties
        if said.get("event") != self._event.hex() or said.get("device") == self._device.hex() or not info.port:
            return
        place = nearest(info.parsed_scoped_addresses(), self._places)
        if place is None:
            return
        address = f"http://{f'[{place}]' if ':' in place else place}:{info.port}"
        with self._lock:
            before = self._found.get(name)
            if before is None and len(self._found) >= FOUND_MAX:
                return
            self._found[name] = address
        if before is not None and before != address:
            self._on_lost(before)
        self._on_found(address)


def nearest(announced: Sequence[str], places: Sequence[IPv4Interface]) -> str | None:
    """Of a kiosk's addresses, the one told last first, one on a network of ours: it may be on others, too."""
    here = (one for one in announced if ":" not in one and any(IPv4Address(one) in place.network for place in places))
    return next(here, next(iter(announced), None))
