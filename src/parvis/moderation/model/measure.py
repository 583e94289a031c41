"""How good the model is: figures over labelled texts, with intervals, by whatever the texts are grouped by."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import sqrt

import msgspec
import numpy as np

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.run import Model

_Z = 1.959964  # 95 %
_BATCH = 32


class Labelled(msgspec.Struct, frozen=True):
    """A text, whether it is what is looked for, and the groups that it is counted in (as `language`: `fr`)."""

    text: str
    positive: bool
    groups: dict[str, str] = {}


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Of one group: how many, and shares from 0 to 1. `low` and `high` are the accuracy's 95 % interval (Wilson 1927)."""

    texts: int
    positives: int
    accuracy: float
    low: float
    high: float
    macro_f1: float
    auc: float | None  # None where all are of one kind
    flagged: float  # share of all that is over the threshold
    missed: float | None  # share of the positives under it
    false_alarms: float | None  # share of the others over it


def scores(model: Model, texts: Sequence[str], *, cascade: bool = True) -> np.ndarray:
    """Calibrated probabilities (texts by categories), the highest over a text's windows. With `cascade` what the first stage
    clears has 0, as it does in the gate."""
    found: np.ndarray = np.zeros((len(texts), len(CATEGORIES)), dtype=np.float32)
    left = [
        (at, window.folded)
        for at, text in enumerate(texts)
        for window in model.windows(text)
        if not (cascade and model.clears(window))
    ]
    left.sort(key=lambda each: len(each[1]))
    for start in range(0, len(left), _BATCH):
        batch = left[start : start + _BATCH]
        for (at, _), row in zip(batch, model.probabilities([words for _, words in batch]), strict=True):
            found[at] = np.maximum(found[at], row)
    return found


def figures(truth: np.ndarray, shares: np.ndarray, threshold: float) -> Figures:
    """The figures of some texts: `truth` (bool) and the probabilities."""
    flagged = shares >= threshold
    right = flagged == truth
    low, high = interval(int(right.sum()), len(truth))
    positives = int(truth.sum())
    return Figures(
        texts=len(truth),
        positives=positives,
        accuracy=float(right.mean()),
        low=low,
        high=high,
        macro_f1=(_f1(truth, flagged) + _f1(~truth, ~flagged)) / 2,
        auc=auc(truth, shares),
        flagged=float(flagged.mean()),
        missed=float((~flagged[truth]).mean()) if positives else None,
        false_alarms=float(flagged[~truth].mean()) if positives < len(truth) else None,
    )


def by_group(texts: Sequence[Labelled], shares: np.ndarray, threshold: float, name: str) -> dict[str, Figures]:
    """The figures of each value of one grouping, in the order of the values."""
    places: dict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(texts):
        if name in each.groups:
            places[each.groups[name]].append(at)
    truth = np.array([each.positive for each in texts])
    return {value: figures(truth[at], shares[at], threshold) for value, at in sorted(places.items())}


def interval(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    share = hits / of
    middle = (share + _Z**2 / (2 * of)) / (1 + _Z**2 / of)
    half = _Z * sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2)) / (1 + _Z**2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def auc(truth: np.ndarray, shares: np.ndarray) -> float | None:
    """Area under the ROC curve: the chance that a positive scores over another (Hanley and McNeil 1982)."""
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return None
    _, inverse, counts = np.unique(shares, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # ties share their mean rank
    return float((ranks[inverse][truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def table(rows: Iterable[tuple[str, Figures]]) -> str:
    """A Markdown table."""
    lines = [
        "| | texts | positive | accuracy (95 %) | macro-F1 | AUC | missed | false alarms |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, each in rows:
        lines.append(
            f"| {name} | {each.texts} | {each.positives} | {each.accuracy:.3f} ({each.low:.3f}–{each.high:.3f}) | "
            f"{each.macro_f1:.3f} | {_shown(each.auc)} | {_shown(each.missed)} | {_shown(each.false_alarms, 4)} |"
        )
    return "\n".join(lines)


def _f1(truth: np.ndarray, flagged: np.ndarray) -> float:
    both = int((truth & flagged).sum())
    total = int(truth.sum()) + int(flagged.sum())
    return 2 * both / total if total else 1.0


def _shown(share: float | None, digits: int = 3) -> str:
    return "–" if share is None else f"{share:.{digits}f}"
