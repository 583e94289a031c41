"""The tables of the model card: what the exported model (eight bits, both stages) does with texts that no training saw."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.measure import Figures, figures, interval, scores, table
from parvis.moderation.model.run import Model
from parvis.moderation.model.train import mixture, sets
from parvis.moderation.model.train.sets import Example

COUNTER = (
    *("counter_speech", "condemnation", "quotation", "reported", "negation"),
    *("counter-speech", "long-counter", "report", "slur-reported", "threat-reported", "misogyny-answered"),
)
"""Phenomena of the grammar in which hate is named in order to oppose or report it."""


class Thresholds(msgspec.Struct, frozen=True):
    """From which probability on a category is queued, and held."""

    review: float
    hold: float


THRESHOLDS = {
    "hate": Thresholds(0.68, 0.85),
    "dehumanisation": Thresholds(0.42, 0.85),
    "incitement": Thresholds(0.55, 0.88),
    "threat": Thresholds(0.5, 0.82),
    "harassment": Thresholds(0.82, 0.95),
    "glorification": Thresholds(0.45, 0.9),
    "spam": Thresholds(0.45, 0.97),
}
"""From which probability on the shipped policy queues and holds; a test holds the policy to them."""


def tables(
    model: Model,
    data: Path,
    translated: Mapping[str, str],
    thresholds: Mapping[str, Thresholds],
    sentences: int = 12_000,
) -> Iterator[str]:
    """Markdown, part by part."""
    dev = sets.load(data, "dev")
    suite = {language: mixture.grammar(language, "test", 9, sentences, "held") for language in ("en", "fr")}
    review = 0.5
    found = scores(model, [each.text for each in dev])
    yield f"### Hate, on the sets' held-back parts (from {review} on)\n\n" + table(_by_source(dev, found, review))
    for language, examples in suite.items():
        got = scores(model, [each.text for each in examples])
        yield f"### Grammar, what no pass read, {language}: any category\n\n" + table(_suite(examples, got, thresholds))
        yield f"### Grammar, what no pass read, {language}: by category\n\n" + table(
            _categories(examples, got, thresholds)
        )
        yield f"### Grammar, what no pass read, {language}: hate by target group\n\n" + table(
            _targets(examples, got, review)
        )
        yield _counter(language, examples, got, thresholds)
    yield _everyday(model, data, translated, thresholds)


def over(found: np.ndarray, thresholds: Mapping[str, Thresholds], what: str) -> np.ndarray:
    """Which texts are over the threshold of some category."""
    limits = np.array([getattr(thresholds[category], what) for category in CATEGORIES])
    return (found >= limits).any(axis=1)


def everyday(data: Path, translated: Mapping[str, str]) -> dict[str, list[str]]:
    """Everyday texts by language that no training read."""
    train = sets.load(data, "train")
    read = mixture.drawn_everyday(train, translated)
    by_language: dict[str, list[str]] = defaultdict(list)
    for each in sets.load(data, "dev"):
        if each.source in (*mixture.EVERYDAY, "goemo_ok"):
            by_language[each.language].append(each.text)
    for each in train:
        if each.source in mixture.EVERYDAY and each.text not in read:
            by_language[each.language].append(each.text)
    return dict(by_language)


def _by_source(dev: Sequence[Example], found: np.ndarray, threshold: float) -> Iterator[tuple[str, Figures]]:
    hate = CATEGORIES.index("hate")
    for source in sorted({each.source for each in dev}):
        places = [at for at, each in enumerate(dev) if each.source == source and not np.isnan(each.labels[hate])]
        truth = np.array([dev[at].labels[hate] > 0 for at in places])
        if truth.any():
            yield source, figures(truth, found[places, hate], threshold)


def _suite(
    examples: Sequence[Example], found: np.ndarray, thresholds: Mapping[str, Thresholds]
) -> Iterator[tuple[str, Figures]]:
    truth = np.array([max(each.labels) > 0 for each in examples])
    flagged = over(found, thresholds, "review").astype(np.float32)
    yield "all", figures(truth, flagged, 0.5)
    for phenomenon in sorted({each.kind for each in examples}):
        places = [at for at, each in enumerate(examples) if each.kind == phenomenon]
        yield phenomenon, figures(truth[places], flagged[places], 0.5)


def _categories(
    examples: Sequence[Example], found: np.ndarray, thresholds: Mapping[str, Thresholds]
) -> Iterator[tuple[str, Figures]]:
    for column, category in enumerate(CATEGORIES):
        truth = np.array([each.labels[column] > 0 for each in examples])
        if truth.any():
            yield category, figures(truth, found[:, column], thresholds[category].review)


def _targets(examples: Sequence[Example], found: np.ndarray, threshold: float) -> Iterator[tuple[str, Figures]]:
    hate = CATEGORIES.index("hate")
    for target in sorted({each.target for each in examples if each.target}):
        places = [at for at, each in enumerate(examples) if each.target == target]
        truth = np.array([examples[at].labels[hate] > 0 for at in places])
        yield target, figures(truth, found[places, hate], threshold)


def _counter(
    language: str, examples: Sequence[Example], found: np.ndarray, thresholds: Mapping[str, Thresholds]
) -> str:
    places = [at for at, each in enumerate(examples) if each.kind in COUNTER and max(each.labels) == 0]
    flagged = int(over(found, thresholds, "review")[places].sum())
    low, high = interval(flagged, len(places))
    share = flagged / max(len(places), 1)
    return (
        f"Counter-speech, condemnation, quotation, report and negation, {language}: {flagged} of {len(places)} are flagged "
        f"({share:.1%}; 95 %: {low:.1%}–{high:.1%})."
    )


def _everyday(model: Model, data: Path, translated: Mapping[str, str], thresholds: Mapping[str, Thresholds]) -> str:
    lines = [
        "### Everyday texts: false alarms",
        "",
        "| language | texts | queued (95 %) | held (95 %) | cleared before the upper layers |",
        "|---|--:|--:|--:|--:|",
    ]
    for language, texts in sorted(everyday(data, translated).items()):
        found = scores(model, texts)
        cells: list[str] = []
        for what in ("review", "hold"):
            hits = int(over(found, thresholds, what).sum())
            low, high = interval(hits, len(texts))
            cells.append(f"{hits / len(texts):.3%} ({low:.3%}–{high:.3%})")
        cleared = float((found.max(axis=1) == 0).mean())
        lines.append(f"| {language} | {len(texts)} | {cells[0]} | {cells[1]} | {cleared:.1%} |")
    return "\n".join(lines)
