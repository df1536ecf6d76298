"""Clothes."""

from __future__ import annotations

from canvas import Canvas, Look, shade

SKIN_DARK = "#1e2430"


def _torso(c: Canvas, ink: str, *, long: bool) -> None:
    """Body and sleeves of a shirt laid flat."""
    cuff = [(128, 330), (176, 352)] if long else [(128, 196), (176, 244)]
    left = [(236, 104), (176, 126), *cuff, (226, 216)]
    right = [(640 - x, y) for x, y in left]
    c.poly(left, shade(ink, 0.82))
    c.poly(right, shade(ink, 0.82))
    c.poly([(236, 104), (404, 104), (430, 130), (420, 396), (220, 396), (210, 130)], ink)


def _neck(c: Canvas, ink: str) -> None:
    c.oval(320, 104, 46, 24, shade(ink, 0.62))
    c.oval(320, 98, 38, 18, shade(ink, 1.75))


def shirt(c: Canvas, look: Look) -> None:
    """A T-shirt with the wheel on its chest."""
    c.shadow(150)
    _torso(c, look.main, long=False)
    _neck(c, look.main)
    c.disc(320, 234, 62, look.accent)
    c.wheel(320, 234, 50, shade(look.main, 0.7))


def wave_shirt(c: Canvas, look: Look) -> None:
    """A T-shirt with a river across it."""
    c.shadow(150)
    _torso(c, look.main, long=False)
    _neck(c, look.main)
    for row in range(3):
        y = 214 + row * 34
        for step in range(4):
            c.arc(251 + step * 46, y, 23, 16, 180 if step % 2 else 0, 360 if step % 2 else 180, look.accent, 9)


def night_shirt(c: Canvas, look: Look) -> None:
    """A T-shirt with towers and two headlights."""
    c.shadow(150)
    _torso(c, look.main, long=False)
    _neck(c, look.main)
    towers(c, 238, 262, 0.42, look.accent)
    c.disc(296, 300, 13, "#fff3b0")
    c.disc(344, 300, 13, "#fff3b0")


def towers(c: Canvas, x: float, y: float, size: float, ink: str) -> None:
    """Gothic roofs in a row whose ground line starts at x, y."""
    for left, wide, high, peak in (
        (0, 44, 90, 60),
        (56, 70, 60, 26),
        (140, 44, 110, 74),
        (200, 60, 54, 40),
        (276, 46, 98, 64),
    ):
        x0, x1, top = x + left * size, x + (left + wide) * size, y - high * size
        c.box(x0, top, x1, y, ink)
        c.poly([(x0 - 5 * size, top), (x1 + 5 * size, top), ((x0 + x1) / 2, top - peak * size)], shade(ink, 0.8))


def long_shirt(c: Canvas, look: Look) -> None:
    """A shirt with long sleeves and a line down each."""
    c.shadow(190)
    _torso(c, look.main, long=True)
    _neck(c, look.main)
    c.line([(206, 140), (156, 334)], look.accent, 10)
    c.line([(434, 140), (484, 334)], look.accent, 10)
    c.box(262, 220, 378, 236, look.accent, 6)


def hoodie(c: Canvas, look: Look) -> None:
    """A hooded sweatshirt with a pouch, zipped if it has a mark."""
    c.shadow(190)
    _torso(c, look.main, long=True)
    c.poly([(246, 118), (270, 62), (370, 62), (394, 118), (320, 176)], shade(look.main, 0.86))
    c.oval(320, 108, 44, 38, shade(look.main, 0.5))
    c.poly([(254, 300), (386, 300), (404, 372), (236, 372)], shade(look.main, 0.84))
    if look.mark:
        c.line([(320, 150), (320, 394)], look.accent, 6)
    else:
        c.line([(300, 148), (296, 214)], look.accent, 6)
        c.line([(340, 148), (344, 214)], look.accent, 6)
        c.box(252, 236, 388, 262, look.accent, 8)


def polo(c: Canvas, look: Look) -> None:
    """A polo shirt."""
    c.shadow(150)
    _torso(c, look.main, long=False)
    _neck(c, look.main)
    c.poly([(262, 96), (320, 150), (292, 176), (244, 118)], look.accent)
    c.poly([(378, 96), (320, 150), (348, 176), (396, 118)], look.accent)
    c.box(308, 150, 332, 224, shade(look.main, 0.9))
    for y in (168, 196):
        c.disc(320, y, 5, look.accent)
    c.box(134, 222, 178, 232, look.accent, 4)
    c.box(462, 222, 506, 232, look.accent, 4)


def denim(c: Canvas, look: Look) -> None:
    """A denim shirt with snaps and pockets."""
    c.shadow(190)
    _torso(c, look.main, long=True)
    c.poly([(262, 92), (320, 146), (290, 172), (240, 114)], shade(look.main, 1.25))
    c.poly([(378, 92), (320, 146), (350, 172), (400, 114)], shade(look.main, 1.25))
    for x in (232, 348):
        c.box(x, 206, x + 60, 268, shade(look.main, 0.84), 6)
        c.poly([(x, 206), (x + 60, 206), (x + 30, 232)], shade(look.main, 1.2))
    c.line([(320, 150), (320, 392)], shade(look.main, 0.75), 4)
    for y in (176, 222, 268, 314, 360):
        c.disc(320, y, 6, look.accent)


