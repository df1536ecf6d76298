"""The kiosk's settings: one frozen value, read once from the environment and the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from common.clock import SystemClock
from common.errors import BadInput
from kiosk.input.framing import PREFIX_CHARS_MAX, Framing
from kiosk.machine.files import data_folder
from kiosk.machine.lights import Lights, light_of
from kiosk.sync.peer_settings import PeerSettings, peer_settings
from kiosk.turnstile.settings import TurnstileSettings

PREFIX = "RALLYGATE_KIOSK_"
FOLDER = data_folder("rallygate-kiosk")
BAUD_MAX = 4_000_000
_CREDENTIALS = re.compile(r"//[^/]*@")
LANGUAGES = ("cs", "en", "de", "fr", "it", "pl")
_TURNSTILE = tuple(field.name for field in fields(TurnstileSettings) if field.name != "opens_by")


@dataclass(frozen=True, slots=True)
class KioskConfig:
    """Settings; each has an environment variable of its upper-case name behind RALLYGATE_KIOSK_.

    folder: where key, journal and snapshots lie. camera: number, file or address as OpenCV takes it; empty for none.
    server: address for enrolment typed by hand. language: of the screen. name: of the device when it enrols.
    fullscreen and mirrored: yes or no. serial: a scanner's line, for example /dev/ttyACM0; baud: its speed.
    prefix, suffix: what scanners were set to send before and after each code. torch, brightness: a folder of the light
    below /sys, or a command with {level} where the percent belongs; empty for none.
    peer_listen: host:port of the LAN at which other kiosks call this one, empty for
    no open port. peers: host:port of other kiosks, with commas between. peer_discovery: yes or no, whether a kiosk that
    listens also announces itself on the LAN and finds others there.
    turnstile: what opens it, a command, an http(s) address or a line below /dev/; empty for none. turnstile_...: how,
    as kiosk/turnstile/settings.py says.
    """

    folder: Path = FOLDER
    camera: str = "0"
    server: str = ""
    language: str = "en"
    name: str = ""
    fullscreen: bool = False
    mirrored: bool = False
    serial: str = ""
    baud: int = 9600
    prefix: str = ""
    suffix: str = ""
    torch: str = ""
    brightness: str = ""

    @property
    def framing(self) -> Framing:
        """What scanners put around a code."""
        return Framing(self.prefix, self.suffix)

    @property
    def lights(self) -> Lights:
        """The lights of this machine."""
        return Lights(light_of(self.torch, f"{PREFIX}TORCH"), light_of(self.brightness, f"{PREFIX}BRIGHTNESS"))

    peer_listen: str = ""
    peers: str = ""
    peer_discovery: bool = True

    turnstile: str = ""
    turnstile_method: str = "POST"
    turnstile_header: str = ""
    turnstile_opens: str = ""
    turnstile_passed: str = ""
    turnstile_nobody: str = ""
    turnstile_baud: str = "9600"
    turnstile_timeout_s: str = "3"
    turnstile_pass_s: str = "10"
    turnstile_tries: str = "3"

    def peer_settings(self) -> PeerSettings:
        """The three about peers, understood. Raises BadInput."""
        return peer_settings(self.peer_listen, self.peers, discovers=self.peer_discovery)

    def turnstile_settings(self) -> TurnstileSettings:
        """Those of the turnstile, and whether it could be opened by them. Raises BadInput."""
        rest = {name: getattr(self, f"turnstile_{name}") for name in _TURNSTILE}
        settings = TurnstileSettings(self.turnstile, **rest)
        try:
            if settings.is_on:
                settings.driver(SystemClock())
        except BadInput as error:
            raise BadInput(f"{PREFIX}TURNSTILE: {error}") from error
        return settings


def read_config(environment: Mapping[str, str], overrides: Mapping[str, str | None]) -> KioskConfig:
    """The settings. Raises BadInput that names the variable or option which cannot be used."""
    known = {field.name for field in fields(KioskConfig)}
    config = KioskConfig()
    for name, text in environment.items():
        if not name.startswith(PREFIX):
            continue
        setting = name[len(PREFIX) :].lower()
        if setting not in known:
            names = ", ".join(PREFIX + one.upper() for one in sorted(known))
            raise BadInput(f"{name}: there is no such setting; known are {names}")
        config = _with(config, setting, text, name)
    for setting, text_or_none in overrides.items():
        if text_or_none is not None:
            config = _with(config, setting, text_or_none, f"--{setting}")
    return config


def from_environment(overrides: Mapping[str, str | None]) -> KioskConfig:
    """The settings of this process."""
    return read_config(os.environ, overrides)


def _with(config: KioskConfig, setting: str, text: str, origin: str) -> KioskConfig:
    match setting:
        case "folder":
            return replace(config, folder=Path(text).expanduser().absolute())
        case "prefix" | "suffix":
            return _replaced(config, setting, _framing(text, origin))
        case "torch" | "brightness":
            light_of(text, origin)
            return _replaced(config, setting, text)
        case "baud":
            return replace(config, baud=_baud(text, origin))
        case "fullscreen":
            return replace(config, fullscreen=_yes_or_no(text, origin))
        case "mirrored":
            return replace(config, mirrored=_yes_or_no(text, origin))
        case "peer_listen" | "peers" | "peer_discovery":
            return _with_peers(config, setting, text, origin)
        case "language":
            return replace(config, language=_language(text, origin))
    return _replaced(config, setting, text)


def _language(text: str, origin: str) -> str:
    if text not in LANGUAGES:
        raise BadInput(f"{origin}: {text!r} is no language here; choose one of {', '.join(LANGUAGES)}")
    return text


def _replaced(config: KioskConfig, setting: str, text: str) -> KioskConfig:
    """The settings with this one, which may be any text."""
    return replace(config, **{setting: text})  # type: ignore[arg-type] # the caller names settings that are texts


def _framing(text: str, origin: str) -> str:
    if len(text) > PREFIX_CHARS_MAX:
        raise BadInput(f"{origin}: {text!r} is longer than {PREFIX_CHARS_MAX} characters; shorten it in the scanner")
    return text


def _baud(text: str, origin: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= BAUD_MAX):
        raise BadInput(f"{origin}: {text!r} is no speed of a serial line; 9600 and 115200 are common")
    return int(text)


def _with_peers(config: KioskConfig, setting: str, text: str, origin: str) -> KioskConfig:
    if setting == "peer_discovery":
        return replace(config, peer_discovery=_yes_or_no(text, origin))
    changed = replace(config, peer_listen=text) if setting == "peer_listen" else replace(config, peers=text)
    try:
        changed.peer_settings()
    except BadInput as error:
        raise BadInput(f"{origin}: {error}") from error
    return changed


def _yes_or_no(text: str, origin: str) -> bool:
    if text.lower() in {"1", "yes", "true", "on"}:
        return True
    if text.lower() in {"0", "no", "false", "off", ""}:
        return False
    raise BadInput(f"{origin}: {text!r} is neither yes nor no")


def without_credentials(address: str) -> str:
    """An address as it may be shown, logged and sent on: neither user name and password nor what is asked of it."""
    bare = _CREDENTIALS.sub("//", address)
    return bare.partition("?")[0] + "?…" if "//" in bare and "?" in bare else bare
