"""Draws the kiosk's icon: a gate's arch with the tick of an admission, as SVG, as PNG in every size, and for Windows.

`python packaging/bundling/draw_icons.py [FOLDER]` writes them; one list of shapes makes all of them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

SIDE: Final = 512  # of the grid that shapes are given in
OVERSIZE: Final = 4
SIZES: Final = (16, 24, 32, 48, 64, 128, 256, 512)
NIGHT, GREEN, WHITE = "#0d1117", "#1a7f37", "#ffffff"
CORNER: Final = 96
ARCH: Final = (96, 96, 416, 416)  # left, top, right, bottom of the arch; its top is half a circle
ARCH_FOOT: Final = 432
TICK: Final = ((176, 268), (236, 330), (344, 204))
TICK_WIDTH: Final = 52


def as_svg() -> str:
    """The icon as one SVG document."""
    left, top, right, _ = ARCH
    radius = (right - left) // 2
    arch = f"M{left} {ARCH_FOOT}V{top + radius}a{radius} {radius} 0 0 1 {2 * radius} 0V{ARCH_FOOT}z"
    tick = "L".join(f"{x} {y}" for x, y in TICK)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">\n'
        f"  <title>Rallygate kiosk</title>\n"
        f'  <rect width="{SIDE}" height="{SIDE}" rx="{CORNER}" fill="{NIGHT}"/>\n'
        f'  <path d="{arch}" fill="{GREEN}"/>\n'
        f'  <path d="M{tick}" fill="none" stroke="{WHITE}" stroke-width="{TICK_WIDTH}"'
        f' stroke-linecap="round" stroke-linejoin="round"/>\n'
        f"</svg>\n"
    )


def as_picture(side: int) -> Image.Image:
    """The icon with this many pixels a side, transparent at its corners."""
    scale = side * OVERSIZE / SIDE

    def big(*numbers: float) -> list[float]:
        return [number * scale for number in numbers]

    image = Image.new("RGBA", (side * OVERSIZE, side * OVERSIZE))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle(big(0, 0, SIDE - 1, SIDE - 1), radius=CORNER * scale, fill=NIGHT)
    left, top, right, bottom = ARCH
    draw.pieslice(big(left, top, right, bottom), 180, 360, fill=GREEN)
    draw.rectangle(big(left, (top + bottom) / 2, right, ARCH_FOOT), fill=GREEN)
    draw.line(big(*(number for point in TICK for number in point)), fill=WHITE, width=round(TICK_WIDTH * scale))
    for x, y in TICK:
        draw.ellipse(big(*(c + d for d in (-TICK_WIDTH / 2, TICK_WIDTH / 2) for c in (x, y))), fill=WHITE)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def write(folder: Path) -> None:
    """Write all of them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rallygate-kiosk.svg").write_text(as_svg(), encoding="utf-8")
    for side in SIZES:
        as_picture(side).save(folder / f"rallygate-kiosk-{side}.png", optimize=True)
    as_picture(256).save(folder / "rallygate-kiosk.ico", sizes=[(side, side) for side in SIZES if side <= 256])


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("icons"))
