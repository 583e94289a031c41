"""The signals that the shipped policy speaks of, for tests that need no detector."""

from parvis.moderation.policy.known import Known
from parvis.moderation.types import Signal, SignalKind

_CATEGORIES = (
    "slur", "dehumanisation", "incitement", "threat", "harassment", "glorification", "terrorism", "minors", "spam", "illegal",
)  # fmt: skip
_HEADS = ("hate", "dehumanisation", "incitement", "threat", "harassment", "glorification", "spam")
_KINDS = {
    **{f"model.{head}": SignalKind.SHARE for head in _HEADS},
    **{f"patterns.{name}{weak}": SignalKind.COUNT for name in _CATEGORIES for weak in ("", "_weak")},
    "near.category": SignalKind.TEXT,
    "near.likeness": SignalKind.SHARE,
    "hashes.list": SignalKind.TEXT,
    "hashes.distance": SignalKind.COUNT,
    "hashes.exact": SignalKind.FLAG,
    "links.count": SignalKind.COUNT,
    "links.listed": SignalKind.LIST,
    "links.shortened": SignalKind.COUNT,
    "links.mismatched": SignalKind.COUNT,
    "author.age_hours": SignalKind.NUMBER,
    "author.posts_hour": SignalKind.COUNT,
    "author.strangers": SignalKind.COUNT,
    "author.violations": SignalKind.COUNT,
    "author.held": SignalKind.COUNT,
    "author.on_hold": SignalKind.FLAG,
    "reports.weight": SignalKind.NUMBER,
    "reports.count": SignalKind.COUNT,
    "text.length": SignalKind.COUNT,
    "text.capitals": SignalKind.SHARE,
}

SIGNALS = (
    *(Signal(name, kind, name, name) for name, kind in _KINDS.items()),
    Signal("near.outcome", SignalKind.TEXT, "near.outcome", "near.outcome", ("violation", "allowed")),
    Signal(
        "hashes.category",
        SignalKind.TEXT,
        "hashes.category",
        "hashes.category",
        ("minors", "terrorism", "intimate", "other"),
    ),
)
KNOWN = Known(SIGNALS)
