"""Concerts, tours, workshops, the camp and services."""

from __future__ import annotations

import math

from canvas import Canvas, Look, shade
from road import DARK, STEEL, machine
from wear import drop, towers

WOOD = "#9b6b3f"
PAPER = "#f6f1e4"


def guitar(c: Canvas, look: Look) -> None:
    """An electric guitar, leaning."""
    c.shadow(170, 424)
    c.line([(270, 316), (504, 82)], "#6b4a2d", 26)
    c.line([(496, 90), (540, 46)], shade(look.main, 0.6), 36)
    c.disc(214, 350, 82, look.main)
    c.disc(290, 286, 62, look.main)
    c.poly([(290, 226), (352, 206), (338, 286)], look.main)
    c.poly([(236, 240), (200, 222), (232, 300)], look.main)
    c.disc(246, 330, 44, look.accent)
    for shift in (-8, 0, 8):
        c.line([(212 + shift, 366 + shift), (510 + shift, 68 + shift)], "#e8e8e8", 2)
    c.line([(196, 340), (232, 376)], DARK, 12)


def blues(c: Canvas, look: Look) -> None:
    """A harmonica under the moon."""
    c.box(0, 0, 640, 480, see_night(look.main))
    c.disc(500, 110, 60, "#f5f0d0")
    c.disc(476, 94, 54, see_night(look.main))
    c.box(120, 236, 500, 356, look.accent, 30)
    c.box(120, 252, 500, 284, shade(look.accent, 1.5), 12)
    for hole in range(9):
        c.box(148 + hole * 38, 300, 174 + hole * 38, 336, DARK, 5)
    for x, y in ((150, 150), (230, 110), (320, 160)):
        note(c, x, y, "#ffffff")


def see_night(ink: str) -> str:
    """The sky of a colour at night."""
    return shade(ink, 0.55)


def note(c: Canvas, x: float, y: float, ink: str) -> None:
    """A musical note."""
    c.oval(x, y, 17, 13, ink)
    c.line([(x + 14, y), (x + 14, y - 64), (x + 40, y - 50)], ink, 7)


def stage(c: Canvas, look: Look) -> None:
    """A stage with lights and fireworks."""
    c.box(0, 0, 640, 480, see_night(look.main))
    for x, y, r, ink in ((150, 90, 66, look.accent), (500, 110, 76, "#7bd0ff"), (330, 70, 50, "#ffd166")):
        for ray in range(14):
            turn = math.pi * ray / 7
            c.line(
                [
                    (x + r * 0.35 * math.cos(turn), y + r * 0.35 * math.sin(turn)),
                    (x + r * math.cos(turn), y + r * math.sin(turn)),
                ],
                ink,
                5,
            )
    for x, lean in ((180, 60), (320, 0), (460, -60)):
        c.poly([(x - 8, 200), (x + 8, 200), (x + lean + 60, 400), (x + lean - 60, 400)], (255, 255, 255, 50))
    c.box(90, 190, 550, 208, STEEL)
    c.box(90, 190, 108, 420, STEEL)
    c.box(532, 190, 550, 420, STEEL)
    c.box(60, 390, 580, 440, look.main, 6)
    machine(c, 252, 360, 0.52, look.accent)


def trumpet(c: Canvas, look: Look) -> None:
    """A trumpet."""
    c.shadow(210, 400)
    c.line([(90, 250), (420, 250)], look.main, 18)
    c.poly([(420, 240), (420, 260), (560, 330), (560, 170)], look.main)
    c.oval(560, 250, 20, 80, shade(look.main, 0.7))
    c.box(80, 236, 104, 264, shade(look.main, 0.8), 6)
    c.arc(300, 290, 110, 44, 0, 360, look.main, 16)
    for x in (262, 302, 342):
        c.box(x - 12, 200, x + 12, 320, shade(look.main, 0.85), 6)
        c.box(x - 15, 184, x + 15, 202, look.accent, 5)
    for x, y in ((170, 150), (480, 110)):
        note(c, x, y, look.accent)


def barrel(c: Canvas, look: Look) -> None:
    """A wooden drum with a machine on its wall."""
    c.shadow(230, 424)
    c.poly([(90, 150), (550, 150), (520, 420), (120, 420)], look.main)
    for number in range(9):
        x = 100 + number * 55
        c.line([(x, 154), (320 + (x - 320) * 0.88, 418)], shade(look.main, 0.75), 5)
    c.oval(320, 150, 230, 60, shade(look.main, 0.6))
    c.oval(320, 158, 206, 46, shade(look.main, 1.3))
    c.box(92, 210, 548, 226, STEEL)
    c.box(112, 350, 528, 366, STEEL)
    machine(c, 242, 312, 0.62, look.accent)


