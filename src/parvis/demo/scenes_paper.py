"""Posters, charts and maps."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from parvis.demo.canvas import Canvas, mix

if TYPE_CHECKING:
    from collections.abc import Callable


def choir_poster(c: Canvas) -> None:
    c.sky("plum", "lilac", "peach")
    for k in range(5):
        c.arc(600, 620, 560 - k * 70, 180, 360, mix("plum", "honey", k / 6), 24)
    for k in range(26):
        x, y = c.dice.uniform(140, 1060), c.dice.uniform(60, 380)
        c.ell(x, y, 15, 11, "honey")
        c.line([(x + 13, y), (x + 13, y - 54)], "honey", 4)
        if k % 2:
            c.line([(x + 13, y - 54), (x + 38, y - 38)], "honey", 6)
    for row in range(3):
        for k in range(11 - row % 2):
            x, y = 150 + k * 90 + (row % 2) * 45, 430 + row * 60
            ink = mix("night", "plum", 0.7 - row * 0.3)
            c.ell(x, y, 26, 31, ink)
            c.ell(x, y + 100, 46, 75, ink)
            c.ell(x, y + 12, 6, 8, "peach")
    c.rect(0, 640, 1200, 160, "night")
    c.text(600, 690, "Chœur de la Verne", 70, "honey")
    c.text(600, 757, "CONCERT · 20 h 30 · église Saint-Vern", 38, "cream")


def chart_river(c: Canvas) -> None:
    c.sky("white", "white")
    c.text(80, 70, "La Verne, pont Vieux (m)", 46, "ink", "lm")
    for k in range(6):
        y = 690 - k * 110
        c.line([(110, y), (1140, y)], "stone", 2)
        c.text(70, y, f"{1 + k * 0.2:.1f}", 30, "slate")
    level = [1.2 + 0.012 * math.sin(k) if k < 12 else 1.2 + 0.71 * ((k - 12) / 12) ** 1.15 for k in range(25)]
    points = [(110 + k * 42.9, 690 - (v - 1) * 550) for k, v in enumerate(level)]
    c.poly([(110, 690), *points, (1140, 690)], "sky", 150)
    c.line(points, "blue", 9)
    for x in range(110, 1140, 30):
        c.line([(x, 250), (x + 17, 250)], "brick", 5)
    c.text(120, 222, "vigilance 1,80", 32, "brick", "lm")
    c.ell(*points[-1], 15, None, "blue")
    c.text(1130, 148, "1,91", 46, "blue", "rm")
    for k in range(0, 25, 6):
        c.text(110 + k * 42.9, 735, f"−{24 - k} h", 30, "slate")


def chart_bars(c: Canvas) -> None:
    c.sky("cream", "cream")
    for k in range(0, 1200, 40):
        c.line([(k, 0), (k, 800)], "sky", 1.5, 150)
        c.line([(0, k), (1200, k)], "sky", 1.5, 150)
    c.text(600, 70, "Les voitures du Parvis — CM2", 58, "plum")
    for k, (n, ink, hour) in enumerate(
        ((38, "coral", "8 h"), (61, "honey", "9 h"), (70, "teal", "10 h"), (43, "lilac", "11 h"))
    ):
        x, h = 190 + k * 230, n * 7.2
        for y in range(int(690 - h), 690, 7):
            c.line(
                [
                    (x + c.dice.uniform(-7, 4), y + c.dice.uniform(-4, 4)),
                    (x + 150 + c.dice.uniform(-4, 7), y + c.dice.uniform(-8, 8)),
                ],
                ink,
                7,
            )
        c.line([(x, 690), (x, 690 - h), (x + 150, 690 - h), (x + 150, 690)], "ink", 5)
        c.text(x + 75, 650 - h, str(n), 54, "ink")
        c.text(x + 75, 740, hour, 42, "ink")
    c.line([(130, 120), (130, 690), (1120, 690)], "ink", 7)


def old_paper(c: Canvas) -> None:
    c.sky("wheat", "cream", "wheat")
    for _ in range(40):
        c.ell(c.dice.uniform(0, 1200), c.dice.uniform(0, 800), c.dice.uniform(30, 180), None, "wood", 9)


def map_town(c: Canvas) -> None:
    old_paper(c)
    bend = [
        (0.0, 560.0),
        (220.0, 640.0),
        (420.0, 610.0),
        (520.0, 470.0),
        (640.0, 330.0),
        (820.0, 300.0),
        (980.0, 390.0),
        (1200.0, 360.0),
    ]
    smooth = [
        (x + (x2 - x) * t / 12, y + (y2 - y) * (3 * (t / 12) ** 2 - 2 * (t / 12) ** 3))
        for (x, y), (x2, y2) in itertools.pairwise(bend)
        for t in range(13)
    ]
    for w, ink in ((92, "navy"), (84, "blue"), (62, mix("blue", "sky", 0.5)), (36, "sky")):
        for x, y in smooth[::1]:
            c.ell(x, y, w / 2, None, ink)
    for x0, y0, x1, y1 in ((0, 240, 760, 220), (300, 0, 360, 590), (360, 220, 1200, 660), (620, 360, 700, 800)):
        c.line([(x0, y0), (x1, y1)], "bark", 13, 60)
        c.line([(x0, y0), (x1, y1)], "cream", 8)
    for _ in range(90):
        x, y = c.dice.gauss(430, 150), c.dice.gauss(280, 90)
        if y < 470 - max(0, x - 380) * 0.5 and x > 60:
            c.rect(x, y, c.dice.uniform(18, 44), c.dice.uniform(14, 32), "rose", 1)
            c.rect(x, y, c.dice.uniform(6, 16), 8, "brick", 1, alpha=120)
    for _ in range(130):
        x, y = c.dice.uniform(700, 1180), c.dice.uniform(480, 780)
        c.ell(x, y, 10, 8, mix("sage", "wheat", c.dice.random() * 0.5))
    c.rect(404, 264, 52, 20, "ink")
    c.rect(420, 250, 20, 48, "ink")
    for k in range(8):
        a, r = k * math.pi / 4, 76 if k % 2 == 0 else 42
        c.poly(
            [
                (1060 + math.cos(a) * r, 150 + math.sin(a) * r),
                (1060 + math.cos(a + 0.4) * 16, 150 + math.sin(a + 0.4) * 16),
                (1060, 150),
                (1060 + math.cos(a - 0.4) * 16, 150 + math.sin(a - 0.4) * 16),
            ],
            "brick" if k % 2 == 0 else "bark",
        )
    c.ring(1060, 150, 56, "bark", 3)
    for k in range(5):
        c.rect(80 + k * 60, 736, 60, 12, "ink" if k % 2 else "white")
    c.text(230, 706, "LANVERNEC", 40, "bark")
    for k in (14, 22):
        c.line([(k, k), (1200 - k, k), (1200 - k, 800 - k), (k, 800 - k), (k, k)], "bark", 3)


def market_plan(c: Canvas) -> None:
    c.sky("white", "white")
    c.rect(250, 190, 700, 440, "cream", 6)
    for k in range(-440, 720, 34):
        a, b = max(250, 250 + k), min(950, 250 + k + 440)
        if a < b:
            c.line([(a, 190 + (a - 250 - k)), (b, 190 + (b - 250 - k))], "honey", 5, 120)
    for x, y, w, h, ink, words in (
        (430, 50, 340, 130, "stone", "Église"),
        (60, 250, 180, 140, "peach", "Fournil"),
        (60, 430, 180, 140, "rose", "Café"),
        (960, 250, 190, 140, "mint", "Pharmacie"),
        (960, 430, 190, 140, "lilac", "Mairie"),
        (60, 670, 260, 100, "sky", "P  Sabots"),
        (880, 670, 260, 100, "sky", "P  Gare"),
    ):
        c.rect(x, y, w, h, ink, 8)
        c.text(x + w / 2, y + h / 2, words, 34)
    c.ell(600, 410, 78, None, "moss")
    c.ell(590, 400, 58, None, "sage")
    for k in range(12):
        a = k * math.pi / 6
        c.rect(600 + math.cos(a) * 220 - 32, 410 + math.sin(a) * 160 - 20, 64, 40, "coral" if k % 2 else "teal", 4)
    c.text(600, 720, "7 h – 14 h", 56, "brick")


SCENES: dict[str, Callable[[Canvas], None]] = {
    "choir_poster": choir_poster, "chart_river": chart_river, "chart_bars": chart_bars, "map_town": map_town,
    "market_plan": market_plan,
}  # fmt: skip
