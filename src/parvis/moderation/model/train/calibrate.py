"""Calibration: the network's logits become probabilities (Platt 1999), fitted on what training did not see.

Hate is calibrated on texts that speak of people, two in five of which are hateful: with everyday posts among them, of which
one in a thousand is, hardly a text would come near 0.5.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.tokens import WordPiece
from parvis.moderation.model.train.fit import score
from parvis.moderation.model.train.network import Network
from parvis.moderation.model.train.sets import Example

_EVERYDAY = ("goemo_ok", "tatoeba", "xlmt_tw", "davidson")
_LEAST = 50  # texts of a category, under which its logits stay as they are


def calibrate(network: Network, reader: WordPiece, dev: Sequence[Example]) -> list[tuple[float, float]]:
    """Slope and offset of each category."""
    return fit_slopes(score(network, reader, [each.text for each in dev]), dev)


def fit_slopes(logits: np.ndarray, dev: Sequence[Example]) -> list[tuple[float, float]]:
    """The same from logits (texts by categories) that are already there."""
    labels = np.array([each.labels for each in dev])
    everyday = np.array([each.source in _EVERYDAY for each in dev])
    found: list[tuple[float, float]] = []
    for column, category in enumerate(CATEGORIES):
        known = ~np.isnan(labels[:, column]) & ~(everyday & (category == "hate"))
        truth = labels[known, column] > 0
        if truth.sum() < _LEAST or (~truth).sum() < _LEAST:
            found.append((1.0, 0.0))
            continue
        fitted = LogisticRegression(C=1e4).fit(logits[known, column : column + 1], truth)
        found.append((float(fitted.coef_[0, 0]), float(fitted.intercept_[0])))
    return found
