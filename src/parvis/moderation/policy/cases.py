"""What a condition can be on some subject: tried on values of its signals around every number and text it compares with.

Between two neighbouring numbers that a signal is compared with, the comparisons do not change; so for conditions that compare
signals with written values only, trying one value in each gap and one on each number is exact. With arithmetic between
signals, or more combinations than the bound, it is a sample, and is said to be one.
"""

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from parvis.moderation.policy.condition import Node
from parvis.moderation.policy.known import Known
from parvis.moderation.types import Signal, SignalKind, Value

Case = dict[str, Value]

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in")
_OTHER_TEXT = "zz"


class Cases(msgspec.Struct, frozen=True):
    """Values of signals to try, and whether trying them settles the question."""

    names: tuple[str, ...]
    values: tuple[tuple[Value, ...], ...]
    exact: bool
    most: int

    def __iter__(self) -> Iterator[Case]:
        count = math.prod(len(one) for one in self.values)
        if count <= self.most:
            for combination in itertools.product(*self.values):
                yield dict(zip(self.names, combination, strict=True))
            return
        # Every value of every signal at least once with all others first and last, then at random, the same each time.
        for end in (0, -1):
            base = {name: values[end] for name, values in zip(self.names, self.values, strict=True)}
            for name, values in zip(self.names, self.values, strict=True):
                for value in values:
                    yield {**base, name: value}
        drawn = random.Random(count)  # noqa: S311 - not a secret
        for _ in range(self.most):
            yield {name: drawn.choice(values) for name, values in zip(self.names, self.values, strict=True)}


def cases(roots: Sequence[Node], known: Known, most: int) -> Cases:
    """The cases for some conditions together. `most` bounds how many are tried."""
    names = tuple(sorted({name for root in roots for name in root.signals}))
    numbers: dict[str, set[float]] = {name: set() for name in names}
    texts: dict[str, set[str]] = {name: set() for name in names}
    exact = True
    for root in roots:
        exact = _gather(root, known, numbers, texts) and exact
    values = tuple(_values(known.signals[name], numbers[name], texts[name]) for name in names)
    count = math.prod(len(one) for one in values)
    return Cases(names, values, exact and count <= most, most)


def _gather(root: Node, known: Known, numbers: Mapping[str, set[float]], texts: Mapping[str, set[str]]) -> bool:
    """Note what each signal is compared with; whether all its comparisons are with written values only."""
    exact = True
    for node in root.walk():
        if node.kind in (*_COMPARISONS, "call"):
            signals = node.signals
            literals = node.literals
            direct = [part for part in node.parts if part.kind == "signal"]
            plain = len(signals) <= 1 and all(
                part.kind in ("signal", "literal", "list") or (part.kind == "call" and part.value in ("size", "double"))
                for part in node.parts
            )
            exact = exact and (plain or not signals) and len(direct) <= 1
            for name in signals:
                for literal in literals:
                    if isinstance(literal, str):
                        texts[name].add(literal)
                    elif not isinstance(literal, bool):
                        numbers[name].add(float(literal))
        elif node.kind in ("+", "-", "*", "/", "%", "neg") and node.signals:
            exact = False
    # A part that stands in two comparisons of different signals was counted above; a list's size with its members is not.
    listed = [name for name in numbers if known.signals[name].kind in (SignalKind.LIST, SignalKind.TEXT)]
    return exact and not any(numbers[name] and texts[name] for name in listed)


def _values(signal: Signal, numbers: set[float], texts: set[str]) -> tuple[Value, ...]:
    """Values of one signal, its default first and what speaks most for a match last."""
    match signal.kind:
        case SignalKind.FLAG:
            return (False, True)
        case SignalKind.SHARE:
            points = sorted({0.0, 1.0, *(one for one in numbers if 0 <= one <= 1)})
            return tuple(_between(points))
        case SignalKind.NUMBER:
            points = sorted({0.0, *(one for one in numbers if one >= 0)})
            return (*_between(points), points[-1] * 2 + 1)
        case SignalKind.COUNT:
            points = {0, 1}
            for one in numbers:
                points |= {math.floor(one) - 1, math.floor(one), math.ceil(one), math.ceil(one) + 1}
            return tuple(sorted(point for point in points if point >= 0))
        case SignalKind.TEXT:
            return _of_text(signal, numbers, texts)
        case SignalKind.LIST:
            return _of_list(signal, numbers, texts)


def _between(points: list[float]) -> list[float]:
    """The points and one number between each two."""
    found: list[float] = []
    for left, right in itertools.pairwise(points):
        found += [left, (left + right) / 2]
    return [*found, points[-1]]


def _of_text(signal: Signal, numbers: set[float], texts: set[str]) -> tuple[Value, ...]:
    if signal.choices:
        # All that it can be.
        return (("",) if signal.name not in ("kind", "audience") else ()) + signal.choices
    found = {"", _OTHER_TEXT, *texts, *(one + one for one in texts)}
    found |= {"x" * min(int(one) + more, 200) for one in numbers for more in (0, 1) if one >= 0}
    return tuple(sorted(found))


def _of_list(signal: Signal, numbers: set[float], texts: set[str]) -> tuple[Value, ...]:
    named = sorted(texts | set(signal.choices[:4]) | ({_OTHER_TEXT} if not signal.choices else set()))
    found: set[tuple[str, ...]] = {()}
    most = 3 if len(named) <= 8 else 1
    for size in range(1, most + 1):
        found |= set(itertools.combinations(named, size))
    found.add(tuple(named))
    for one in numbers:
        for size in (int(one) - 1, int(one), int(one) + 1):
            if 0 <= size <= 100:
                padded = [*named, *(f"{_OTHER_TEXT}{more}" for more in range(size))]
                found.add(tuple(padded[:size]))
    ordered = sorted(found, key=lambda value: (len(value), value))
    return tuple(ordered)
