"""What a condition can be on some subject: tried on values of its signals around every number and text it compares with.

Between two neighbouring numbers that a signal is compared with, the comparisons do not change; so for conditions that compare
signals with written values only, trying one value in each gap and one on each number is exact. With arithmetic between
signals, or more combinations than the bound, it is a sample, and is said to be one.

Every comparison is evaluated by CEL on the values of its own signals; `&&`, `||` and `!` over all combinations are sums of
bits, so that a million of them take some milliseconds.
"""

import itertools
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parvis.moderation.policy.condition import Node
from parvis.moderation.policy.known import Known
from parvis.moderation.types import Signal, SignalKind, Value

Case = dict[str, Value]
Ask = Callable[[Node, Case], bool]
"""Evaluates a part of a condition on the values of its signals."""

Bits = NDArray[np.bool_]

MOST_CASES = 1 << 20
"""Combinations that are tried for one condition; beyond them a sample is."""

_SAMPLE = 20_000
_COSTLY_SAMPLE = 2_000  # where a comparison has to be evaluated for each case
_MOST_OF_ONE = 4_096  # combinations of the signals of one comparison

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in")
_OTHER_TEXT = "zz"
_MOST_LISTED = 6  # texts that are tried in all combinations


class Cases:
    """Cases for some conditions together."""

    def __init__(
        self,
        roots: Sequence[Node],
        known: Known,
        ask: Ask,
        *,
        most: int = MOST_CASES,
        rest: Collection[str] | None = None,
    ) -> None:
        """With `rest`, all signals but those named in it are at their default."""
        self._ask = ask
        self.names = tuple(sorted({name for root in roots for name in root.signals}))
        numbers: dict[str, set[float]] = {name: set() for name in self.names}
        texts: dict[str, set[str]] = {name: set() for name in self.names}
        exact = True
        for root in roots:
            exact = _gather(root, known, numbers, texts) and exact
        self._values: dict[str, tuple[Value, ...]] = {}
        for name in self.names:
            values = _values(known.signals[name], numbers[name], texts[name])
            self._values[name] = values if rest is None or name in rest else values[:1]
        count = math.prod(len(values) for values in self._values.values())
        costly = any(self._count(leaf) > _MOST_OF_ONE for root in roots for leaf in _leaves(root))
        self.sampled = count > most or costly
        self.exact = exact and not self.sampled
        self.tried = (_COSTLY_SAMPLE if costly else _SAMPLE) if self.sampled else count
        self._picked = self._sample() if self.sampled else {}
        self._known: dict[Node, Bits] = {}

    def truth(self, root: Node) -> Bits:
        """Whether a condition is true, for each case (its shape fits that of the other conditions)."""
        match root.kind:
            case "&&" | "||":
                join = np.logical_and if root.kind == "&&" else np.logical_or
                found = self.truth(root.parts[0])
                for part in root.parts[1:]:
                    found = join(found, self.truth(part))
                return found
            case "!":
                return np.logical_not(self.truth(root.parts[0]))
            case "?:":
                return np.where(*(self.truth(part) for part in root.parts))
            case _:
                if root not in self._known:
                    self._known[root] = self._leaf(root)
                return self._known[root]

    def first(self, bits: Bits) -> Case:
        """The first case for which a bit is set. There must be one."""
        if self.sampled:
            at = int(np.flatnonzero(bits)[0])
            return {name: values[self._picked[name][at]] for name, values in self._values.items()}
        at = tuple(int(axis[0]) for axis in np.nonzero(np.broadcast_to(bits, self._shape())))
        return {name: values[place] for (name, values), place in zip(self._values.items(), at, strict=True)}

    def _shape(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self._values.values())

    def _count(self, leaf: Node) -> int:
        return math.prod(len(self._values[name]) for name in leaf.signals)

    def _leaf(self, leaf: Node) -> Bits:
        names = [name for name in self.names if name in leaf.signals]
        if self._count(leaf) > _MOST_OF_ONE:
            rows = zip(*(self._picked[name] for name in names), strict=True)
            cases = ({name: self._values[name][at] for name, at in zip(names, row, strict=True)} for row in rows)
            return np.array([self._ask(leaf, case) for case in cases], dtype=np.bool_)
        combinations = itertools.product(*(self._values[name] for name in names))
        answers = [self._ask(leaf, dict(zip(names, values, strict=True))) for values in combinations]
        table = np.array(answers, dtype=np.bool_)
        if self.sampled:
            sizes = [len(self._values[name]) for name in names]
            at = np.zeros(self.tried_rows, dtype=np.int64)
            for name, size in zip(names, sizes, strict=True):
                at = at * size + self._picked[name]
            return table[at]
        return table.reshape([len(values) if name in leaf.signals else 1 for name, values in self._values.items()])

    @property
    def tried_rows(self) -> int:
        """How many cases a sample has."""
        return len(next(iter(self._picked.values()), ()))

    def _sample(self) -> dict[str, NDArray[np.int64]]:
        """Every value of every signal with all others first and last, then at random, the same each time."""
        sizes = np.array(self._shape(), dtype=np.int64)
        rows: list[Any] = []
        for end in (np.zeros_like(sizes), sizes - 1):
            for number, size in enumerate(sizes):
                for at in range(size):
                    row = end.copy()
                    row[number] = at
                    rows.append(row)
        drawn = np.random.default_rng(len(sizes)).integers(0, sizes, size=(self.tried, len(sizes)))
        whole = np.concatenate([np.array(rows, dtype=np.int64), drawn])
        return {name: whole[:, number] for number, name in enumerate(self.names)}


