"""Bread, books and bowls."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from parvis.demo.canvas import Canvas, mix

if TYPE_CHECKING:
    from collections.abc import Callable


def table(c: Canvas, top: float = 480, wall: str = "cream", wood: str = "wood") -> None:
    c.sky(mix(wall, "white", 0.3), wall, mix(wall, "clay", 0.12), bottom=top + 4)
    c.sky(mix(wood, "wheat", 0.25), wood, mix(wood, "bark", 0.35), top=top)
    for _ in range(60):
        y = c.dice.uniform(top + 8, c.h)
        x = c.dice.uniform(-100, 1100)
        c.line([(x, y), (x + c.dice.uniform(100, 400), y + c.dice.uniform(-2, 2))], "bark", 2, 50)


def bread(c: Canvas) -> None:
    table(c, 430, "mint", "wheat")
    for x, y, r in ((330, 500, 180), (860, 510, 175), (590, 620, 205)):
        c.ell(x, y + r * 0.5, r * 1.15, r * 0.3, "bark", 90)
        for k in range(12):
            c.ell(x - k * 1.5, y - k * 3, r * (1 - k * 0.03), r * (0.68 - k * 0.024), mix("brown", "honey", k / 13))
        c.line([(x - r * 0.1, y + r * 0.42), (x, y - r * 0.5)], "cream", 11)
        for k in range(5):
            yy = y + r * (0.3 - k * 0.17)
            for side in (-1, 1):
                c.line([(x, yy), (x + side * r * 0.42, yy - r * 0.17)], "cream", 10)
        for _ in range(60):
            a, d = c.dice.uniform(0, 6.28), c.dice.random() ** 0.5
            c.ell(
                x + math.cos(a) * d * r * 0.85,
                y - 20 + math.sin(a) * d * r * 0.48,
                c.dice.uniform(2, 7),
                None,
                "white",
                70,
            )
    c.rect(990, 250, 150, 220, "white", 22, alpha=150)
    c.rect(1000, 330, 130, 132, "wheat", 16)
    c.dots(24, (1010, 340, 1120, 450), ["white", "cream"], 8)
    for k in range(9):
        c.rect(978 + k * 20, 226, 20, 44, "brick" if k % 2 else "white", 3)


def pumpkin(c: Canvas, x: float, y: float, r: float, squat: float, ink: str) -> None:
    c.ell(x, y + r * squat * 0.9, r * 1.1, r * 0.2, "bark", 90)
    for k in (-2, 2, -1, 1, 0):
        c.ell(x + k * r * 0.34, y, r * (0.62 - abs(k) * 0.07), r * squat, mix(ink, "ink", 0.05 + abs(k) * 0.09))
    c.arc(x - r * 0.16, y, r * 0.4, 140, 220, mix(ink, "white", 0.5), r * 0.05)
    c.line([(x, y - r * squat * 0.9), (x + r * 0.1, y - r * squat * 1.25)], "moss", r * 0.15)


def squash(c: Canvas) -> None:
    table(c, 470, "pale")
    spec = [
        (130, "moss", 70, 0.8),
        (290, "honey", 85, 0.9),
        (470, "coral", 105, 0.8),
        (700, "brick", 130, 0.85),
        (960, "coral", 165, 0.9),
    ]
    for x, ink, r, squat in spec:
        pumpkin(c, x, 500 - r * 0.3, r, squat, ink)
    for x, ink, r, squat in (
        (220, "sage", 90, 1.2),
        (460, "wheat", 90, 0.6),
        (690, "teal", 100, 0.8),
        (900, "honey", 90, 1.25),
    ):
        pumpkin(c, x, 640 - r * 0.3, r, squat, ink)
        c.rect(x - 50, 716, 100, 44, "cream", 5)
        c.line([(x - 34, 732), (x + 30, 732)], "ink", 3)
        c.line([(x - 34, 746), (x + 10, 746)], "ink", 3)


def soup(c: Canvas) -> None:
    c.sky("cream", "cream")
    for k in range(0, 1200, 100):
        c.rect(k, 0, 50, 800, "brick", alpha=70)
        c.rect(0, k, 1200, 50, "brick", alpha=70)
    c.ell(590, 440, 330, 310, "black", 70)
    for r, ink in ((310, "blue"), (285, "navy"), (276, mix("coral", "honey", 0.4)), (250, mix("coral", "honey", 0.6))):
        c.ell(580, 410, r, r * 0.95, ink)
    for k in range(3):
        c.arc(580, 410, 80 + k * 40, 20 + k * 60, 210 + k * 60, "cream", 9)
    c.dots(26, (420, 280, 740, 540), ["moss", "sage"], 7)
    for k in range(3):
        c.line([(500 + k * 80 + 22 * math.sin(y / 34), y) for y in range(60, 320, 8)], "white", 12, 110)
    c.ell(1030, 250, 60, 84, "slate")
    c.ell(1030, 246, 46, 68, "stone")
    c.line([(1030, 320), (1040, 700)], "slate", 20)
    c.rect(60, 470, 200, 240, "brown", 60)
    c.rect(76, 486, 168, 208, "wheat", 48)
    c.dots(40, (90, 510, 230, 680), ["cream", "honey"], 9)


def tools_board(c: Canvas) -> None:
    c.sky("stone", "stone", bottom=544)
    c.rect(80, 40, 1040, 360, "wood", 10)
    c.dots(90, (100, 60, 1100, 390), ["bark"], 3)
    for x, ink in ((160, "brick"), (240, "honey"), (320, "teal")):
        c.rect(x - 14, 90, 28, 100, ink, 12)
        c.rect(x - 5, 190, 10, 120, "slate")
    c.rect(440, 90, 130, 56, "ink", 8)
    c.rect(490, 140, 28, 190, "wheat", 8)
    c.ring(680, 140, 46, "slate", 20)
    c.rect(664, 180, 32, 160, "slate", 10)
    c.poly([(800, 90), (1060, 150), (1060, 180), (800, 160)], "stone")
    c.rect(780, 80, 70, 92, "bark", 16)


def repair_bench(c: Canvas) -> None:
    tools_board(c)
    c.sky("wheat", "wood", top=540)
    c.poly([(900, 240), (760, 540), (1130, 540)], "honey", 60)
    c.line([(1060, 540), (1100, 380), (930, 230)], "ink", 11)
    c.poly([(900, 200), (960, 240), (920, 300), (840, 250)], "red")
    c.rect(120, 420, 330, 190, "teal", 20)
    c.ell(220, 515, 66, None, "ink")
    for k in range(5):
        c.ring(220, 515, 12 + k * 11, "slate", 3)
    c.rect(310, 450, 116, 60, "cream", 6)
    c.ell(340, 560, 18, None, "honey")
    c.ell(400, 560, 18, None, "honey")
    for dx in (560, 790):
        c.ring(dx, 640, 72, "ink", 11)
    c.line([(560, 640), (660, 640), (760, 540), (620, 540), (660, 640)], "coral", 13)
    c.line([(560, 640), (620, 540), (612, 510)], "coral", 11)
    c.line([(790, 640), (750, 500), (720, 490)], "coral", 11)
    c.rect(584, 498, 60, 16, "bark", 8)


def toaster(c: Canvas) -> None:
    table(c, 470, "sage")
    c.ell(560, 650, 340, 34, "bark", 110)
    c.rect(270, 330, 580, 310, "slate", 90)
    for k in range(20):
        c.rect(
            284 + k * 3,
            340 + k * 2,
            552 - k * 6,
            270 - k * 6,
            mix("slate", "white", 0.25 + 0.6 * abs(math.sin(k / 4))),
            80,
        )
    c.rect(380, 322, 360, 22, "black", 10)
    c.rect(410, 262, 130, 78, "brown", 26)
    c.rect(420, 272, 110, 70, "wheat", 20)
    c.rect(580, 270, 130, 70, "brown", 26)
    c.rect(590, 280, 110, 62, "honey", 20)
    c.rect(846, 420, 46, 30, "black", 8)
    c.ell(560, 560, 26, None, "brick")
    for x, y in ((180, 600), (230, 690), (930, 720), (760, 730), (350, 730)):
        c.ell(x, y, 14, 10, "slate")
        c.line([(x - 8, y), (x + 8, y)], "ink", 3)
    c.line([(90, 740), (320, 660)], "slate", 11)
    c.line([(60, 750), (150, 720)], "red", 30)
    c.rect(950, 500, 130, 120, "cream", 16)
    c.ring(1090, 556, 34, "cream", 15)
    c.ell(1015, 504, 60, 13, "brown")


def bowl(c: Canvas, x: float, y: float, w: float, ink: str) -> None:
    c.pie(x, y - w * 0.5, w * 0.5, w * 0.5, 0, 180, ink)
    c.rect(x - w * 0.18, y - 6, w * 0.36, 8, mix(ink, "ink", 0.3))
    c.ell(x, y - w * 0.5, w * 0.5, w * 0.1, mix(ink, "white", 0.35))
    c.ell(x, y - w * 0.49, w * 0.44, w * 0.075, mix(ink, "ink", 0.35))
    c.arc(x, y - w * 0.5, w * 0.36, 110, 160, mix(ink, "white", 0.5), 6)


def mug(c: Canvas, x: float, y: float, w: float, h: float, ink: str) -> None:
    c.ring(x + w * 0.56, y - h * 0.5, w * 0.3, mix(ink, "ink", 0.1), w * 0.11)
    c.rect(x - w / 2, y - h, w, h, ink, w * 0.12)
    c.rect(x - w / 2, y - h * 0.4, w, h * 0.4, mix(ink, "clay", 0.5), w * 0.12)
    c.ell(x, y - h, w * 0.5, w * 0.12, mix(ink, "white", 0.4))
    c.ell(x, y - h + 2, w * 0.43, w * 0.09, mix(ink, "ink", 0.45))
    c.rect(x - w * 0.36, y - h * 0.85, w * 0.09, h * 0.6, "white", w * 0.04, alpha=110)


def pottery(c: Canvas) -> None:
    c.sky("cream", "wheat")
    inks = ["blue", "honey", "cream", "teal", "clay", "stone", "navy"]
    for row, y in enumerate((240, 480, 730)):
        c.rect(0, y, 1200, 26, "wood")
        c.rect(0, y + 26, 1200, 14, "bark", alpha=90)
        for k in range(6):
            x = 110 + k * 195
            if (k + row) % 3:
                bowl(c, x, y, c.dice.uniform(130, 175), c.dice.choice(inks))
            else:
                mug(c, x - 12, y, c.dice.uniform(80, 105), c.dice.uniform(100, 150), c.dice.choice(inks))


def mugs(c: Canvas) -> None:
    table(c, 520, "pale")
    for k, ink in enumerate(("blue", "wheat", "brick", "teal", "cream")):
        mug(c, 130 + k * 190, 610, 118, 150, ink)
    c.rect(1020, 280, 110, 330, "clay", 30)
    c.rect(1048, 250, 54, 60, "clay", 10)
    c.ell(1075, 252, 34, 9, "bark")
    for a in (-30, 0, 26):
        c.line([(1075, 250), (1075 + a * 2, 110 + abs(a))], "moss", 6)
        c.ell(1075 + a * 2, 106 + abs(a), 24, None, "rose")


def old_book(c: Canvas) -> None:
    table(c, 0, "cream")
    c.poly([(120, 560), (900, 420), (1010, 720), (190, 790)], "wheat")
    c.line([(120, 560), (560, 620), (900, 420)], "wood", 5)
    c.rect(352, 72, 430, 600, "black", 12, alpha=90)
    c.rect(330, 50, 430, 600, "cream", 10)
    c.rect(330, 50, 418, 588, "pine", 12)
    c.rect(330, 50, 46, 588, mix("pine", "ink", 0.4), 8)
    c.ring(560, 300, 120, "honey", 6)
    c.ell(552, 310, 62, 44, "honey")
    c.ell(606, 270, 30, None, "honey")
    c.poly([(630, 262), (666, 272), (630, 282)], "honey")
    c.poly([(500, 316), (420, 350), (500, 346)], "honey")
    c.ell(613, 266, 5, None, "pine")
    c.text(560, 490, "LES OISEAUX", 46, "honey")
    c.text(560, 545, "de nos haies", 38, "honey")
    c.rect(800, 120, 260, 340, "white", 6)
    for k in range(6):
        c.line([(820, 190 + k * 42), (1040, 190 + k * 42)], "slate", 2)
    c.text(930, 152, "Prêt", 36, "ink")
    c.text(930, 214, "12 MARS 1974", 28, "brick")


def library_shelf(c: Canvas) -> None:
    c.sky("bark", "brown")
    inks = ["teal", "brick", "honey", "plum", "navy", "sage", "cream", "coral", "rose", "slate", "moss"]
    for row in range(4):
        base = 195 + row * 195
        c.rect(30, base - 180, 1140, 180, "#3c2b25")
        x = 40.0
        while x < 1130:
            w, h = c.dice.uniform(18, 46), c.dice.uniform(105, 168)
            if c.dice.random() < 0.06:
                x += 50
                continue
            ink = c.dice.choice(inks)
            c.rect(x, base - h, w - 3, h, ink, 3)
            c.rect(x, base - h + 18, w - 3, 7, mix(ink, "white", 0.5))
            c.rect(x, base - 34, w - 3, 5, mix(ink, "white", 0.4))
            x += w
        c.rect(20, base, 1160, 16, "wood")
    c.line([(840, 800), (930, 90)], "wheat", 15)
    c.line([(950, 800), (1040, 90)], "wheat", 15)
    for k in range(9):
        c.line([(852 + k * 9.5, 730 - k * 75), (960 + k * 9.5, 730 - k * 75)], "wheat", 12)
    c.rect(150, 150, 70, 45, "clay", 8)
    for a in range(-60, 70, 20):
        c.line([(185, 150), (185 + a, 70 + abs(a) * 0.6)], "sage", 10)


def fiddle(c: Canvas) -> None:
    c.sky("wheat", "cream")
    c.rect(520, 60, 560, 420, "white", 8)
    c.sky("sky", "pale", "sage", "moss", top=80, bottom=460)
    c.rect(0, 60, 540, 420, mix("wheat", "cream", 0.4))
    c.rect(1060, 60, 140, 420, mix("wheat", "cream", 0.4))
    c.rect(790, 70, 18, 400, "white")
    c.rect(520, 260, 560, 14, "white")
    c.rect(490, 464, 620, 36, "white", 4)
    c.rect(640, 330, 170, 140, "cream", 4)
    for k in range(9):
        c.line([(655, 350 + k * 13), (795, 350 + k * 13)], "ink", 2)
    c.sky("wood", "bark", top=660)
    for y, r in ((410, 90), (500, 66), (590, 112)):
        c.ell(300, y, r + 6, r + 4, "bark")
    for y, r in ((410, 90), (500, 66), (590, 112)):
        c.ell(300, y, r, r * 0.98, "clay")
    for y, r in ((405, 70), (590, 86)):
        c.ell(285, y, r * 0.7, r * 0.8, mix("clay", "honey", 0.35))
    c.rect(284, 130, 32, 370, "black", 8)
    c.ell(300, 120, 24, 28, "bark")
    c.rect(264, 530, 72, 14, "wheat", 4)
    for k in range(4):
        c.line([(289 + k * 7, 140), (284 + k * 11, 650)], "cream", 1.5)
    for x in (248, 352):
        c.line([(x, 480), (x + 6, 520), (x - 6, 560)], "black", 6)
    c.line([(450, 700), (500, 160)], "bark", 10)
    c.line([(464, 700), (512, 165)], "white", 4)


def lost_cat(c: Canvas) -> None:
    c.sky("teal", "teal")
    c.dots(300, (0, 0, 1200, 800), ["pine", "navy"], 5, 60)
    c.rect(322, 42, 580, 740, "black", 4, alpha=90)
    c.rect(310, 30, 580, 740, "white", 4)
    c.ell(600, 44, 14, None, "red")
    c.text(600, 124, "PERDU", 120, "red")
    c.ell(600, 500, 170, 130, "honey")
    c.ell(600, 360, 118, 100, "honey")
    for s in (-1, 1):
        c.poly([(600 + s * 108, 330), (600 + s * 98, 205), (600 + s * 30, 272)], "honey")
        c.poly([(600 + s * 96, 310), (600 + s * 92, 236), (600 + s * 50, 278)], "rose")
        c.ell(600 + s * 44, 348, 24, 22, "white")
        c.ell(600 + s * 40, 350, 10, 19, "ink")
        for k in (-1, 0, 1):
            c.line([(600 + s * 40, 394 + k * 6), (600 + s * 150, 386 + k * 24)], "ink", 3)
        c.arc(600 + s * 17, 404, 18, 10, 170, "ink", 5)
        c.ell(600 + s * 70, 610, 52, 28, "peach")
    c.poly([(584, 380), (616, 380), (600, 398)], "rose")
    for k in (-1, 0, 1):
        c.line([(600 + k * 30, 264), (600 + k * 24, 304)], "clay", 10)
        c.arc(600, 500 + k * 40, 164, -24, 24, "clay", 10)
    c.text(600, 672, "BISCUIT, répond aux sardines", 34, "ink")
    for k in range(9):
        c.rect(312 + k * 64.4, 706, 60, 70, "cream", 2)
        c.line([(330 + k * 64.4, 720), (330 + k * 64.4, 764)], "slate", 3)
        c.line([(346 + k * 64.4, 720), (346 + k * 64.4, 764)], "slate", 3)


def rain_window(c: Canvas) -> None:
    c.sky("night", "navy", "plum")
    for _ in range(60):
        c.ell(
            c.dice.uniform(0, 1200),
            c.dice.uniform(220, 760),
            c.dice.uniform(14, 56),
            None,
            c.dice.choice(["honey", "coral", "peach", "teal"]),
            110,
        )
    c.rect(450, 420, 300, 220, "honey")
    c.rect(480, 450, 110, 110, "cream")
    c.rect(620, 450, 90, 190, "cream")
    c.soften(9)
    for _ in range(240):
        x, y, r = c.dice.uniform(0, 1200), c.dice.uniform(0, 800), c.dice.uniform(2, 9)
        if r > 7:
            c.line([(x, y - c.dice.uniform(40, 170)), (x + 2, y)], "pale", 5, 70)
        c.ell(x, y, r, r * 1.25, "pale", 120)
        c.ell(x - r * 0.2, y + r * 0.3, r * 0.6, None, "night", 90)
        c.ell(x - r * 0.3, y - r * 0.5, r * 0.3, None, "white", 230)
    c.rect(588, 0, 24, 800, "bark")
    c.rect(0, 372, 1200, 20, "bark")
    c.rect(0, 770, 1200, 30, "bark")


SCENES: dict[str, Callable[[Canvas], None]] = {
    "bread": bread, "squash": squash, "soup": soup, "repair_bench": repair_bench, "toaster": toaster,
    "pottery": pottery,
    "mugs": mugs, "old_book": old_book, "library_shelf": library_shelf, "fiddle": fiddle, "lost_cat": lost_cat,
    "rain_window": rain_window,
}  # fmt: skip
