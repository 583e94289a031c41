"""A text cut where words begin or cease to weigh, so that a page can mark them by how much."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from parvis.moderation.types import Evidence, Passage

STRENGTHS = 3
_FROM = (0.0, 0.34, 0.67)  # least weight of each strength


class Mark(msgspec.Struct, frozen=True):
    """A stretch of a text: how much it weighed, from 0 (not at all) to 3, and the signals it weighed for."""

    text: str
    strength: int = 0
    signals: tuple[str, ...] = ()


def marks(text: str, evidence: Iterable[Evidence]) -> list[Mark]:
    """The whole text in stretches. Where several pieces of evidence lie upon each other, the heaviest gives the strength."""
    pieces = [(max(0, one.start), min(len(text), one.end), one) for one in evidence]
    pieces = [piece for piece in pieces if piece[0] < piece[1]]
    edges = sorted({0, len(text), *(start for start, _, _ in pieces), *(end for _, end, _ in pieces)})
    found: list[Mark] = []
    for start, end in pairwise(edges):
        over = [one for low, high, one in pieces if low <= start and end <= high]
        strength = max((_strength(one.weight) for one in over), default=0)
        mark = Mark(text[start:end], strength, tuple(dict.fromkeys(one.signal for one in over)))
        last = found[-1] if found else None
        if last is not None and (last.strength, last.signals) == (mark.strength, mark.signals):
            found[-1] = Mark(last.text + mark.text, strength, mark.signals)
        else:
            found.append(mark)
    return found


def joined(pieces: Sequence[Mark]) -> list[Mark]:
    """Words that weighed alike and have only space between them as one stretch: to be read, and read out, as one."""
    found: list[Mark] = []
    for piece in pieces:
        if len(found) > 1 and piece.strength and found[-2].strength == piece.strength and _is_space(found[-1]):
            gap, before = found.pop(), found.pop()
            signals = tuple(dict.fromkeys((*before.signals, *piece.signals)))
            found.append(Mark(before.text + gap.text + piece.text, piece.strength, signals))
        else:
            found.append(piece)
    return found


def _is_space(piece: Mark) -> bool:
    return not piece.strength and piece.text.isspace() and "\n" not in piece.text


def marked(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> list[tuple[str, list[Mark]]]:
    """Every passage by its field, with its marks."""
    return [
        (passage.field, joined(marks(passage.text, [one for one in evidence if one.passage == number])))
        for number, passage in enumerate(passages)
    ]


def _strength(weight: float) -> int:
    return max(1, sum(weight >= least for least in _FROM))
