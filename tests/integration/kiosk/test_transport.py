"""Odd HTTP answers: each is a named error in bounded time, whatever is said with status 200."""

from __future__ import annotations

import collections
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partialmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from common.clock import ManualClock, SystemClock
from kiosk.sync import transport
from kiosk.sync.errors import Refused, Retry, SyncError, SyncWhy, TooMuch
from kiosk.sync.patience import Patience
from kiosk.sync.transport import HttpTransport

Speak = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def serving() -> Iterator[Callable[[Speak], HttpTransport]]:
    servers: list[ThreadingHTTPServer] = []
    clients: list[HttpTransport] = []

    def start(speak: Speak) -> HttpTransport:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                speak(self)

            def do_GET(self) -> None:
                speak(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        clients.append(HttpTransport(f"http://127.0.0.1:{server.server_port}", SystemClock()))
        return clients[-1]

    yield start
    for client in clients:
        client.close()
    for server in servers:
        server.shutdown()
        server.server_close()


def saying(status: int, kind: str, body: bytes, **headers: str) -> Speak:
    def speak(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return speak


PROBLEM = b'{"type":"about:blank","title":"No","detail":"the code was used"}'


@pytest.mark.parametrize(
    ("speak", "error", "says"),
    [
        pytest.param(saying(200, "text/html", b"<html>Log in</html>"), Retry, "sign in", id="captive portal"),
        pytest.param(saying(302, "text/html", b"", Location="http://127.0.0.1:1/"), Retry, "302", id="redirect"),
        pytest.param(saying(413, "text/html", b"too large"), TooMuch, "smaller", id="413"),
        pytest.param(saying(500, "text/plain", b"oops"), TooMuch, "500", id="500"),
        pytest.param(saying(403, "text/html", b"<html>blocked</html>"), Retry, "403", id="a proxy's 403"),
        pytest.param(saying(403, "application/problem+json", PROBLEM), Refused, "the code was used", id="our 403"),
        pytest.param(saying(403, "application/problem+json", b"[1"), Refused, "no reason", id="a broken problem"),
        pytest.param(saying(204, "application/cose", b""), Retry, "204", id="an odd success"),
    ],
)
def test_odd_answers_are_named(
    serving: Callable[[Speak], HttpTransport], speak: Speak, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        serving(speak).post("/x", b"message")


@pytest.mark.parametrize(
    ("speak", "why"),
    [
        (saying(200, "text/html", b"<html>Log in</html>"), SyncWhy.STRANGE),
        (saying(302, "text/html", b"", Location="http://127.0.0.1:1/"), SyncWhy.STRANGE),
        (saying(500, "text/plain", b"oops"), SyncWhy.SERVER),
        (saying(503, "text/plain", b""), SyncWhy.SERVER),
        (saying(403, "application/problem+json", b'{"code":"code_used"}'), SyncWhy.CODE_USED),
        (saying(403, "application/problem+json", b'{"code":"code_unknown"}'), SyncWhy.CODE_UNKNOWN),
        (saying(409, "application/problem+json", b'{"code":"other_version"}'), SyncWhy.VERSION),
        (saying(403, "application/problem+json", b'{"code":"of a later server"}'), SyncWhy.REFUSED),
        (saying(403, "application/problem+json", b"[1"), SyncWhy.REFUSED),
    ],
)
def test_why_it_failed_is_a_word_that_screens_have_a_text_for(
    serving: Callable[[Speak], HttpTransport], speak: Speak, why: SyncWhy
) -> None:
    with pytest.raises(SyncError) as caught:
        serving(speak).post("/x", b"message")
    assert caught.value.why is why


def test_a_server_that_nobody_is_at_cannot_be_reached() -> None:
    client = HttpTransport("http://127.0.0.1:1", SystemClock())
    with pytest.raises(Retry) as caught:
        client.post("/x", b"message")
    client.close()
    assert caught.value.why is SyncWhy.UNREACHABLE


@pytest.mark.parametrize(
    ("days", "trusted", "why"),
    [
        ((-20, -10), True, SyncWhy.CLOCK),
        ((10, 20), True, SyncWhy.CLOCK),
        ((-10, 10), False, SyncWhy.CERTIFICATE),
    ],
)
def test_a_certificate_that_is_over_is_the_clocks_matter_and_a_strange_one_the_admins(
    tmp_path: Path, days: tuple[int, int], trusted: bool, why: SyncWhy
) -> None:
    """Over a real handshake: the reason lies some exceptions deep."""
    pem = self_signed(tmp_path / "server.pem", *days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = QuietServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = HttpTransport(f"https://127.0.0.1:{server.server_port}", SystemClock())
    if trusted:
        client.session.verify = str(pem)
    try:
        with pytest.raises(Retry) as caught:
            client.post("/x", b"message")
        assert caught.value.why is why
    finally:
        client.close()
        server.shutdown()
        server.server_close()


class QuietServer(ThreadingHTTPServer):
    """A handshake that fails is what is asked for: nothing to print."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


def self_signed(path: Path, from_days: int, until_days: int) -> Path:
    """A certificate of 127.0.0.1 with its key, valid from and until so many days from today."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gate")])
    now = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC)
    address = x509.IPAddress(ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now + timedelta(days=from_days))
        .not_valid_after(now + timedelta(days=until_days))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    whole = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    path.write_bytes(whole)
    return path


