"""The sample passes on one page to print: a picture (PNG), or a page (PDF) that holds that picture. No Kivy."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
import zxingcpp

from common.errors import BadInput
from kiosk.practice.samples import Sample, text_of
from kiosk.store.faults import trouble_of_os
from kiosk.ui.catalogue import Texts
from kiosk.ui.theme import FONTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]
else:
    Grey = Any

WIDTH, HEIGHT = 1240, 1754  # A4 at 150 dots an inch
_MARGIN: Final = 70
_TOP: Final = 190
_COLUMNS: Final = 3
_CODE: Final = 310  # 50 mm: read at arm's length
_QUIET_MODULES: Final = 4  # ISO/IEC 18004
_BLACK, _GREY = (0,), (90,)
_FONT: Final = cv2.FontFace(str(FONTS / "NotoSans-Bold.ttf"))


def write_sheet(path: Path, language: str) -> None:
    """Write the sheet; the ending says which kind. Raises BadInput, StoreTrouble."""
    kind = path.suffix.lower()
    if kind not in {".pdf", ".png"}:
        raise BadInput(f"{path}: end the name with .pdf or .png, so that it is clear what to write")
    sheet = draw_sheet(Texts(language))
    whole = _pdf_of(sheet) if kind == ".pdf" else cv2.imencode(".png", sheet)[1].tobytes()
    try:
        path.write_bytes(whole)
    except OSError as error:
        raise trouble_of_os(error, path) from error


def draw_sheet(texts: Texts) -> Grey:
    """The page: a title, and each sample with its words."""
    page: Grey = np.full((HEIGHT, WIDTH), 255, np.uint8)
    width = WIDTH - 2 * _MARGIN
    _write(page, texts("practice_banner"), (_MARGIN, 100), width, 44)
    _write(page, f"Rallygate · {texts('practice')}", (_MARGIN, 150), width, 26, _GREY)
    samples = list(Sample)
    row_height = (HEIGHT - _TOP - _MARGIN) // -(-len(samples) // _COLUMNS)
    for at, sample in enumerate(samples):
        left = _MARGIN + at % _COLUMNS * (width // _COLUMNS)
        top = _TOP + at // _COLUMNS * row_height
        _draw_sample(page, sample, (left, top), width // _COLUMNS - 40, texts)
    return page


def code_of(text: str, size: int) -> Grey:
    """The QR code of a text with its quiet zone, at most so many pixels wide, every module as wide as the next."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.pad(
        np.array(zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=False)),
        _QUIET_MODULES,
        constant_values=255,
    )
    scale = max(1, size // len(modules))
    code: Grey = np.kron(modules, np.ones((scale, scale), np.uint8)).astype(np.uint8)
    return code


def _draw_sample(page: Grey, sample: Sample, at: tuple[int, int], width: int, texts: Texts) -> None:
    left, top = at
    code = code_of(text_of(sample), _CODE)
    page[top : top + len(code), left : left + len(code)] = code
    under = top + _CODE + 34
    _write(page, texts(f"sample_{sample}"), (left + 12, under), width, 30)
    for at_line, line in enumerate(_folded(texts(f"sample_{sample}_what"), width, 22)):
        _write(page, line, (left + 12, under + 38 + 30 * at_line), width, 22, _GREY)


def _folded(text: str, width: int, size: int) -> list[str]:
    """The text in as many lines as it takes at this size."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and _wide(longer, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _wide(text: str, size: int) -> int:
    return int(cv2.getTextSize((WIDTH, HEIGHT), text, (0, HEIGHT // 2), _FONT, size)[2])


def _write(page: Grey, text: str, at: tuple[int, int], width: int, size: int, colour: tuple[int, ...] = _BLACK) -> None:
    """A line in the kiosk's own font, smaller where it would not fit."""
    while size > 8 and _wide(text, size) > width:
        size -= 1
    cv2.putText(page, text, at, colour, _FONT, size)


def _pdf_of(page: Grey) -> bytes:
    """One A4 page that is filled by the picture."""
    height, width = page.shape
    packed = zlib.compress(page.tobytes(), 9)
    drawn = b"q 595 0 0 842 0 0 cm /I Do Q"
    image = (
        f"<</Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray"
        f"/BitsPerComponent 8/Filter/FlateDecode/Length {len(packed)}>>"
    )
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I 4 0 R>>>>/Contents 5 0 R>>",
        image.encode() + b"stream\n" + packed + b"\nendstream",
        f"<</Length {len(drawn)}>>".encode() + b"stream\n" + drawn + b"\nendstream",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    head = f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode()
    tail = f"trailer<</Size {len(bodies) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n".encode()
    return out + head + table + tail
