"""Fitting the calibration to one community's decisions: slope and offset of each category, by penalised logistic regression
that starts at what the model ships with, so that a few decisions move it a little. The comparison is made on a part of the
decisions that the fit does not see."""

import json
import shutil
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np

from parvis.kernel.errors import Invalid
from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.measure import interval
from parvis.moderation.model.run import Model

LEAST = 40  # decisions of a category, under which it stays as it is
_HELD_BACK = 0.3
_PENALTY = 8.0  # in decisions: how strongly the shipped calibration holds
_STEPS = 50


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One category, before and after, on the held-back decisions. Losses are mean log losses; `right` is the share on the
    right side of 0.5 with its 95 % interval."""

    category: str
    decisions: int
    held_back: int
    loss_before: float
    loss_after: float
    right_before: tuple[float, float, float]
    right_after: tuple[float, float, float]

    @property
    def better(self) -> bool:
        """Whether the fit is kept."""
        return self.loss_after < self.loss_before


def refit(
    model: Model, texts: Sequence[str], categories: Sequence[str], violations: Sequence[bool]
) -> tuple[list[tuple[float, float]], list[Comparison]]:
    """The new calibration of all categories, and the comparison of those with enough decisions; where the held-back part
    is not judged better, the category stays as it is."""
    slopes = [(float(a), float(b)) for a, b in zip(*model.calibration, strict=True)]
    logits = _logits(model, texts)
    compared: list[Comparison] = []
    for column, category in enumerate(CATEGORIES):
        mine = np.array([name == category for name in categories])
        truth = np.array(violations)[mine]
        if mine.sum() < LEAST or truth.all() or not truth.any():
            continue
        scores = logits[mine, column]
        kept = np.array([_share(text) >= _HELD_BACK for text, one in zip(texts, mine, strict=True) if one])
        fitted = _fit(scores[kept], truth[kept], slopes[column])
        before, after = _sigmoid(scores[~kept], slopes[column]), _sigmoid(scores[~kept], fitted)
        if not (~kept).any():
            continue
        one = Comparison(
            category=category,
            decisions=int(mine.sum()),
            held_back=int((~kept).sum()),
            loss_before=_loss(before, truth[~kept]),
            loss_after=_loss(after, truth[~kept]),
            right_before=_right(before, truth[~kept]),
            right_after=_right(after, truth[~kept]),
        )
        compared.append(one)
        if one.better:
            slopes[column] = fitted
    return slopes, compared


def write(source: Path, folder: Path, calibration: Sequence[tuple[float, float]], version: str) -> None:
    """A copy of a model's folder with another calibration. Invalid where there is something already."""
    if folder.exists() and any(folder.iterdir()):
        raise Invalid("folder", f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True)
    card = json.loads((source / "model.json").read_text(encoding="utf-8"))
    for name in card["files"]:
        shutil.copyfile(source / name, folder / name)
    card |= {"version": version, "calibration": [[round(a, 4), round(b, 4)] for a, b in calibration]}
    (folder / "model.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def _logits(model: Model, texts: Sequence[str]) -> np.ndarray:
    found: np.ndarray = np.full((len(texts), len(CATEGORIES)), -10.0, dtype=np.float32)
    for at, text in enumerate(texts):
        windows = [window.folded for window in model.windows(text)]
        if windows:
            found[at] = model.logits(windows[:16]).max(axis=0)
    return found


def _share(text: str) -> float:
    """A number from 0 to 1 that depends on the text alone: the same texts are held back each time."""
    return int.from_bytes(sha256(text.encode()).digest()[:4], "big") / 2**32


def _fit(scores: np.ndarray, truth: np.ndarray, start: tuple[float, float]) -> tuple[float, float]:
    """Newton's method on the penalised log loss; a step is halved until the loss falls."""
    design = np.stack([scores, np.ones_like(scores)], axis=1).astype(np.float64)
    middle = np.array(start, dtype=np.float64)

    def loss(weights: np.ndarray) -> float:
        logits = design @ weights
        return float(
            np.logaddexp(0, np.where(truth, -logits, logits)).sum() + _PENALTY / 2 * ((weights - middle) ** 2).sum()
        )

    weights = middle.copy()
    for _ in range(_STEPS):
        shares = _sigmoid(design @ weights, (1.0, 0.0))
        slope = design.T @ (shares - truth) + _PENALTY * (weights - middle)
        curve = (design * (shares * (1 - shares))[:, None]).T @ design + _PENALTY * np.eye(2)
        step = np.linalg.solve(curve, slope)
        while loss(weights - step) > loss(weights) and np.abs(step).max() > 1e-9:
            step /= 2
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    # A slope that turned round would call the harmless harmful.
    return (float(max(weights[0], 0.05)), float(weights[1]))


def _sigmoid(scores: np.ndarray, slopes: tuple[float, float]) -> np.ndarray:
    return 1 / (1 + np.exp(-(scores * slopes[0] + slopes[1])))


def _loss(shares: np.ndarray, truth: np.ndarray) -> float:
    sure = np.clip(shares, 1e-6, 1 - 1e-6)
    return float(-np.where(truth, np.log(sure), np.log(1 - sure)).mean())


def _right(shares: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    hits = int(((shares >= 0.5) == truth).sum())
    return hits / len(truth), *interval(hits, len(truth))
