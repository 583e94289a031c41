"""Streets, squares and what goes on there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from parvis.demo.canvas import Canvas, mix
from parvis.demo.scenes_land import river, row_of_houses

if TYPE_CHECKING:
    from collections.abc import Callable


def cobbles(c: Canvas, top: float, ink: str = "stone") -> None:
    c.sky(mix(ink, "plum", 0.2), ink, top=top)
    row = 0
    y = top
    while y < c.h:
        step = 10 + (y - top) * 0.09
        for x in range(-60, c.w + 60, int(step * 3.2)):
            c.rect(
                x + (row % 2) * step * 1.6,
                y,
                step * 2.9,
                step * 0.82,
                mix(ink, "ink", c.dice.uniform(0.03, 0.16)),
                step / 3,
            )
        y += step
        row += 1


def square_dusk(c: Canvas) -> None:
    c.sky("navy", "plum", "rose", "peach", "honey", bottom=600)
    c.dots(40, (0, 0, 1200, 180), ["cream"], 2)
    for k in range(4):
        c.ell(200 + k * 280, 250 + k % 2 * 60, 240, 16, "coral", 60)
    row_of_houses(c, 590, -20, 380, dusk=0.35)
    row_of_houses(c, 590, 820, 1220, dusk=0.35)
    c.glow(600, 350, 240, "honey", 7)
    c.church(600, 590, 400, mix("stone", "plum", 0.25), mix("slate", "night", 0.4))
    cobbles(c, 585, "#a08a8c")
    for x in (330, 880):
        c.glow(x, 470, 110, "honey", 12)
        c.rect(x - 4, 480, 8, 190, "night")
        c.ell(x, 470, 16, 20, "cream")
    for a in range(-70, 80, 20):
        r = math.radians(a - 90)
        c.line(
            [
                (170, 560),
                (170 + math.cos(r) * 90, 560 + math.sin(r) * 90),
                (170 + math.cos(r) * 170 + a, 555 + math.sin(r) * 180),
            ],
            "night",
            7,
        )
    c.rect(158, 540, 24, 150, "night", 6)
    c.person(520, 700, 100, "coral")
    c.person(565, 702, 92, "teal")


def header_town(c: Canvas) -> None:
    c.sky("sky", "pale", "cream")
    c.cloud(230, 140, 90)
    c.cloud(980, 110, 70)
    c.hill(360, 40, mix("sage", "sky", 0.3))
    c.church(640, 560, 300)
    row_of_houses(c, 620, -20, 1220, "navy")
    row_of_houses(c, 790, -60, 1220, "navy")
    for x in (150, 520, 900, 1130):
        c.tree(x, 800, 170, "sage")


def bell_tower(c: Canvas) -> None:
    c.sky("sky", "pale", "peach")
    c.cloud(200, 260, 90)
    c.cloud(1040, 180, 80)
    c.rect(380, 130, 440, 700, "stone")
    for _ in range(150):
        c.rect(c.dice.uniform(380, 770), c.dice.uniform(140, 790), 44, 18, "bark", 4, alpha=24)
    c.poly([(350, 140), (600, -160), (850, 140)], "slate")
    for x in (450, 620):
        c.rect(x, 190, 130, 190, "ink", 65)
        c.ell(x + 65, 280, 46, 52, "honey")
        c.poly([(x + 20, 330), (x + 30, 280), (x + 100, 280), (x + 110, 330)], "mustard")
        c.ell(x + 65, 336, 11, None, "bark")
    c.ell(600, 570, 150, None, "slate")
    c.ell(600, 570, 136, None, "cream")
    for k in range(12):
        a = k * math.pi / 6
        c.line(
            [(600 + math.cos(a) * 108, 570 + math.sin(a) * 108), (600 + math.cos(a) * 126, 570 + math.sin(a) * 126)],
            "ink",
            8,
        )
    c.line([(600, 570), (600, 470)], "ink", 9)
    c.line([(600, 570), (594, 648)], "ink", 12)
    c.ell(600, 570, 13, None, "brick")
    for x, y in ((230, 420), (280, 450), (960, 380), (1010, 360), (900, 420)):
        c.line([(x - 22, y - 8), (x, y), (x + 22, y - 8)], "ink", 5)


def cafe_terrace(c: Canvas) -> None:
    c.sky("wheat", "peach", bottom=600)
    c.rect(0, 90, 1200, 500, "cream")
    for x in (90, 420, 900):
        c.rect(x, 230, 220, 260, "teal", 8)
        c.rect(x + 14, 244, 192, 232, mix("honey", "cream", 0.4), 6)
        c.line([(x + 110, 244), (x + 110, 476)], "teal", 8)
    c.rect(690, 230, 150, 360, "brick", 6)
    for k in range(20):
        c.poly(
            [(k * 60, 110), (k * 60 + 60, 110), (k * 60 + 66, 215), (k * 60 - 6, 215)], "coral" if k % 2 else "white"
        )
        c.pie(k * 60 + 30, 214, 33, 22, 0, 180, "coral" if k % 2 else "white")
    cobbles(c, 580, "wheat")
    for k, x in enumerate((190, 500, 820, 1080)):
        c.person(x - 78, 720, 210, ["teal", "plum", "mustard", "blue"][k], ["peach", "wood", "cream", "clay"][k])
        c.ell(x, 604, 74, 15, "white")
        c.ell(x, 600, 74, 14, "wood")
        c.rect(x - 5, 606, 10, 120, "ink")
        c.rect(x - 12, 574, 26, 24, "white", 5)
        c.ell(x, 728, 40, 9, "ink")
    c.ell(660, 712, 42, 26, "honey")
    c.ell(705, 684, 20, None, "honey")
    c.poly([(690, 674), (694, 650), (706, 668)], "honey")
    c.poly([(706, 668), (718, 650), (722, 676)], "honey")
    c.arc(610, 700, 30, 60, 250, "honey", 9)


def veg_stall(c: Canvas) -> None:
    c.sky("pale", "cream")
    row_of_houses(c, 470, -10, 1220, "navy")
    c.sky("stone", "wheat", top=460)
    c.rect(80, 200, 16, 480, "bark")
    c.rect(1104, 200, 16, 480, "bark")
    for k in range(14):
        x = 40 + k * 80
        c.poly([(x + 20, 120), (x + 100, 120), (x + 80, 270), (x, 270)], "moss" if k % 2 else "cream")
        c.pie(x + 40, 268, 40, 28, 0, 180, "moss" if k % 2 else "cream")
    c.rect(60, 540, 1080, 220, "wood", 6)
    for k, kind in enumerate(("squash", "leek", "carrot", "cabbage", "apple")):
        x = 80 + k * 212
        c.rect(x, 500, 196, 110, "brown", 6)
        for j in range(13):
            px, py = x + 18 + (j % 5) * 40 + c.dice.uniform(-8, 8), 500 - (j // 5) * 26 + c.dice.uniform(-6, 6)
            if kind == "leek":
                c.line([(px, py + 40), (px, py)], "white", 13)
                c.line([(px, py), (px + c.dice.uniform(-16, 16), py - 70)], "moss", 14)
            elif kind == "carrot":
                c.poly([(px - 12, py), (px + 12, py), (px, py + 70)], "coral")
                c.line([(px, py), (px + c.dice.uniform(-14, 14), py - 40)], "moss", 7)
            else:
                ink = {
                    "squash": c.dice.choice(["honey", "coral", "moss"]),
                    "cabbage": "sage",
                    "apple": c.dice.choice(["red", "brick", "honey"]),
                }[kind]
                r = {"squash": 36, "cabbage": 34, "apple": 22}[kind]
                c.ell(px, py, r, r * 0.86, mix(ink, "ink", c.dice.uniform(0, 0.15)))
                c.arc(px - r * 0.2, py, r * 0.6, 120, 240, mix(ink, "white", 0.4), 5)
        c.rect(x, 540, 196, 80, "brown", 4)
        c.rect(x + 60, 560, 76, 44, "ink", 5)
        c.text(x + 98, 582, f"{k % 3 + 2},50", 28, "cream")


def pitch(c: Canvas) -> None:
    c.sky("sky", "peach", "wheat", bottom=360)
    c.hill(300, 26, mix("moss", "peach", 0.4))
    c.church(960, 360, 110, mix("stone", "peach", 0.3))
    for x in range(0, 900, 100):
        c.tree(x, 370, c.dice.uniform(80, 150), "moss")
    c.sky("sage", "moss", top=355)
    for k in range(6):
        y0, y1 = 355 + k * k * 13, 355 + (k + 0.5) ** 2 * 13
        c.poly([(0, y0), (1200, y0), (1200, y1), (0, y1)], "white", 22)
    c.line([(190, 420), (1010, 420), (1290, 780), (-90, 780), (190, 420)], "white", 7)
    c.line([(600, 420), (600, 780)], "white", 6)
    c.line(
        [(505, 540), (540, 580), (600, 596), (660, 580), (695, 540), (660, 502), (600, 490), (540, 502), (505, 540)],
        "white",
        6,
    )
    c.rect(70, 300, 260, 80, "wood", 4)
    c.poly([(50, 305), (350, 305), (320, 262), (80, 262)], "brick")
    c.dots(40, (84, 320, 318, 366), ["peach", "coral", "honey", "teal", "white"], 7)
    for k, (x, y, s) in enumerate(
        (
            (330, 600, 100),
            (470, 690, 130),
            (690, 560, 90),
            (820, 660, 120),
            (930, 540, 84),
            (240, 510, 74),
            (560, 520, 80),
        )
    ):
        c.ell(x, y, s * 0.3, s * 0.06, "black", 60)
        c.person(x, y, s, "honey" if k % 2 == 0 else "blue", legs="black" if k % 2 == 0 else "white")
    c.ell(760, 700, 15, None, "white")
    c.line([(752, 694), (766, 702)], "ink", 4)


def scoreboard(c: Canvas) -> None:
    c.sky("sky", "pale", "sage", "moss")
    c.rect(220, 330, 26, 470, "bark")
    c.rect(954, 330, 26, 470, "bark")
    c.rect(120, 110, 960, 460, "bark", 12)
    c.rect(138, 128, 924, 424, "pine", 8)
    for k in range(1, 6):
        c.line([(138, 128 + k * 71), (1062, 128 + k * 71)], "ink", 3, 90)
    c.text(380, 200, "LANVERNEC", 62, "cream")
    c.text(820, 200, "VISITEURS", 62, "cream")
    for x in (380, 820):
        c.ell(x, 280, 7, None, "slate")
        c.rect(x - 95, 284, 190, 230, "cream", 8)
        c.text(x, 400, "3", 210, "ink")


def fire_engine(c: Canvas) -> None:
    c.sky("pale", "cream", bottom=640)
    c.rect(90, 120, 1020, 520, "stone")
    for x in (140, 480, 820):
        c.rect(x, 240, 250, 400, "brick", 6)
        for k in range(6):
            c.line([(x, 270 + k * 62), (x + 250, 270 + k * 62)], "bark", 4)
    c.text(600, 180, "SAPEURS-POMPIERS", 60, "brick")
    c.sky("slate", "ink", top=630)
    c.ell(600, 706, 420, 20, "black", 90)
    c.rect(200, 380, 620, 270, "red", 14)
    c.poly([(820, 650), (820, 400), (950, 400), (1020, 520), (1040, 650)], "red")
    c.poly([(848, 430), (936, 430), (990, 520), (848, 520)], "sky")
    c.rect(200, 560, 840, 26, "white")
    for k in range(3):
        c.rect(240 + k * 185, 420, 160, 110, mix("red", "white", 0.75), 6)
        for j in range(5):
            c.line([(240 + k * 185, 438 + j * 20), (400 + k * 185, 438 + j * 20)], "slate", 3)
    c.line([(180, 352), (860, 352)], "white", 9)
    c.line([(180, 326), (860, 326)], "white", 9)
    for k in range(18):
        c.line([(200 + k * 37, 326), (200 + k * 37, 352)], "white", 6)
    c.glow(900, 375, 100, "blue", 16)
    c.rect(876, 366, 50, 34, "blue", 10)
    for x in (320, 680, 920):
        c.ell(x, 650, 62, None, "black")
        c.ell(x, 650, 30, None, "stone")
    c.ell(1026, 590, 14, 18, "cream")


def harbour_boat(c: Canvas) -> None:
    c.sky("sky", "peach", "cream", bottom=420)
    row_of_houses(c, 420, -10, 1220, "navy")
    c.rect(0, 415, 1200, 70, "stone")
    river(c, 480)
    for x, ink in ((150, "rose"), (420, "wheat"), (700, "cream"), (1000, "peach")):
        for k in range(9):
            c.rect(x + c.dice.uniform(-20, 20), 500 + k * 17, 90, 8, ink, 4, alpha=90 - k * 8)
    c.rect(596, 120, 12, 470, "bark")
    c.poly([(612, 130), (612, 520), (850, 500)], "brick")
    c.poly([(612, 130), (612, 520), (690, 512)], "coral")
    c.poly([(590, 190), (590, 520), (450, 510)], "cream")
    c.poly([(330, 560), (900, 550), (800, 680), (430, 680)], "blue")
    c.poly([(330, 560), (900, 550), (890, 578), (342, 586)], "white")
    c.line([(340, 570), (200, 460)], "wheat", 5)
    c.ell(610, 690, 260, 18, "night", 80)
    for k in range(6):
        c.rect(430 + c.dice.uniform(-20, 20), 700 + k * 15, 320 - k * 30, 7, "blue", 4, alpha=120)


def cinema(c: Canvas) -> None:
    c.sky("night", "navy", "plum")
    c.rect(220, 130, 760, 560, "plum")
    c.rect(220, 130, 760, 40, "rose")
    c.glow(600, 250, 240, "honey", 10)
    c.poly(
        [
            (
                600 + math.cos(math.radians(k * 36 - 90)) * (110 if k % 2 == 0 else 46),
                250 + math.sin(math.radians(k * 36 - 90)) * (110 if k % 2 == 0 else 46),
            )
            for k in range(10)
        ],
        "honey",
    )
    c.rect(180, 390, 840, 84, "cream", 8)
    c.text(600, 432, "LA DERNIÈRE ÉCLUSE", 50, "brick")
    for k in range(30):
        c.glow(194 + k * 28, 484, 15, "honey", 10)
        c.ell(194 + k * 28, 484, 6, None, "cream")
    c.rect(460, 510, 280, 180, mix("honey", "cream", 0.3))
    c.line([(600, 510), (600, 690)], "brick", 10)
    for x, ink in ((270, "teal"), (790, "coral")):
        c.rect(x, 510, 130, 160, "cream", 4)
        c.rect(x + 10, 520, 110, 140, ink)
        c.ell(x + 65, 575, 32, None, "wheat")
    cobbles(c, 685, "#4c4a66")
    for k, x in enumerate((130, 230, 330, 830, 930, 1040)):
        c.person(x, 770, 140, ["coral", "teal", "mustard", "blue", "rose", "moss"][k])
        c.pie(x, 640, 62, 50, 180, 360, ["teal", "brick", "navy", "honey", "plum", "coral"][k])
        c.line([(x, 590), (x, 690)], "black", 4)
    for _ in range(150):
        x, y = c.dice.uniform(0, 1200), c.dice.uniform(0, 800)
        c.line([(x, y), (x - 6, y + 24)], "sky", 1.6, 100)


def bicycle(c: Canvas, x: float, y: float, s: float, ink: str) -> None:
    for dx in (-110, 110):
        c.ring(x + dx * s, y, 82 * s, "black", 8 * s)
        for k in range(8):
            a = k * math.pi / 8
            c.line(
                [
                    (x + dx * s - math.cos(a) * 76 * s, y - math.sin(a) * 76 * s),
                    (x + dx * s + math.cos(a) * 76 * s, y + math.sin(a) * 76 * s),
                ],
                "stone",
                1.5,
            )
    back, front, low, seat, head = (
        (x - 110 * s, y),
        (x + 110 * s, y),
        (x - 10 * s, y),
        (x - 46 * s, y - 120 * s),
        (x + 80 * s, y - 120 * s),
    )
    c.line([back, low, head, seat, low], ink, 11 * s)
    c.line([back, seat], ink, 9 * s)
    c.line([front, head, (x + 72 * s, y - 160 * s), (x + 40 * s, y - 172 * s)], ink, 9 * s)
    c.rect(seat[0] - 32 * s, seat[1] - 22 * s, 64 * s, 18 * s, "bark", 8 * s)
    c.ell(*low, 18 * s, None, "slate")


def bicycles(c: Canvas) -> None:
    c.sky("wheat", "stone", bottom=620)
    for row in range(10):
        for x in range(-80, 1240, 120):
            c.rect(
                x + (row % 2) * 60, row * 64, 113, 58, mix("stone", c.dice.choice(["wheat", "clay", "slate"]), 0.25), 12
            )
    cobbles(c, 620, "wheat")
    for _ in range(420):
        x = c.dice.uniform(-20, 1220)
        c.ell(
            x,
            c.dice.uniform(-20, 130 + 70 * math.sin(x / 130)),
            17,
            12,
            c.dice.choice(["lilac", "plum", "sage", "moss", "lilac"]),
        )
    for x, y, s, ink in ((290, 620, 1.25, "blue"), (640, 690, 0.85, "red"), (950, 630, 1.2, "honey")):
        bicycle(c, x, y, s, ink)
    c.rect(120, 520, 130, 100, "brown", 12)
    c.rect(120, 520, 130, 34, "bark", 12)
    c.rect(1030, 400, 110, 70, "wood", 10)
    c.dots(26, (1034, 370, 1136, 404), ["rose", "red", "white", "coral"], 15)


def classroom(c: Canvas) -> None:
    c.sky("cream", "wheat")
    c.rect(150, 80, 900, 390, "wood", 8)
    c.rect(168, 98, 864, 354, "pine", 4)
    c.text(600, 190, "Lundi : les maréchaux-ferrants", 48, "cream")
    c.text(600, 280, "It's raining cats and dogs.", 48, "wheat")
    c.text(600, 370, "41 × 26 = ?", 48, "mint")
    c.rect(0, 640, 1200, 160, "clay")
    for k, x in enumerate((60, 350, 640, 930)):
        c.rect(x, 580, 220, 26, "wood", 6)
        for dx in (16, 190):
            c.rect(x + dx, 606, 14, 150, "bark")
        c.rect(x + 40, 560, 76, 20, ["coral", "teal", "honey", "plum"][k], 3)
        c.ell(x + 160, 560, 20, None, ["red", "moss", "honey", "brick"][k])
    c.ell(1110, 220, 56, None, "sky")
    c.ell(1100, 205, 24, 18, "moss")
    c.arc(1110, 220, 70, 60, 250, "bark", 7)


SCENES: dict[str, Callable[[Canvas], None]] = {
    "square_dusk": square_dusk, "header_town": header_town, "bell_tower": bell_tower, "cafe_terrace": cafe_terrace,
    "veg_stall": veg_stall, "pitch": pitch, "scoreboard": scoreboard, "fire_engine": fire_engine,
    "harbour_boat": harbour_boat, "cinema": cinema, "bicycles": bicycles, "classroom": classroom,
}  # fmt: skip
