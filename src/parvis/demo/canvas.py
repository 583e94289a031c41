"""A drawing surface of 1200 × 800 units, supersampled, with the shapes the town is made of."""

from __future__ import annotations

import io
import math
import random
import unicodedata

from PIL import Image, ImageDraw, ImageFilter, ImageFont

Point = tuple[float, float]
Ink = str | tuple[int, int, int] | tuple[int, int, int, int]

P = {
    "ink": "#22304a", "night": "#18223f", "navy": "#2c4068", "slate": "#66788f", "sky": "#a9cfe2", "pale": "#dcebf0",
    "cream": "#faf1de", "wheat": "#ecd09a", "honey": "#e3a83c",
    "mustard": "#d99a2b", "clay": "#c87850", "brick": "#b1483b",
    "coral": "#e57f63", "peach": "#f4b994", "rose": "#dc8f9c", "lilac": "#b8a4d6", "plum": "#6e4a73", "teal": "#2f7f82",
    "mint": "#abd8c3", "sage": "#8eae84", "moss": "#56784a", "pine": "#2e5242", "bark": "#6b4a36", "wood": "#a9764c",
    "stone": "#c9bfae", "white": "#fffdf6", "red": "#cc3f37", "blue": "#4479b3", "brown": "#7a5138", "black": "#2b2626",
}  # fmt: skip

PLAIN = {"œ": "oe", "Œ": "OE", "—": "-", "–": "-", "−": "-", "×": "x", "·": "-", "’": "'"}


def rgb(ink: Ink, alpha: int = 255) -> tuple[int, int, int, int]:
    if isinstance(ink, str):
        ink = P.get(ink, ink)
        return (int(ink[1:3], 16), int(ink[3:5], 16), int(ink[5:7], 16), alpha)
    return (*ink[:3], ink[3] if len(ink) == 4 else alpha)


def mix(a: Ink, b: Ink, part: float) -> tuple[int, int, int]:
    x, y = rgb(a), rgb(b)
    red, green, blue = (round(m + (n - m) * part) for m, n in zip(x[:3], y[:3], strict=True))
    return red, green, blue


