"""Motorcycles, and what one does with them."""

from __future__ import annotations

import math

from canvas import Canvas, Look, shade
from wear import drop, towers

STEEL = "#c3cad3"
DARK = "#1e2430"


def machine(c: Canvas, x: float, y: float, size: float, ink: str, seat: str = "#2a2f3a") -> None:
    """A motorcycle from the side, its rear hub at x, y."""
    front = (x + 250 * size, y)
    c.wheel(x, y, 74 * size)
    c.wheel(front[0], front[1], 74 * size)
    c.line([front, (x + 206 * size, y - 120 * size), (x + 190 * size, y - 158 * size)], STEEL, 13 * size)
    c.line([(x + 190 * size, y - 158 * size), (x + 158 * size, y - 166 * size)], DARK, 10 * size)
    c.line([(x, y), (x + 84 * size, y + 4 * size), (x + 170 * size, y + 2 * size)], shade(ink, 0.6), 12 * size)
    c.line([(x, y), (x + 70 * size, y - 86 * size)], STEEL, 10 * size)
    _engine(c, x, y, size)
    c.poly(
        [
            (x + 96 * size, y - 92 * size),
            (x + 120 * size, y - 128 * size),
            (x + 180 * size, y - 126 * size),
            (x + 206 * size, y - 100 * size),
            (x + 150 * size, y - 84 * size),
        ],
        ink,
    )
    c.poly(
        [
            (x - 34 * size, y - 104 * size),
            (x + 8 * size, y - 110 * size),
            (x + 104 * size, y - 102 * size),
            (x + 104 * size, y - 82 * size),
            (x + 2 * size, y - 84 * size),
        ],
        seat,
    )
    c.arc(x, y, 88 * size, 88 * size, 200, 318, ink, 13 * size)
    c.arc(front[0], front[1], 86 * size, 86 * size, 220, 320, ink, 10 * size)
    c.disc(x + 218 * size, y - 124 * size, 20 * size, "#fff3b0")
    c.ring(x + 218 * size, y - 124 * size, 22 * size, 5 * size, STEEL)


def _engine(c: Canvas, x: float, y: float, size: float) -> None:
    c.disc(x + 122 * size, y - 12 * size, 38 * size, "#8d949e")
    for lean in (-26, 26):
        base = (x + (122 + lean * 0.6) * size, y - 34 * size)
        c.line([base, (x + (122 + lean * 1.5) * size, y - 78 * size)], STEEL, 34 * size)
    c.disc(x + 122 * size, y - 12 * size, 20 * size, STEEL)
    c.line(
        [(x + 140 * size, y - 26 * size), (x + 112 * size, y + 28 * size), (x - 40 * size, y + 24 * size)],
        STEEL,
        13 * size,
    )


def bike(c: Canvas, look: Look) -> None:
    """A motorcycle standing there."""
    c.shadow(240, 410)
    machine(c, 178, 326, 1.14, look.main)


def tourer(c: Canvas, look: Look) -> None:
    """A touring machine with screen and cases."""
    bike(c, look)
    c.box(96, 196, 190, 282, look.accent, 16)
    c.box(118, 140, 214, 196, shade(look.main, 0.8), 14)
    c.poly([(390, 160), (430, 196), (424, 78), (404, 70)], (210, 230, 240, 190))


def electric(c: Canvas, look: Look) -> None:
    """A machine with a bolt in place of an engine."""
    bike(c, look)
    c.box(254, 232, 382, 342, DARK, 16)
    c.poly([(328, 238), (284, 298), (314, 298), (304, 338), (354, 276), (322, 276)], look.accent)


def show_bike(c: Canvas, look: Look) -> None:
    """A custom machine with a long fork on a turntable."""
    c.oval(320, 404, 260, 30, look.accent)
    c.oval(320, 396, 260, 28, shade(look.accent, 1.5))
    machine(c, 170, 318, 1.1, look.main, look.accent)
    c.line([(456, 316), (366, 128)], STEEL, 14)
    for x, y, r in ((110, 110, 26), (536, 120, 30), (484, 66, 18)):
        c.star(x, y, r, look.accent, 4)


def small_model(c: Canvas, look: Look) -> None:
    """A model under a glass hood."""
    c.shadow(220, 430)
    c.box(96, 388, 544, 424, look.accent, 8)
    machine(c, 208, 330, 0.86, look.main)
    c.box(110, 120, 530, 388, (230, 242, 250, 70), 12)
    c.line([(140, 150), (140, 350)], (255, 255, 255, 160), 8)