def tattoo(c: Canvas, look: Look) -> None:
    """A heart with a ribbon, as a tattoo."""
    c.shadow(140, 420)
    c.disc(254, 190, 84, look.main)
    c.disc(386, 190, 84, look.main)
    c.poly([(178, 226), (462, 226), (320, 400)], look.main)
    c.line([(226, 160), (250, 142)], shade(look.main, 1.6), 14)
    c.poly([(110, 250), (530, 220), (530, 280), (110, 310)], PAPER)
    c.poly([(110, 250), (70, 276), (96, 296), (74, 326), (126, 308)], shade(PAPER, 0.8))
    c.poly([(530, 220), (572, 236), (548, 262), (574, 290), (514, 280)], shade(PAPER, 0.8))
    for x in (200, 260, 380, 440):
        c.star(x, 274 - (x - 200) * 0.07, 15, look.accent)
    c.wheel(320, 266, 26, look.accent)


def cinema(c: Canvas, look: Look) -> None:
    """A screen in a meadow at night."""
    c.box(0, 0, 640, 480, see_night(look.main))
    c.poly([(0, 400), (640, 380), (640, 480), (0, 480)], "#2d4a36")
    c.box(116, 80, 524, 330, "#f4f1e6", 6)
    c.disc(390, 160, 40, look.accent)
    c.poly([(116, 330), (116, 270), (250, 200), (360, 290), (524, 230), (524, 330)], shade(look.main, 1.2))
    machine(c, 200, 300, 0.42, look.accent)
    for x in (160, 480):
        c.box(x, 330, x + 12, 410, "#8a8f99")
    for x in (120, 220, 320, 420, 520):
        c.disc(x, 430, 24, DARK)
        c.slice(x, 484, 44, 180, 360, DARK)


def museum(c: Canvas, look: Look) -> None:
    """A temple with a wheel in its gable."""
    c.shadow(240, 420)
    c.poly([(90, 190), (550, 190), (320, 70)], look.main)
    c.wheel(320, 146, 34, look.accent)
    c.box(100, 190, 540, 216, shade(look.main, 0.85))
    for x in (130, 220, 380, 470):
        c.box(x, 216, x + 40, 380, shade(look.main, 1.2))
        c.box(x + 26, 216, x + 40, 380, shade(look.main, 0.9))
    c.box(286, 250, 354, 380, look.accent, 8)
    c.box(90, 380, 550, 400, shade(look.main, 0.85))
    c.box(70, 400, 570, 420, shade(look.main, 0.7))


# --- tours ----------------------------------------------------------------------------------------


def old_town(c: Canvas, look: Look) -> None:
    """Roofs and towers over a bridge."""
    towers(c, 60, 300, 1.65, look.main)
    c.box(0, 296, 640, 340, look.accent)
    for x in (70, 220, 370, 520):
        c.slice(x, 400, 56, 180, 360, "#7db4d6")
    c.poly([(0, 400), (640, 400), (640, 480), (0, 480)], "#5f9cc2")
    for x in range(14):
        if x % 3:
            c.box(x * 50 - 36, 338, x * 50 - 4, 404, look.accent)
    c.poly([(0, 404), (640, 404), (640, 480), (0, 480)], "#5f9cc2")


def tram(c: Canvas, look: Look) -> None:
    """An old tram."""
    c.shadow(240, 420)
    c.line([(320, 110), (280, 62), (360, 40)], DARK, 6)
    c.line([(40, 38), (600, 38)], DARK, 4)
    c.box(90, 110, 550, 380, look.main, 26)
    c.box(90, 250, 550, 280, PAPER)
    c.box(76, 104, 564, 132, shade(look.main, 0.6), 12)
    for x in range(118, 520, 84):
        c.box(x, 150, x + 66, 236, "#d6ecf5", 8)
    c.disc(114, 330, 18, "#fff3b0")
    c.word(320, 318, look.mark, 44, look.accent)
    for x in (200, 440):
        c.disc(x, 392, 32, DARK)
        c.disc(x, 392, 14, STEEL)
    c.line([(40, 426), (600, 426)], "#6b6f78", 7)


