"""The mail server: TLS where it is offered, and its line kept for the next mail.

A provider takes longer to greet a caller than to take a mail, and each greeting with TLS costs CPU on both sides.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
import weakref
from collections import deque
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cached_property
from typing import Protocol
from urllib.parse import urlsplit

from common.clock import Clock
from common.errors import RallygateError

SMTP_TIMEOUT_S = 20
KEPT_S = 30.0  # a server waits minutes for the next command (RFC 5321 section 4.5.3.2.7), a firewall often less
MAILS_PER_LINE = 50  # some servers take no more from one caller
LINES_MAX = 8
OK = 250


class MailServerFailed(RallygateError):
    """The mail server did not take the mail: the job tries again. The text names no address."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mails go: smtp://host:port or smtps://host:port, and who we are there."""

    url: str
    user: str | None = None
    password: str | None = None


class Postbox(Protocol):
    """Takes a mail, or raises MailServerFailed."""

    def send(self, message: EmailMessage) -> None: ...


@dataclass(slots=True)
class _Line:
    """A connection that was greeted, how many mails it carried, and when the last one."""

    server: smtplib.SMTP
    mails: int = 0
    used_s: float = 0.0


class SmtpPostbox:
    """A real mail server. TLS from the start with smtps, else as soon as the server offers it. For any thread."""

    def __init__(self, settings: SmtpSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._own_name: str | None = None  # smtplib would ask for the machine's name at each mail
        self._lines: deque[_Line] = deque()
        weakref.finalize(self, _hang_up_all, self._lines)

    def send(self, message: EmailMessage) -> None:
        """Hand a mail over. Raises MailServerFailed."""
        line = None
        try:
            line = self._kept() or _Line(self._connect())
            line.server.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            if line is not None:
                line.server.close()
            code = getattr(error, "smtp_code", "")
            raise MailServerFailed(f"{self._settings.url}: {type(error).__name__} {code}".strip()) from error
        self._keep(line)

    def _kept(self) -> _Line | None:
        """A line the server still listens to: asked before a mail goes in, so that no mail is sent twice."""
        with contextlib.suppress(IndexError):
            while True:
                line = self._lines.pop()
                if self._clock.monotonic_s() - line.used_s < KEPT_S and _listens(line.server):
                    return line
                _hang_up(line)
        return None

    def _keep(self, line: _Line) -> None:
        line.mails, line.used_s = line.mails + 1, self._clock.monotonic_s()
        if line.mails >= MAILS_PER_LINE or len(self._lines) >= LINES_MAX:
            _hang_up(line)
        else:
            self._lines.append(line)

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self._settings.url)
        host, port = parts.hostname or "127.0.0.1", parts.port
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port or 465, self._own_name, timeout=SMTP_TIMEOUT_S, context=self._trust
            )
        else:
            server = smtplib.SMTP(host, port or 25, self._own_name, timeout=SMTP_TIMEOUT_S)
        try:
            self._introduce(server, is_plain=parts.scheme != "smtps")
        except BaseException:
            server.close()
            raise
        return server

    def _introduce(self, server: smtplib.SMTP, *, is_plain: bool) -> None:
        if is_plain:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=self._trust)
        self._own_name = server.local_hostname
        if self._settings.user:
            server.login(self._settings.user, self._settings.password or "")

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context()  # reads the machine's authorities: tens of milliseconds


def _listens(server: smtplib.SMTP) -> bool:
    try:
        return server.noop()[0] == OK
    except (smtplib.SMTPException, OSError):
        return False


def _hang_up(line: _Line) -> None:
    with contextlib.suppress(smtplib.SMTPException, OSError):
        line.server.quit()
    line.server.close()


def _hang_up_all(lines: deque[_Line]) -> None:
    while lines:
        lines.pop().server.close()