def test_a_good_answer_arrives_whole(serving: Callable[[Speak], HttpTransport]) -> None:
    assert serving(saying(200, "application/cose", b"a" * 300_000)).post("/x", b"m") == b"a" * 300_000


def test_a_retry_after_is_kept(serving: Callable[[Speak], HttpTransport]) -> None:
    with pytest.raises(Retry) as caught:
        serving(saying(503, "text/plain", b"", Retry_After="7")).post("/x", b"m")
    assert caught.value.retry_after_s == 7


def test_a_truncated_answer_is_a_retry(serving: Callable[[Speak], HttpTransport]) -> None:
    def speak(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/cose")
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"only this")

    with pytest.raises(Retry, match="broke off"):
        serving(speak).post("/x", b"m")


def test_a_slow_drip_ends_in_bounded_time(
    serving: Callable[[Speak], HttpTransport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MESSAGE_TIMEOUT_S", 0.5)

    def speak(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/cose")
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(40):
            try:
                handler.wfile.write(b"x")
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(0.1)

    started_s = time.monotonic()
    with pytest.raises(Retry, match="slow"):
        serving(speak).post("/x", b"m")
    assert time.monotonic() - started_s < 3


def test_an_endless_answer_is_cut_off(
    serving: Callable[[Speak], HttpTransport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MESSAGE_BYTES_MAX", 10_000)
    with pytest.raises(Retry, match="more than"):
        serving(saying(200, "application/cose", b"x" * 200_000)).post("/x", b"m")


def test_nobody_there_is_a_retry() -> None:
    client = HttpTransport("http://127.0.0.1:1", SystemClock())
    with pytest.raises(Retry, match="cannot be reached"):
        client.post("/x", b"m")
    client.close()


def drip(handler: BaseHTTPRequestHandler, piece: bytes) -> None:
    """The same bytes again and again, for 20 s or until the other side hangs up."""
    for _ in range(200):
        try:
            handler.wfile.write(piece)
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.1)


def test_headers_that_drip_end_in_bounded_time(
    serving: Callable[[Speak], HttpTransport], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte alone is in time, so no time-out between two reads would ever end it."""
    monkeypatch.setattr(transport, "MESSAGE_TIMEOUT_S", 0.5)

    def speak(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Endless: ")
        drip(handler, b"x")

    client, started_s = serving(speak), time.monotonic()
    with pytest.raises(Retry, match="slow"):
        client.post("/x", b"m")
    assert time.monotonic() - started_s < 10


def dripping_file(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    drip(handler, b"y" * 10)


def test_a_file_that_drips_is_cut_by_its_least_rate_and_what_came_is_kept(
    serving: Callable[[Speak], HttpTransport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Patience, "__init__", partialmethod(Patience.__init__, window_s=0.5))
    came, started_s = bytearray(), time.monotonic()
    pieces = serving(dripping_file).get("/file", 0).pieces
    with pytest.raises(Retry, match="slow"):
        collections.deque(map(came.extend, pieces), maxlen=0)
    assert 0 < len(came) < 1_000
    assert time.monotonic() - started_s < 10


def test_a_connection_is_used_again_with_its_whole_patience(
    serving: Callable[[Speak], HttpTransport], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MESSAGE_TIMEOUT_S", 5.0)
    client = serving(saying(200, "application/cose", b"a" * 10))
    assert [client.post("/x", b"m" * 100_000) for _ in range(3)] == [b"a" * 10] * 3


@pytest.mark.parametrize(
    ("status", "kind"), [(404, "text/html"), (401, "text/html"), (404, "application/problem+json")]
)
def test_a_proxys_404_is_tried_again_and_the_servers_own_is_an_answer(
    serving: Callable[[Speak], HttpTransport], status: int, kind: str
) -> None:
    error = Refused if "problem" in kind else Retry
    with pytest.raises(error, match=str(status)):
        serving(saying(status, kind, PROBLEM)).post("/x", b"m")


def test_patience_is_a_least_rate_and_a_time_in_all() -> None:
    clock = ManualClock(0)
    patience = Patience(clock, 100.0, 1_000, 15.0)
    for _ in range(6):
        patience.came(2_000)
        clock.advance(16)
        assert not patience.is_over
        patience.came(1)
    assert patience.left_s() == 4.0
    clock.advance(4)
    assert patience.is_over
    slow = Patience(clock, 100.0, 1_000, 15.0)
    slow.came(999)
    assert slow.left_s() == 15.0
    clock.advance(15)
    assert slow.is_over