def boat(c: Canvas, look: Look) -> None:
    """A paddle steamer."""
    c.box(250, 90, 300, 230, DARK, 6)
    c.box(250, 110, 300, 136, look.accent)
    for x, y, r in ((296, 70, 26), (340, 50, 34), (396, 42, 28)):
        c.disc(x, y, r, (255, 255, 255, 190))
    c.box(150, 216, 500, 300, PAPER, 8)
    for x in range(176, 480, 54):
        c.box(x, 236, x + 34, 270, "#9fd0e6", 5)
    c.poly([(70, 300), (590, 300), (540, 390), (130, 390)], look.main)
    c.disc(350, 330, 66, look.accent)
    c.wheel(350, 330, 58, shade(look.accent, 0.6))
    c.poly([(0, 380), (640, 380), (640, 480), (0, 480)], "#5f9cc2")
    for x in range(40, 640, 90):
        c.arc(x, 420, 36, 12, 180, 360, "#a9d3ea", 6)


def kettle(c: Canvas, look: Look) -> None:
    """A copper brewing kettle."""
    c.shadow(190, 424)
    c.box(296, 40, 344, 150, shade(look.main, 0.8), 8)
    c.slice(320, 280, 180, 180, 360, look.main)
    c.slice(320, 276, 150, 190, 260, shade(look.main, 1.4))
    c.box(126, 276, 514, 330, shade(look.main, 0.75), 16)
    c.slice(320, 320, 176, 0, 180, shade(look.main, 0.9))
    c.disc(320, 210, 40, DARK)
    c.ring(320, 210, 44, 9, look.accent)
    c.box(470, 356, 560, 376, look.accent, 6)


def curtain(c: Canvas, look: Look) -> None:
    """A stage curtain pulled aside."""
    c.box(0, 0, 640, 480, "#2a2238")
    c.box(0, 400, 640, 480, WOOD)
    c.disc(320, 300, 96, (255, 243, 176, 60))
    c.box(264, 220, 376, 400, DARK, 6)
    c.disc(356, 312, 8, look.accent)
    c.star(320, 262, 28, look.accent)
    for fold in range(5):
        c.poly(
            [(fold * 44, 0), (fold * 44 + 44, 0), (fold * 30 + 30, 410), (fold * 30, 410)],
            shade(look.main, 0.75 if fold % 2 else 1),
        )
        c.poly(
            [(640 - fold * 44, 0), (596 - fold * 44, 0), (610 - fold * 30, 410), (640 - fold * 30, 410)],
            shade(look.main, 0.75 if fold % 2 else 1),
        )
    c.box(0, 0, 640, 56, shade(look.main, 0.6))


# --- workshops ------------------------------------------------------------------------------------


def first_aid(c: Canvas, look: Look) -> None:
    """A first-aid case and a helmet."""
    c.shadow(230, 420)
    c.box(80, 190, 360, 410, look.main, 26)
    c.arc(220, 190, 56, 40, 180, 360, shade(look.main, 0.7), 18)
    c.box(196, 236, 244, 364, "#ffffff", 6)
    c.box(156, 276, 284, 324, "#ffffff", 6)
    helmet(c, 470, 320, look.accent)


def helmet(c: Canvas, x: float, y: float, ink: str) -> None:
    """An open-faced helmet with its visor."""
    c.slice(x, y, 100, 170, 370, ink)
    c.box(x - 98, y - 14, x + 40, y + 76, ink, 30)
    c.poly([(x + 6, y - 40), (x + 100, y - 30), (x + 96, y + 30), (x, y + 30)], "#2b3648")
    c.poly([(x + 16, y - 32), (x + 60, y - 28), (x + 30, y + 18), (x + 10, y + 18)], "#5f7390")


def engine(c: Canvas, look: Look) -> None:
    """A two-cylinder engine, its cylinders leaning apart."""
    c.shadow(180, 424)
    for lean in (-1, 1):
        out, along = (lean * 0.56, -0.83), (0.83, lean * 0.56)
        for fin in range(7):
            x, y = 320 + out[0] * (90 + fin * 25), 330 + out[1] * (90 + fin * 25)
            half = 66 if fin < 6 else 46
            ends = [(x + side * half * along[0], y + side * half * along[1]) for side in (-1, 1)]
            c.line(ends, look.main if fin < 6 else look.accent, 16 if fin < 6 else 26)
    c.disc(320, 330, 96, shade(look.main, 0.75))
    c.disc(320, 330, 70, look.main)
    c.disc(320, 330, 34, look.accent)
    for bolt in range(8):
        turn = math.pi * bolt / 4
        c.disc(320 + 82 * math.cos(turn), 330 + 82 * math.sin(turn), 7, DARK)


