"""A wire of ours between kiosks and a server: a TCP proxy that passes HTTP on, or loses, tears and repeats it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

PORTAL = b"<html><body>Welcome to the hotel. Please accept our terms.</body></html>"
HEAD_MAX = 64 * 1024
DRIP_BYTES = 64
DRIP_PAUSE_S = 0.02
DELAY_S = 0.7
HELD_S_MAX = 60.0


class Weather(StrEnum):
    """What the wire does to each request."""

    CLEAR = "clear"
    DELAY = "delay"  # the answer comes late
    LOST = "lost"  # the request never arrives; the connection ends
    UNANSWERED = "unanswered"  # the request arrives, its answer does not
    CUT = "cut"  # the answer ends in its middle
    STALL = "stall"  # nothing comes until the weather changes
    DRIP = "drip"  # the answer comes in small pieces
    TWICE = "twice"  # the request arrives twice, at the same time
    LATE = "late"  # the request arrives only after the next one
    REFUSE = "refuse"  # nobody takes the connection
    PORTAL = "portal"  # a page with status 200 instead


@dataclass
class Wire:
    """One proxy; `weather` may be changed at any time, and connections of before end then."""

    target: int
    weather: Weather = Weather.CLEAR
    requests: int = 0
    held: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen on loopback."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()

    @property
    def address(self) -> str:
        """Where kiosks call."""
        return f"http://127.0.0.1:{self.port}"

    def turn(self, weather: Weather) -> None:
        """From now on."""
        with self._changed:
            self.weather, self.requests = weather, 0
            self._changed.notify_all()
            for one in self._open:
                with_end(one)

    def met(self, count: int = 1, within_s: float = 30.0) -> bool:
        """Whether so many requests have met this weather in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.requests >= count, within_s)

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(line,), daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self.turn(Weather.REFUSE)
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _carry(self, line: socket.socket) -> None:
        with self._changed:
            self._open.add(line)
        try:
            with line:
                while self._one(line):
                    pass
        except OSError:
            return
        finally:
            with self._changed:
                self._open.discard(line)

    def _one(self, line: socket.socket) -> bool:
        """One request and its answer; whether the connection goes on."""
        weather = self.weather
        if weather is Weather.REFUSE:
            self._note()
            return False
        request = read_message(line)
        if not request:
            return False
        self._note()
        match weather:
            case Weather.LOST:
                return False
            case Weather.STALL:
                with self._changed:
                    self._changed.wait_for(lambda: self.weather is not Weather.STALL, HELD_S_MAX)
                return False
            case Weather.PORTAL:
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PORTAL))
                line.sendall(PORTAL)
                return True
            case Weather.LATE if not self.held:
                self.held.append(request)
                return False
        answers = self._passed_on(request, 2 if weather is Weather.TWICE else 1)
        self._deliver_late()
        return self._hand_back(line, answers, weather)

    def _note(self) -> None:
        with self._changed:
            self.requests += 1
            self._changed.notify_all()

    def _passed_on(self, request: bytes, times: int) -> bytes:
        """The server's answer; of several requests at the same time the first one's."""
        lines = [socket.create_connection(("127.0.0.1", self.target), 30) for _ in range(times)]
        try:
            for one in lines:
                one.sendall(request)
            answers = [read_message(one) for one in lines]
        finally:
            for one in lines:
                one.close()
        return answers[0]

    def _deliver_late(self) -> None:
        while self.held:
            self._passed_on(self.held.pop(), 1)

    def _hand_back(self, line: socket.socket, answer: bytes, weather: Weather) -> bool:
        match weather:
            case Weather.UNANSWERED:
                return False
            case Weather.CUT:
                line.sendall(answer[: max(1, len(answer) * 2 // 3)])
                return False
            case Weather.DRIP:
                for at in range(0, len(answer), DRIP_BYTES):
                    line.sendall(answer[at : at + DRIP_BYTES])
                    time.sleep(DRIP_PAUSE_S)
                return True
            case Weather.DELAY:
                time.sleep(DELAY_S)
        line.sendall(answer)
        return True


def with_end(line: socket.socket) -> None:
    """End a connection that may have ended already."""
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def read_message(line: socket.socket) -> bytes:
    """One whole HTTP message with its length in the head; empty if the other has closed."""
    raw = bytearray()
    while b"\r\n\r\n" not in raw and len(raw) < HEAD_MAX:
        piece = line.recv(65_536)
        if not piece:
            return b""
        raw += piece
    head, _, body = bytes(raw).partition(b"\r\n\r\n")
    lengths = [row.split(b":")[1] for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:")]
    wanted = int(lengths[0]) if lengths else 0
    while len(body) < wanted:
        piece = line.recv(min(65_536, wanted - len(body)))
        if not piece:
            return b""
        body += piece
    return head + b"\r\n\r\n" + body


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """A wire to a server on loopback."""
    wire = Wire(port)
    thread = threading.Thread(target=wire.serve, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.close()
        thread.join()
