"""Where this kiosk listens for others of its LAN, and where it finds them."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import BadInput

PARTNERS_MAX = 200


@dataclass(frozen=True, slots=True)
class PeerSettings:
    """`listen`: host and port, None for no port at all; `partners`: addresses as `http://host:port`."""

    listen: tuple[str, int] | None = None
    partners: tuple[str, ...] = ()
    discovers: bool = False

    @property
    def is_on(self) -> bool:
        """Whether there is anything to do."""
        return self.listen is not None or bool(self.partners)


def peer_settings(listen: str, partners: str, *, discovers: bool) -> PeerSettings:
    """From the texts of the settings. Raises BadInput that says what a good one looks like."""
    places = [text.strip() for text in partners.split(",") if text.strip()]
    if len(places) > PARTNERS_MAX:
        raise BadInput(f"peers: {len(places)} addresses; at most {PARTNERS_MAX} can be named, others are found")
    found = tuple(f"http://{_host(host)}:{port}" for host, port in map(_place, places))
    return PeerSettings(_place(listen.strip()) if listen.strip() else None, found, discovers)


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    is_host = bool(host) and host.isascii() and all(sign.isalnum() or sign in ".-:" for sign in host)
    if not is_host or not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65_535):
        raise BadInput(f"{text!r} is no host:port; write for instance 192.168.1.20:7443")
    return host, int(port)


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