def vest(c: Canvas, look: Look) -> None:
    """A leather vest with patches."""
    c.shadow(150)
    c.poly([(262, 92), (226, 104), (240, 190), (204, 230), (212, 398), (312, 398), (312, 250)], look.main)
    c.poly([(378, 92), (414, 104), (400, 190), (436, 230), (428, 398), (328, 398), (328, 250)], look.main)
    c.poly([(262, 92), (312, 250), (312, 292), (236, 120)], shade(look.main, 1.25))
    c.poly([(378, 92), (328, 250), (328, 292), (404, 120)], shade(look.main, 1.25))
    c.disc(258, 292, 24, look.accent)
    c.wheel(258, 292, 18)
    c.box(352, 272, 408, 304, "#e8e2d2", 6)
    c.star(380, 346, 22, look.accent)
    for y in (316, 346, 376):
        c.disc(320, y, 5, "#c9ced6")


def rain_jacket(c: Canvas, look: Look) -> None:
    """A bright shell with reflecting strips and drops around."""
    c.shadow(190)
    _torso(c, look.main, long=True)
    c.poly([(270, 112), (288, 76), (352, 76), (370, 112)], shade(look.main, 0.8))
    c.line([(320, 90), (320, 394)], shade(look.main, 0.6), 6)
    for y in (250, 318):
        c.box(216, y, 424, y + 18, "#eef2f5")
    for x, y in ((110, 120), (540, 150), (90, 260), (556, 290), (150, 80), (500, 70)):
        drop(c, x, y, 13, look.accent)


def drop(c: Canvas, x: float, y: float, r: float, ink: str) -> None:
    """A drop of water."""
    c.poly([(x - r * 0.9, y - r * 0.3), (x + r * 0.9, y - r * 0.3), (x, y - r * 2)], ink)
    c.disc(x, y, r, ink)


def cap(c: Canvas, look: Look) -> None:
    """A cap with a peak."""
    c.shadow(190, 372)
    c.slice(310, 300, 140, 180, 360, look.main)
    c.poly([(304, 300), (450, 296), (556, 322), (540, 346), (300, 340)], shade(look.main, 0.72))
    c.box(170, 296, 452, 322, shade(look.main, 0.84), 8)
    c.disc(310, 164, 10, look.accent)
    c.disc(314, 244, 42, look.accent)
    c.wheel(314, 244, 34)


def beanie(c: Canvas, look: Look) -> None:
    """A knitted hat with a bobble."""
    c.shadow(170, 386)
    c.slice(320, 310, 146, 180, 360, look.main)
    for x in range(206, 436, 38):
        c.line([(x, 300), (320 + (x - 320) * 0.3, 176)], shade(look.main, 0.84), 7)
    c.box(164, 294, 476, 362, look.accent, 20)
    for x in range(188, 466, 26):
        c.line([(x, 306), (x, 350)], shade(look.accent, 0.84), 6)
    c.disc(320, 152, 36, look.accent)


def bandana(c: Canvas, look: Look) -> None:
    """A square scarf folded to a triangle, printed like a map."""
    c.shadow(190)
    c.poly([(110, 140), (530, 140), (320, 396)], look.main)
    c.poly([(110, 140), (530, 140), (486, 168), (154, 168)], shade(look.main, 0.8))
    c.line([(180, 190), (262, 214), (300, 280), (322, 366)], "#8cc3e8", 14)
    for points in (
        ((250, 176), (236, 260)),
        ((390, 176), (352, 330)),
        ((220, 240), (424, 220)),
        ((270, 312), (376, 300)),
    ):
        c.line(points, look.accent, 5)
    c.disc(352, 244, 14, "#d7263d")


def neck_tube(c: Canvas, look: Look) -> None:
    """A tube for the neck."""
    c.shadow(150)
    c.poly([(212, 120), (428, 120), (446, 250), (424, 386), (216, 386), (194, 250)], look.main)
    c.oval(320, 120, 108, 30, shade(look.main, 0.6))
    c.oval(320, 386, 104, 22, look.main)
    for y in (180, 236, 292, 346):
        c.arc(320, y - 24, 118, 34, 20, 160, look.accent, 8)


def socks(c: Canvas, look: Look) -> None:
    """A pair of tall socks."""
    c.shadow(170)
    for x in (150, 330):
        c.box(x + 20, 84, x + 106, 320, look.main, 16)
        c.box(x + 20, 290, x + 196, 392, look.main, 48)
        c.slice(x + 150, 342, 50, 270, 450, look.accent)
        c.slice(x + 66, 346, 46, 90, 180, shade(look.main, 0.75))
        for y in (100, 128, 156):
            c.box(x + 20, y, x + 106, y + 12, look.accent)


def gloves(c: Canvas, look: Look) -> None:
    """A pair of leather gloves."""
    c.shadow(180)
    for flip in (1, -1):
        for number, top in enumerate((150, 118, 112, 134)):
            x = 320 - flip * (206 - number * 40)
            c.line([(x, top), (x, 280)], look.main, 34)
        c.line([(320 - flip * 38, 226), (320 - flip * 74, 300)], look.main, 36)
        left = min(320 - flip * 224, 320 - flip * 68)
        c.box(left, 214, left + 156, 336, look.main, 24)
        c.box(left + 4, 336, left + 152, 396, shade(look.main, 0.75), 10)
        c.box(left + 26, 350, left + 130, 372, look.accent, 8)
        c.box(left + 24, 232, left + 126, 262, shade(look.main, 1.3), 12)
