"""TLS on the real transport: a good certificate is used, and of a bad one is said what is wrong and what to do."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from common.clock import SystemClock
from kiosk.sync import transport
from kiosk.sync.errors import Retry
from kiosk.sync.transport import HttpTransport

LOOPBACK = "127.0.0.1"
YEAR = timedelta(days=365)


def now() -> datetime:
    """Today: OpenSSL asks the machine, too."""
    return datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC)


class Authority:
    """A certificate authority of two minutes."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.path = folder / f"{name}.pem"
        made = self._builder(self.name, self.key, now() - YEAR, now() + YEAR)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.path.write_bytes(made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def certificate(self, address: str, begins: datetime, ends: datetime) -> Path:
        """A file with a key and its certificate for an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")]), key, begins, ends)
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        signed = made.add_extension(names, critical=False).sign(self.key, hashes.SHA256())
        path = self.folder / f"server-{signed.serial_number:x}.pem"
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        path.write_bytes(secret + signed.public_bytes(pem))
        return path

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, begins: datetime, ends: datetime
    ) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
        return made.not_valid_before(begins).not_valid_after(ends)


class Handler(BaseHTTPRequestHandler):
    """Answers every message."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", transport.COSE)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class QuietServer(ThreadingHTTPServer):
    """Who hangs up while TLS is being agreed on is no news here."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


Serve = Callable[[Path | None], HttpTransport]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "trusted")


@pytest.fixture
def serve(authority: Authority) -> Iterator[Serve]:
    """A server that shows this certificate (None: speaks no TLS), and a transport that trusts the authority."""
    servers: list[ThreadingHTTPServer] = []
    clients: list[HttpTransport] = []

    def start(certificate: Path | None) -> HttpTransport:
        server = QuietServer((LOOPBACK, 0), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        clients.append(HttpTransport(f"https://{LOOPBACK}:{server.server_port}", SystemClock()))
        clients[-1].session.verify = str(authority.path)
        return clients[-1]

    yield start
    for client in clients:
        client.close()
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_good_certificate_is_used_and_the_line_kept(serve: Serve, authority: Authority) -> None:
    client = serve(authority.certificate(LOOPBACK, now() - YEAR, now() + YEAR))
    assert [client.post("/x", b"m") for _ in range(3)] == [b"hello"] * 3


@pytest.mark.parametrize(
    ("begins", "ends", "says"),
    [(-2, -1, "has expired by this machine's clock; check the clock"), (1, 2, "not valid yet.*check the clock first")],
)
def test_what_may_be_the_clock_names_the_clock(
    serve: Serve, authority: Authority, begins: int, ends: int, says: str
) -> None:
    client = serve(authority.certificate(LOOPBACK, now() + begins * YEAR / 2, now() + ends * YEAR / 2))
    with pytest.raises(Retry, match=says):
        client.post("/x", b"m")


def test_a_certificate_of_another_host_is_told_as_that(serve: Serve, authority: Authority) -> None:
    client = serve(authority.certificate("192.0.2.7", now() - YEAR, now() + YEAR))
    with pytest.raises(Retry, match=r"of another name.*or the address is wrong"):
        client.post("/x", b"m")


def test_an_authority_nobody_knows_is_told_as_that(serve: Serve, tmp_path: Path) -> None:
    """As a captive portal that answers in the server's place."""
    client = serve(Authority(tmp_path, "portal").certificate(LOOPBACK, now() - YEAR, now() + YEAR))
    with pytest.raises(Retry, match=r"nobody this machine trusts.*sign in to the network"):
        client.post("/x", b"m")


def test_what_speaks_no_tls_at_all_is_told_as_that(serve: Serve) -> None:
    with pytest.raises(Retry, match="speaks no TLS"):
        serve(None).post("/x", b"m")
