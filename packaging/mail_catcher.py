"""A mail server for demos and tests: keeps every mail as a file and shows them on a small page. Sends nothing on."""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import secrets
import signal
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

from aiosmtpd.smtp import SMTP, Envelope, Session

MAIL_BYTES_MAX = 30 * 1024 * 1024
SHOWN_MAX = 200


class Keeper:
    """Writes mails into a folder; a mail is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._number = folder, len(list(folder.glob("*.eml")))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002 - aiosmtpd's
        """Keep one mail."""
        content = envelope.content or b""
        data = content if isinstance(content, bytes) else content.encode()
        self._number += 1
        name = f"{self._number:05d}-{secrets.token_hex(3)}"
        part = self._folder / f"{name}.part"
        part.write_bytes(data)
        part.rename(self._folder / f"{name}.eml")
        return "250 kept"


class Pages(BaseHTTPRequestHandler):
    """The list of mails, and each mail with its parts."""

    def __init__(self, folder: Path, *more: object) -> None:
        self._folder = folder
        super().__init__(*more)  # type: ignore[arg-type]  # the server's own arguments

    def do_GET(self) -> None:
        """Answer."""
        steps = [unquote(step) for step in self.path.split("?")[0].split("/") if step]
        found = self._find(steps)
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        kind, body = found
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header(
            "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
        )
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal belongs to the demo."""

    def _find(self, steps: list[str]) -> tuple[str, bytes] | None:
        if not steps:
            return "text/html; charset=utf-8", _index(self._folder).encode()
        path = self._folder / f"{steps[0]}.eml"
        if "/" in steps[0] or not path.is_file():
            return None
        message = _read(path)
        if len(steps) == 1:
            return "text/html; charset=utf-8", _mail(steps[0], message).encode()
        return _part(message, steps[1])


def _read(path: Path) -> EmailMessage:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    if not isinstance(message, EmailMessage):
        raise TypeError(f"{path.name} is no mail")
    return message


def _part(message: EmailMessage, number: str) -> tuple[str, bytes] | None:
    parts = list(message.walk())
    if not number.isdigit() or int(number) >= len(parts):
        return None
    body = parts[int(number)].get_payload(decode=True)
    kind = parts[int(number)].get_content_type()
    return (f"{kind}; charset=utf-8" if kind.startswith("text/") else kind, body) if isinstance(body, bytes) else None


def _index(folder: Path) -> str:
    rows = []
    for path in sorted(folder.glob("*.eml"), reverse=True)[:SHOWN_MAX]:
        message = _read(path)
        cells = "".join(f"<td>{html.escape(str(message.get(name, '')))}</td>" for name in ("Date", "To"))
        rows.append(f'<tr>{cells}<td><a href="/{path.stem}">{html.escape(str(message["Subject"]))}</a></td></tr>')
    return _page("Mails", f"<table>{''.join(rows)}</table>" if rows else "<p>No mail yet.</p>")


def _mail(name: str, message: EmailMessage) -> str:
    text = message.get_body(("plain",))
    links = "".join(
        f'<li><a href="/{name}/{number}">{html.escape(part.get_filename() or part.get_content_type())}</a></li>'
        for number, part in enumerate(message.walk())
        if not part.is_multipart()
    )
    body = html.escape(text.get_content() if text else "")
    return _page(str(message["Subject"]), f'<p><a href="/">All mails</a></p><ul>{links}</ul><pre>{body}</pre>')


def _page(title: str, body: str) -> str:
    style = (
        ":root{color-scheme:light dark}"
        "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "td{padding:.3rem 1rem .3rem 0}pre{white-space:pre-wrap}"
    )
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
    )
    return f"<!doctype html><html lang=en>{head}<style>{style}</style><h1>{html.escape(title)}</h1>{body}</html>"


async def _serve(folder: Path, host: str, smtp_port: int, http_port: int) -> None:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    keeper = Keeper(folder)
    make = partial(SMTP, keeper, data_size_limit=MAIL_BYTES_MAX, enable_SMTPUTF8=True, loop=loop)
    smtp = await loop.create_server(make, host, smtp_port)
    web = ThreadingHTTPServer((host, http_port), partial(Pages, folder))
    Thread(target=web.serve_forever, daemon=True).start()
    ready = {"smtp": f"smtp://{host}:{smtp.sockets[0].getsockname()[1]}", "ready": f"http://{host}:{web.server_port}"}
    print(json.dumps(ready), flush=True)
    await stopping.wait()
    web.shutdown()
    smtp.close()


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(
        description="Catches mails: writes each as a .eml file and shows them on a page. Prints its addresses as JSON."
    )
    parser.add_argument("--folder", type=Path, required=True, help="where mails are kept")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--smtp-port", type=int, default=8025, help="0 for a free one (default: %(default)s)")
    parser.add_argument("--http-port", type=int, default=8026, help="0 for a free one (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_serve(options.folder, options.host, options.smtp_port, options.http_port))
    except OSError as error:
        sys.stderr.write(f"mail catcher: {error.strerror}: choose other ports with --smtp-port and --http-port\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
