"""The listener for kiosks of the LAN: a small HTTP server with a limit on everything, before any byte is believed.

Per address: connections, requests and bytes a second. In all: connections, and how long one may take. One request a
connection, so that nobody holds a place by saying nothing.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from common.clock import Clock
from kiosk.store.faults import StoreTrouble
from kiosk.sync.download import SNAPSHOT_PATH
from kiosk.sync.peer_desk import PeerDesk
from kiosk.sync.peer_messages import PEER_BYTES_MAX, PEER_PATH, PeerRefusal
from kiosk.sync.transport import COSE

CONNECTIONS_MAX: Final = 48
CONNECTIONS_PER_ADDRESS_MAX: Final = 8
REQUESTS_PER_S: Final = 30.0
REQUESTS_BURST: Final = 120.0
BYTES_PER_S: Final = 2.0 * 1024 * 1024
BYTES_BURST: Final = 8.0 * 1024 * 1024
MESSAGE_S_MAX: Final = 15.0  # for a whole request and its answer, however slowly it drips
FILE_S_MAX: Final = 300.0
SILENCE_S_MAX: Final = 5.0
ADDRESSES_MAX: Final = 1_000
_PIECE_BYTES: Final = 64 * 1024
_log = logging.getLogger("rallygate.kiosk.peers")


class Buckets:
    """How much of something each address may still take: a burst, then so much a second."""

    def __init__(self, clock: Clock, per_s: float, burst: float) -> None:
        self._clock, self._per_s, self._burst = clock, per_s, burst
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, address: str, amount: float) -> bool:
        """Whether the address may have so much now."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            left, at_s = self._left.get(address, (self._burst, now_s))
            left = min(self._burst, left + (now_s - at_s) * self._per_s)
            is_granted = left >= amount
            if len(self._left) >= ADDRESSES_MAX and address not in self._left:
                self._left.clear()
            self._left[address] = (left - amount if is_granted else left, now_s)
        return is_granted


class PeerServer(ThreadingHTTPServer):
    """Listens until `stop`."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = CONNECTIONS_MAX

    def __init__(self, host: str, port: int, desk: PeerDesk, clock: Clock) -> None:
        """Bind. Raises OSError where the address cannot be had."""
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.desk, self.clock = desk, clock
        self.requests = Buckets(clock, REQUESTS_PER_S, REQUESTS_BURST)
        self.bytes = Buckets(clock, BYTES_PER_S, BYTES_BURST)
        self._open: dict[socket.socket, tuple[str, float]] = {}
        self._lock = threading.Lock()
        super().__init__((host, port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.25,), name="peers", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Serve in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; what is under way is cut."""
        if self._thread.is_alive():
            self.shutdown()
        self.server_close()
        for connection in list(self._open):
            _cut(connection)

    def extend(self, connection: socket.socket, seconds: float) -> None:
        """A connection that sends a file may take longer."""
        with self._lock:
            if connection in self._open:
                self._open[connection] = (self._open[connection][0], self.clock.monotonic_s() + seconds)

    # --- http.server's hooks ----------------------------------------------------------------------

    def verify_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> bool:
        """Whether there is a place for another connection; it is closed without a word where there is none."""
        address = _address(client_address)
        if not isinstance(request, socket.socket) or not self.requests.take(address, 1):
            return False
        with self._lock:
            per_address = Counter(one for one, _ in self._open.values())
            if len(self._open) >= CONNECTIONS_MAX or per_address[address] >= CONNECTIONS_PER_ADDRESS_MAX:
                return False
            self._open[request] = (address, self.clock.monotonic_s() + MESSAGE_S_MAX)
        return True

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """A connection is over."""
        with self._lock:
            if isinstance(request, socket.socket):
                self._open.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Cut what takes too long; called four times a second."""
        now_s = self.clock.monotonic_s()
        with self._lock:
            overdue = [connection for connection, (_, until_s) in self._open.items() if until_s < now_s]
        for connection in overdue:
            _cut(connection)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - a hook's
        """A connection that broke is nothing to print."""
        _log.debug("a connection of %s broke", _address(client_address), exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: PeerServer
    protocol_version = "HTTP/1.1"
    server_version = "rallygate-kiosk"
    sys_version = ""
    timeout = SILENCE_S_MAX

    def do_POST(self) -> None:
        """An exchange."""
        with self._refusals():
            if self.path != PEER_PATH:
                raise PeerRefusal(404, "there is nothing here")
            self._send(200, COSE, self.server.desk.answer(self._body()))

    def do_GET(self) -> None:
        """A snapshot's file by its hash, or its rest."""
        with self._refusals():
            name = self.path.removeprefix(SNAPSHOT_PATH)
            if name == self.path or len(name) != 64 or not set(name) <= set("0123456789abcdef"):
                raise PeerRefusal(404, "there is nothing here")
            path = self.server.desk.file(bytes.fromhex(name))
            if path is None:
                raise PeerRefusal(404, "this snapshot's file is not here")
            self._send_file(path)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Nothing on standard error: the headless kiosk's belongs to people."""
        _log.debug(format, *args)

    def _body(self) -> bytes:
        text = self.headers.get("Content-Length", "")
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise PeerRefusal(411, "say how long the message is")
        size = int(text)
        if size > PEER_BYTES_MAX:
            raise PeerRefusal(413, f"a message may have {PEER_BYTES_MAX} bytes")
        if not self.server.bytes.take(_address(self.client_address), size):
            raise PeerRefusal(429, "too much at once; ask again in a few seconds")
        return self.rfile.read(size)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        self.close_connection = True
        try:
            yield
        except PeerRefusal as refusal:
            self._tell(refusal.status, str(refusal))
        except StoreTrouble as trouble:
            _log.warning("a peer could not be answered: %s", trouble)
            self._tell(503, "this kiosk has trouble with its disk")

    def _tell(self, status: int, what: str) -> None:
        content = json.dumps({"title": "not answered", "detail": what, "status": status}).encode()
        self._send(status, "application/problem+json", content)

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def _send_file(self, path: Path) -> None:
        with path.open("rb") as file:
            size = path.stat().st_size
            first = self._first(size)
            self.server.extend(self.connection, FILE_S_MAX)
            self.send_response(206 if first else 200)
            self.send_header("Content-Type", "application/zstd")
            self.send_header("Content-Length", str(size - first))
            if first:
                self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
            self.send_header("Connection", "close")
            self.end_headers()
            file.seek(first)
            while piece := file.read(_PIECE_BYTES):
                self.wfile.write(piece)

    def _first(self, size: int) -> int:
        """Where the caller goes on, by a header `Range: bytes=N-`; 0 for anything else."""
        text = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
        first = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
        return first if first < size else 0


def _address(client_address: object) -> str:
    return str(client_address[0]) if isinstance(client_address, tuple) and client_address else "?"


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):  # it is being cut: that it is gone already is as good
        connection.shutdown(socket.SHUT_RDWR)
