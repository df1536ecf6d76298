"""Kiosks of one LAN find each other by mDNS (RFC 6762, RFC 6763): the service `_rallygate._tcp.local.`.

What is announced is where to call, for which event, and which device: nothing secret, and nothing that is believed.
Whoever answers there must show a certificate of the event.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import threading
from collections.abc import Callable
from typing import Final

from zeroconf import ServiceBrowser, ServiceInfo, ServiceStateChange, Zeroconf

from common.ids import DeviceId, EventUid

SERVICE: Final = "_rallygate._tcp.local."
ASK_MS: Final = 2_000
FOUND_MAX: Final = 1_000  # names a flood of announcements can make us remember
_log = logging.getLogger("rallygate.kiosk.peers")


class Mdns:
    """Announces one kiosk and finds those of its event. `start` and `stop` return soon; errors are logged."""

    def __init__(self, host: str, event: EventUid, device: DeviceId) -> None:
        self._host, self._event, self._device = host, event, device
        self._found: dict[str, str] = {}
        self._lock = threading.Lock()
        self._zeroconf: Zeroconf | None = None

    def start(self, port: int, on_found: Callable[[str], None], on_lost: Callable[[str], None]) -> None:
        """Announce the port; tell of others' addresses as they come and go."""
        self._on_found, self._on_lost = on_found, on_lost
        try:
            places = self._places()
            self._zeroconf = Zeroconf(interfaces=places)
            self._zeroconf.register_service(self._info(port, places), cooperating_responders=True)
            ServiceBrowser(self._zeroconf, SERVICE, handlers=[self._changed])
        except (OSError, RuntimeError) as error:
            _log.warning("other kiosks cannot be found by mDNS (%s); name them in RALLYGATE_KIOSK_PEERS", error)
            self.stop()

    def stop(self) -> None:
        """Say goodbye. May be called twice."""
        zeroconf, self._zeroconf = self._zeroconf, None
        if zeroconf is not None:
            zeroconf.close()

    def _info(self, port: int, places: list[str]) -> ServiceInfo:
        name = self._device.hex()
        return ServiceInfo(
            SERVICE,
            f"{name}.{SERVICE}",
            addresses=[ipaddress.ip_address(place).packed for place in places],
            port=port,
            properties={"event": self._event.hex(), "device": name, "v": "1"},
            server=f"rallygate-{name}.local.",
        )

    def _places(self) -> list[str]:
        """The addresses of this machine on the LAN: the one listened at, or that of the way out."""
        address = ipaddress.ip_address(socket.gethostbyname(self._host) if self._host else "0.0.0.0")  # noqa: S104
        return [own_address()] if address.is_unspecified else [str(address)]

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
        places = info.parsed_scoped_addresses()
        if not places:
            return
        address = f"http://{f'[{places[0]}]' if ':' in places[0] else places[0]}:{info.port}"
        with self._lock:
            before = self._found.get(name)
            if before is None and len(self._found) >= FOUND_MAX:
                return
            self._found[name] = address
        if before is not None and before != address:
            self._on_lost(before)
        self._on_found(address)


def own_address() -> str:
    """The address of this machine by which it reaches others; no packet is sent for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("224.0.0.251", 5353))
        return str(probe.getsockname()[0])
