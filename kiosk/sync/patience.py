"""An HTTP answer has an end: a time for all of it, headers too, however slowly its bytes drip; a file has a least rate.

A socket's own time-out begins anew with each byte. Whoever says one byte every ten seconds (a portal, a peer with bad
intentions) would hold a thread of sync for hours.
"""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any, BinaryIO, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from common.clock import Clock

_here = threading.local()  # the patience with which this thread is asking


@dataclass
class Patience:
    """How long one answer may take: `within_s` in all, and `least_bytes` in every `window_s`, where there are any."""

    clock: Clock
    within_s: float
    least_bytes: int = 0
    window_s: float = 15.0

    def __post_init__(self) -> None:
        """It begins now."""
        self._began_s = self._window_began_s = self.clock.monotonic_s()
        self._came = 0

    @property
    def is_over(self) -> bool:
        """Whether it was too slow."""
        return self.left_s() <= 0

    def left_s(self) -> float:
        """How long the next bytes may take; 0 or less: it is over."""
        now_s = self.clock.monotonic_s()
        left_s = self._began_s + self.within_s - now_s
        if self._came < self.least_bytes:
            left_s = min(left_s, self._window_began_s + self.window_s - now_s)
        return left_s

    def came(self, count: int) -> None:
        """So many bytes came."""
        self._came += count
        now_s = self.clock.monotonic_s()
        if self._came >= self.least_bytes and now_s - self._window_began_s >= self.window_s:
            self._came, self._window_began_s = 0, now_s


@contextmanager
def asking(patience: Patience) -> Iterator[None]:
    """The answer that begins in here, on this thread, is read with this patience to its end."""
    _here.patience = patience
    try:
        yield
    finally:
        _here.patience = None


def bounded_session() -> requests.Session:
    """A session whose answers end."""
    session = requests.Session()
    session.mount("http://", _Adapter())
    session.mount("https://", _Adapter())
    return session


class _Reading(io.RawIOBase):
    """The bytes of one answer, as long as there is patience."""

    def __init__(self, sock: socket.socket, patience: Patience) -> None:
        self._sock, self._patience = sock, patience
        self._silence_s = sock.gettimeout()
        self._bytes: BinaryIO = sock.makefile("rb", buffering=0)  # type: ignore[assignment]

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - as the standard library has it
        """The next bytes. Raises TimeoutError."""
        left_s = self._patience.left_s()
        if left_s <= 0:
            raise TimeoutError("the answer takes too long")
        silence_s = self._silence_s
        self._sock.settimeout(left_s if silence_s is None else min(left_s, silence_s))
        try:
            count = self._bytes.readinto(buffer)  # type: ignore[attr-defined]
        finally:
            self._sock.settimeout(silence_s)  # the connection is used again
        self._patience.came(count or 0)
        return int(count)

    def close(self) -> None:
        """Let go of the socket."""
        self._bytes.close()
        super().close()


class _Line:
    """A socket as the standard library's response wants it: something to make a file of."""

    def __init__(self, sock: socket.socket, patience: Patience) -> None:
        self._sock, self._patience = sock, patience

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reading(self._sock, self._patience))


class _Response(HTTPResponse):
    """An answer read with the patience of whoever asks."""

    def __init__(self, sock: socket.socket, *args: Any, **more: Any) -> None:  # noqa: ANN401 - handed on
        patience: Patience | None = getattr(_here, "patience", None)
        line = sock if patience is None else _Line(sock, patience)
        super().__init__(line, *args, **more)  # type: ignore[arg-type]


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS: Final = {"http": _Pool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 - handed on
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = dict(_POOLS)
