"""A portrait for each member, an emblem for each association."""

from __future__ import annotations

import io
import math

from parvis.demo.canvas import Canvas, mix
from parvis.demo.types import Avatar

SKINS = ("#f6d3bd", "#efc0a0", "#dba37c", "#b97d56", "#94603f", "#6d452f")
HAIR = {
    "brown": "#6b4a36",
    "black": "#2b2530",
    "auburn": "#9b4f2f",
    "red": "#c85f2e",
    "blond": "#dcb469",
    "grey": "#9a9a9c",
    "white": "#eceae4",
}
SHADE = {"apron": "white", "stripes": "white", "flower": "teal", "plaid": "brick"}


def portrait(c: Canvas, a: Avatar) -> None:
    skin, hair = SKINS[a.skin], HAIR[a.tint]
    dark = mix(skin, "bark", 0.22)
    if a.hair in {"long", "braid"}:
        c.rect(112, 120, 176, 210, hair, 78)
    elif a.hair == "bob":
        c.rect(110, 112, 180, 160, hair, 74)
    elif a.hair == "afro":
        c.ell(200, 158, 118, 112, hair)
    elif a.hair == "curly":
        for k in range(12):
            t = math.pi * (0.95 + k / 11 * 1.1)
            c.ell(200 + math.cos(t) * 84, 170 + math.sin(t) * 84, 36, None, hair)
    elif a.hair == "bun":
        c.ell(200, 74, 40, 36, hair)
    top = SHADE.get(a.top, a.top)
    c.ell(200, 420, 150, 120, top)
    if a.top == "stripes":
        for k in range(5):
            c.arc(200, 440 + k * 24, 140, 200, 340, "navy", 9)
    elif a.top == "apron":
        c.rect(140, 330, 120, 80, "clay", 16)
        c.line([(146, 336), (160, 290)], "clay", 10)
        c.line([(254, 336), (240, 290)], "clay", 10)
    elif a.top == "plaid":
        for k in range(-3, 4):
            c.line([(200 + k * 38, 424 - 120 * math.sqrt(1 - (k * 38 / 150) ** 2)), (200 + k * 38, 400)], "ink", 7, 110)
        for y in (326, 362, 396):
            half = 148 * math.sqrt(1 - ((y - 420) / 120) ** 2)
            c.line([(200 - half, y), (200 + half, y)], "honey", 6, 130)
    elif a.top == "flower":
        for x, y in ((120, 360), (168, 385), (238, 372), (282, 350), (200, 345)):
            for k in range(5):
                c.ell(x + math.cos(k * 1.256) * 9, y + math.sin(k * 1.256) * 9, 8, None, "rose")
            c.ell(x, y, 6, None, "honey")
    c.rect(166, 240, 68, 84, dark, 30)
    c.ell(200, 312, 36, 22, dark)
    for s in (-1, 1):
        c.ell(200 + s * 82, 196, 16, 22, dark)
    c.ell(200, 192, 82, 94, skin)
    if "beard" in a.extras:
        c.pie(200, 206, 83, 88, 8, 172, hair)
        c.ell(200, 206, 60, 34, skin)
        c.rect(160, 228, 80, 16, hair, 8)
    if "moustache" in a.extras:
        c.ell(178, 232, 28, 11, hair)
        c.ell(222, 232, 28, 11, hair)
    c.arc(200, 236, 24, 20, 160, mix("brick", dark, 0.35), 6)
    for s in (-1, 1):
        c.ell(200 + s * 32, 188, 8, 10, "ink")
        c.ell(200 + s * 32 + 3, 184, 2.6, None, "white")
        c.arc(200 + s * 32, 180, 20, 215, 325, mix(hair, "ink", 0.3), 5)
        c.ell(200 + s * 50, 218, 17, 11, "coral", 70)
    c.arc(200, 206, 11, 30, 150, mix(dark, "bark", 0.3), 4)
    if "freckles" in a.extras:
        c.dots(18, (142, 204, 258, 224), ["clay"], 3)
    if a.hair in {"short", "bob", "long", "bun", "braid", "spiky"}:
        c.pie(200, 164, 87, 80, 178, 362, hair)
        c.poly([(113, 160), (287, 160), (282, 190), (268, 164), (132, 164), (118, 190)], hair)
    if a.hair in {"long", "bob", "bun", "braid"}:
        c.poly([(122, 176), (150, 120), (214, 108), (152, 164), (122, 206)], mix(hair, "white", 0.1))
        c.poly([(278, 176), (250, 120), (206, 108), (250, 164), (278, 206)], hair)
    if a.hair == "curly":
        for k in range(7):
            c.ell(134 + k * 22, 122 - 12 * math.sin(k / 6 * math.pi), 25, None, mix(hair, "white", 0.04 * (k % 3)))
    if a.hair == "afro":
        c.pie(200, 172, 84, 70, 185, 355, hair)
    if a.hair == "spiky":
        for k in range(7):
            c.poly([(120 + k * 23, 150), (128 + k * 23, 70 + abs(k - 3) * 9), (152 + k * 22, 146)], hair)
    if a.hair == "braid":
        for k in range(5):
            c.ell(290 - k * 3, 236 + k * 28, 19, 17, mix(hair, "white", 0.06 * (k % 2)))
    if a.hair == "cap":
        c.pie(200, 160, 94, 80, 180, 360, mix(top, "ink", 0.35))
        c.rect(96, 150, 150, 22, mix(top, "ink", 0.5), 11)
    if a.hair == "hat":
        c.ell(200, 140, 138, 26, "wheat")
        c.pie(200, 138, 80, 84, 180, 360, "wheat")
        c.rect(120, 116, 160, 20, "brick")
    if a.hair == "helmet":
        c.pie(200, 160, 98, 96, 180, 360, "teal")
        for k in (-1, 0, 1):
            c.line([(200 + k * 44, 152), (200 + k * 26, 76)], "night", 11)
    if a.hair == "bald":
        c.pie(122, 186, 20, 42, 120, 300, hair)
        c.pie(278, 186, 20, 42, 240, 420, hair)
        c.ell(226, 124, 20, 9, "white", 90)
    if "scarf" in a.extras:
        c.pie(200, 150, 90, 70, 184, 356, "brick")
        c.dots(14, (130, 96, 270, 136), ["cream"], 6)
    if "glasses" in a.extras:
        for s in (-1, 1):
            c.ring(200 + s * 33, 190, 27, "ink", 5)
        c.line([(194, 186), (206, 186)], "ink", 5)
    if "earrings" in a.extras:
        for s in (-1, 1):
            c.ell(200 + s * 86, 226, 9, None, "honey")
    if "stars" in a.extras:
        for x, y in ((60, 70), (330, 60), (350, 150), (46, 170), (110, 36)):
            c.ell(x, y, 5, None, "cream")


