"""A line chart as SVG: both axes logarithmic, one line for each series."""

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 420, 64, 150, 44, 52
_COLORS = ("#1f5fa8", "#b5482a", "#3a7d44", "#7b4fa3", "#a8801f", "#4a4a4a", "#c2185b", "#00838f")

Series = Mapping[str, Sequence[tuple[float, float]]]


def _ticks(low: float, high: float) -> list[float]:
    return [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def _short(value: float) -> str:
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def chart(title: str, across: str, up: str, series: Series) -> str:
    """The SVG's text."""
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points if y > 0]
    wide, high = _ticks(min(xs), max(xs)), _ticks(min(ys), max(ys))
    span_x = math.log10(wide[-1] / wide[0]) or 1
    span_y = math.log10(high[-1] / high[0]) or 1

    def at_x(x: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log10(x / wide[0]) / span_x

    def at_y(y: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * math.log10(max(y, high[0]) / high[0]) / span_y

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="24" font-size="15">{escape(title)}</text>',
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 12}" text-anchor="middle">{escape(across)}</text>',
        f'<text x="16" y="{_HEIGHT / 2}" transform="rotate(-90 16 {_HEIGHT / 2})" text-anchor="middle">{escape(up)}</text>',
    ]
    out += [
        f'<path d="M{at_x(x):.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#ddd"/>'
        f'<text x="{at_x(x):.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{_short(x)}</text>'
        for x in wide
    ]
    out += [
        f'<path d="M{_LEFT} {at_y(y):.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 8}" y="{at_y(y) + 4:.1f}" text-anchor="end">{y:g}</text>'
        for y in high
    ]
    labels: list[float] = []
    for (name, points), color in zip(series.items(), _COLORS * 3, strict=False):
        path = "L".join(f"{at_x(x):.1f} {at_y(y):.1f}" for x, y in points)
        out.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        out += [f'<circle cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="3" fill="{color}"/>' for x, y in points]
        place = at_y(points[-1][1])
        while any(abs(place - other) < 14 for other in labels):
            place += 14
        labels.append(place)
        out.append(f'<text x="{_WIDTH - _RIGHT + 10}" y="{place + 4:.1f}" fill="{color}">{escape(name)}</text>')
    return "\n".join([*out, "</svg>\n"])
