"""A mail server on this machine that notes what it was told on each line, and can end a line like real ones do."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class MailServer:
    """What it does and what it heard. `lines`: the commands of each connection, in the order they came."""

    url: str = ""
    mails_per_line: int = 1_000  # then it says 421 to whatever comes
    refuses: str = ""  # a command it answers with 550
    hangs_up_after: str = ""  # a command after which it is gone
    lines: list[list[str]] = field(default_factory=list)

    def mails(self) -> list[int]:
        """How many mails came on each line."""
        return [line.count("DATA") for line in self.lines]


class _Talk(socketserver.StreamRequestHandler):
    server: _Listening

    def handle(self) -> None:
        book, heard = self.server.book, list[str]()
        book.lines.append(heard)
        self._say("220 ready")
        while raw := self.rfile.readline():
            word = raw.split()[0].decode().upper()
            heard.append(word)
            if word == book.hangs_up_after:
                return
            if not self._answer(word, heard.count("DATA") > book.mails_per_line - (word == "NOOP")):
                return

    def _answer(self, word: str, is_over: bool) -> bool:
        """Say what belongs there; whether the line goes on."""
        if is_over:
            self._say("421 too many on one line")
        elif word == self.server.book.refuses:
            self._say("550 no")
        elif word == "DATA":
            self._say("354 go on")
            while self.rfile.readline() != b".\r\n":
                pass
            self._say("250 kept")
        else:
            self._say("221 bye" if word == "QUIT" else "250 well")
        return word != "QUIT" and not is_over

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Listening(socketserver.ThreadingTCPServer):
    daemon_threads = True
    book: MailServer


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """It listens within the block."""
    with _Listening(("127.0.0.1", 0), _Talk) as server:
        server.book = MailServer(f"smtp://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.book
        finally:
            server.shutdown()
            thread.join()
