"""What a condition may speak of: the signals of the detectors, and the few facts of every subject."""

import difflib
from collections.abc import Iterable, Mapping

from parvis.moderation.types import Signal, SignalKind, Value

FOUND_LANGUAGE = "text.language"
"""Measured only where a condition that has to be evaluated names it, and for what somebody will look at."""

CONTEXT = (
    Signal(
        "kind",
        SignalKind.TEXT,
        "What is being screened",
        "Ce qui est examiné",
        ("post", "edit", "profile", "name", "alt", "report", "scan"),
    ),
    Signal(
        "audience",
        SignalKind.TEXT,
        "Who may see it",
        "Qui peut le voir",
        ("public", "unlisted", "followers", "direct"),
    ),
    Signal(
        "language",
        SignalKind.TEXT,
        "Its language as its author says, as in “fr”",
        "Sa langue selon son auteur, comme « fr »",
    ),
    Signal(
        FOUND_LANGUAGE,
        SignalKind.TEXT,
        "The language that its words are in, as in “fr”; “und”: it cannot be told",
        "La langue de ses mots, comme « fr » ; « und » : elle est indéterminée",
    ),
    Signal("failed", SignalKind.LIST, "The detectors that failed or were too slow", "Les détecteurs en panne ou trop lents"),
)  # fmt: skip
"""Facts of every subject. All but `failed` have no default: they always say something."""

ALWAYS_SET = frozenset({"kind", "audience", "language", FOUND_LANGUAGE})


class Known:
    """The signals that conditions may name."""

    def __init__(self, signals: Iterable[Signal]) -> None:
        """The signals of all detectors that are in use, in any order."""
        self.signals: Mapping[str, Signal] = {one.name: one for one in (*signals, *CONTEXT)}

    def get(self, name: str) -> Signal | None:
        """The signal of that name."""
        return self.signals.get(name)

    def default(self, name: str) -> Value:
        """What a signal is when nothing was found. KeyError for one that is not known."""
        return self.signals[name].kind.default

    def nearest(self, name: str) -> str:
        """The known name that looks most like this one, or ''."""
        return nearest(name, self.signals)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like this one, or ''."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)), "")
