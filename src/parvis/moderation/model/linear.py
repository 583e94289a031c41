"""The first stage: a linear model over hashed words, pairs of words and parts of words. It tells in microseconds what is
plainly harmless; what it does not clear goes to the network.

Everything that one word adds depends on that word alone, so it is kept by word: a text costs a few dictionary look-ups.
The hashing trick is Weinberger et al. 2009; parts of words as fastText takes them (Joulin et al. 2017).
"""

from array import array
from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple
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


class _Known(NamedTuple):
    """What is kept of a word: what it adds, itself as bytes, and the sum (CRC) with which a pair that it begins goes on."""

    weight: float
    written: bytes
    pair: int


class Linear:
    """Scores lists of folded words."""

    def __init__(self, weights: np.ndarray, bias: float) -> None:
        """`weights`: one for each bucket."""
        self._weights = weights.astype(np.float32)
        # Single figures are read from an array in half the time that numpy takes.
        self._buckets = array("f", self._weights.tobytes())
        self._bias = bias
        self._words: dict[str, _Known] = {}

    def score(self, words: Sequence[str]) -> float:
        """The logit of "not plainly harmless" for one window of words."""
        if not words:
            return self._bias
        known, buckets = self._words, self._buckets
        total = 0.0
        before: int | None = None
        for word in words:
            weight, written, pair = known.get(word) or self._know(word)
            total += weight
            if before is not None:
                total += buckets[crc32(written, before) % BUCKETS]  # the bucket of `pair_feature`
            before = pair
        return total / sqrt(len(words)) + self._bias

    def _know(self, word: str) -> _Known:
        weight = float(self._weights[word_features(word)].sum())
        made = _Known(weight, word.encode(), crc32(f"{word} ".encode()))
        if len(self._words) >= _CACHE:
            self._words.clear()
        self._words[word] = made
        return made
