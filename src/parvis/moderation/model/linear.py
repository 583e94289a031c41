"""The first stage: a linear model over hashed words, pairs of words and parts of words. It tells in microseconds what is
plainly harmless; what it does not clear goes to the network.

Everything that one word adds depends on that word alone, so it is kept by word: a text costs a few dictionary look-ups.
The hashing trick is Weinberger et al. 2009; parts of words as fastText takes them (Joulin et al. 2017).
"""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from zlib import crc32

import numpy as np

BUCKETS = 1 << 18
_SHORTEST, _LONGEST = 3, 5  # letters of the parts of a word, its two ends included
_CACHE = 50_000  # words whose weight is remembered


def word_features(word: str) -> list[int]:
    """Buckets of a word and its parts."""
    found = [crc32(word.encode()) % BUCKETS]
    framed = f"<{word}>"
    for size in range(_SHORTEST, _LONGEST + 1):
        found += [crc32(f"~{framed[at : at + size]}".encode()) % BUCKETS for at in range(len(framed) - size + 1)]
    return found


def pair_feature(first: str, second: str) -> int:
    """Bucket of two words in a row."""
    return crc32(f"{first} {second}".encode()) % BUCKETS


class Linear:
    """Scores lists of folded words."""

    def __init__(self, weights: np.ndarray, bias: float) -> None:
        """`weights`: one for each bucket."""
        self._weights = weights.astype(np.float32)
        self._bias = bias
        self._words: dict[str, float] = {}

    def score(self, words: Sequence[str]) -> float:
        """The logit of "not plainly harmless" for one window of words."""
        if not words:
            return self._bias
        known = self._words
        total = 0.0
        for word in words:
            weight = known.get(word)
            total += self._weigh(word) if weight is None else weight
        weights = self._weights
        for first, second in pairwise(words):
            total += weights[crc32(f"{first} {second}".encode()) % BUCKETS]
        return float(total) / sqrt(len(words)) + self._bias

    def _weigh(self, word: str) -> float:
        weight = float(self._weights[word_features(word)].sum())
        if len(self._words) >= _CACHE:
            self._words.clear()
        self._words[word] = weight
        return weight
