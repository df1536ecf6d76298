"""QR codes of passes and enrolments: numeric mode, level M, as modules; drawn as vectors wherever they are shown."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import zxingcpp

from common.errors import require

QUIET_MODULES = 4  # ISO/IEC 18004: four light modules on each side
DIGITS_MAX = 1200  # of an enrolment, the longest of all; a pass has 365 at most

Modules = tuple[tuple[bool, ...], ...]


@lru_cache(maxsize=256)
def modules_of(digits: str) -> Modules:
    """The dark modules of a code of digits, row by row from the top, without the quiet zone."""
    require(digits.isascii() and digits.isdigit() and len(digits) <= DIGITS_MAX, "a code holds 1 to 1,200 digits")
    code = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    pixels = np.array(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False))
    return tuple(map(tuple, (pixels == 0).tolist()))


def runs_of(modules: Modules) -> list[tuple[int, int, int]]:
    """(row, first column, width) of each unbroken stretch of dark modules: fewer shapes, and no seams between them."""
    runs = []
    for row, cells in enumerate(modules):
        start = None
        for column, is_dark in enumerate((*cells, False)):
            if is_dark and start is None:
                start = column
            elif not is_dark and start is not None:
                runs.append((row, start, column - start))
                start = None
    return runs


def svg_of(digits: str) -> str:
    """The code as an SVG with its quiet zone: dark on white whatever the page's colours, or it could not be read."""
    modules = modules_of(digits)
    size = len(modules) + 2 * QUIET_MODULES
    path = "".join(f"M{x + QUIET_MODULES} {y + QUIET_MODULES}h{width}v1h-{width}z" for y, x, width in runs_of(modules))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/><path fill="#000" d="{path}"/></svg>'
    )
