"""Drawing labelled sentences from a grammar: the same seed gives the same sentences."""

from collections.abc import Iterator
from math import floor, sqrt
from random import Random

from parvis.moderation.model.grammar.load import Built, Grammar, Text, load
from parvis.moderation.model.grammar.noise import Spelling, blur, read_spelling
from parvis.moderation.model.grammar.template import Place, tidy, walk
from parvis.moderation.model.grammar.types import Entry, Half, Sentence

_TRIES = 12  # draws in a row that give nothing new before a text counts as used up
_VERSIONS = 4  # how often one clean sentence may come back with other noise


def generate(language: str, half: Half, seed: int, count: int, noise: float = 0.4) -> Iterator[Sentence]:
    """`count` different sentences of one half, about as many harmless as violating, in random order.

    `noise` is the share of sentences with spelling noise, from 0 to 1; at 0 all are as an attentive writer puts them.
    Fewer come when the grammar has no more to say. Raises `NotFound` and `Invalid` as `load` does.
    """
    return draw(load(language), half, seed, count, noise)


def draw(grammar: Grammar, half: Half, seed: int, count: int, noise: float = 0.4) -> Iterator[Sentence]:
    """As `generate`, from a grammar that is already loaded."""
    rng = Random(f"{grammar.language} {half} {seed}")  # noqa: S311 - what it draws must be the same again
    writer = _Writer(grammar, half, rng, noise)
    harmless = [built for built in grammar.frames if not built.frame.labels]
    violating = [built for built in grammar.frames if built.frame.labels]
    sentences = writer.write(harmless, count - count // 2) + writer.write(violating, count // 2)
    rng.shuffle(sentences)
    return iter(sentences)


class _Writer:
    """Writes sentences, none twice."""

    def __init__(self, grammar: Grammar, half: Half, rng: Random, noise: float) -> None:
        self.language = grammar.language
        self.half: Half = half
        self.rng = rng
        self.noise = noise
        self.spelling: Spelling = read_spelling(grammar.language)
        self.seen: set[str] = set()
        self.versions: dict[str, int] = {}
        self.weights: dict[int, list[float]] = {}

    def write(self, frames: list[Built], count: int) -> list[Sentence]:
        """`count` sentences, shared out by the weights of the frames; what a used-up frame cannot give, the others do."""
        sentences: list[Sentence] = []
        live = [
            (built, texts)
            for built in frames
            if (texts := [_Source(text) for text in built.texts if text.half == self.half])
        ]
        while live and len(sentences) < count:
            shares = [built.frame.weight * sqrt(len(texts)) for built, texts in live]
            quotas = allot(shares, count - len(sentences))
            for (built, texts), quota in zip(live, quotas, strict=True):
                sentences += self._from(built, texts, quota)
            live = [
                (built, left) for built, texts in live if (left := [source for source in texts if not source.spent])
            ]
        return sentences

    def _from(self, built: Built, texts: list["_Source"], quota: int) -> list[Sentence]:
        sentences: list[Sentence] = []
        fresh = [source for source in texts if not source.spent]
        while fresh and len(sentences) < quota:
            source = self.rng.choice(fresh)
            clean, target = self._fill(source.text)
            text = blur(clean, self.spelling, self.rng, self.noise)
            if text in self.seen or self.versions.get(clean, 0) >= source.limit:
                source.miss()
                if source.spent:
                    fresh.remove(source)
                continue
            source.missed = 0
            self.seen.add(text)
            self.versions[clean] = self.versions.get(clean, 0) + 1
            frame = built.frame
            target = target or (frame.targets[0] if len(frame.targets) == 1 else "")
            labels, shape = tuple(frame.labels), source.text.source
            sentences.append(Sentence(text, self.language, labels, frame.phenomenon, target, frame.id, shape))
        return sentences

    def _fill(self, text: Text) -> tuple[str, str]:
        """A clean sentence from a text, and the ground of the first group in it."""
        parts = walk(text.nodes, self.rng)
        drawn: dict[tuple[str, int], Entry] = {}
        for part in parts:
            if isinstance(part, Place) and (part.slot, part.number) not in drawn:
                taken = {entry.id for (slot, _), entry in drawn.items() if slot == part.slot}
                drawn[part.slot, part.number] = self._draw(text.pools[part.slot, part.number], taken)
        gender = next((entry.gender for entry in drawn.values() if entry.gender), "m")
        # The same variant of a form throughout a sentence, so that it speaks of the same people.
        variants = {key: self.rng.random() for key in drawn}
        words: list[str] = []
        for part in parts:
            if isinstance(part, str):
                words.append(part)
                continue
            entry = drawn[part.slot, part.number]
            gender = entry.gender or gender
            words.append(_form(entry, part.form, gender, variants[part.slot, part.number]))
        target = next((entry.target for entry in drawn.values() if entry.target), "")
        return tidy("".join(words)), target

    def _draw(self, pool: tuple[Entry, ...], taken: set[str]) -> Entry:
        weights = self.weights.get(id(pool))
        if weights is None:
            weights = self.weights[id(pool)] = _balance(pool)
        for _ in range(64):
            entry = self.rng.choices(pool, weights)[0]
            if entry.id not in taken:
                return entry
        return next((entry for entry in pool if entry.id not in taken), pool[0])


def _form(entry: Entry, form: str, gender: str, variant: float) -> str:
    form = form or next(iter(entry.forms))
    value = entry.forms.get(form) or entry.forms[f"{form}_{gender}"]
    return value if isinstance(value, str) else value[int(variant * len(value))]


class _Source:
    """A text that is being drawn from."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.missed = 0
        self.limit = 1
        self.spent = False

    def miss(self) -> None:
        self.missed += 1
        if self.missed < _TRIES:
            return
        self.missed = 0
        self.limit += 1
        self.spent = self.limit > _VERSIONS


def _balance(pool: tuple[Entry, ...]) -> list[float]:
    """Weights by which a ground with many groups does not drown one with few."""
    sizes: dict[str, int] = {}
    for entry in pool:
        sizes[entry.target] = sizes.get(entry.target, 0) + 1
    return [1 / sqrt(sizes[entry.target]) for entry in pool]


def allot(shares: list[float], count: int) -> list[int]:
    """`count` shared out in proportion to `shares`, in whole numbers that add up to it."""
    whole = sum(shares)
    exact = [count * share / whole for share in shares]
    quotas = [floor(part) for part in exact]
    by_rest = sorted(range(len(shares)), key=lambda index: (quotas[index] - exact[index], index))
    for index in by_rest[: count - sum(quotas)]:
        quotas[index] += 1
    return quotas
