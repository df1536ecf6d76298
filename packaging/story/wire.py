"""A wire between a kiosk and the server that can be cut: a small TCP relay on loopback."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading

CHUNK_BYTES = 65_536
CONNECTIONS_MAX = 200


class Wire:
    """Passes bytes between whoever connects to `port` and 127.0.0.1:`target_port`, as long as it is whole."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._whole = threading.Event()
        self._whole.set()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closing = False
        self._thread = threading.Thread(target=self._accept, name="wire", daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Break every connection and refuse new ones, as when someone trips over the cable."""
        self._whole.clear()
        with self._lock:
            for end in tuple(self._open):
                _shut(end)

    def mend(self) -> None:
        """Let connections through again."""
        self._whole.set()

    def close(self) -> None:
        """Take the wire away. May be called twice."""
        self._closing = True
        self.cut()
        _shut(self._listener)
        self._listener.close()
        self._thread.join(2)

    def _accept(self) -> None:
        while not self._closing:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if not self._whole.is_set() or len(self._open) >= CONNECTIONS_MAX:
                near.close()
                continue
            threading.Thread(target=self._pass_on, args=(near,), name="wire-pair", daemon=True).start()

    def _pass_on(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._target_port), timeout=2)
        except OSError:
            near.close()
            return
        far.settimeout(None)
        with self._lock:
            self._open |= {near, far}
        try:
            _relay(near, far)
        finally:
            with self._lock:
                self._open -= {near, far}
            near.close()
            far.close()


def _relay(near: socket.socket, far: socket.socket) -> None:
    """Copy both ways until either end is done."""
    with selectors.DefaultSelector() as ready:
        ready.register(near, selectors.EVENT_READ, far)
        ready.register(far, selectors.EVENT_READ, near)
        while True:
            for key, _ in ready.select():
                source = key.fileobj
                if not isinstance(source, socket.socket) or not _copy(source, key.data):
                    return


def _copy(source: socket.socket, sink: socket.socket) -> bool:
    try:
        chunk = source.recv(CHUNK_BYTES)
        sink.sendall(chunk)
    except OSError:
        return False
    return bool(chunk)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was not connected any more, which is all we want
        end.shutdown(socket.SHUT_RDWR)
