"""Judging texts: windows of words, the first stage, and the network for what it does not clear."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.linear import Linear
from parvis.moderation.model.tokens import Word, WordPiece, folded, words

T = TypeVar("T")

_MOST_WORDS = 2_000  # of one text: more is no post, and the last window says the rest was not read
WINDOW, STEP = 48, 32  # words that are judged together, and how far the next window begins after the last


class Window(msgspec.Struct, frozen=True):
    """Some words in a row of one text."""

    words: tuple[Word, ...]

    @property
    def folded(self) -> list[str]:
        """The words as the model reads them."""
        return [word.text for word in self.words]


def _cut(found: list[T]) -> list[list[T]]:
    """Words in windows that overlap; none for no words."""
    if len(found) <= WINDOW:
        return [found] if found else []
    return [found[at : at + WINDOW] for at in range(0, len(found) - (WINDOW - STEP), STEP)]


class Network(msgspec.Struct, frozen=True):
    """The network's two parts, as ONNX sessions: what most harmless texts leave by the early exit, and the rest."""

    lower: Any  # numbers, mask -> states, exit
    upper: Any  # states, mask -> logits


class Model:
    """A loaded model. Its methods hold no state but caches, and may be called from any thread."""

    def __init__(
        self,
        version: str,
        reader: WordPiece,
        network: Network,
        linear: Linear,
        calibration: np.ndarray,
        *,
        clear_below: float,
        exit_below: float,
        longest: int,
    ) -> None:
        """`calibration`: slope and offset by category; `longest`: pieces of one window; the thresholds are logits of the
        first stage and of the early exit under which a window is plainly harmless."""
        self.version = version
        self.linear = linear
        self.clear_below = clear_below
        self.exit_below = exit_below
        self._reader = reader
        self._network = network
        self._slopes, self._offsets = calibration[:, 0], calibration[:, 1]
        self._longest = longest

    @property
    def calibration(self) -> tuple[np.ndarray, np.ndarray]:
        """Slopes and offsets by category."""
        return self._slopes, self._offsets

    def windows(self, text: str) -> list[Window]:
        """A text in windows that overlap; none for a text without words."""
        return [Window(tuple(part)) for part in _cut(words(text, _MOST_WORDS))]

    def unclear(self, text: str) -> list[list[str]]:
        """The windows of a text, as folded words, that the first stage does not find plainly harmless."""
        score, below = self.linear.score, self.clear_below
        return [part for part in _cut(folded(text, _MOST_WORDS)) if score(part) >= below]

    def clears(self, window: Window) -> bool:
        """Whether the first stage finds a window plainly harmless."""
        return self.linear.score(window.folded) < self.clear_below

    def length(self, words: Sequence[str]) -> int:
        """How many pieces a window has: windows of one length are judged together at the least cost."""
        return len(self._reader.encode_words(words, self._longest))

    def probabilities(self, batch: Sequence[Sequence[str]]) -> np.ndarray:
        """Calibrated probabilities (windows by categories) of lists of folded words; what leaves by the early exit has 0."""
        states, mask, leaves = self.lower(batch)
        found: np.ndarray = np.zeros((len(batch), len(CATEGORIES)), dtype=np.float32)
        stays = np.flatnonzero(leaves >= self.exit_below)
        if len(stays):
            length = int(mask[stays].sum(axis=1).max())
            found[stays] = self.calibrated(self._upper(states[stays, :length], mask[stays, :length]))
        return found

    def calibrated(self, logits: np.ndarray) -> np.ndarray:
        """Logits as probabilities."""
        return 1 / (1 + np.exp(-(logits * self._slopes + self._offsets)))

    def logits(self, batch: Sequence[Sequence[str]]) -> np.ndarray:
        """The network's own figures (windows by categories), without the early exit."""
        states, mask, _ = self.lower(batch)
        return self._upper(states, mask)

    def lower(self, batch: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The states at the early exit (windows by length by size), the mask of the pieces, the exit's logits (windows)."""
        encoded = [self._reader.encode_words(each, self._longest) for each in batch]
        longest = max(len(each) for each in encoded)
        numbers: np.ndarray = np.full((len(encoded), longest), self._reader.pad, dtype=np.int64)
        mask: np.ndarray = np.zeros((len(encoded), longest), dtype=np.int64)
        for row, each in enumerate(encoded):
            numbers[row, : len(each)] = each
            mask[row, : len(each)] = 1
        states, leaves = self._network.lower.run(None, {"numbers": numbers, "mask": mask})
        return states, mask, leaves

    def _upper(self, states: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return self._network.upper.run(None, {"states": states, "mask": mask})[0]

    def judge(self, text: str) -> dict[str, float]:
        """The highest probability of each category over a text's windows; what the first stage clears has none."""
        left = self.unclear(text)
        if not left:
            return {}
        found = self.probabilities(left).max(axis=0)
        return {category: float(share) for category, share in zip(CATEGORIES, found, strict=True)}
