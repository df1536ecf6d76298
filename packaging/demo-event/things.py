"""Souvenirs, tickets and badges."""

from __future__ import annotations

import math

from canvas import Canvas, Look, shade
from road import machine
from wear import towers

STEEL = "#b9c1cc"
PAPER = "#f6f1e4"


def patch(c: Canvas, look: Look) -> None:
    """A round stitched patch with the wheel."""
    c.shadow(140)
    c.disc(320, 238, 158, shade(look.main, 0.7))
    c.disc(320, 238, 150, look.main)
    for stitch in range(48):
        turn = math.pi * stitch / 24
        c.disc(320 + 138 * math.cos(turn), 238 + 138 * math.sin(turn), 4, look.accent)
    c.wheel(320, 244, 84, look.accent)
    if look.mark:
        c.box(206, 216, 434, 272, look.accent, 12)
        c.word(320, 243, look.mark, 40, look.main)


def road_patch(c: Canvas, look: Look) -> None:
    """A shield with a road that runs to the horizon."""
    c.shadow(130)
    c.poly([(190, 96), (450, 96), (450, 270), (320, 402), (190, 270)], shade(look.main, 0.7))
    c.poly([(202, 108), (438, 108), (438, 264), (320, 386), (202, 264)], look.main)
    c.disc(320, 190, 44, look.accent)
    c.poly([(308, 190), (332, 190), (390, 312), (320, 382), (250, 312)], "#39404e")
    for y in (214, 250, 294):
        c.box(316, y, 324, y + 22, PAPER)


def tower_patch(c: Canvas, look: Look) -> None:
    """An oblong patch with towers."""
    c.shadow(190, 372)
    c.box(126, 130, 514, 346, shade(look.main, 0.7), 40)
    c.box(136, 140, 504, 336, look.main, 34)
    towers(c, 158, 306, 1.0, look.accent)
    c.box(150, 306, 490, 318, look.accent)


def _pin(c: Canvas, x: float, y: float, r: float, ink: str) -> None:
    c.disc(x, y, r, shade("#c9a24b", 0.85))
    c.disc(x, y, r * 0.9, ink)
    c.wheel(x, y, r * 0.7, "#2b3140")
    c.arc(x, y, r * 0.82, r * 0.82, 200, 260, "#ffffff", r * 0.06)


def pin(c: Canvas, look: Look) -> None:
    """One enamel pin."""
    c.shadow(120)
    _pin(c, 320, 240, 128, look.main)


def pins(c: Canvas, look: Look) -> None:
    """Five pins on a card."""
    c.shadow(180)
    c.box(150, 84, 490, 398, PAPER, 18)
    spots = ((230, 170), (410, 170), (320, 240), (230, 316), (410, 316))
    inks = (look.main, look.accent, "#2f9e6e", "#3a6ea5", "#8e5ea2")
    for (x, y), ink in zip(spots, inks, strict=True):
        _pin(c, x, y, 52, ink)


def buckle(c: Canvas, look: Look) -> None:
    """A belt buckle on its belt."""
    c.shadow(190, 360)
    c.box(20, 196, 620, 286, "#5a3a24")
    c.box(20, 206, 620, 212, "#7b5233")
    c.box(20, 270, 620, 276, "#7b5233")
    c.oval(320, 241, 170, 112, shade(look.main, 0.75))
    c.oval(320, 241, 158, 100, look.main)
    c.oval(320, 241, 130, 78, shade(look.main, 1.25))
    c.wheel(320, 241, 60, look.accent)


def coin(c: Canvas, look: Look) -> None:
    """A medal with a clock's hands."""
    c.shadow(140)
    c.disc(320, 240, 160, shade(look.main, 0.7))
    c.disc(320, 236, 154, look.main)
    c.ring(320, 236, 138, 8, shade(look.main, 0.75))
    for hour in range(12):
        turn = math.pi * hour / 6
        c.disc(320 + 112 * math.cos(turn), 236 + 112 * math.sin(turn), 8, shade(look.main, 0.65))
    c.line([(320, 236), (320, 156)], look.accent, 10)
    c.line([(320, 236), (376, 268)], look.accent, 10)
    c.disc(320, 236, 14, look.accent)


def keyring(c: Canvas, look: Look) -> None:
    """A piston on a ring."""
    c.shadow(130)
    c.ring(250, 130, 66, 12, STEEL)
    c.line([(292, 176), (330, 214)], STEEL, 12)
    c.box(270, 204, 424, 292, look.main, 16)
    for y in (220, 238, 256):
        c.box(270, y, 424, y + 8, shade(look.main, 0.6))
    c.box(318, 286, 376, 360, shade(look.main, 0.8))
    c.ring(347, 366, 40, 16, shade(look.main, 0.7))