def wooden_bike(c: Canvas, look: Look) -> None:
    """A toy of wood."""
    c.shadow(220, 414)
    for x in (196, 446):
        c.disc(x, 330, 76, shade(look.main, 0.75))
        c.disc(x, 326, 74, look.main)
        c.disc(x, 326, 26, look.accent)
    c.line([(196, 326), (250, 236), (380, 236), (446, 326)], shade(look.main, 1.25), 38)
    c.line([(250, 236), (380, 236)], look.accent, 46)
    c.line([(394, 232), (380, 150)], shade(look.main, 0.8), 20)
    c.line([(348, 150), (412, 150)], look.accent, 18)


def sidecar(c: Canvas, look: Look) -> None:
    """A machine with a sidecar."""
    c.shadow(260, 414)
    machine(c, 250, 310, 1.0, look.main)
    c.poly([(84, 300), (150, 240), (300, 240), (372, 318), (330, 372), (130, 372)], look.accent)
    c.poly([(162, 252), (284, 252), (300, 286), (150, 286)], DARK)
    c.wheel(206, 366, 50)
    c.poly([(286, 248), (312, 190), (322, 194), (304, 252)], (210, 230, 240, 200))


def wheelie(c: Canvas, look: Look) -> None:
    """A machine jumping from a ramp through fire."""
    c.poly([(40, 420), (250, 420), (250, 312)], "#8a6a46")
    for turn in range(0, 360, 20):
        x, y = 470 + 120 * math.cos(math.radians(turn)), 220 + 150 * math.sin(math.radians(turn))
        c.disc(x, y, 26, look.accent)
        c.disc(x, y - 4, 14, "#ffe08a")
    machine(c, 214, 262, 0.92, look.main)


def sprint(c: Canvas, look: Look) -> None:
    """A machine under a chequered flag."""
    c.shadow(240, 420)
    for row in range(4):
        for column in range(6):
            ink = DARK if (row + column) % 2 else "#f6f6f2"
            c.box(368 + column * 36, 50 + row * 30, 404 + column * 36, 80 + row * 30, ink)
    c.line([(362, 44), (362, 200)], "#8a8f99", 9)
    machine(c, 178, 346, 1.0, look.main)
    for y in (270, 310, 350):
        c.line([(24, y), (92, y)], look.accent, 9)


def lesson(c: Canvas, look: Look) -> None:
    """A machine among cones."""
    bike(c, look)
    for x in (70, 150, 520, 590):
        cone(c, x, 420, look.accent)


def cone(c: Canvas, x: float, y: float, ink: str) -> None:
    """A traffic cone standing at x, y."""
    c.poly([(x - 26, y - 8), (x + 26, y - 8), (x + 6, y - 82), (x - 6, y - 82)], ink)
    c.poly([(x - 17, y - 34), (x + 17, y - 34), (x + 12, y - 54), (x - 12, y - 54)], "#ffffff")
    c.box(x - 36, y - 10, x + 36, y, ink, 3)


def braking(c: Canvas, look: Look) -> None:
    """A machine stopping on a wet road."""
    c.poly([(0, 380), (640, 380), (640, 480), (0, 480)], "#6d7786")
    machine(c, 220, 340, 1.0, look.main)
    for x, y in ((90, 400), (130, 370), (60, 350), (170, 410)):
        drop(c, x, y, 12, "#8cc3e8")
    for x in (540, 606):
        cone(c, x, 420, look.accent)


def column(c: Canvas, look: Look) -> None:
    """Riders of the parade before the towers; the mark is the wave's number."""
    c.poly([(0, 350), (640, 350), (640, 480), (0, 480)], "#565f6e")
    towers(c, 30, 350, 1.75, shade(look.main, 1.5))
    for x, y, size in ((60, 404, 0.5), (250, 404, 0.5), (440, 404, 0.5)):
        machine(c, x, y, size, look.main)
    c.disc(560, 92, 56, look.accent)
    c.word(560, 92, look.mark, 74, "#ffffff")


def parking(c: Canvas, look: Look) -> None:
    """A machine under a roof beside the sign."""
    c.poly([(60, 130), (420, 60), (580, 130)], look.accent)
    c.box(84, 130, 100, 410, "#8a8f99")
    c.shadow(240, 414)
    machine(c, 150, 330, 0.98, "#c8553d")
    c.box(486, 160, 586, 266, look.main, 16)
    c.word(536, 212, "P", 84, "#ffffff")
    c.box(530, 266, 542, 412, "#8a8f99")


