"""What one training run reads: how much of each source, drawn by a seed."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Literal
from zlib import crc32

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.grammar.engine import generate
from parvis.moderation.model.train.sets import Example, labels_of

SHARES: dict[str, float] = {
    "dynahate": 1.0,
    "hatemojibuild": 1.0,
    "hatexplain": 0.7,
    "edos": 0.8,
    "gab": 0.55,
    "davidson": 0.25,
    "stormfront": 0.6,
    "goemo_ok": 0.35,
    "tatoeba": 0.4,
    "xlmt_tw": 1.0,
    "mlma_fr": 1.0,
}
TRANSLATED: dict[str, float] = {
    "dynahate": 0.8,
    "hatemojibuild": 0.8,
    "hatexplain": 0.6,
    "edos": 0.4,
    "gab": 0.5,
    "stormfront": 0.3,
    "goemo_ok": 0.4,
}
"""The share of each set that goes in, as it is and translated. DynaHate is the largest: people wrote it to fool a model."""


Part = Literal["all", "read", "held"]
"""Of the grammar's test half: the last pass reads some shapes ("read"), so that the shipped model knows the words of both
halves; the others ("held") no pass reads."""


def part_of(shape: str) -> Part:
    """The part that a shape is in; the same on every machine."""
    return "read" if crc32(shape.encode()) % 2 else "held"


def grammar(language: str, half: str, seed: int, count: int, part: Part = "all") -> list[Example]:
    """Sentences of the grammar as examples: every category is known of them. With a `part` those of `count` whose shapes are
    in it."""
    found: list[Example] = []
    for sentence in generate(language, half, seed, count):  # type: ignore[arg-type]
        if part not in ("all", part_of(sentence.shape)):
            continue
        labels = dict.fromkeys(CATEGORIES, 0.0) | dict.fromkeys(sentence.labels, 1.0)
        found.append(
            Example(sentence.text, language, labels_of(labels), "grammar", sentence.phenomenon, sentence.target)
        )
    return found


def translations(path: Path) -> dict[str, str]:
    """What was translated (see `translate.py`): the English text to the French."""
    pairs: dict[str, str] = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            english, french = json.loads(line)
            pairs[english] = french
    return pairs


EVERYDAY = ("tatoeba", "xlmt_tw")
"""Sets of everyday sentences, of which every pass reads the same few: the rest measures false alarms."""


def drawn_everyday(examples: Sequence[Example], translated: Mapping[str, str], seed: int = 1) -> set[str]:
    """The everyday texts that training reads: those of the first pass."""
    drawn = _draw(examples, translated, 0.5, seed, None)
    return {each.text for each in drawn if each.source in EVERYDAY}


def mix(
    examples: Sequence[Example],
    translated: Mapping[str, str],
    grammars: Sequence[Example],
    *,
    scale: float = 1.0,
    seed: int = 1,
    say: Callable[[str], None] = print,
) -> list[Example]:
    """The examples of a run, in random order. `scale` shrinks all sets but not the grammar."""
    everyday = drawn_everyday(examples, translated)
    chosen = [*grammars, *_draw(examples, translated, scale, seed, everyday)]
    Random(seed).shuffle(chosen)  # noqa: S311 - the same seed, the same run
    counts: dict[str, int] = defaultdict(int)
    for example in chosen:
        counts[f"{example.source} {example.language}"] += 1
    say("reads " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) + f": {len(chosen)} in all")
    return chosen


def _draw(
    examples: Sequence[Example], translated: Mapping[str, str], scale: float, seed: int, everyday: set[str] | None
) -> list[Example]:
    random = Random(seed)  # noqa: S311
    by_source: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_source[example.source].append(example)
    chosen: list[Example] = []
    for source, found in sorted(by_source.items()):
        drawn = random.sample(found, round(len(found) * min(1.0, SHARES[source] * scale)))
        if everyday is not None and source in EVERYDAY:
            drawn = [each for each in found if each.text in everyday]
        chosen += drawn
        french = [
            Example(translated[key], "fr", each.labels, f"{source}-mt", each.kind, each.target, each.weight * 0.7)
            for each in found
            if translated.get(key := " ".join(each.text.split())[:400])
        ]
        chosen += random.sample(french, round(len(french) * min(1.0, TRANSLATED.get(source, 0.0) * scale)))
    return chosen


def everyday_for_clearing(
    examples: Sequence[Example], translated: Mapping[str, str], english: int = 22_000, french: int = 9_000
) -> list[str]:
    """Texts in the proportions of a network's everyday life, from which the first stage learns what the network finds nothing
    in. No text of them measures false alarms."""
    random = Random(3)  # noqa: S311
    calm = [each.text for each in examples if each.source == "goemo_ok"]
    plain = [
        translated[key]
        for each in examples
        if each.language == "en" and each.labels[0] == 0 and translated.get(key := " ".join(each.text.split())[:400])
    ]
    drawn = drawn_everyday(examples, translated)
    return [
        *random.sample(calm, min(english, len(calm))),
        *random.sample(plain, min(french, len(plain))),
        *(each.text for each in examples if each.source in EVERYDAY and each.text in drawn),
    ]