def airbrush(c: Canvas, look: Look) -> None:
    """A fuel tank with flames, and paint in the air."""
    c.shadow(210, 416)
    c.poly([(110, 320), (150, 210), (270, 160), (420, 170), (500, 240), (520, 330), (420, 380), (190, 380)], look.main)
    for shift, ink in ((0, look.accent), (26, "#ffd166")):
        c.poly(
            [
                (130 + shift, 330),
                (210 + shift, 250),
                (216 + shift, 290),
                (320 + shift, 220),
                (300 + shift, 276),
                (430 - shift, 250),
                (350, 330),
                (240, 356 - shift * 0.3),
            ],
            ink,
        )
    c.disc(330, 158, 28, STEEL)
    for number in range(22):
        c.disc(490 + number * 37 % 110, 70 + number * 53 % 120, 4 + number % 4, look.accent)


def wallet(c: Canvas, look: Look) -> None:
    """A leather wallet on a chain."""
    c.shadow(200, 416)
    c.box(120, 180, 440, 390, look.main, 22)
    c.box(120, 180, 440, 276, shade(look.main, 1.2), 22)
    for x in range(138, 430, 22):
        c.line([(x, 374), (x + 10, 374)], PAPER, 4)
    c.disc(398, 276, 14, look.accent)
    c.star(250, 326, 34, shade(look.main, 0.7))
    for link in range(9):
        turn = link / 8 * math.pi
        c.ring(500 + 56 * math.cos(turn + math.pi), 230 - 90 * math.sin(turn), 17, 6, look.accent)


def camera(c: Canvas, look: Look) -> None:
    """A camera."""
    c.shadow(190, 404)
    c.box(246, 110, 394, 190, shade(look.main, 0.8), 14)
    c.box(130, 160, 510, 390, look.main, 30)
    c.box(130, 200, 510, 330, shade(look.main, 0.7))
    c.disc(320, 270, 100, "#d4d9df")
    c.disc(320, 270, 84, DARK)
    c.disc(320, 270, 58, look.accent)
    c.disc(296, 246, 18, "#ffffff")
    c.box(150, 174, 206, 194, "#d7263d", 8)
    c.disc(456, 182, 13, "#fff3b0")


def box_bike(c: Canvas, look: Look) -> None:
    """A motorcycle of cardboard with paper wheels."""
    c.shadow(220, 420)
    c.box(150, 180, 470, 330, look.main, 4)
    c.poly([(150, 180), (200, 130), (520, 130), (470, 180)], shade(look.main, 1.25))
    c.poly([(470, 180), (520, 130), (520, 280), (470, 330)], shade(look.main, 0.75))
    c.line([(150, 250), (470, 250)], shade(look.main, 0.7), 10)
    for x in (210, 410):
        c.disc(x, 350, 62, PAPER)
        c.ring(x, 350, 62, 9, look.accent)
        c.disc(x, 350, 12, look.accent)
    c.line([(420, 140), (400, 76), (470, 70)], look.accent, 14)
    c.star(300, 220, 30, "#d7263d")


def route_map(c: Canvas, look: Look) -> None:
    """A folded map with a route and a needle."""
    c.shadow(220, 410)
    for fold, ink in enumerate((PAPER, "#e9e2cf", PAPER, "#e9e2cf")):
        x, tilt = 100 + fold * 110, 26 if fold % 2 else 0
        c.poly([(x, 110 + tilt), (x + 110, 136 - tilt), (x + 110, 386 - tilt), (x, 360 + tilt)], ink)
    c.line([(140, 330), (220, 250), (300, 300), (380, 190), (480, 170)], look.main, 12)
    c.line([(130, 180), (250, 170), (330, 360)], "#8cc3e8", 10)
    c.disc(480, 140, 30, look.accent)
    c.poly([(454, 152), (506, 152), (480, 206)], look.accent)
    c.disc(480, 140, 11, PAPER)


# --- camp and services ----------------------------------------------------------------------------


def tent(c: Canvas, look: Look) -> None:
    """A tent on grass; with a lamp if it has a mark."""
    c.poly([(0, 380), (640, 380), (640, 480), (0, 480)], "#7fae63")
    c.poly([(80, 400), (320, 110), (560, 400)], look.main)
    c.poly([(320, 110), (420, 400), (220, 400)], shade(look.main, 0.6))
    c.poly([(320, 150), (300, 400), (232, 400)], look.accent)
    c.line([(320, 112), (320, 84)], "#5c4326", 6)
    c.line([(90, 396), (40, 424)], "#5c4326", 4)
    c.line([(550, 396), (600, 424)], "#5c4326", 4)
    if look.mark:
        c.disc(372, 330, 54, (255, 243, 176, 110))
        c.box(356, 306, 388, 352, "#ffe08a", 8)