def wash(c: Canvas, look: Look) -> None:
    """A machine under foam, and a bucket."""
    bike(c, look)
    for x, y, r in (
        (150, 220, 34),
        (200, 180, 26),
        (280, 150, 30),
        (420, 210, 32),
        (470, 260, 24),
        (350, 120, 22),
        (240, 240, 20),
    ):
        c.disc(x, y, r, (255, 255, 255, 190))
        c.disc(x - r * 0.3, y - r * 0.3, r * 0.25, (255, 255, 255, 255))
    c.poly([(528, 330), (624, 330), (608, 426), (544, 426)], look.accent)
    c.arc(576, 330, 46, 50, 180, 360, "#8a8f99", 6)


# --- rides through the country ----------------------------------------------------------------------


def _road(c: Canvas, ground: str) -> None:
    c.poly([(0, 300), (640, 300), (640, 480), (0, 480)], ground)
    c.poly([(310, 300), (330, 300), (560, 480), (140, 480)], "#4a5160")
    for y, high, wide in ((318, 14, 4), (346, 22, 6), (384, 32, 9), (432, 40, 13)):
        c.box(322 - wide / 2 + (y - 300) * 0.11, y, 322 + wide / 2 + (y - 300) * 0.11, y + high, "#ffe08a")


def river_ride(c: Canvas, look: Look) -> None:
    """A road beside a river in a valley."""
    c.disc(480, 120, 52, "#ffe08a")
    c.poly([(0, 300), (0, 190), (150, 110), (320, 300)], shade(look.main, 0.8))
    c.poly([(300, 300), (470, 150), (640, 230), (640, 300)], look.main)
    _road(c, shade(look.main, 1.2))
    c.poly([(300, 300), (250, 300), (0, 400), (0, 470), (90, 460)], look.accent)


def castle_ride(c: Canvas, look: Look) -> None:
    """A road to a castle on its hill."""
    c.poly([(120, 300), (230, 190), (420, 180), (540, 300)], "#5e8c4f")
    c.box(230, 120, 420, 210, look.main)
    c.box(210, 70, 280, 210, shade(look.main, 0.9))
    c.box(380, 96, 440, 210, shade(look.main, 0.9))
    c.poly([(200, 72), (290, 72), (245, 16)], look.accent)
    c.poly([(372, 98), (448, 98), (410, 50)], look.accent)
    for x in (300, 340):
        c.box(x, 148, x + 16, 180, "#5a4a3a", 8)
    _road(c, "#7fae63")


def church_ride(c: Canvas, look: Look) -> None:
    """A road to a cathedral with three tent roofs."""
    c.box(180, 190, 460, 302, look.main)
    for x in (200, 290, 380):
        c.poly([(x - 20, 192), (x + 80, 192), (x + 30, 70)], look.accent)
        c.line([(x + 30, 72), (x + 30, 46)], look.accent, 5)
        c.box(x + 16, 214, x + 44, 282, shade(look.main, 0.65), 14)
    _road(c, "#9bb870")


def rock_ride(c: Canvas, look: Look) -> None:
    """A road between towers of rock."""
    for x, wide, top in ((40, 70, 110), (130, 50, 170), (196, 60, 70), (400, 64, 90), (480, 54, 150), (548, 70, 60)):
        c.box(x, top, x + wide, 306, look.main, 22)
        c.box(x + wide * 0.6, top + 14, x + wide, 306, shade(look.main, 0.8), 14)
    for x in (20, 116, 272, 372, 468, 616):
        c.poly([(x - 26, 304), (x + 26, 304), (x, 220)], look.accent)
    _road(c, "#86a35c")


def night_ride(c: Canvas, look: Look) -> None:
    """The town at night with a moon and a headlight."""
    c.box(0, 0, 640, 480, look.main)
    c.disc(520, 96, 44, "#f5f0d0")
    c.disc(502, 84, 40, look.main)
    for number in range(30):
        c.disc(number * 211 % 640, number * 97 % 230, 2, "#e8ecff")
    towers(c, 20, 302, 1.8, shade(look.main, 1.22))
    _road(c, shade(look.main, 0.7))
    c.poly([(320, 340), (200, 480), (440, 480)], (255, 243, 176, 90))
    c.disc(320, 344, 18, look.accent)
