"""How this kiosk's turnstile is opened, from the texts of its settings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from common.clock import Clock
from common.errors import BadInput
from kiosk.machine.processes import words_of
from kiosk.machine.serial import is_serial_line
from kiosk.turnstile.command import CommandTurnstile
from kiosk.turnstile.drivers import Driver
from kiosk.turnstile.serial_call import SerialTurnstile, Wording
from kiosk.turnstile.web_call import WebTurnstile

METHODS: Final = ("GET", "POST", "PUT")
SECONDS_MAX: Final = 60.0
TRIES_MAX: Final = 10
IN_ALL_S_MAX: Final = 110.0  # an entry can be annulled for two minutes
BYTES_MAX: Final = 64
BAUD_MAX: Final = 4_000_000
_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|.?)", re.DOTALL)
_PLAIN: Final = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class TurnstileSettings:
    r"""The settings as they are written.

    `opens_by`: a line below /dev/, an http or https address, else a command; empty for no turnstile. `method` and
    `header` ("Name: value") are of an address; `opens`, `passed`, `nobody` (bytes, in which \r, \n and \x06 may stand)
    and `baud` of a line.
    """

    opens_by: str = ""
    method: str = "POST"
    header: str = ""
    opens: str = ""
    passed: str = ""
    nobody: str = ""
    baud: str = "9600"
    timeout_s: str = "3"
    pass_s: str = "10"
    tries: str = "3"

    @property
    def is_on(self) -> bool:
        """Whether there is a turnstile."""
        return bool(self.opens_by.strip())

    @property
    def number_of_tries(self) -> int:
        """How often opening is tried before the entrance is out of order. Raises BadInput."""
        return int(_number("TRIES", self.tries, 1, TRIES_MAX, whole=True))

    def driver(self, clock: Clock) -> Driver:
        """What opens it. Raises BadInput that names the setting which cannot be used."""
        opens_by, timeout_s = self.opens_by.strip(), _number("TIMEOUT_S", self.timeout_s, 0.1, SECONDS_MAX)
        pass_s = _number("PASS_S", self.pass_s, 1, SECONDS_MAX)
        if self.number_of_tries * timeout_s + pass_s > IN_ALL_S_MAX:
            raise BadInput(
                f"TIMEOUT_S, PASS_S: {self.tries} tries of {timeout_s:g} s and {pass_s:g} s to go through are more "
                f"than {IN_ALL_S_MAX:g} s, and then an entry can no longer be annulled; make them shorter"
            )
        if is_serial_line(opens_by):
            return SerialTurnstile(opens_by, self._baud(), self._wording(), timeout_s, pass_s, clock)
        if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", opens_by):
            return WebTurnstile(_method(self.method), _address(opens_by), _header(self.header), timeout_s, clock)
        return CommandTurnstile(_words(opens_by), timeout_s)

    def _baud(self) -> int:
        return int(_number("BAUD", self.baud, 1, BAUD_MAX, whole=True))

    def _wording(self) -> Wording:
        opens = _bytes("OPENS", self.opens)
        if not opens:
            raise BadInput("OPENS: say which bytes open the turnstile, for example OPEN\\r\\n")
        return Wording(opens, _bytes("PASSED", self.passed), _bytes("NOBODY", self.nobody))


def _number(name: str, text: str, least: float, most: float, *, whole: bool = False) -> float:
    is_number = re.fullmatch(r"[0-9]{1,7}" if whole else r"[0-9]{1,4}(\.[0-9]{1,3})?", text.strip())
    if not is_number or not least <= float(text) <= most:
        raise BadInput(f"{name}: {text!r} has to be a number from {least:g} to {most:g}")
    return float(text)


def _bytes(name: str, text: str) -> bytes:
    """The bytes a text stands for."""

    def plain(found: re.Match[str]) -> str:
        sign = found[1]
        if len(sign) == 3:
            return chr(int(sign[1:], 16))
        if sign not in _PLAIN:
            raise BadInput(f"{name}: \\{sign} is not known; write \\r, \\n, \\t, \\\\ or \\x and two hex digits")
        return _PLAIN[sign]

    if not text.isascii():
        raise BadInput(f"{name}: {text!r} has signs that are no ASCII; write them as \\x and two hex digits")
    found = _ESCAPE.sub(plain, text).encode("latin-1")
    if len(found) > BYTES_MAX:
        raise BadInput(f"{name}: {len(found)} bytes; at most {BYTES_MAX} can be given")
    return found


def _method(text: str) -> str:
    if text.upper() not in METHODS:
        raise BadInput(f"METHOD: {text!r} cannot be used; choose one of {', '.join(METHODS)}")
    return text.upper()


def _address(text: str) -> str:
    good = "write for example http://192.168.1.50/open"
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError as error:
        raise BadInput(f"{text!r} is no address ({error}); {good}") from error
    if parts.scheme not in {"http", "https"}:
        raise BadInput(f"{parts.scheme}://: only http and https can be called; {good}")
    if not parts.hostname or not has_port or not text.isascii() or not text.isprintable() or " " in text:
        raise BadInput(f"{text!r} is no address; {good}")
    if parts.username is not None:
        raise BadInput("an address cannot hold a user name; put what the controller wants into the header")
    return text


def _header(text: str) -> tuple[str, str] | None:
    if not text:
        return None
    name, colon, value = text.partition(":")
    # The value may be a secret: it is not repeated.
    if not colon or not _TOKEN.fullmatch(name) or not value.isascii() or not value.isprintable():
        raise BadInput("HEADER: it has to be a name, a colon and a value, for example Authorization: Bearer 4711")
    return name, value.strip()


def _words(text: str) -> tuple[str, ...]:
    try:
        words = words_of(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is no command ({error}); put blanks inside a word into quotes") from error
    if not words or not words[0]:
        raise BadInput("the command is empty; name a program, an address or a line below /dev/")
    return words
