"""What a condition cannot be true without: signals of which at least one must have left its rest.

A rule whose guard is at rest is not evaluated, which is what makes a policy of many rules cheap; and what a condition needs
decides how strong its effects may be.
"""

from collections.abc import Callable, Collection

from parvis.moderation.policy.condition import Node
from parvis.moderation.policy.known import ALWAYS_SET

Guard = dict[str, float] | None
"""While every one of these signals is at rest, the condition is false; None: no such set is known. A signal is at rest while
it is less than the number beside it, or, where that is 0, while it has its default."""

AtRest = Callable[[Node], bool | None]
"""What a part without `&&`, `||` and `!` gives when all its signals are at their default; None where that is not known."""

# Of two guards the one is taken that leaves its rest in fewer posts.
_OFTEN = {"text": 100, "author": 50, "model": 20, "links": 3}
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def guard(root: Node, at_rest: AtRest, only: Collection[str] | None = None) -> Guard:
    """The cheapest guard of a condition; with `only`, one made of families (`links`) and signals (`links.listed`) in it."""
    return _guard(root, True, at_rest, only)


def _guard(node: Node, wanted: bool, at_rest: AtRest, only: Collection[str] | None) -> Guard:
    """The signals without which `node` is not `wanted`."""
    if node.kind == "!":
        return _guard(node.parts[0], not wanted, at_rest, only)
    if node.kind in ("&&", "||"):
        found = [_guard(part, wanted, at_rest, only) for part in node.parts]
        if (node.kind == "&&") == wanted:
            return min((one for one in found if one is not None), key=_cost, default=None)
        union: dict[str, float] = {}
        for one in found:
            if one is None:
                return None
            for name, limit in one.items():
                union[name] = min(limit, union.get(name, limit))
        return union
    signals = node.signals
    if signals & ALWAYS_SET or at_rest(node) is not (not wanted):
        return None
    if only is not None and not all(name in only or name.partition(".")[0] in only for name in signals):
        return None
    limit = _limit(node, wanted)
    return dict.fromkeys(signals, limit)


def _limit(node: Node, wanted: bool) -> float:
    """The number that a lone signal has to reach before its comparison is `wanted`; 0 where there is none."""
    operator = node.kind
    if operator not in _TURNED:
        return 0.0
    left, right = node.parts
    if left.kind == "literal":
        left, right, operator = right, left, _TURNED[operator]
    if left.kind != "signal" or right.kind != "literal" or not isinstance(right.value, int | float):
        return 0.0
    return max(float(right.value), 0.0) if (operator in (">", ">=")) == wanted else 0.0


def _cost(signals: dict[str, float]) -> float:
    return sum(_OFTEN.get(name.partition(".")[0], 1) / (1 + limit) for name, limit in signals.items())
