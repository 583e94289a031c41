"""Fitting the first stage. What it must not do is clear something harmful, so it is fitted to "any category", and its
threshold is set by the share of harmful texts that may slip past."""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import SGDClassifier

from parvis.moderation.model.linear import BUCKETS, Linear, pair_feature, word_features
from parvis.moderation.model.tokens import words
from parvis.moderation.model.train.sets import Example

_WORDS = 60


def matrix(texts: Sequence[str]) -> csr_matrix:
    """Texts by buckets, scaled as `Linear.score` scales."""
    kept: dict[str, list[int]] = {}
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for text in texts:
        found = [word.text for word in words(text[:2000], _WORDS)]
        features: list[int] = []
        for word in found:
            if word not in kept:
                kept[word] = word_features(word)
            features += kept[word]
        features += [pair_feature(first, second) for first, second in pairwise(found)]
        columns += features
        values += [1 / sqrt(len(found))] * len(features) if found else []
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(texts), BUCKETS), dtype=np.float32)


def fit_linear(
    texts: Sequence[str], harmful: np.ndarray, weights: np.ndarray, seed: int = 1
) -> tuple[np.ndarray, float]:
    """Weights (buckets, float16) and bias."""
    classifier = SGDClassifier(loss="log_loss", alpha=1.5e-6, max_iter=8, tol=None, average=True, random_state=seed)
    classifier.fit(matrix(texts), harmful, sample_weight=weights)
    return classifier.coef_[0].astype(np.float16), float(classifier.intercept_[0])


def linear_scores(model: Linear, texts: Sequence[str]) -> np.ndarray:
    """Logits of whole texts (their first words)."""
    return np.array([model.score([word.text for word in words(text[:2000], _WORDS)]) for text in texts])


def clear_below(model: Linear, dev: Sequence[Example], missed: float = 0.01) -> float:
    """The threshold under which a text is cleared: the highest that lets `missed` of the harmful texts of any language of
    the held-back part slip past."""
    thresholds: list[float] = []
    for language in ("en", "fr"):
        harmful = [each.text for each in dev if each.language == language and np.nanmax(each.labels) > 0]
        thresholds.append(float(np.quantile(linear_scores(model, harmful), missed)))
    return min(thresholds)
