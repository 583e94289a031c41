"""Several words written as one, and the language that words are in."""

from collections.abc import Sequence

from parvis.moderation.signals.common_words import ENGLISH, FRENCH

_LONGEST_WORD = 24
_SHORT = frozenset({"a", "i", "y"})
_COMMON = {"en": ENGLISH, "fr": FRENCH}
_JOINING = frozenset(word for word in ENGLISH | FRENCH if len(word) > 1) | _SHORT


def split(glued: str, vocabulary: frozenset[str]) -> str | None:
    """The fewest known words that `glued` is made of, with spaces between them; None if it is not made of such words.

    It may hold spaces already, where capitals said so; then it is taken as it is.
    """
    if " " in glued:
        return glued
    best: list[tuple[int, int] | None] = [(0, 0)]  # how many words end here, where the last one begins
    for end in range(1, len(glued) + 1):
        found: tuple[int, int] | None = None
        for start in range(max(0, end - _LONGEST_WORD), end):
            before = best[start]
            if before is None or (found is not None and before[0] + 1 >= found[0]):
                continue
            word = glued[start:end]
            if (word in vocabulary and end - start > 1) or word in _JOINING:
                found = (before[0] + 1, start)
        best.append(found)
    parts: list[str] = []
    end = len(glued)
    while end:
        here = best[end]
        if here is None:
            return None
        parts.append(glued[here[1] : end])
        end = here[1]
    return " ".join(reversed(parts)) if len(parts) > 1 else None


def speaks(words: Sequence[str], language: str, said: str | None) -> bool:
    """Whether words are in a language, as its commonest words tell; where they do not, as their author says."""
    counts = {name: sum(1 for word in words if word in common) for name, common in _COMMON.items()}
    mine = counts[language]
    others = max(count for name, count in counts.items() if name != language)
    if mine != others:
        return mine > others
    return said is None or said.split("-")[0].lower() == language
