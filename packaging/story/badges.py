"""Staff badges of the demo: made once, each with its QR code as a picture, to print or to hold before the camera."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import zxingcpp

from story.processes import NotAsTold
from story.stage import Stage

STAFF = (("Hana", "hostess"), ("Petr", "supervisor"))  # who admits, and who answers for what rules refuse
PIN_DIGITS = 6
MODULE_PIXELS = 8


@dataclass(frozen=True, slots=True)
class StaffBadge:
    """A badge with its PIN. `picture` is the file with its code; the digits alone lie beside it as text."""

    name: str
    role: str
    pin: str
    picture: str


def make_badges(stage: Stage) -> list[StaffBadge]:
    """The badges of this folder, made at the first call: before a kiosk joins, so that its first list knows them."""
    kept = stage.folder / "badges.json"
    if kept.exists():
        return [StaffBadge(**row) for row in json.loads(kept.read_text())]
    made = [_issue(stage, name, role) for name, role in STAFF]
    _write_secret(kept, json.dumps([asdict(one) for one in made]).encode())
    return made


def told(badges: list[StaffBadge]) -> list[str]:
    """What is printed of them: whose, which PIN, and where the code is."""
    width = max(len(one.role) for one in badges)
    lines = [f"{one.role:{width}} {one.name} / PIN {one.pin}   {one.picture}" for one in badges]
    return ["  badges    to sign in at a kiosk: its code before the camera (print it, or open it on a phone)", *lines]


def _issue(stage: Stage, name: str, role: str) -> StaffBadge:
    folder = stage.folder / "badges"
    folder.mkdir(exist_ok=True)
    pin = "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS))
    kept = folder / f"{role}.pin"
    _write_secret(kept, pin.encode())
    digits = stage.manage("issue-badge", name, "--role", role, "--pin-file", str(kept)).strip()
    kept.unlink()
    _write_secret(folder / f"{role}.txt", f"{digits}\n".encode())
    picture = folder / f"{role}.png"
    _write_secret(picture, _png(digits))
    return StaffBadge(name, role, pin, str(picture))


def _png(digits: str) -> bytes:
    code = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    pixels = np.array(zxingcpp.write_barcode_to_image(code, scale=MODULE_PIXELS, add_quiet_zones=True))
    is_good, png = cv2.imencode(".png", pixels)
    if not is_good:
        raise NotAsTold("the picture of a badge could not be made")
    return png.tobytes()


def _write_secret(path: Path, content: bytes) -> None:
    """A badge and its PIN open what they open to whoever reads the file."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
