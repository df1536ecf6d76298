"""The tests' own web server closes what it was given to send, also when whoever asked goes away in the middle."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import Flask, Response

from tests.support.served_app import served

PATIENCE_S = 10
RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, for 0 s: closing tells the other side at once


def test_an_answer_is_closed_though_the_browser_resets_the_line_behind_it() -> None:
    app, gone, closed = Flask("site"), threading.Event(), threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"x"
        assert gone.wait(PATIENCE_S)

    @app.get("/")
    def picture() -> Response:
        answer = Response(pieces(), headers={"Content-Length": "1"})
        answer.call_on_close(closed.set)
        return answer

    with served(app) as url:
        place = urlsplit(url)
        with socket.create_connection((place.hostname, place.port), PATIENCE_S) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: site\r\n\r\n")
            assert line.recv(1)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        gone.set()
        assert closed.wait(PATIENCE_S)