def emblem(c: Canvas, sign: str) -> None:
    c.ell(200, 200, 150, None, "cream", 36)
    if sign == "flame":
        for s, ink in ((1.0, "coral"), (0.72, "honey"), (0.44, "cream")):
            b = 320.0
            c.ell(200, b - 80 * s, 84 * s, 82 * s, ink)
            c.poly([(200 - 80 * s, b - 100 * s), (200 + 8 * s, b - 280 * s), (200 + 80 * s, b - 100 * s)], ink)
    elif sign == "book":
        for s in (-1, 1):
            c.poly([(200, 130), (200 + s * 130, 100), (200 + s * 130, 270), (200, 305)], "cream")
            for k in range(4):
                c.line([(200 + s * 24, 165 + k * 32), (200 + s * 110, 145 + k * 32)], "plum", 6)
        c.line([(200, 130), (200, 305)], "honey", 8)
    elif sign == "paper":
        c.rect(100, 90, 200, 230, "cream", 8)
        c.rect(120, 112, 160, 34, "ink", 3)
        c.rect(120, 162, 74, 70, "coral", 3)
        for k in range(3):
            c.line([(208, 170 + k * 24), (278, 170 + k * 24)], "slate", 6)
            c.line([(122, 252 + k * 22), (278, 252 + k * 22)], "slate", 6)
    elif sign == "notes":
        for x, y in ((140, 280), (270, 250)):
            c.ell(x, y, 40, 30, "plum")
        c.line([(174, 280), (174, 120), (304, 92), (304, 250)], "plum", 13)
        c.line([(174, 128), (304, 100)], "plum", 30)
    elif sign == "ball":
        c.ell(200, 200, 118, None, "white")
        for k in range(6):
            a = k * 1.2566 - 1.5708
            x, y, r = (200, 200, 42) if k == 5 else (200 + math.cos(a) * 100, 200 + math.sin(a) * 100, 30)
            c.poly(
                [
                    (
                        x + math.cos(j * 1.2566 + (1.5708 if k < 5 else -1.5708)) * r,
                        y + math.sin(j * 1.2566 + (1.5708 if k < 5 else -1.5708)) * r,
                    )
                    for j in range(5)
                ],
                "ink",
            )
            if k < 5:
                c.line([(200 + math.cos(a) * 40, 200 + math.sin(a) * 40), (x, y)], "ink", 6)
        c.ring(200, 200, 132, "honey", 18)
    elif sign == "hall":
        c.poly([(80, 170), (200, 90), (320, 170)], "honey")
        c.rect(90, 290, 220, 26, "cream", 3)
        for k in range(4):
            c.rect(104 + k * 56, 178, 26, 112, "cream", 4)
        c.ell(200, 144, 14, None, "ink")
    elif sign == "clover":
        c.line([(200, 220), (220, 330)], "cream", 13)
        for k in range(3):
            a = k * 2.094 - 1.5708
            for d in (-0.42, 0.42):
                c.ell(200 + math.cos(a + d) * 66, 200 + math.sin(a + d) * 66, 42, None, "mint")
            c.line([(200, 200), (200 + math.cos(a) * 60, 200 + math.sin(a) * 60)], "moss", 6)
    elif sign == "gear":
        for k in range(8):
            a = k * math.pi / 4
            c.ell(200 + math.cos(a) * 108, 200 + math.sin(a) * 108, 27, None, "cream")
        c.ell(200, 200, 106, None, "cream")
        c.rect(150, 170, 90, 84, "coral", 14)
        c.ring(246, 208, 24, "coral", 13)
        for x in (176, 210):
            c.line([(x, 156), (x + 6, 140), (x, 124)], "coral", 7)
    elif sign == "cloud":
        c.ell(262, 150, 56, None, "honey")
        for x, y, r in ((140, 210, 56), (200, 180, 70), (264, 214, 52)):
            c.ell(x, y, r, None, "white")
        c.rect(120, 210, 160, 56, "white", 26)
        for x in (150, 200, 250):
            c.line([(x, 284), (x - 14, 326)], "blue", 11)
    elif sign == "bell":
        c.pie(200, 190, 86, 100, 180, 360, "bark")
        c.poly([(114, 188), (286, 188), (316, 280), (84, 280)], "bark")
        c.rect(74, 272, 252, 24, "brown", 12)
        c.ell(200, 310, 24, None, "ink")
        c.ring(200, 84, 18, "bark", 10)
        c.arc(170, 200, 40, 180, 250, "wheat", 9)
    elif sign == "reel":
        c.ell(200, 200, 124, None, "cream")
        for k in range(5):
            a = k * 1.2566 - 1.5708
            c.ell(200 + math.cos(a) * 70, 200 + math.sin(a) * 70, 32, None, "plum")
        c.ell(200, 200, 16, None, "honey")
    elif sign == "cat":
        c.ell(200, 400, 130, 120, "honey")
        for s in (-1, 1):
            c.poly([(200 + s * 112, 190), (200 + s * 104, 60), (200 + s * 26, 124)], "honey")
            c.poly([(200 + s * 98, 160), (200 + s * 94, 92), (200 + s * 48, 130)], "rose")
        c.ell(200, 214, 122, 106, "honey")
        for s in (-1, 1):
            c.ell(200 + s * 46, 204, 26, 24, "mint")
            c.ell(200 + s * 44, 206, 9, 20, "ink")
            c.arc(200 + s * 46, 200, 29, 190, 350, "brown", 7)
            c.arc(200 + s * 17, 262, 18, 10, 170, "brown", 5)
            for k in (-1, 0, 1):
                c.line([(200 + s * 56, 254 + k * 7), (200 + s * 158, 248 + k * 20)], "white", 3)
        c.poly([(184, 240), (216, 240), (200, 258)], "rose")
        for k in (-1, 0, 1):
            c.line([(200 + k * 30, 116), (200 + k * 24, 158)], "clay", 12)


def draw_avatar(name: str, avatar: Avatar) -> bytes:
    c = Canvas(f"avatar:{name}", 400, 400, 2)
    c.sky(mix(avatar.bg, "white", 0.22), avatar.bg, mix(avatar.bg, "ink", 0.15))
    if avatar.sign:
        emblem(c, avatar.sign)
    else:
        c.ell(200, 210, 168, None, "white", 40)
        portrait(c, avatar)
    out = io.BytesIO()
    c.finish(0.02).save(out, "JPEG", quality=88)
    return out.getvalue()
