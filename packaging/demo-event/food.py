"""Food and drink."""

from __future__ import annotations

import math

from canvas import Canvas, Look, shade

CHINA = "#fbfaf6"


def _plate(c: Canvas) -> None:
    c.shadow(230, 392)
    c.oval(320, 286, 250, 122, "#dfe3e6")
    c.oval(320, 278, 250, 120, CHINA)
    c.oval(320, 278, 190, 88, "#eef0ee")


def goulash(c: Canvas, look: Look) -> None:
    """Meat in sauce with slices of dumpling."""
    _plate(c)
    c.oval(370, 276, 132, 62, look.main)
    for x, y in ((320, 262), (380, 248), (424, 280), (352, 296), (404, 304)):
        c.box(x - 26, y - 18, x + 26, y + 16, shade(look.main, 0.6), 10)
    for number in range(4):
        c.oval(196 + number * 30, 256 + number * 14, 44, 38, shade("#f2e6c8", 0.9))
        c.oval(196 + number * 30, 250 + number * 14, 42, 35, "#f7efd9")
    for x, y in ((392, 236), (432, 252), (350, 250)):
        c.ring(x, y, 15, 4, look.accent)


def svickova(c: Canvas, look: Look) -> None:
    """Sliced beef under a cream sauce with lemon and cranberries."""
    _plate(c)
    c.oval(340, 280, 162, 70, look.main)
    for number in range(3):
        c.oval(280 + number * 40, 262 + number * 12, 50, 28, "#8b5a44")
    c.disc(402, 262, 34, "#f4d03f")
    c.disc(402, 262, 27, "#fbeaa0")
    for x, y in ((394, 256), (408, 254), (402, 268), (414, 268)):
        c.disc(x, y, 9, look.accent)
    for number in range(3):
        c.oval(188 + number * 26, 280 + number * 14, 40, 32, "#f7efd9")


def schnitzel(c: Canvas, look: Look) -> None:
    """A large breaded cutlet, lemon and potato salad."""
    _plate(c)
    c.poly([(160, 280), (190, 214), (290, 196), (400, 210), (440, 268), (410, 326), (290, 344), (190, 332)], look.main)
    for x, y in ((220, 256), (290, 232), (350, 270), (260, 300), (388, 250), (330, 316)):
        c.disc(x, y, 11, shade(look.main, 1.25))
    c.slice(430, 268, 42, 200, 380, "#f4d03f")
    for x, y in ((440, 306), (476, 290), (466, 322), (420, 328)):
        c.disc(x, y, 22, "#f0e2a8")
        c.disc(x + 6, y - 6, 7, look.accent)


def curry(c: Canvas, look: Look) -> None:
    """A deep bowl of curry beside its rice."""
    _bowl(c, look.accent, look.main)
    c.oval(262, 226, 72, 30, "#faf6e6")
    for x, y in ((350, 222), (402, 232), (372, 248), (430, 216)):
        c.disc(x, y, 11, shade(look.main, 0.75))
    leaf = [(330, 200), (352, 184), (378, 196), (352, 208)]
    c.poly(leaf, "#3d8b4a")


def _bowl(c: Canvas, china: str, inside: str) -> None:
    c.shadow(190, 404)
    c.slice(320, 226, 182, 0, 180, china)
    c.box(252, 388, 388, 408, shade(china, 0.75), 8)
    c.oval(320, 226, 182, 56, shade(china, 1.3))
    c.oval(320, 230, 164, 46, inside)


def soup(c: Canvas, look: Look) -> None:
    """A bowl of soup, steaming."""
    _bowl(c, look.main, look.accent)
    for x, y in ((260, 228), (322, 240), (380, 222), (300, 216)):
        c.box(x - 16, y - 9, x + 16, y + 9, "#b9823c", 4)
    steam(c, 320, 150)


def steam(c: Canvas, x: float, y: float) -> None:
    """Three wisps of steam."""
    for shift in (-54, 0, 54):
        points = [(x + shift + 12 * math.sin(step / 2.2), y - step * 8) for step in range(12)]
        c.line(points, (255, 255, 255, 150), 9)