def stickers(c: Canvas, look: Look) -> None:
    """A sheet of stickers."""
    c.shadow(180)
    c.box(130, 86, 510, 396, PAPER, 14)
    inks = (look.main, look.accent, "#2f9e6e", "#3a6ea5", "#8e5ea2", "#e0a030")
    for spot in range(12):
        x, y, ink = 188 + spot % 4 * 88, 148 + spot // 4 * 94, inks[spot * 5 % 6]
        if spot % 3 == 0:
            c.star(x, y, 36, ink)
        elif spot % 3 == 1:
            c.disc(x, y, 34, ink)
            c.wheel(x, y, 26)
        else:
            c.box(x - 36, y - 24, x + 36, y + 24, ink, 12)
            c.poly([(x - 8, y - 14), (x + 18, y), (x - 8, y + 14)], PAPER)


def flag(c: Canvas, look: Look) -> None:
    """A waving flag on a pole."""
    c.shadow(110, 424)
    c.box(168, 60, 182, 424, "#8a8f99", 6)
    wave = [(182 + x, 84 + 16 * math.sin(x / 48)) for x in range(0, 311, 10)]
    low = [(x, y + 196) for x, y in reversed(wave)]
    c.poly([*wave, *low], look.main)
    c.poly([*[(x, y + 66) for x, y in wave], *[(x, y - 66) for x, y in low]], look.accent)
    c.wheel(338, 188, 52, shade(look.main, 0.6))


def banner(c: Canvas, look: Look) -> None:
    """A banner hanging from a rod."""
    c.shadow(150, 436)
    c.box(150, 66, 490, 80, "#7a5a3a", 7)
    c.poly([(184, 80), (456, 80), (456, 372), (320, 428), (184, 372)], look.main)
    c.poly([(204, 100), (436, 100), (436, 360), (320, 406), (204, 360)], shade(look.main, 0.8))
    c.wheel(320, 212, 86, look.accent)
    c.star(320, 344, 26, look.accent)
    for x in (196, 444):
        c.ring(x, 92, 8, 3, STEEL)


def poster(c: Canvas, look: Look) -> None:
    """A poster with sun, hills and a road."""
    c.shadow(150, 424)
    c.box(198, 56, 442, 416, PAPER, 4)
    c.box(212, 70, 428, 372, look.main)
    c.disc(320, 190, 62, look.accent)
    c.poly([(212, 300), (280, 216), (340, 280), (392, 234), (428, 290), (428, 372), (212, 372)], shade(look.main, 0.55))
    c.poly([(314, 268), (326, 268), (372, 372), (262, 372)], "#d8d2c4")
    c.box(232, 384, 408, 402, shade(look.main, 0.55), 4)


def book(c: Canvas, look: Look) -> None:
    """A thick photo book, open."""
    c.shadow(210, 392)
    c.poly([(90, 130), (320, 162), (550, 130), (550, 372), (320, 404), (90, 372)], look.main)
    c.poly([(106, 118), (320, 148), (320, 388), (106, 358)], PAPER)
    c.poly([(534, 118), (320, 148), (320, 388), (534, 358)], shade(PAPER, 0.93))
    c.poly([(130, 150), (294, 172), (294, 300), (130, 280)], look.accent)
    c.poly([(130, 280), (190, 220), (236, 262), (294, 226), (294, 300)], shade(look.accent, 0.6))
    for y in (186, 222, 258, 294):
        c.line([(350, y), (504, y - 20)], "#b5ae9e", 6)


def calendar(c: Canvas, look: Look) -> None:
    """A wall calendar."""
    c.shadow(150, 424)
    c.box(180, 76, 460, 416, PAPER, 10)
    c.box(180, 76, 460, 240, look.main, 10)
    c.wheel(270, 190, 34, look.accent)
    c.wheel(370, 190, 34, look.accent)
    c.line([(270, 190), (306, 150), (350, 150), (370, 190)], look.accent, 10)
    for day in range(28):
        x, y = 204 + day % 7 * 34, 262 + day // 7 * 38
        c.box(x, y, x + 24, y + 26, look.main if day in (9, 10, 11, 12) else "#ddd5c3", 4)
    for x in range(210, 450, 36):
        c.line([(x, 66), (x, 88)], STEEL, 6)


def opener(c: Canvas, look: Look) -> None:
    """A spanner that opens bottles."""
    c.shadow(170)
    c.line([(214, 350), (420, 152)], look.main, 44)
    c.line([(226, 338), (408, 164)], shade(look.main, 1.4), 12)
    c.slice(436, 138, 70, -14, 284, look.main)
    c.disc(198, 364, 50, look.main)
    c.disc(198, 364, 24, "#d3dbe3")
    c.word(318, 252, look.mark, 30, look.accent)


