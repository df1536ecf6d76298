"""What the buyer got by mail: the message, its PDF, and the PDF's pages as pictures."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2
import zxingcpp

from kiosk.input.frames import Image
from story.processes import NotAsTold, wait_until

PAGE_DPI = 200
POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it was caught."""

    subject: str
    to: str
    pdf: bytes


def wait_for_mail(folder: Path, to: str, seconds: float = 60.0) -> Mail:
    """Wait until a mail with a PDF has come for this address. Raises NotAsTold."""
    found: list[Mail] = []

    def has_come() -> bool:
        found[:] = [mail for mail in _mails(folder) if to in mail.to]
        return bool(found)

    wait_until(f"a mail to {to} arrives in {folder}", has_come, seconds)
    return found[-1]


def pages(pdf: bytes) -> list[Image]:
    """Each page as a picture (height, width, 3) at 200 dpi, blue-green-red as cameras give it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [np.array(page.render(scale=PAGE_DPI / POINTS_PER_INCH).to_numpy()[..., :3]) for page in document]
    finally:
        document.close()


def code_on(picture: Image) -> str:
    """The text of the one QR code on a picture. Raises NotAsTold."""
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    if len(found) != 1:
        raise NotAsTold(f"{len(found)} QR codes on the page, not one")
    return str(found[0].text)


def _mails(folder: Path) -> list[Mail]:
    return [mail for mail in map(_read, sorted(folder.glob("*.eml"))) if mail is not None]


def _read(path: Path) -> Mail | None:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    for part in message.iter_attachments():
        if part.get_content_type() == "application/pdf":
            return Mail(str(message["Subject"]), str(message["To"]), part.get_content())
    return None
