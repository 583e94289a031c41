"""An entry of a word list, and the categories that there are."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from parvis.moderation.signals.pattern import Automaton
from parvis.moderation.signals.words import Words

Strength = Literal["strong", "weak"]
Language = Literal["en", "fr", "any"]


class Category(NamedTuple):
    """What entries are about, as moderators read it."""

    english: str
    french: str


CATEGORIES = {
    "slur": Category("slurs against a group", "injures visant un groupe"),
    "dehumanisation": Category("people called less than human", "personnes traitées comme moins qu’humaines"),
    "incitement": Category("calls to violence", "appels à la violence"),
    "threat": Category("threats", "menaces"),
    "harassment": Category("harassment", "harcèlement"),
    "glorification": Category("praise of attacks and crimes", "éloge d’attentats et de crimes"),
    "terrorism": Category("support of terrorist groups", "soutien à des groupes terroristes"),
    "minors": Category("sexual content with minors", "contenu sexuel impliquant des mineurs"),
    "spam": Category("spam and scams", "spam et escroqueries"),
    "illegal": Category("illegal goods", "marchandises illégales"),
}


class Entry:
    """One entry, ready to be found. `matches` and `spares` show what it is for and what it leaves alone."""

    def __init__(
        self,
        *,
        id: str,
        language: Language,
        category: str,
        strength: Strength,
        automata: Sequence[Automaton],
        unless: Sequence[Automaton] = (),
        native: bool = False,
        matches: Sequence[str] = (),
        spares: Sequence[str] = (),
        file: str = "",
    ) -> None:
        self.id = id
        self.language = language
        self.category = category
        self.strength: Strength = strength
        self.automata = tuple(automata)
        self.native = native  # whether it counts only in texts of its own language
        self.matches = tuple(matches)
        self.spares = tuple(spares)
        self.file = file  # where it is written
        self._unless = tuple(unless)

    @cached_property
    def words(self) -> frozenset[str]:
        """The whole words that its patterns speak of, those that spare included."""
        return frozenset(word for automaton in (*self.automata, *self._unless) for word in automaton.words)

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """The beginnings of words that its patterns speak of."""
        return frozenset(prefix for automaton in (*self.automata, *self._unless) for prefix in automaton.prefixes)

    def find(
        self, words: Words, sentences: Sequence[tuple[int, int]], numbers: Iterable[int]
    ) -> tuple[int, int] | None:
        """The first words [start, end) that one of these automata matches in a sentence that nothing spares. What stands in
        quotation marks is spared by the sentences beside it too.
        """
        for automaton in map(self.automata.__getitem__, numbers):
            for number, (first, end) in enumerate(sentences):
                place = automaton.find(words, first, end)
                if place is None:
                    continue
                if self._unless and words.quoted(*place):
                    first, end = sentences[max(0, number - 1)][0], sentences[min(len(sentences) - 1, number + 1)][1]
                if not self.is_spared(words, first, end):
                    return place
        return None

    def is_spared(self, words: Words, first: int, end: int) -> bool:
        """Whether words [first, end) hold what the entry says to leave alone."""
        return any(spare.find(words, first, end) for spare in self._unless)