class Canvas:
    def __init__(self, seed: str, width: int = 1200, height: int = 800, scale: float = 2) -> None:
        self.w, self.h, self.s = width, height, scale
        self.dice = random.Random(f"parvis:{seed}")
        self.image = Image.new("RGB", (int(width * scale), int(height * scale)))
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def at(self, points: list[Point]) -> list[Point]:
        return [(x * self.s, y * self.s) for x, y in points]

    def sky(self, *stops: Ink, top: float = 0, bottom: float | None = None) -> None:
        bottom = self.h if bottom is None else bottom
        strip = Image.new("RGB", (1, len(stops)))
        for row, ink in enumerate(stops):
            strip.putpixel((0, row), rgb(ink)[:3])
        size = (self.image.width, int((bottom - top) * self.s))
        box = (0, 0.5, 1, len(stops) - 0.5) if len(stops) > 1 else None
        self.image.paste(strip.resize(size, Image.Resampling.BILINEAR, box=box), (0, int(top * self.s)))

    def poly(self, points: list[Point], ink: Ink, alpha: int = 255) -> None:
        self.pen.polygon(self.at(points), rgb(ink, alpha))

    def rect(self, x: float, y: float, w: float, h: float, ink: Ink, r: float = 0, alpha: int = 255) -> None:
        box = self.at([(x, y), (x + w, y + h)])
        self.pen.rounded_rectangle([*box[0], *box[1]], r * self.s, rgb(ink, alpha))

    def ell(self, x: float, y: float, rx: float, ry: float | None = None, ink: Ink = "ink", alpha: int = 255) -> None:
        ry = rx if ry is None else ry
        box = self.at([(x - rx, y - ry), (x + rx, y + ry)])
        self.pen.ellipse([*box[0], *box[1]], rgb(ink, alpha))

    def arc(self, x: float, y: float, r: float, start: float, end: float, ink: Ink, w: float = 6) -> None:
        box = self.at([(x - r, y - r), (x + r, y + r)])
        self.pen.arc([*box[0], *box[1]], start, end, rgb(ink), int(w * self.s))

    def pie(self, x: float, y: float, rx: float, ry: float, start: float, end: float, ink: Ink) -> None:
        box = self.at([(x - rx, y - ry), (x + rx, y + ry)])
        self.pen.pieslice([*box[0], *box[1]], start, end, rgb(ink))

    def line(self, points: list[Point], ink: Ink, w: float = 4, alpha: int = 255) -> None:
        self.pen.line(self.at(points), rgb(ink, alpha), max(1, int(w * self.s)), joint="curve")

    def ring(self, x: float, y: float, r: float, ink: Ink, w: float = 6) -> None:
        self.arc(x, y, r, 0, 360, ink, w)

    def text(self, x: float, y: float, words: str, size: float, ink: Ink = "ink", anchor: str = "mm") -> None:
        """The built-in font knows plain Latin only, so accents are drawn on top."""
        for fancy, plain in PLAIN.items():
            words = words.replace(fancy, plain)
        font = ImageFont.load_default(size * self.s)
        letters = [unicodedata.normalize("NFD", letter) for letter in words]
        widths = [font.getlength(letter[0]) / self.s for letter in letters]
        x -= {"l": 0.0, "m": sum(widths) / 2, "r": sum(widths)}[anchor[0]]
        for letter, width in zip(letters, widths, strict=True):
            self.pen.text((x * self.s, y * self.s), letter[0], rgb(ink), font=font, anchor="lm")
            middle, top = x + width / 2, y - size * (0.5 if letter[0].isupper() else 0.32)
            reach, w = size * 0.1, max(1.5, size * 0.06)
            if letter[1:] == "\u0301":
                self.line([(middle - reach * 0.5, top), (middle + reach, top - reach * 1.2)], ink, w)
            elif letter[1:] == "\u0300":
                self.line([(middle + reach * 0.5, top), (middle - reach, top - reach * 1.2)], ink, w)
            elif letter[1:] == "\u0302":
                self.line(
                    [(middle - reach * 1.2, top), (middle, top - reach * 1.1), (middle + reach * 1.2, top)], ink, w
                )
            x += width

    def glow(self, x: float, y: float, r: float, ink: Ink, strength: int = 14) -> None:
        for step in range(14, 0, -1):
            self.ell(x, y, r * step / 14, None, ink, strength)

    def dots(
        self, n: int, box: tuple[float, float, float, float], inks: list[str], r: float = 3, alpha: int = 255
    ) -> None:
        for _ in range(n):
            x, y = self.dice.uniform(box[0], box[2]), self.dice.uniform(box[1], box[3])
            self.ell(x, y, r * self.dice.uniform(0.4, 1.3), None, self.dice.choice(inks), alpha)

    def hill(self, y: float, swing: float, ink: Ink, waves: float = 1.5) -> None:
        a, b = self.dice.uniform(0, 6), self.dice.uniform(0, 6)
        top = [
            (x, y + swing * (math.sin(x / self.w * waves * 6 + a) * 0.7 + math.sin(x / self.w * waves * 14 + b) * 0.25))
            for x in range(0, self.w + 20, 20)
        ]
        self.poly([(0, self.h), *top, (self.w, self.h)], ink)

    def cloud(self, x: float, y: float, size: float, ink: Ink = "white", alpha: int = 210) -> None:
        layer = [(0, 0, 1), (-0.9, 0.25, 0.65), (0.95, 0.2, 0.7), (0.45, -0.3, 0.75), (-0.45, -0.15, 0.7)]
        solid = mix(ink, "sky", (255 - alpha) / 255)
        for dx, dy, r in layer:
            self.ell(x + dx * size, y + dy * size, r * size, r * size * 0.62, solid)

    def tree(self, x: float, y: float, size: float, ink: Ink = "moss", trunk: Ink = "bark") -> None:
        self.rect(x - size * 0.05, y - size * 0.5, size * 0.1, size * 0.5, trunk)
        for dx, dy, r in ((0, -0.75, 0.3), (-0.2, -0.6, 0.23), (0.2, -0.58, 0.24), (0.05, -0.5, 0.25)):
            self.ell(x + dx * size, y + dy * size, r * size, None, mix(ink, "ink", 0.16 + dx * 0.4))
        self.ell(x - size * 0.08, y - size * 0.8, size * 0.17, None, mix(ink, "white", 0.16))

    def house(self, x: float, y: float, w: float, h: float, wall: Ink, roof: Ink = "slate", lit: Ink = "honey") -> None:
        """Stands on y; its roof rises above h."""
        self.rect(x, y - h, w, h, wall)
        self.rect(x + w * 0.82, y - h, w * 0.18, h, "ink", alpha=28)
        self.poly(
            [(x - 8, y - h), (x + w * 0.16, y - h - w * 0.4), (x + w * 0.84, y - h - w * 0.4), (x + w + 8, y - h)], roof
        )
        self.rect(x + w * 0.66, y - h - w * 0.5, w * 0.1, w * 0.26, mix(wall, "ink", 0.25))
        rows = max(1, int(h / 90))
        for row in range(rows):
            for col in range(2):
                wx, wy = x + w * (0.17 + col * 0.43), y - h + 22 + row * (h - 30) / rows
                ink = lit if self.dice.random() < 0.7 else mix("navy", wall, 0.2)
                self.rect(wx, wy, w * 0.2, min(44, h * 0.3), ink, 3)
                self.line([(wx + w * 0.1, wy), (wx + w * 0.1, wy + min(44, h * 0.3))], wall, 3)
        self.rect(x + w * 0.42, y - 50, w * 0.17, 50, mix(roof, "ink", 0.3), 4)

    def church(
        self, x: float, y: float, size: float, wall: Ink = "stone", roof: Ink = "slate", lit: Ink = "honey"
    ) -> None:
        w = size * 0.36
        self.rect(x - w, y - size * 0.5, w * 2, size * 0.5, wall)
        self.poly(
            [(x - w - 10, y - size * 0.5), (x, y - size * 0.78), (x + w + 10, y - size * 0.5)], mix(roof, wall, 0.1)
        )
        self.poly([(x - w + 12, y - size * 0.5), (x, y - size * 0.73), (x + w - 12, y - size * 0.5)], wall)
        self.ell(x, y - size * 0.47, size * 0.12, None, mix(wall, "ink", 0.35))
        for k in range(10):
            a = k * math.pi / 5
            self.ell(
                x + math.cos(a) * size * 0.07, y - size * 0.47 + math.sin(a) * size * 0.07, size * 0.026, None, lit
            )
        self.ell(x, y - size * 0.47, size * 0.036, None, mix(lit, "coral", 0.5))
        for r, ink in ((0.15, mix(wall, "ink", 0.3)), (0.12, mix(wall, "ink", 0.5)), (0.09, "bark")):
            self.pie(x, y - size * 0.14, size * r, size * r * 1.3, 180, 360, ink)
            self.rect(x - size * r, y - size * 0.15, size * r * 2, size * 0.15, ink)
        for side in (-1, 1):
            self.rect(x + side * w * 0.72 - 12, y - size * 0.38, 24, size * 0.22, mix(wall, "ink", 0.4), 12)
        tx = x + w * 0.62
        self.rect(tx, y - size * 0.95, w * 0.6, size * 0.95, mix(wall, "ink", 0.1))
        self.poly(
            [(tx - 10, y - size * 0.95), (tx + w * 0.3, y - size * 1.4), (tx + w * 0.6 + 10, y - size * 0.95)], roof
        )
        self.ell(tx + w * 0.3, y - size * 0.72, w * 0.17, None, "cream")
        self.line([(tx + w * 0.3, y - size * 0.72), (tx + w * 0.3, y - size * 0.72 - w * 0.12)], "ink", 3)
        self.rect(tx + w * 0.18, y - size * 0.9, w * 0.24, size * 0.1, "ink", w * 0.12)

    def person(
        self, x: float, y: float, size: float, top: Ink, skin: Ink = "peach", hair: Ink = "bark", legs: Ink = "navy"
    ) -> None:
        self.rect(x - size * 0.1, y - size * 0.4, size * 0.08, size * 0.4, legs, 4)
        self.rect(x + size * 0.03, y - size * 0.4, size * 0.08, size * 0.4, legs, 4)
        self.rect(x - size * 0.15, y - size * 0.76, size * 0.3, size * 0.42, top, size * 0.1)
        self.ell(x, y - size * 0.88, size * 0.1, None, skin)
        self.pie(x, y - size * 0.9, size * 0.11, size * 0.11, 170, 370, hair)

    def soften(self, radius: float) -> None:
        self.image = self.image.filter(ImageFilter.GaussianBlur(radius * self.s))
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def finish(self, grain: float = 0.035) -> Image.Image:
        small = self.image.resize((self.w, self.h), Image.Resampling.BOX)
        noise = Image.frombytes("L", (self.w // 2, self.h // 2), self.dice.randbytes((self.w // 2) * (self.h // 2)))
        paper = noise.resize(small.size, Image.Resampling.BICUBIC).convert("RGB")
        return Image.blend(small, paper, grain)

    def jpeg(self, quality: int = 85) -> bytes:
        picture = self.finish()
        while True:
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=quality)
            if out.tell() < 190_000:
                return out.getvalue()
            quality -= 8
