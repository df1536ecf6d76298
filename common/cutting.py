"""An end for a connection, however slowly its bytes drip: a socket's own time-out begins anew with each of them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cut_after(seconds: float, line: socket.socket) -> Iterator[None]:
    """End the block's reads and writes after so long, whatever has come until then."""
    watch = threading.Timer(max(0.0, seconds), _cut, (line,))
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _cut(line: socket.socket) -> None:
    with suppress(OSError):  # over already
        socket.socket.shutdown(line, socket.SHUT_RDWR)  # TLS would first forget its state, while another thread reads
