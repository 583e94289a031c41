"""Word lists: every entry does as its examples promise, whatever its words are written with."""

import re
from collections.abc import Callable

import pytest

from parvis.moderation.signals.entries import Entry
from parvis.moderation.signals.examples import check_examples
from parvis.moderation.signals.load import load_lists
from parvis.moderation.signals.patterns import Patterns

SHIPPED_LISTS = load_lists()
ENTRIES = SHIPPED_LISTS.sure()
STRONG = [entry for entry in ENTRIES if entry.strength == "strong"]
ALL = Patterns(ENTRIES)


def by_id(entry: Entry) -> str:
    return entry.id


@pytest.mark.parametrize("entry", ENTRIES, ids=by_id)
def test_every_entry_does_as_its_examples_promise(entry: Entry) -> None:
    assert check_examples([entry]) == []


@pytest.mark.parametrize("entry", ENTRIES, ids=by_id)
def test_what_an_entry_spares_no_strong_entry_finds(entry: Entry) -> None:
    for text in entry.spares:
        assert [hit.entry.id for hit in ALL.find(text, None) if hit.entry.strength == "strong"] == [], text


_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _each(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "".join(change(letter) for letter in text)


def _alphabet(first: int, upper: int | None = None) -> Callable[[str], str]:
    def change(letter: str) -> str:
        if letter.lower() not in _LETTERS:
            return letter
        start = upper if upper is not None and letter.isupper() else first
        return chr(start + _LETTERS.index(letter.lower()))

    return _each(change)


def _table(plain: str, other: str) -> Callable[[str], str]:
    return lambda text: text.lower().translate(str.maketrans(plain, other))


def _words(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: re.sub(r"(?<!\d)[^\W\d_]{3,}(?!\d)", lambda word: change(word[0]), text)


TRICKS: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "mixed case": lambda text: "".join(letter.upper() if at % 2 else letter.lower() for at, letter in enumerate(text)),
    "spaced": lambda text: _words(lambda word: "  " + " ".join(word) + "  ")(text.replace("œ", "oe")),
    "dotted": _words(".".join),
    "dashed": lambda text: _words("-".join)(text.replace("-", " ")),
    "underscored": _words("_".join),
    "starred": _words("*".join),
    "dots and spaces": lambda text: _words(". ".join)(text.replace(" ", "   ").replace("œ", "oe")),
    "leet": _words(_table("aeiost", "4310$7")),
    "leet, one way": _words(lambda word: re.sub(r"(?<=.)i(?=.)", "!", word.lower().replace("a", "@").replace("o", "0"))),
    "cyrillic": _table("aceopxyi", "асеорхуі"),
    "greek": _table("aeovikt", "αεονικτ"),
    "full width": _alphabet(0xFF41, 0xFF21),
    "bold": _alphabet(0x1D41A, 0x1D400),
    "fraktur": _alphabet(0x1D586, 0x1D56C),
    "monospace": _alphabet(0x1D68A, 0x1D670),
    "circled": _alphabet(0x24D0, 0x24B6),
    "squared": _alphabet(0x1F170),
    "diacritics": _table("aceinouy", "ąćęįñøùý"),
    "zero width": "\u200b".join,
    "soft hyphens": _each(lambda letter: letter + "\u00ad"),
    "bidirectional": lambda text: "\u202e" + "\u202c".join(text),
    "stacked marks": _each(lambda letter: letter + "\u0335\u0310\u0489\u20dd" if letter.isalpha() else letter),
    "drawn out": _each(lambda letter: letter * 4 if letter.isalpha() and letter != "œ" else letter),
    "last letter drawn out": _words(lambda word: word + word[-1] * 5),
    "emoji around": lambda text: "🔥🔥" + text.replace(" ", " 👏 ") + "🔥",
}  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("entry", STRONG, ids=by_id)
def test_strong_entries_are_found_whatever_they_are_written_with(entry: Entry, trick: str) -> None:
    alone = Patterns([entry])
    for text in entry.matches:
        written = TRICKS[trick](text)
        hits = alone.find(written, entry.language)
        assert len(hits) == 1, written
        assert 0 <= hits[0].start < hits[0].end <= len(written)
