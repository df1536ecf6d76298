"""The controller of a turnstile, as an HTTP server on this machine that answers well, badly, late, or not at all."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

DRIP_S = 0.05


class GateController:
    """`answers` are taken one after the other, the last one for ever: a status, `hang`, `drip`, or a body for a 200."""

    def __init__(self, *answers: int | str) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self.ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it opens."""
        return f"http://127.0.0.1:{self._server.server_port}/open?lane=3"

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Serve no more; what hangs is let go."""
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next_answer(self, method: str, path: str, headers: dict[str, str]) -> int | str:
        """What is answered to a call."""
        self.calls.append((method, path, headers))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        class Handler(_Handler):
            stand = self

        return Handler


class _Handler(BaseHTTPRequestHandler):
    stand: GateController

    def do_POST(self) -> None:
        """Any call."""
        answer = self.stand.next_answer(self.command, self.path, dict(self.headers.items()))
        if answer == "hang":
            self.stand.ended.wait(30)
        elif answer == "drip":
            self._drip()
        elif isinstance(answer, int):
            self._say(answer, b"")
        else:
            self._say(200, answer.encode())

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        """A header that never ends, byte by byte: each one begins a socket's timeout anew."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.stand.ended.wait(DRIP_S):
            self.wfile.write(b"x")
            self.wfile.flush()

    def handle(self) -> None:
        """A caller that goes away is no error here."""
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nobody reads it."""
