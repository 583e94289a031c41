"""The small language of word lists, read into automata over words.

    pattern := ^? item+                 ^: only where a clause begins
    item    := (word | word* | (pattern | pattern…) | {set}) and perhaps ?
             | ..N                       up to N words, any (N from 1 to 9)

`word*` is any word that begins so; `item?` may be missing; `{set}` is a named set of patterns. Case, accents, apostrophes and
dashes do not count, as in the texts. An automaton (Glushkov's) takes each word once for each of its places: no backtracking.
"""

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple

from parvis.moderation.signals.common_words import COMMON, EVERYDAY
from parvis.moderation.signals.normalise import letters
from parvis.moderation.signals.words import Reading, Words

PLACES = 400  # most places of one automaton
GAP = 9
_DEPTH = 8
_TOKEN = re.compile(r"\.\.(\d*)|\{([^{}]*)\}|([()|?])|([^\s(){}|?*^]+)(\*?)|([*^{}])")
_PART = re.compile(r"[^\W_]+")


class PatternError(ValueError):
    """A pattern cannot be read; the message says why."""


class WordSet(NamedTuple):
    """What one place takes: words, and beginnings of words."""

    exact: frozenset[str]
    prefixes: tuple[str, ...]


class Sets:
    """Named sets of patterns. Each is read once, however many patterns speak of it."""

    def __init__(self, written: Mapping[str, tuple[str, ...]]) -> None:
        self.written = written
        self.trees: dict[tuple[str, int], Node] = {}  # by name, and how many sets it stands in: that is limited


class Automaton:
    """A pattern, ready to be found in texts."""

    def __init__(self, pattern: str, sets: Sets | None = None) -> None:
        """Raises PatternError."""
        self._begins = pattern.lstrip().startswith("^")
        tree = _Parser(pattern.lstrip().removeprefix("^"), sets or Sets({})).parse()
        self._places: list[WordSet | None] = []
        self._follow: list[set[int]] = []
        built = self._build(tree)
        if built.empty:
            raise PatternError("it could match no words at all")
        anchor = _anchor(tree)
        if anchor is None:
            raise PatternError("it has no word that must be there")
        self.anchor = anchor.words
        self._required = tuple(words.exact for words in _required(tree) if not words.prefixes and words != anchor.words)
        self._first = tuple(sorted(built.first))
        self._last = frozenset(built.last)
        starts = [self._places[place] for place in self._first]
        self._starts = frozenset(word for one in starts if one is not None for word in one.exact)
        self._start_prefixes = tuple(prefix for one in starts if one is not None for prefix in one.prefixes)
        self._anywhere = None in starts
        self._next = tuple(tuple(sorted(follow)) for follow in self._follow)
        self.longest = len(self._places)

    @cached_property
    def words(self) -> frozenset[str]:
        """The whole words that it speaks of."""
        return frozenset(word for place in self._places if place is not None for word in place.exact)

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """The beginnings of words that it speaks of."""
        return frozenset(prefix for place in self._places if place is not None for prefix in place.prefixes)

    def can_be(self, present: set[str]) -> bool:
        """Whether a text of these forms, its anchor among them, has a word for everything that it needs."""
        return not any(map(present.isdisjoint, self._required))

    def find(self, words: Words, first: int, end: int) -> tuple[int, int] | None:
        """The first words [start, end) among [first, end) that it matches."""
        plain, others, pieces = words.plain, words.others, words.pieces
        places, follow, last = self._places, self._next, self._last
        waiting: dict[int, dict[int, int]] = {}  # word → places taken before it → where the match began
        begins, prefixes, anywhere = self._starts, self._start_prefixes, self._anywhere
        if not (others or prefixes or anywhere) and begins.isdisjoint(plain[first:end]):
            return None
        for at in range(first, end):
            here = waiting.pop(at, None)
            if here is None and at not in others and not anywhere:
                form = plain[at]
                if form not in begins and not (prefixes and form.startswith(prefixes)):
                    continue
            readings = [] if at in pieces else [Reading(plain[at], at + 1)]
            if at in others:
                readings += others[at]
            for form, after in readings:
                if after > end:
                    continue
                reached: dict[int, int] = {}
                if here is not None:
                    for before, start in here.items():
                        for place in follow[before]:
                            if reached.get(place, end) > start and _takes(places[place], form):
                                reached[place] = start
                for place in self._first:
                    if place in reached or not _takes(places[place], form):
                        continue
                    if not self._begins or words.begins(at):
                        reached[place] = at
                if not reached:
                    continue
                starts = [start for place, start in reached.items() if place in last]
                if starts:
                    return min(starts), after
                waits = waiting.setdefault(after, {})
                for place, start in reached.items():
                    if waits.get(place, end) > start:
                        waits[place] = start
        return None

    def _build(self, node: "Node") -> "_Built":
        if isinstance(node, Leaf):
            return self._place(node.words)
        if isinstance(node, Gap):
            built = _Built(set(), set(), True)
            for _ in range(node.most):
                built = self._join(built, self._place(None)._replace(empty=True))
            return built
        if isinstance(node, Maybe):
            return self._build(node.node)._replace(empty=True)
        if isinstance(node, Either):
            parts = [self._build(part) for part in node.parts]
            first = {place for part in parts for place in part.first}
            return _Built(first, {p for part in parts for p in part.last}, any(part.empty for part in parts))
        built = _Built(set(), set(), True)
        for part in node.parts:
            built = self._join(built, self._build(part))
        return built

    def _place(self, words: WordSet | None) -> "_Built":
        if len(self._places) >= PLACES:
            raise PatternError(f"it has more than {PLACES} places")
        self._places.append(words)
        self._follow.append(set())
        here = {len(self._places) - 1}
        return _Built(here, here, False)

    def _join(self, one: "_Built", two: "_Built") -> "_Built":
        for place in one.last:
            self._follow[place] |= two.first
        first = one.first | two.first if one.empty else one.first
        last = one.last | two.last if two.empty else two.last
        return _Built(first, last, one.empty and two.empty)