def _leaves(root: Node) -> list[Node]:
    if root.kind in ("&&", "||", "!", "?:"):
        return [leaf for part in root.parts for leaf in _leaves(part)]
    return [root]


def _gather(root: Node, known: Known, numbers: Mapping[str, set[float]], texts: Mapping[str, set[str]]) -> bool:
    """Note what each signal is compared with; whether trying the values around it settles the question."""
    exact = True
    for node in root.walk():
        if node.kind in (*_COMPARISONS, "call"):
            exact = exact and _plain(node, known)
            for name in node.signals:
                for literal in node.literals:
                    if isinstance(literal, str):
                        texts[name].add(literal)
                    elif not isinstance(literal, bool):
                        numbers[name].add(float(literal))
        elif node.kind in ("+", "-", "*", "/", "%", "neg") and node.signals:
            exact = False
    for name in numbers:
        kind = known.signals[name].kind
        if kind in (SignalKind.LIST, SignalKind.TEXT) and numbers[name] and texts[name]:
            exact = False  # its length and what it holds
        if kind is SignalKind.LIST and len(texts[name]) > _MOST_LISTED:
            exact = False
    return exact


def _plain(node: Node, known: Known) -> bool:
    """Whether a comparison is of one signal, as it is, with written values."""
    signals = [known.signals[name] for name in node.signals]
    if not signals:
        return True
    if len(signals) > 1 or sum(part.kind == "signal" for part in node.parts) > 1:
        return False
    if node.kind == "call" and node.value not in ("size", "double"):
        return bool(signals[0].choices)  # a part of a text that can be anything
    if signals[0].kind is SignalKind.LIST and any(part.kind == "list" and part.parts for part in node.parts):
        return False  # a whole list: their order counts
    return all(
        part.kind in ("signal", "literal", "list") or (part.kind == "call" and part.value in ("size", "double"))
        for part in node.parts
    )


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
    found = {"", _OTHER_TEXT, *texts}
    if len(texts) <= _MOST_LISTED:
        found |= {one + other for one in texts for other in texts}
    found |= {"x" * min(int(one) + more, 200) for one in numbers for more in (0, 1) if one >= 0}
    return tuple(sorted(found))


def _of_list(signal: Signal, numbers: set[float], texts: set[str]) -> tuple[Value, ...]:
    """All combinations of what a condition asks for and something else."""
    other = next((choice for choice in signal.choices if choice not in texts), _OTHER_TEXT)
    named = sorted({*texts, other})
    sizes = range(len(named) + 1) if len(named) <= _MOST_LISTED + 1 else (0, 1, 2, len(named))
    found = {one for size in sizes for one in itertools.combinations(named, size)}
    for one in numbers:
        for size in (int(one) - 1, int(one), int(one) + 1):
            if 0 <= size <= 100:
                padded = [*named, *(f"{other}{more}" for more in range(size))]
                found.add(tuple(padded[:size]))
    ordered = sorted(found, key=lambda value: (len(value), value))
    return tuple(ordered)