def fried_cheese(c: Canvas, look: Look) -> None:
    """Breaded cheese with chips."""
    _plate(c)
    for number in range(10):
        x = 350 + number % 5 * 28
        c.line([(x, 216 + number // 5 * 20), (x + 26, 304 + number % 3 * 8)], "#f2c14e", 15)
    c.box(170, 224, 330, 326, look.main, 18)
    c.box(182, 234, 318, 276, shade(look.main, 1.2), 14)
    c.poly([(250, 300), (330, 292), (346, 340), (262, 346)], "#fbe7a0")
    c.oval(430, 324, 38, 20, look.accent)


def burger(c: Canvas, look: Look) -> None:
    """A tall burger."""
    c.shadow(180)
    c.box(178, 338, 462, 400, "#c98a3d", 26)
    c.box(168, 300, 472, 346, look.main, 20)
    c.poly([(172, 286), (468, 286), (440, 324), (400, 296), (340, 330), (280, 296), (220, 322)], "#f4c430")
    c.box(164, 262, 476, 290, look.accent, 14)
    c.box(180, 240, 460, 266, "#d7443e", 12)
    c.slice(320, 246, 148, 180, 360, "#d79a4a")
    c.slice(320, 240, 132, 200, 300, "#e2ab5e")
    for x, y in ((250, 176), (300, 140), (352, 150), (392, 186), (320, 190), (276, 210)):
        c.oval(x, y, 9, 6, "#f8e9c8")


def sausage(c: Canvas, look: Look) -> None:
    """A grilled sausage with mustard and bread."""
    _plate(c)
    c.arc(320, 190, 150, 110, 20, 160, look.main, 54)
    c.arc(320, 196, 140, 100, 30, 150, shade(look.main, 1.25), 10)
    for x in (230, 280, 330, 380):
        c.line([(x, 258), (x + 22, 296)], shade(look.main, 0.5), 8)
    c.slice(440, 300, 66, 180, 360, "#b97a3a")
    c.slice(440, 302, 54, 180, 360, "#f0dcae")
    c.oval(200, 318, 34, 18, look.accent)


def ribs(c: Canvas, look: Look) -> None:
    """A rack of ribs on a board."""
    c.shadow(220, 400)
    c.box(100, 200, 540, 380, "#9b6b3f", 22)
    c.box(100, 200, 540, 366, "#b98350", 22)
    c.poly([(150, 250), (480, 220), (500, 320), (166, 344)], look.main)
    for number in range(7):
        x = 176 + number * 46
        c.line([(x, 244 - number * 3), (x + 8, 338 - number * 3)], shade(look.main, 0.6), 12)
        c.disc(x + 24, 236 - number * 3, 13, "#f3ead6")
    c.line([(190, 270), (460, 246)], look.accent, 10)


def langos(c: Canvas, look: Look) -> None:
    """Fried bread with cheese."""
    c.shadow(200, 396)
    c.oval(320, 270, 196, 116, shade(look.main, 0.7))
    c.oval(320, 260, 194, 112, look.main)
    c.oval(320, 258, 150, 80, "#f6e7bd")
    for number in range(26):
        turn = number * 2.4
        reach = 22 + number * 4.2
        x, y = 320 + reach * math.cos(turn), 258 + reach * 0.52 * math.sin(turn)
        c.line([(x - 13, y - 4), (x + 13, y + 4)], look.accent, 6)


def pancakes(c: Canvas, look: Look) -> None:
    """A stack of pancakes with blueberries."""
    _plate(c)
    for number in range(3):
        y = 300 - number * 34
        c.oval(320, y + 10, 130, 42, shade(look.main, 0.75))
        c.oval(320, y, 130, 42, look.main)
    c.oval(320, 222, 66, 22, CHINA)
    for x, y in ((284, 214), (318, 204), (352, 216), (330, 226), (436, 320), (200, 316), (466, 290)):
        c.disc(x, y, 14, look.accent)
        c.disc(x - 4, y - 4, 4, shade(look.accent, 1.5))


def trdelnik(c: Canvas, look: Look) -> None:
    """A cake rolled round a spit."""
    c.shadow(200, 392)
    c.line([(70, 300), (570, 170)], "#8a6a46", 18)
    for number in range(8):
        x, y = 150 + number * 46, 284 - number * 12
        c.oval(x + 6, y, 42, 84, shade(look.main, 0.7))
        c.oval(x, y, 40, 82, look.main)
        c.oval(x - 8, y - 16, 20, 54, shade(look.main, 1.3))
    for number in range(24):
        c.disc(140 + number * 15.5, 236 + number * 53 % 90 - number * 3.6, 4, look.accent)


def ice_cream(c: Canvas, look: Look) -> None:
    """Two scoops in a cone."""
    c.shadow(80, 436)
    c.poly([(236, 236), (404, 236), (320, 436)], "#d8a35d")
    for step in range(5):
        c.line([(252 + step * 34, 240), (300 + step * 14, 380)], "#b9823c", 4)
        c.line([(388 - step * 34, 240), (340 - step * 14, 380)], "#b9823c", 4)
    c.disc(276, 196, 66, look.main)
    c.disc(364, 196, 66, look.accent)
    c.disc(320, 128, 62, "#fdf3e2")
    c.disc(320, 62, 16, "#d7263d")


def breakfast(c: Canvas, look: Look) -> None:
    """Eggs, bread and an apple."""
    _plate(c)
    for x, y in ((250, 276), (330, 300)):
        c.oval(x, y, 66, 40, "#ffffff")
        c.oval(x, y - 4, 28, 20, look.main)
    c.box(366, 218, 452, 292, "#c98f4a", 24)
    c.box(374, 226, 444, 284, "#f3dfb2", 20)
    c.disc(470, 316, 40, look.accent)
    c.line([(470, 280), (478, 258)], "#5c4326", 6)
    c.oval(494, 266, 18, 8, "#4c9a4a")


def dinner(c: Canvas, look: Look) -> None:
    """A silver cloche and a candle."""
    c.shadow(220, 394)
    c.oval(300, 366, 230, 34, "#cfd5db")
    c.slice(300, 360, 178, 180, 360, "#c3cad3")
    c.slice(300, 356, 158, 200, 280, "#dfe5ea")
    c.disc(300, 170, 18, look.main)
    c.box(514, 210, 546, 372, "#fbf3df", 6)
    c.oval(530, 184, 13, 26, look.accent)
    c.oval(530, 190, 6, 13, "#fff6c8")


def beer(c: Canvas, look: Look) -> None:
    """A mug of beer with its head of foam."""
    c.shadow(150, 424)
    c.arc(428, 270, 74, 86, 270, 450, "#dfe7ec", 26)
    c.poly([(196, 130), (430, 130), (418, 420), (208, 420)], "#e9f0f3")
    c.poly([(210, 150), (416, 150), (406, 406), (220, 406)], look.main)
    for x in (252, 312, 372):
        c.line([(x, 206), (x, 380)], see_light(look.main), 12)
    for x, y, r in ((216, 136, 36), (268, 118, 44), (326, 112, 48), (384, 122, 42), (420, 142, 32)):
        c.disc(x, y, r, look.accent)
    if look.mark:
        c.disc(312, 280, 58, CHINA)
        c.word(312, 279, look.mark, 46, shade(look.main, 0.6))


def see_light(ink: str) -> str:
    """A lighter stripe of the same drink."""
    return shade(ink, 1.28)


def lemonade(c: Canvas, look: Look) -> None:
    """A tall glass with ice, mint and a straw."""
    c.shadow(110, 430)
    c.line([(362, 60), (330, 300)], "#d7443e", 12)
    c.poly([(222, 120), (418, 120), (394, 424), (246, 424)], "#e9f3f2")
    c.poly([(234, 170), (406, 170), (384, 412), (256, 412)], look.main)
    for x, y in ((280, 200), (340, 226), (290, 266), (346, 300)):
        c.box(x - 24, y - 22, x + 24, y + 22, (255, 255, 255, 120), 8)
    for x, y in ((262, 130), (296, 110), (246, 104)):
        c.oval(x, y, 28, 16, look.accent)


def coffee(c: Canvas, look: Look) -> None:
    """A cup of coffee on its saucer."""
    c.shadow(200, 408)
    c.oval(310, 384, 196, 30, "#d9dde0")
    c.oval(310, 378, 196, 28, CHINA)
    c.arc(452, 274, 54, 50, 250, 470, look.main, 22)
    c.poly([(170, 206), (450, 206), (400, 376), (220, 376)], look.main)
    c.oval(310, 206, 140, 38, shade(look.main, 1.35))
    c.oval(310, 210, 124, 29, look.accent)
    steam(c, 310, 164)


def water(c: Canvas, look: Look) -> None:
    """A bottle being filled."""
    c.shadow(100, 432)
    c.box(256, 130, 384, 430, "#e2f1f8", 34)
    c.box(266, 240, 374, 420, look.main, 26)
    c.box(286, 92, 354, 140, "#c2dbe8", 8)
    c.box(280, 60, 360, 100, look.accent, 10)
    for x, y in ((300, 290), (340, 330), (308, 372)):
        c.disc(x, y, 10, shade(look.main, 1.4))
    c.box(276, 160, 292, 400, (255, 255, 255, 130), 8)


def wine(c: Canvas, look: Look) -> None:
    """A glass of wine and grapes."""
    c.shadow(140, 430)
    c.slice(270, 170, 108, 0, 180, "#eef3f5")
    c.box(162, 80, 378, 174, "#eef3f5", 12)
    c.slice(270, 176, 96, 0, 180, look.main)
    c.box(174, 134, 366, 180, look.main)
    c.box(262, 270, 278, 410, "#dfe7ea")
    c.oval(270, 416, 80, 16, "#dfe7ea")
    for number, (x, y) in enumerate(((430, 280), (470, 280), (510, 280), (450, 316), (490, 316), (470, 352))):
        c.disc(x, y, 23, shade(look.accent, 1 if number % 2 else 1.2))
    c.line([(470, 262), (484, 226)], "#5c4326", 7)


def shot(c: Canvas, look: Look) -> None:
    """A small glass of plum brandy, plums beside it."""
    c.shadow(150, 414)
    c.poly([(208, 170), (372, 170), (346, 408), (234, 408)], "#e9f0f3")
    c.poly([(220, 220), (360, 220), (342, 366), (238, 366)], look.main)
    for x, y in ((444, 356), (508, 366)):
        c.oval(x, y, 42, 48, look.accent)
        c.oval(x - 12, y - 16, 12, 16, shade(look.accent, 1.4))
    c.line([(444, 310), (456, 280)], "#5c4326", 6)


def mug(c: Canvas, look: Look) -> None:
    """A mug with the wheel on it, steaming."""
    c.shadow(150)
    c.arc(430, 270, 66, 70, 270, 450, shade(look.main, 0.8), 26)
    c.box(196, 156, 430, 400, look.main, 20)
    c.oval(313, 160, 116, 24, shade(look.main, 0.6))
    c.wheel(313, 286, 62, look.accent)
    steam(c, 313, 140)


def enamel_cup(c: Canvas, look: Look) -> None:
    """A camp cup with a coloured rim."""
    c.shadow(150)
    c.arc(420, 280, 66, 62, 270, 450, look.accent, 18)
    c.poly([(196, 170), (424, 170), (410, 400), (210, 400)], look.main)
    c.oval(310, 170, 115, 22, look.accent)
    c.oval(310, 172, 102, 16, "#8d949e")
    c.star(310, 290, 54, look.accent)


def flask(c: Canvas, look: Look) -> None:
    """A steel flask with its cup."""
    c.shadow(120, 430)
    c.box(240, 160, 400, 428, look.main, 22)
    c.box(256, 170, 282, 418, shade(look.main, 1.5), 12)
    c.box(250, 60, 390, 156, look.accent, 16)
    c.box(240, 148, 400, 172, shade(look.main, 0.7), 6)
    c.wheel(330, 300, 46)