def cards(c: Canvas, look: Look) -> None:
    """A fan of playing cards."""
    c.shadow(170)
    for lean, ink in ((-92, "#d8d2c4"), (0, "#ebe5d6"), (92, PAPER)):
        low = lean * 0.35
        top = [(256 + lean, 88 + abs(lean) * 0.25), (384 + lean, 88 + abs(lean) * 0.25 + lean * 0.12)]
        c.poly([*top, (380 + low, 384), (260 + low, 384)], ink)
    c.poly([(412, 150), (442, 190), (412, 236), (382, 190)], look.main)
    c.wheel(318, 232, 44, look.accent)
    c.star(222, 190, 34, look.accent)


def magnet(c: Canvas, look: Look) -> None:
    """A clock tower for the fridge door."""
    c.shadow(110)
    c.box(240, 150, 400, 402, look.main, 8)
    c.poly([(224, 152), (416, 152), (320, 50)], shade(look.main, 0.65))
    c.disc(320, 234, 62, "#22325a")
    c.ring(320, 234, 62, 7, look.accent)
    c.ring(320, 234, 38, 5, look.accent)
    c.line([(320, 234), (346, 196)], look.accent, 6)
    c.slice(320, 372, 34, 180, 360, shade(look.main, 0.55))
    c.box(286, 370, 354, 402, shade(look.main, 0.55))


def tote(c: Canvas, look: Look) -> None:
    """A canvas bag."""
    c.shadow(150, 424)
    c.arc(320, 172, 74, 112, 180, 360, shade(look.main, 0.7), 14)
    c.poly([(190, 168), (450, 168), (470, 418), (170, 418)], look.main)
    c.poly([(190, 168), (450, 168), (452, 192), (188, 192)], shade(look.main, 0.85))
    c.wheel(320, 304, 76, look.accent)


def ticket(c: Canvas, look: Look) -> None:
    """An entrance ticket with a perforated counterfoil; the mark says for which days."""
    c.shadow(210, 366)
    c.poly([(92, 168), (530, 128), (548, 318), (110, 358)], shade(look.main, 0.7))
    c.poly([(86, 156), (524, 116), (542, 306), (104, 346)], look.main)
    for step in range(9):
        c.disc(410 + step * 2.0, 136 + step * 21, 4, PAPER)
    c.wheel(190, 246, 56, look.accent)
    c.word(322, 236, look.mark, 66, PAPER)
    for step in range(6):
        c.line([(446 + step * 13, 158 - step), (458 + step * 13, 280 - step)], PAPER, 3 + step % 3 * 2)


def riding_ticket(c: Canvas, look: Look) -> None:
    """A ticket and the motorcycle that comes with it; no plate, which people at gates take for the guest's."""
    ticket(c, look)
    machine(c, 236, 398, 0.72, look.accent)


def free_ticket(c: Canvas, look: Look) -> None:
    """A ticket with a heart on it."""
    ticket(c, Look(look.main, look.accent, ""))
    c.disc(300, 214, 28, PAPER)
    c.disc(346, 210, 28, PAPER)
    c.poly([(274, 224), (372, 216), (328, 276)], PAPER)
    c.word(323, 222, look.mark, 26, look.main)


def wheelchair(c: Canvas, look: Look) -> None:
    """The sign for wheelchair users."""
    c.shadow(140)
    c.box(170, 86, 470, 394, look.main, 34)
    c.disc(304, 138, 24, PAPER)
    c.line([(304, 172), (308, 254), (380, 254), (412, 340)], PAPER, 22)
    c.line([(308, 208), (366, 208)], PAPER, 16)
    c.arc(298, 290, 76, 76, 10, 250, PAPER, 18)


def badge(c: Canvas, look: Look) -> None:
    """An accreditation on a lanyard."""
    c.shadow(120, 430)
    c.line([(262, 30), (312, 132)], look.accent, 18)
    c.line([(378, 30), (328, 132)], look.accent, 18)
    c.box(226, 124, 414, 416, PAPER, 16)
    c.box(226, 124, 414, 196, look.main, 16)
    c.box(292, 134, 348, 146, "#d8d2c4", 6)
    c.word(320, 170, look.mark, 30, PAPER)
    c.disc(320, 258, 32, shade(look.main, 1.4))
    c.slice(320, 344, 58, 180, 360, shade(look.main, 1.4))
    for y in (364, 388):
        c.box(258, y, 382, y + 10, "#cfc7b4", 5)


def voucher(c: Canvas, look: Look) -> None:
    """A card of boxes to be stamped; the mark says how many."""
    c.shadow(200, 366)
    c.box(110, 126, 530, 352, PAPER, 18)
    c.box(110, 126, 530, 190, look.main, 18)
    c.word(320, 158, look.mark, 42, PAPER)
    count = int(look.mark.rstrip("x"))
    across = 5
    for spot in range(count):
        y = 270 if count <= across else 236 + spot // across * 70
        x = 168 + spot % across * 76
        c.disc(x, y, 28, look.accent if spot < 2 else "#ddd5c3")
        if spot < 2:
            c.line([(x - 12, y), (x - 3, y + 11), (x + 14, y - 11)], PAPER, 6)