def caravan(c: Canvas, look: Look) -> None:
    """A caravan."""
    c.poly([(0, 380), (640, 380), (640, 480), (0, 480)], "#7fae63")
    c.shadow(240, 414)
    c.box(100, 130, 520, 380, look.main, 60)
    c.box(100, 270, 520, 310, look.accent)
    c.box(150, 176, 290, 256, "#d6ecf5", 12)
    c.box(350, 176, 440, 380, shade(look.main, 0.9), 10)
    c.disc(428, 300, 7, DARK)
    c.disc(240, 386, 42, DARK)
    c.disc(240, 386, 19, STEEL)
    c.line([(520, 370), (600, 380)], DARK, 12)


def shower(c: Canvas, look: Look) -> None:
    """A shower head and its rain."""
    c.line([(180, 420), (180, 90), (340, 90), (340, 130)], STEEL, 20)
    c.slice(340, 200, 96, 180, 360, look.main)
    c.box(238, 196, 442, 216, shade(look.main, 0.75), 8)
    for number in range(18):
        drop(c, 258 + number % 6 * 33, 260 + number // 6 * 62 + number % 2 * 18, 9, look.accent)
    c.oval(340, 436, 150, 16, "#a9d3ea")


def locker(c: Canvas, look: Look) -> None:
    """A row of lockers, one open with a helmet in it."""
    c.shadow(220, 432)
    for number in range(3):
        x = 110 + number * 142
        c.box(x, 70, x + 132, 426, look.main if number != 1 else DARK, 8)
        for y in (96, 110, 124):
            c.line([(x + 36, y), (x + 96, y)], shade(look.main, 0.7), 5)
        c.disc(x + 112, 250, 8, look.accent)
    helmet_small = 330
    c.slice(318, helmet_small, 50, 175, 365, look.accent)
    c.box(269, helmet_small - 4, 340, helmet_small + 40, look.accent, 14)
    c.poly(
        [(320, helmet_small - 16), (368, helmet_small - 12), (366, helmet_small + 18), (318, helmet_small + 18)],
        "#5f7390",
    )


def phone(c: Canvas, look: Look) -> None:
    """A phone being charged."""
    c.shadow(110, 436)
    c.box(230, 50, 410, 400, DARK, 28)
    c.box(244, 74, 396, 370, look.main, 12)
    c.box(276, 150, 364, 320, (255, 255, 255, 90), 14)
    c.box(304, 136, 336, 152, (255, 255, 255, 90), 4)
    c.box(284, 220, 356, 312, look.accent, 8)
    c.poly([(328, 168), (292, 242), (318, 242), (310, 298), (350, 220), (322, 220)], "#ffffff")
    c.line([(320, 400), (320, 430), (470, 430), (520, 380)], "#5a6270", 10)


def bus(c: Canvas, look: Look) -> None:
    """A bus."""
    c.shadow(260, 414)
    c.box(70, 130, 570, 380, look.main, 30)
    c.box(70, 290, 570, 320, look.accent)
    for x in range(96, 460, 92):
        c.box(x, 164, x + 76, 256, "#d6ecf5", 10)
    c.box(470, 164, 550, 372, "#bcd9e6", 10)
    for x in (180, 450):
        c.disc(x, 384, 44, DARK)
        c.disc(x, 384, 19, STEEL)
    c.disc(556, 344, 12, "#fff3b0")


def suitcase(c: Canvas, look: Look) -> None:
    """Two motorcycle cases and a padlock."""
    c.shadow(220, 414)
    for x in (100, 330):
        c.box(x, 170, x + 210, 400, look.main, 22)
        c.box(x + 16, 186, x + 194, 250, shade(look.main, 1.25), 12)
        c.arc(x + 105, 172, 42, 34, 180, 360, DARK, 12)
        for y in (290, 330):
            c.line([(x + 26, y), (x + 184, y)], shade(look.main, 0.75), 8)
    c.arc(320, 300, 32, 40, 180, 360, STEEL, 12)
    c.box(276, 296, 364, 374, look.accent, 10)
    c.disc(320, 334, 11, DARK)
