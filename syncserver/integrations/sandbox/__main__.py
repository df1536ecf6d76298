"""`python -m syncserver.integrations.sandbox`: the gateway as a process."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from common.clock import SystemClock
from common.errors import BadInput, UserFacing
from syncserver.integrations.sandbox.bank import Bank
from syncserver.integrations.sandbox.book import Book
from syncserver.integrations.sandbox.gateway import LATE_S_DEFAULT, Gateway, create_gateway
from syncserver.integrations.sandbox.wire import api_key, webhook_key

SECRET_VARIABLE = "RALLYGATE_SANDBOX_SECRET"
SECRET_CHARS_MIN = 16


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        _serve(options.host, options.port, options.book, options.late_seconds, _secret())
    except UserFacing as error:
        sys.stderr.write(f"sandbox gateway: {error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m syncserver.integrations.sandbox",
        description="A payment gateway for demos and tests: no money moves. Prints its address as JSON when ready.",
        epilog=f"{SECRET_VARIABLE} (or {SECRET_VARIABLE}_FILE) holds the secret it shares with the shop.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=8090, help="port to listen on, 0 for a free one (default: %(default)s)"
    )
    parser.add_argument("--book", type=Path, required=True, help="file that keeps all payments")
    parser.add_argument(
        "--late-seconds", type=float, default=LATE_S_DEFAULT, help="how late a late payment is (default: %(default)s)"
    )
    return parser


def _secret() -> str:
    path = os.environ.get(f"{SECRET_VARIABLE}_FILE")
    secret = Path(path).read_text(encoding="utf-8").strip() if path else os.environ.get(SECRET_VARIABLE, "")
    if len(secret) < SECRET_CHARS_MIN:
        raise BadInput(
            f"set {SECRET_VARIABLE} or {SECRET_VARIABLE}_FILE to a secret of {SECRET_CHARS_MIN} characters or more"
        )
    return secret


def _serve(host: str, port: int, book_path: Path, late_s: float, secret: str) -> None:
    clock, book = SystemClock(), Book(book_path)
    server = _listen(host, port)
    base_url = f"http://{host}:{server.server_port}"
    server.app = create_gateway(Gateway(book, clock, api_key(secret), base_url, late_s))
    bank = Bank(book, webhook_key(secret), clock)
    bank.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the loop to end, so it must not be called from the loop's own thread.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stdout.write(json.dumps({"ready": base_url}) + "\n")
    sys.stdout.flush()
    server.serve_forever()
    bank.stop()
    book.close()


def _listen(host: str, port: int) -> BaseWSGIServer:
    # werkzeug ends the process by itself when the port is taken; asking first lets us say what to do.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadInput(f"{host}:{port} cannot be used ({error.strerror}): give another --port, or 0") from error
    return make_server(host, port, Flask(__name__), threaded=True)


if __name__ == "__main__":
    sys.exit(main())
