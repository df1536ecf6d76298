"""Bytes to and from the server, with a limit on everything. What the bytes mean is others' business."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec
import requests
import urllib3

from common.clock import Clock
from common.exchange import MESSAGE_BYTES_MAX
from kiosk.sync.errors import Refused, Retry, SyncWhy, TooMuch
from kiosk.sync.patience import Patience, asking, bounded_session

COSE: Final = "application/cose"
CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 15.0  # between two reads
MESSAGE_TIMEOUT_S: Final = 60.0  # for a whole answer, headers too, however slowly it drips
FILE_TIMEOUT_S: Final = 600.0  # for a file; it goes on where it was
FILE_LEAST_BYTES: Final = 16 * 1024  # in 15 s; slower lines bring messages better
PIECE_BYTES: Final = 64 * 1024
PROBLEM_BYTES_MAX: Final = 64 * 1024
_TOO_MUCH: Final = frozenset({400, 413, 500, 502, 504})  # may be the fault of one entry in the message
_NO: Final = frozenset({401, 403, 404, 405, 409, 410, 422})
_IN_TROUBLE: Final = frozenset({429, 500, 502, 503, 504})
LAYERS_MAX: Final = 6  # of exceptions around what TLS said
_BY_THE_CLOCK: Final = frozenset({9, 10})  # OpenSSL: a certificate not valid yet, or over
_WHY_REFUSED: Final = {
    "code_unknown": SyncWhy.CODE_UNKNOWN,
    "code_used": SyncWhy.CODE_USED,
    "other_version": SyncWhy.VERSION,
}


class _Problem(msgspec.Struct, frozen=True):
    title: str = ""
    detail: str = ""
    code: str = ""  # stable, for programs


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file from `first` on; `pieces` may raise Retry half-way."""

    first: int
    pieces: Iterator[bytes]


