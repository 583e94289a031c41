"""Fields, river, sea and sky."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from parvis.demo.canvas import Canvas, mix

if TYPE_CHECKING:
    from collections.abc import Callable


def row_of_houses(c: Canvas, y: float, x0: int, x1: int, lit: str = "honey", dusk: float = 0) -> None:
    x, walls = float(x0), ["cream", "peach", "stone", "wheat", "pale", "rose"]
    while x < x1:
        w = c.dice.uniform(85, 130)
        c.house(
            x, y, w, c.dice.uniform(95, 185), mix(c.dice.choice(walls), "plum", dusk), mix("slate", "night", dusk), lit
        )
        x += w + 2


def river(c: Canvas, top: float, ink: str = "teal", shine: str = "pale") -> None:
    c.sky(mix(ink, shine, 0.45), ink, mix(ink, "night", 0.3), top=top)
    for _ in range(70):
        y = c.dice.uniform(top + 6, c.h)
        x, w = c.dice.uniform(-40, c.w), c.dice.uniform(30, 160) * (0.4 + (y - top) / (c.h - top))
        c.rect(x, y, w, 3 + (y - top) / 80, shine, 3, alpha=c.dice.randint(25, 80))


def header_sunrise(c: Canvas) -> None:
    c.sky("lilac", "rose", "peach", "wheat")
    c.glow(820, 360, 300, "cream", 12)
    c.ell(820, 380, 80, None, "cream")
    for i, ink in enumerate(("plum", "slate", "teal", "moss", "pine")):
        c.hill(400 + i * 80, 36, mix(ink, "peach", 0.5 - i * 0.12), 1 + i * 0.2)
    for x in range(60, 1200, 130):
        c.tree(x + c.dice.uniform(-40, 40), 730 + c.dice.uniform(-10, 50), c.dice.uniform(110, 190), "pine")


def header_fields(c: Canvas) -> None:
    c.sky("sky", "pale", "cream")
    c.cloud(260, 150, 80)
    c.cloud(860, 110, 100)
    c.hill(330, 30, mix("sage", "sky", 0.4))
    c.hill(390, 26, "sage")
    c.sky("wheat", "honey", top=460)
    for i in range(-20, 60):
        c.line([(600 + (i - 20) * 8, 460), (600 + (i - 20) * 70, 800)], "mustard", 4, 120)
    c.house(830, 470, 110, 70, "cream")
    for x in (790, 980, 1020):
        c.tree(x, 475, 130)
    c.dots(140, (0, 640, 1200, 800), ["red", "coral", "white"], 7)


def header_river(c: Canvas) -> None:
    c.sky("sky", "pale", "cream", bottom=440)
    c.cloud(300, 130, 90)
    c.hill(330, 40, mix("sage", "sky", 0.35))
    row_of_houses(c, 440, 120, 760)
    for x in (60, 800, 900, 1010, 1120):
        c.tree(x, 450, c.dice.uniform(170, 260), "sage")
    river(c, 440)
    c.poly([(0, 440), (1200, 440), (1200, 456), (0, 470)], "moss")


def bridge(c: Canvas) -> None:
    header_sky = ("sky", "pale", "wheat")
    c.sky(*header_sky, bottom=520)
    c.hill(360, 40, mix("moss", "sky", 0.4))
    for x in range(0, 1300, 150):
        c.tree(x, 520, c.dice.uniform(160, 280), "sage")
    river(c, 510)
    c.poly([(0, 400), (600, 330), (1200, 400), (1200, 640), (0, 640)], "stone")
    for x in (220, 600, 980):
        c.pie(x, 640, 150, 210, 180, 360, mix("teal", "night", 0.3))
        c.arc(x, 600, 156, 190, 350, mix("stone", "ink", 0.25), 16)
    for _ in range(150):
        x, y = c.dice.uniform(0, 1160), c.dice.uniform(410, 470)
        c.rect(x, y, c.dice.uniform(22, 44), 14, "bark", 3, alpha=26)
    c.poly([(0, 380), (600, 310), (1200, 380), (1200, 408), (600, 338), (0, 408)], mix("stone", "white", 0.4))
    c.sky(mix("teal", "pale", 0.2), "teal", top=640)
    c.dots(60, (0, 650, 1200, 800), ["pale", "white"], 5, 90)


def flood_marks(c: Canvas) -> None:
    c.sky("slate", "stone")
    c.rect(250, 0, 700, 800, "stone")
    for row in range(11):
        y = row * 74
        for x in range(170 + (row % 2) * 90, 960, 180):
            x0, x1 = max(x, 250), min(x + 172, 950)
            c.rect(
                x0,
                y,
                x1 - x0,
                68,
                mix("stone", c.dice.choice(["bark", "slate", "white"]), c.dice.uniform(0.05, 0.28)),
                6,
            )
    for year, y, ink in (("1974", 110, "ink"), ("1995", 260, "ink"), ("2014", 360, "ink")):
        c.line([(470, y), (800, y)], ink, 6)
        c.text(400, y, year, 44, ink)
    c.line([(470, 500), (830, 494)], "white", 12)
    c.text(640, 462, "3 h 20", 40, "white")
    c.sky(mix("wood", "stone", 0.3), "bark", top=540)
    for _ in range(90):
        y = c.dice.uniform(545, 800)
        c.rect(c.dice.uniform(-50, 1200), y, c.dice.uniform(40, 170), 4, "wheat", 3, alpha=60)


def irish_coast(c: Canvas) -> None:
    c.sky("pale", "cream", "peach", bottom=400)
    c.glow(900, 330, 220, "white")
    river(c, 380, "blue")
    for i, (x, y) in enumerate(((1200, 330), (980, 400), (760, 470))):
        c.poly(
            [(0, y - 190), (x * 0.45, y - 150), (x * 0.62, y - 60), (x * 0.66, y + 140 + i * 60), (0, 800)],
            mix("bark", "slate", 0.5),
        )
        c.poly(
            [(0, y - 190), (x * 0.45, y - 150), (x * 0.62, y - 60), (x * 0.5, y + 10), (0, y + 60)],
            mix("moss", "mint", 0.5 - i * 0.22),
        )
    c.poly([(0, 620), (380, 560), (620, 800), (0, 800)], "moss")
    c.house(150, 330, 110, 56, "white", "wheat", "navy")
    c.dots(80, (0, 640, 400, 800), ["white", "honey", "rose"], 5)


def sheep(c: Canvas) -> None:
    c.sky("sky", "pale", "cream")
    c.cloud(200, 120, 90)
    c.cloud(940, 160, 70)
    for i in range(4):
        c.hill(300 + i * 100, 40, mix("moss", "mint", 0.65 - i * 0.2), 1 + i * 0.3)
    for y in (390, 560):
        for x in range(-10, 1210, 26):
            c.ell(x, y + 24 * math.sin(x / 170), 17, 12, mix("stone", "slate", c.dice.random() * 0.6))
    for n, (x, y, s) in enumerate(
        ((210, 480, 0.7), (520, 460, 0.6), (930, 490, 0.8), (330, 680, 1.2), (810, 690, 1.5))
    ):
        for dx in (-34, -14, 18, 38):
            c.rect(x + dx * s, y, 9 * s, 52 * s, "black", 3)
        for dx, dy in ((-40, -6), (-20, -24), (8, -28), (34, -14), (0, 4), (-26, 10), (26, 10)):
            c.ell(x + dx * s, y + dy * s, 32 * s, 29 * s, mix("white", "stone", 0.1 + (dy + 28) / 110))
        c.ell(x + 64 * s, y - 24 * s, 20 * s, 25 * s, "black")
        c.ell(x + 44 * s, y - 34 * s, 13 * s, 7 * s, "black")
        c.ell(x + 84 * s, y - 34 * s, 13 * s, 7 * s, "black")
        if n == 4:
            for dx in (56, 72):
                c.ell(x + dx * s, y - 28 * s, 4.5 * s, None, "white")


def night_sky(c: Canvas) -> None:
    c.sky("night", "navy", mix("plum", "navy", 0.4), mix("rose", "plum", 0.5))
    for _ in range(420):
        t = c.dice.uniform(-0.1, 1.1)
        x, y = 120 + t * 900 + c.dice.gauss(0, 70), 700 - t * 760 + c.dice.gauss(0, 60)
        c.ell(x, y, c.dice.uniform(18, 60), None, c.dice.choice(["lilac", "rose", "sky"]), 7)
    for _ in range(900):
        t = c.dice.uniform(-0.1, 1.1)
        c.ell(
            120 + t * 900 + c.dice.gauss(0, 80),
            700 - t * 760 + c.dice.gauss(0, 80),
            c.dice.uniform(0.6, 1.8),
            None,
            "cream",
            190,
        )
    c.dots(420, (0, 0, 1200, 620), ["white", "cream", "sky"], 1.8)
    for x, y in ((180, 120), (980, 90), (760, 300), (1080, 380)):
        c.glow(x, y, 16, "white", 24)
    c.hill(640, 16, mix("night", "plum", 0.3))
    for x in range(0, 1200, 90):
        h = c.dice.uniform(40, 90)
        c.poly([(x, 800), (x, 700 - h), (x + 45, 655 - h), (x + 90, 700 - h), (x + 90, 800)], "#10182c")
        if c.dice.random() < 0.4:
            c.rect(x + 36, 712 - h, 14, 20, "honey")
    c.poly([(560, 800), (560, 560), (590, 430), (620, 560), (620, 800)], "#10182c")
    for k in range(10):
        c.ell(c.dice.uniform(0, 1200), 760 + k % 3 * 14, 240, 26, "pale", 34)


def moon(c: Canvas) -> None:
    c.sky("night", "navy", "night")
    c.dots(120, (0, 0, 1200, 800), ["white", "sky"], 1.6)
    c.glow(600, 400, 400, "sky", 6)
    c.ell(600, 400, 300, None, "cream")
    for _ in range(46):
        a, d = c.dice.uniform(0, 6.28), 270 * math.sqrt(c.dice.random())
        c.ell(600 + math.cos(a) * d * 0.9, 400 + math.sin(a) * d * 0.9, c.dice.uniform(10, 60), None, "slate", 26)
    for _ in range(70):
        a, d = c.dice.uniform(0, 6.28), 280 * math.sqrt(c.dice.random())
        x, y, r = 600 + math.cos(a) * d, 400 + math.sin(a) * d, c.dice.uniform(4, 18)
        c.ell(x, y, r, None, "slate", 120)
        c.ell(x + r * 0.28, y, r * 0.82, None, mix("cream", "white", 0.3), 235)
    for k in range(26):
        c.pie(600, 400, 304, 304, 90, 270, (*mix("night", "navy", 0.4), 40))
        c.ell(600, 400, max(0, 60 - k * 2.4), 303, (*mix("night", "navy", 0.4), 22))
    c.pie(600, 400, 304, 304, 90, 270, (*mix("night", "navy", 0.4), 200))


def mill(c: Canvas) -> None:
    c.sky("pale", "cream", bottom=500)
    c.hill(330, 40, mix("sage", "pale", 0.5))
    c.tree(140, 520, 330, "sage")
    c.tree(1080, 520, 380, "moss")
    river(c, 500)
    c.house(420, 530, 330, 250, "stone", "brick", "navy")
    for k in range(12):
        a = k * math.pi / 6
        c.line([(800, 440), (800 + math.cos(a) * 140, 440 + math.sin(a) * 140)], "bark", 9)
        c.rect(800 + math.cos(a) * 142 - 20, 440 + math.sin(a) * 142 - 9, 40, 18, "wood", 3)
    c.ring(800, 440, 136, "bark", 13)
    c.ring(800, 440, 90, "wood", 7)
    c.ell(800, 440, 22, None, "black")
    c.poly([(640, 560), (1200, 540), (1200, 610), (640, 630)], "white", 120)
    for x in range(650, 1200, 22):
        c.line([(x, 566), (x - 12, 630)], "white", 5, 150)
    for x in range(0, 420, 26):
        c.line([(x, 800), (x + c.dice.uniform(-18, 18), 690)], "moss", 6)


def mushrooms(c: Canvas) -> None:
    c.sky("pine", "moss", mix("moss", "honey", 0.4))
    for _ in range(16):
        x = c.dice.uniform(0, 1200)
        c.rect(x, 0, c.dice.uniform(20, 60), 560, "bark", alpha=120)
    c.glow(700, 180, 300, "wheat", 9)
    c.sky("bark", "brown", top=540)
    c.dots(500, (0, 530, 1200, 800), ["clay", "mustard", "brick", "bark", "moss"], 12)
    for x, y, s, cap, stem in (
        (300, 640, 1.3, "red", "cream"),
        (480, 690, 0.9, "red", "cream"),
        (160, 700, 0.8, "red", "cream"),
        (720, 690, 1.2, "brown", "wheat"),
        (850, 720, 0.8, "brown", "wheat"),
    ):
        c.rect(x - 26 * s, y - 120 * s, 52 * s, 150 * s, stem, 22 * s)
        c.ell(x, y - 78 * s, 40 * s, 10 * s, mix(stem, "stone", 0.5))
        c.pie(x, y - 110 * s, 120 * s, 100 * s, 180, 360, cap)
        c.ell(x, y - 110 * s, 120 * s, 16 * s, mix(cap, "ink", 0.25))
        if cap == "red":
            for dx, dy, r in ((-70, -140, 12), (-20, -180, 15), (40, -150, 13), (80, -128, 9), (0, -130, 11)):
                c.ell(x + dx * s, y + dy * s, r * s, r * 0.8 * s, "white")
    c.rect(960, 580, 190, 130, "wood", 20)
    c.arc(1055, 580, 85, 180, 360, "bark", 12)
    for k in range(6):
        c.line([(962, 600 + k * 20), (1148, 600 + k * 20)], "bark", 4)
    for x in (40, 620, 1160):
        for k in range(-5, 6):
            c.line([(x, 800), (x + k * 22, 640 + abs(k) * 16)], "sage", 7)


def garden(c: Canvas) -> None:
    c.sky("sky", "pale", bottom=354)
    c.cloud(800, 110, 80)
    for x in range(0, 1250, 110):
        c.tree(x, 360, c.dice.uniform(130, 220), "moss")
    c.sky("wood", "bark", top=350)
    c.house(880, 420, 180, 130, "blue", "brick", "cream")
    for row in range(5):
        y = 430 + row * 85
        c.rect(0, y + 16, 1200, 18, "black", alpha=40)
        for x in range(-20, 860 if row == 0 else 1240, 70):
            s = 0.6 + row * 0.18
            if row % 2:
                for k in (-2, -1, 0, 1, 2):
                    c.line([(x, y + 20), (x + k * 12 * s, y - 50 * s)], "teal", 6 * s)
            elif row == 4:
                c.line([(x, y + 60), (x, y - 20)], "moss", 6)
                for k in range(8):
                    c.ell(
                        x + math.cos(k * 0.785) * 24,
                        y - 30 + math.sin(k * 0.785) * 24,
                        15,
                        None,
                        c.dice.choice(["rose", "coral"]),
                    )
                c.ell(x, y - 30, 13, None, "honey")
            else:
                for k in range(6):
                    c.ell(
                        x + math.cos(k) * 16 * s, y + math.sin(k) * 12 * s, 22 * s, 17 * s, mix("sage", "mint", k / 7)
                    )
    c.rect(960, 560, 130, 110, "slate", 12)
    c.line([(960, 640), (900, 580)], "slate", 16)
    c.arc(1025, 560, 56, 180, 360, "slate", 10)


def beehive(c: Canvas) -> None:
    c.sky("sky", "pale", "cream")
    c.hill(320, 30, mix("sage", "pale", 0.4))
    c.hill(430, 24, "sage")
    c.dots(500, (0, 500, 1200, 800), ["honey", "white", "rose", "lilac", "moss"], 8)
    for x, ink in ((90, "blue"), (310, "honey"), (530, "mint"), (750, "rose")):
        c.rect(x, 420, 160, 90, ink, 6)
        c.rect(x, 514, 160, 90, mix(ink, "ink", 0.1), 6)
        c.rect(x - 12, 396, 184, 28, "slate", 6)
        c.rect(x + 45, 580, 70, 12, "black", 6)
        c.rect(x + 10, 604, 20, 36, "bark")
        c.rect(x + 130, 604, 20, 36, "bark")
    for _ in range(16):
        x, y = c.dice.uniform(60, 1100), c.dice.uniform(220, 560)
        c.ell(x - 5, y - 11, 11, 8, "white", 200)
        c.ell(x, y, 14, 9, "honey")
        c.line([(x - 3, y - 8), (x - 3, y + 8)], "black", 4)
        c.line([(x + 5, y - 7), (x + 5, y + 7)], "black", 4)
    c.rect(960, 560, 180, 210, "honey", 26)
    c.rect(978, 585, 30, 150, "wheat", 14, alpha=170)
    c.rect(950, 530, 200, 46, "wood", 10)
    c.rect(990, 630, 124, 80, "cream", 6)
    c.text(1052, 670, "MIEL", 36, "bark")


SCENES: dict[str, Callable[[Canvas], None]] = {
    "header_sunrise": header_sunrise, "header_fields": header_fields, "header_river": header_river, "bridge": bridge,
    "flood_marks": flood_marks, "irish_coast": irish_coast, "sheep": sheep, "night_sky": night_sky, "moon": moon,
    "mill": mill, "mushrooms": mushrooms, "garden": garden, "beehive": beehive,
}  # fmt: skip
