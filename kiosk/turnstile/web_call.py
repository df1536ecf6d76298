"""A turnstile that is opened by an HTTP call to its controller."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from threading import Event
from typing import Final
from urllib.parse import urlsplit

import msgspec

from common.clock import Clock
from common.cutting import cut_after
from kiosk.turnstile.drivers import CannotOpen, Passage

BODY_BYTES_MAX: Final = 4096
_TOLD: Final = {True: Passage.PASSED, False: Passage.NOBODY, None: Passage.UNTOLD}


class _Said(msgspec.Struct, frozen=True):
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class WebTurnstile:
    """One call per opening, `timeout_s` for all of it. Follows no redirect, uses no proxy, keeps no connection."""

    method: str
    url: str
    header: tuple[str, str] | None
    timeout_s: float
    clock: Clock

    def turn(self, _stopping: Event) -> Passage:
        """Call; 2xx has opened, and a JSON body with "passed" true or false tells the rest. Raises CannotOpen."""
        try:
            status, body = self._call()
        except (OSError, http.client.HTTPException) as error:
            raise CannotOpen(
                f"{self._place} did not answer within {self.timeout_s:g} s ({type(error).__name__}); "
                "check the controller's power and network"
            ) from error
        if not 200 <= status < 300:
            raise CannotOpen(f"{self._place} answered {status}; check its address and what it wants in the header")
        return _TOLD[_passed(body)]

    def close(self) -> None:
        """Nothing is held open."""

    @property
    def _place(self) -> str:
        """The controller as it may be logged."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}{parts.path}"

    def _call(self) -> tuple[int, bytes]:
        parts, ends_s = urlsplit(self.url), self.clock.monotonic_s() + self.timeout_s
        connection = self._connection(parts.scheme, parts.hostname or "", parts.port)
        headers = {} if self.header is None else dict([self.header])
        try:
            connection.connect()
            with cut_after(ends_s - self.clock.monotonic_s(), connection.sock):
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request(self.method, target, headers={"User-Agent": "rallygate-kiosk", **headers})
                response = connection.getresponse()
                body = response.read(BODY_BYTES_MAX + 1)
        finally:
            connection.close()
        if self.clock.monotonic_s() >= ends_s:
            raise TimeoutError  # a header that was broken off reads like one that ended
        return response.status, body

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self.timeout_s, context=context)
        return http.client.HTTPConnection(host, port, timeout=self.timeout_s)


def _passed(body: bytes) -> bool | None:
    """What a body tells; one that is no such JSON tells nothing."""
    if len(body) > BODY_BYTES_MAX:
        return None
    try:
        return msgspec.json.decode(body, type=_Said).passed
    except msgspec.MsgspecError:
        return None
