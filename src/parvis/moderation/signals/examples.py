"""Whether entries do as their examples promise."""

from collections.abc import Iterable

from parvis.moderation.signals.entries import Entry
from parvis.moderation.signals.patterns import Patterns


def check_examples(entries: Iterable[Entry]) -> list[tuple[str, str]]:
    """What is not as an entry promises: the entry's id, and a sentence that says which example. Each entry is tried alone."""
    wrong: list[tuple[str, str]] = []
    for entry in entries:
        alone = Patterns((entry,))
        wrong += [(entry.id, f"it does not match: {text}") for text in entry.matches if not alone.find(text)]
        wrong += [(entry.id, f"it does not spare: {text}") for text in entry.spares if alone.find(text)]
    return wrong