class Transport(Protocol):
    """How messages travel: HTTPS, or in tests a WSGI application called directly."""

    def post(self, path: str, body: bytes) -> bytes:
        """The answer to a message. Raises Retry, TooMuch, Refused."""
        ...

    def get(self, path: str, first: int) -> Part:
        """A file from byte `first` on, or from 0 where the server cannot go on. Raises Retry, Refused."""
        ...

    def put(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Upload a file. Raises Retry, Refused."""
        ...


@dataclass
class HttpTransport:
    """HTTP by the requests library. Follows no redirects: a captive portal's would lead astray."""

    address: str
    clock: Clock
    session: requests.Session = field(default_factory=bounded_session)
    connect_s: float = CONNECT_TIMEOUT_S
    read_s: float = READ_TIMEOUT_S

    def __post_init__(self) -> None:
        """Take nothing from the machine's environment: a proxy or .netrc meant for people is not for us."""
        self.session.trust_env = False
        self.session.headers["User-Agent"] = "rallygate-kiosk"
        self.session.headers["Accept-Encoding"] = "identity"  # files are compressed, messages short

    def post(self, path: str, body: bytes) -> bytes:
        """The answer to a message. Raises Retry, TooMuch, Refused."""
        patience = Patience(self.clock, MESSAGE_TIMEOUT_S)
        with self._ask("POST", path, body, {"Content-Type": COSE, "Accept": COSE}, patience) as response:
            self._require_success(response, (200,), patience)
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if kind != COSE:
                what = f"{self.address} answered with {kind or 'no type'} instead of {COSE}: {_STRANGE}"
                raise Retry(what, why=SyncWhy.STRANGE)
            return b"".join(self._pieces(response, MESSAGE_BYTES_MAX, patience))

    def get(self, path: str, first: int) -> Part:
        """A file from byte `first` on. Raises Retry, Refused."""
        headers = {"Range": f"bytes={first}-"} if first else {}
        patience = Patience(self.clock, FILE_TIMEOUT_S, FILE_LEAST_BYTES)
        response = self._ask("GET", path, None, headers, patience)
        try:
            self._require_success(response, (200, 206), patience)
            start = _start_of(response, first)
        except BaseException:
            response.close()
            raise
        return Part(start, self._closing(response, patience))

    def put(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Upload a file. Raises Retry, Refused."""
        patience = Patience(self.clock, FILE_TIMEOUT_S)
        with self._ask("PUT", path, body, {"Content-Type": "application/zstd", **headers}, patience) as response:
            self._require_success(response, (200, 201, 202, 204), patience)

    def close(self) -> None:
        """Close kept connections."""
        self.session.close()

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], patience: Patience
    ) -> requests.Response:
        try:
            with asking(patience):
                return self.session.request(
                    method,
                    f"{self.address}{path}",
                    data=body,
                    headers=dict(headers),
                    timeout=(self.connect_s, self.read_s),
                    allow_redirects=False,
                    stream=True,
                )
        except requests.exceptions.SSLError as error:
            raise Retry(f"{self.address} {tls_trouble(error)}", why=_why_no_tls(error)) from error
        except (requests.RequestException, OSError, ValueError) as error:
            if patience.is_over:
                raise Retry(self._too_slow(), why=SyncWhy.SLOW) from error
            what = f"{self.address} cannot be reached ({_short(error)}); check the network"
            raise Retry(what, why=SyncWhy.UNREACHABLE) from error

    def _closing(self, response: requests.Response, patience: Patience) -> Iterator[bytes]:
        with response:
            yield from self._pieces(response, None, patience)

    def _too_slow(self) -> str:
        return f"{self.address} took too long for its answer; the network is slow, tried again soon"

    def _pieces(self, response: requests.Response, most: int | None, patience: Patience) -> Iterator[bytes]:
        total = 0
        try:
            # read1 gives what is there; iter_content would wait for a full piece, however slowly it drips.
            while piece := response.raw.read1(PIECE_BYTES):
                total += len(piece)
                if most is not None and total > most:
                    what = f"{self.address} answered with more than {most} bytes: {_STRANGE}"
                    raise Retry(what, why=SyncWhy.STRANGE)
                if patience.is_over:
                    raise Retry(self._too_slow(), why=SyncWhy.SLOW)
                yield piece
        except (urllib3.exceptions.HTTPError, OSError) as error:
            what = f"{self.address} broke off ({_short(error)}); tried again soon"
            raise Retry(self._too_slow() if patience.is_over else what, why=SyncWhy.SLOW) from error

    def _require_success(self, response: requests.Response, good: tuple[int, ...], patience: Patience) -> None:
        status = response.status_code
        if status in good:
            return
        what = f"{self.address} answered {status}"
        if status in _NO and _is_problem(response):
            problem = self._problem(response, patience)
            said = (problem.detail or problem.title or "no reason given")[:300]
            raise Refused(f"{what}: {said}", _WHY_REFUSED.get(problem.code, SyncWhy.REFUSED))
        why = SyncWhy.SERVER if status in _IN_TROUBLE else SyncWhy.STRANGE
        if status in _TOO_MUCH:
            raise TooMuch(f"{what}; tried again in smaller pieces", _retry_after_s(response), why)
        raise Retry(f"{what}: {_STRANGE}", _retry_after_s(response), why)

    def _problem(self, response: requests.Response, patience: Patience) -> _Problem:
        """What the server says of it (RFC 9457)."""
        raw = b"".join(self._pieces(response, PROBLEM_BYTES_MAX, patience))
        try:
            return msgspec.json.decode(raw, type=_Problem)
        except msgspec.MsgspecError:
            return _Problem()


_STRANGE = "something between this kiosk and the server answers in its place; sign in to the network or use another"


def _start_of(response: requests.Response, asked: int) -> int:
    """Where the bytes of an answer begin: a server without ranges sends all of it."""
    if response.status_code == 200:
        return 0
    span = response.headers.get("Content-Range", "")
    if not span.startswith(f"bytes {asked}-"):
        raise Retry(f"asked for bytes from {asked} on, got {span or 'an unnamed part'}: {_STRANGE}")
    return asked


def _is_problem(response: requests.Response) -> bool:
    """Whether our server speaks: a portal's 403 is a page, not a problem document."""
    return response.headers.get("Content-Type", "").startswith("application/problem+json")


def _retry_after_s(response: requests.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return min(float(text), 600.0) if text.isascii() and text.isdigit() else None


def tls_trouble(error: Exception) -> str:
    """What is wrong with the server's certificate, and what to do: a wrong clock makes a good one look expired."""
    said = str(error)
    if "certificate has expired" in said:
        return "shows a certificate that has expired by this machine's clock; check the clock, then the certificate"
    if "not yet valid" in said:
        return "shows a certificate that is not valid yet by this machine's clock; check the clock first"
    if "doesn't match" in said or "not valid for" in said or "mismatch" in said:
        return f"shows a certificate of another name: {_STRANGE}; or the address is wrong"
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return (
            f"shows a certificate that nobody this machine trusts has signed: {_STRANGE}; or its issuer is missing here"
        )
    return f"speaks no TLS this machine understands ({_short(error)}): {_STRANGE}"


def _why_no_tls(error: BaseException) -> SyncWhy:
    """Whether the server's certificate is the trouble, or this machine's clock."""
    found = _certificate_error(error)
    return SyncWhy.CLOCK if found is not None and found.verify_code in _BY_THE_CLOCK else SyncWhy.CERTIFICATE


def _certificate_error(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """It lies some layers below what `requests` raises, as a cause, a reason, or an argument."""
    seen: list[object] = [error]
    for _ in range(LAYERS_MAX):
        found = next((one for one in seen if isinstance(one, ssl.SSLCertVerificationError)), None)
        if found is not None:
            return found
        below = [(*one.args, getattr(one, "reason", None)) for one in seen if isinstance(one, BaseException)]
        seen = [each for layer in below for each in layer]
    return None


def _short(error: Exception) -> str:
    return type(error).__name__
