"""Fitting the first stage and the early exit. Both learn from the network: what they must clear is what the network finds
nothing in, and their thresholds are set by the share of what the network would queue that may slip past."""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

import numpy as np
import torch
from scipy.sparse import csr_matrix
from sklearn.linear_model import SGDClassifier

from parvis.moderation.model.linear import BUCKETS, Linear, pair_feature, word_features
from parvis.moderation.model.run import Model
from parvis.moderation.model.tokens import WordPiece, words
from parvis.moderation.model.train.fit import at_exit
from parvis.moderation.model.train.network import Network

_WORDS = 60
_EXIT_BATCH, _EXIT_READ = 256, 32
_SCALE = 0.25  # of all features: steps of the fit stay small
SUSPECT = 0.15
"""From which probability on the network has to judge: some way under the lowest threshold of the shipped policy."""
QUEUED = 0.4


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
        values += [_SCALE / sqrt(len(found))] * len(features) if found else []
        ends.append(len(columns))
    return csr_matrix((values, columns, ends), shape=(len(texts), BUCKETS), dtype=np.float32)


def fit_linear(texts: Sequence[str], shares: np.ndarray, seed: int = 1) -> tuple[np.ndarray, float]:
    """Weights (buckets, float16) and bias. `shares` is the network's highest probability for each text."""
    found = shares >= SUSPECT
    classifier = SGDClassifier(loss="log_loss", alpha=2e-6, max_iter=12, tol=None, average=True, random_state=seed)
    classifier.fit(matrix(texts), found, sample_weight=1.0 + 2.0 * found)
    return (classifier.coef_[0] * _SCALE).astype(np.float16), float(classifier.intercept_[0])


def linear_scores(model: Linear, texts: Sequence[str]) -> np.ndarray:
    """Logits of whole texts (their first words)."""
    return np.array([model.score([word.text for word in words(text[:2000], _WORDS)]) for text in texts])


def clear_below(model: Linear, texts: Sequence[str], shares: np.ndarray, missed: float = 0.01) -> float:
    """The threshold under which a text is cleared: the highest that lets `missed` of what the network would queue slip past.
    `texts` are such that neither stage saw them."""
    queued = [text for text, share in zip(texts, shares, strict=True) if share >= QUEUED]
    return float(np.quantile(linear_scores(model, queued), missed))


def fit_exit(
    network: Network, reader: WordPiece, texts: Sequence[str], shares: np.ndarray, seed: int = 1, rounds: int = 12
) -> None:
    """Fit the head of the early exit; the layers under it stay as they are. `shares` as for `fit_linear`."""
    torch.manual_seed(seed)
    given = torch.from_numpy(at_exit(network, reader, texts))
    found = torch.from_numpy((shares >= SUSPECT).astype(np.float32))
    optimiser = torch.optim.AdamW(network.exit.parameters(), lr=1e-3, weight_decay=0.01)
    batches = rounds * -(-len(texts) // _EXIT_BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(0.02, 1 - step / batches))
    for _ in range(rounds):
        for chosen in torch.randperm(len(texts)).split(_EXIT_BATCH):
            weights = 1.0 + 2.0 * found[chosen]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                network.exit(given[chosen]).squeeze(1), found[chosen], weights
            )
            loss.backward()
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)


def exit_below(model: Model, texts: Sequence[str], shares: np.ndarray, missed: float = 0.01) -> float:
    """The threshold of the early exit, as `clear_below` finds the first stage's."""
    queued = [text for text, share in zip(texts, shares, strict=True) if share >= QUEUED]
    logits: list[float] = []
    for start in range(0, len(queued), _EXIT_READ):
        batch = [[word.text for word in words(text[:2000], _WORDS)] for text in queued[start : start + _EXIT_READ]]
        logits += model.lower([each for each in batch if each])[2].tolist()
    return float(np.quantile(np.array(logits), missed))