class _Built(NamedTuple):
    first: set[int]
    last: set[int]
    empty: bool


def _takes(place: WordSet | None, form: str) -> bool:
    return place is None or form in place.exact or (place.prefixes != () and form.startswith(place.prefixes))


class Leaf(NamedTuple):
    """One word of several."""

    words: WordSet


class Gap(NamedTuple):
    """Up to `most` words."""

    most: int


class Maybe(NamedTuple):
    """What may be missing."""

    node: "Node"


class Either(NamedTuple):
    """One of several."""

    parts: tuple["Node", ...]


class Chain(NamedTuple):
    """One after the other."""

    parts: tuple["Node", ...]


Node = Leaf | Gap | Maybe | Either | Chain


class _Parser:
    """Reads one pattern; `_path` are the sets that are being read, so that none holds itself."""

    def __init__(self, pattern: str, sets: Sets, path: tuple[str, ...] = ()) -> None:
        self._sets = sets
        self._path = path
        self._tokens = list(_TOKEN.finditer(pattern))
        self._at = 0
        self._depth = len(path)

    def parse(self) -> Node:
        node = self._either()
        if self._at < len(self._tokens):
            raise PatternError(f"{self._tokens[self._at][0]} stands where nothing was opened")
        return node

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _either(self) -> Node:
        parts = [self._chain()]
        while self._peek() == "|":
            self._at += 1
            parts.append(self._chain())
        return parts[0] if len(parts) == 1 else _either(parts)

    def _chain(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in {"", "|", ")"}:
            item = self._item()
            if self._peek() == "?":
                self._at += 1
                item = Maybe(item)
            parts.append(item)
        if not parts:
            raise PatternError("a choice is empty")
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def _item(self) -> Node:
        token = self._tokens[self._at]
        self._at += 1
        if token[3] == "(":
            return self._group()
        if token[2] is not None:
            return self._set(token[2].strip())
        if token[4] is not None:
            return _words(token[4], bool(token[5]))
        if token[1] is not None:
            if not token[1].isdigit() or not 1 <= int(token[1]) <= GAP:
                raise PatternError(f"a gap is ..1 to ..{GAP}, not {token[0]}")
            return Gap(int(token[1]))
        raise PatternError(f"{token[0]} stands where a word was expected")

    def _group(self) -> Node:
        self._depth += 1
        if self._depth > _DEPTH:
            raise PatternError(f"it is nested deeper than {_DEPTH}")
        node = self._either()
        if self._peek() != ")":
            raise PatternError("a ( has no )")
        self._at += 1
        self._depth -= 1
        return node

    def _set(self, name: str) -> Node:
        if name in self._path:
            raise PatternError(f"the set {name} holds itself")
        if name not in self._sets.written:
            raise PatternError(f"there is no set {name}")
        if len(self._path) >= _DEPTH:
            raise PatternError(f"sets are nested deeper than {_DEPTH}")
        place = name, len(self._path)
        tree = self._sets.trees.get(place)
        if tree is None:
            parts = [_Parser(one, self._sets, (*self._path, name)).parse() for one in self._sets.written[name]]
            tree = self._sets.trees[place] = parts[0] if len(parts) == 1 else _either(parts)
        return tree


def _words(written: str, begins: bool) -> Node:
    """The node of what stands between spaces: `l'arabe` is two words, of which the last may be a beginning."""
    parts = _PART.findall(letters(written))
    if not parts:
        raise PatternError(f"{written} holds no letter or digit")
    if begins and len(parts[-1]) < 3:
        raise PatternError(f"{written}* is too short: a beginning has three letters or more")
    leaves: list[Node] = [Leaf(WordSet(frozenset({part}), ())) for part in parts]
    if begins:
        leaves[-1] = Leaf(WordSet(frozenset(), (parts[-1],)))
    return leaves[0] if len(leaves) == 1 else Chain(tuple(leaves))


def _either(parts: list[Node]) -> Node:
    """A choice; its single words are one place."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Either) else (part,))
    exact = {word for part in flat if isinstance(part, Leaf) for word in part.words.exact}
    prefixes = {word for part in flat if isinstance(part, Leaf) for word in part.words.prefixes}
    rest: list[Node] = [part for part in flat if not isinstance(part, Leaf)]
    if exact or prefixes:
        rest.insert(0, Leaf(WordSet(frozenset(exact), tuple(sorted(prefixes)))))
    return rest[0] if len(rest) == 1 else Either(tuple(rest))


class _Anchor(NamedTuple):
    cost: float
    words: WordSet


@lru_cache(maxsize=8192)
def _cost(words: WordSet) -> float:
    """How often these words are likely to stand in a text by chance; short and common words are likely."""
    return sum(_chance(word) for word in words.exact) + sum(7 * _chance(prefix) for prefix in words.prefixes)


def _chance(word: str) -> float:
    if len(word) == 1 or word in COMMON:
        return 4000.0
    return 800.0 if len(word) == 2 or word in EVERYDAY else 300.0 / len(word) ** 2


def _anchor(node: Node) -> _Anchor | None:
    """The least likely words of which one must be there, if anything must."""
    if isinstance(node, Leaf):
        return _Anchor(_cost(node.words), node.words)
    if isinstance(node, Chain):
        found = [anchor for part in node.parts if (anchor := _anchor(part)) is not None]
        return min(found, key=lambda anchor: anchor.cost) if found else None
    if isinstance(node, Either):
        anchors = [_anchor(part) for part in node.parts]
        sure = [anchor for anchor in anchors if anchor is not None]
        if len(sure) < len(anchors):
            return None
        exact = frozenset[str]().union(*(anchor.words.exact for anchor in sure))
        prefixes = tuple(sorted({prefix for anchor in sure for prefix in anchor.words.prefixes}))
        merged = WordSet(exact, prefixes)
        return _Anchor(_cost(merged), merged)
    return None


def _required(node: Node) -> list[WordSet]:
    """Sets of words of which one each must be there."""
    if isinstance(node, Leaf):
        return [node.words]
    if isinstance(node, Chain):
        return [words for part in node.parts for words in _required(part)]
    if isinstance(node, Either):
        anchor = _anchor(node)
        return [anchor.words] if anchor is not None else []
    return []
