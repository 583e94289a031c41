"""The detector of word lists: which entries are in a text, whatever it is written with."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from parvis.moderation.signals.drawn import Drawn
from parvis.moderation.signals.entries import CATEGORIES, Category, Entry, Strength
from parvis.moderation.signals.pattern import Automaton, WordSet
from parvis.moderation.signals.split import speaks, split
from parvis.moderation.signals.words import Reading, Words, read
from parvis.moderation.types import Evidence, Findings, Signal, SignalKind, Subject, Value

OWN_WORDS = 3  # so many words beside a quotation are no comment yet
_WEIGHT = {"strong": 1.0, "weak": 0.5}
_NOTHING = Findings()


class Hit(NamedTuple):
    """An entry in a text, where, in code points of the text as written, and how strong it is there."""

    entry: Entry
    start: int
    end: int
    strength: Strength

    @property
    def signal(self) -> str:
        """The signal that it counts for."""
        return f"patterns.{self.entry.category}" + ("" if self.strength == "strong" else "_weak")


class Patterns:
    """Finds entries. `most` is how many characters of a passage are looked at."""

    name = "patterns"
    waits = False

    def __init__(self, entries: Iterable[Entry], most: int = 50_000) -> None:
        self.entries = tuple(entries)
        self._most = most
        self.signals = tuple(_signals())
        self._index = _Index(self.entries)

    async def detect(self, subject: Subject) -> Findings:
        """How many entries of each category are in the subject's passages, and where."""
        evidence: list[Evidence] = []
        found: set[tuple[str, str]] = set()
        for number, passage in enumerate(subject.passages):
            for hit in self.find(passage.text, subject.language):
                found.add((hit.signal, hit.entry.id))
                weight = _WEIGHT[hit.strength]
                evidence.append(Evidence(hit.signal, number, hit.start, hit.end, weight, hit.entry.id))
        if not found:
            return _NOTHING
        values: dict[str, Value] = dict(Counter(signal for signal, _ in found))
        return Findings(values, tuple(evidence))

    def find(self, text: str, language: str | None = None) -> list[Hit]:
        """The entries in a text, each at its first place. `language` is what its author says.

        What stands in quotation marks beside words of one's own is weak, whatever its entry is.
        """
        return self._index.find(read(text[: self._most]), language)


class _Anchored(NamedTuple):
    """An automaton, the number of its entry, and which of the entry's it is."""

    entry: int
    place: int
    automaton: Automaton


class _Index:
    """From the words of a text to the entries that can be in it."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        by_literal: dict[str, list[_Anchored]] = {}
        for number, entry in enumerate(entries):
            for place, automaton in enumerate(entry.automata):
                for literal in _literals(automaton.anchor):
                    by_literal.setdefault(literal, []).append(_Anchored(number, place, automaton))
        self._anchored = list(by_literal.values())
        self._search = AhoCorasick(list(by_literal), implementation=Implementation.ContiguousNFA)
        bare = {literal.strip() for literal in by_literal if len(literal.strip()) > 3}
        self._within = AhoCorasick(list(bare))
        self._vocabulary = frozenset(word for entry in entries for word in entry.words)
        self._drawn = Drawn(self._vocabulary, {prefix for entry in entries for prefix in entry.prefixes})

    def find(self, words: Words, language: str | None) -> list[Hit]:
        """Hits in the words themselves, and in what is several words written as one."""
        hits = self._find(words, language)
        if not words.glued:
            return hits
        done = {hit.entry.id for hit in hits}
        seen: set[str] = set()
        for start, end, form in words.glued:
            if form in seen or not self._within.find_matches_as_indexes(form.replace(" ", "")):
                continue
            seen.add(form)
            parts = split(form, self._vocabulary)
            if parts is None:
                continue
            for hit in self._find(read(parts), language):
                if hit.entry.id not in done:
                    done.add(hit.entry.id)
                    if not self._spared(hit.entry, words):
                        hits.append(Hit(hit.entry, *words.written(start, end), hit.strength))
        return hits

    def _spared(self, entry: Entry, words: Words) -> bool:
        return any(entry.is_spared(words, first, end) for first, end in words.sentences())

    def _find(self, words: Words, language: str | None) -> list[Hit]:
        for at, reading in words.drawn():
            for word in self._drawn.meant(reading.form):
                words.add(at, Reading(word, reading.end))
        forms = words.forms()
        found = self._search.find_matches_as_indexes(f" {' '.join(forms)} ", overlapping=True)
        if not found:
            return []
        present = set(forms)
        possible: dict[int, set[int]] = {}
        for literal in {match[0] for match in found}:
            for number, place, automaton in self._anchored[literal]:
                if automaton.can_be(present):
                    possible.setdefault(number, set()).add(place)
        if not possible:
            return []
        sentences: list[tuple[int, int]] = words.sentences()
        hits: list[Hit] = []
        for number, places in sorted(possible.items()):
            entry = self._entries[number]
            if entry.native and not speaks(words.plain, entry.language, language):
                continue
            place = entry.find(words, sentences, sorted(places))
            if place is not None:
                hits.append(Hit(entry, *words.written(*place), _strength(entry, words, *place)))
        return hits


def _literals(anchor: WordSet) -> list[str]:
    """What is looked for: whole words between spaces, beginnings after one."""
    return [f" {word} " for word in anchor.exact] + [f" {prefix}" for prefix in anchor.prefixes]


def _strength(entry: Entry, words: Words, start: int, end: int) -> Strength:
    """What stands in quotation marks beside words of one's own is a weak sign."""
    quoted = len(words.plain) - (end - start) > OWN_WORDS and words.quoted(start, end)
    return "weak" if quoted else entry.strength


def _signals() -> Iterable[Signal]:
    for name, category in CATEGORIES.items():
        yield _signal(f"patterns.{name}", category, "", "")
        yield _signal(f"patterns.{name}_weak", category, ", weak signs", ", indices faibles")


def _signal(name: str, category: Category, english: str, french: str) -> Signal:
    return Signal(
        name,
        SignalKind.COUNT,
        f"Entries of the word lists in the text: {category.english}{english}",
        f"Entrées des listes de mots dans le texte : {category.french}{french}",
    )
