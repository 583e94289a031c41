"""Batches of texts of about the same length, in an order that a seed decides."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

_POOL = 50  # batches sorted by length together


def pad(encoded: Sequence[Sequence[int]], fill: int) -> tuple[Tensor, Tensor]:
    """Numbers and mask (batch by longest)."""
    longest = max(len(each) for each in encoded)
    numbers = torch.full((len(encoded), longest), fill, dtype=torch.long)
    mask = torch.zeros((len(encoded), longest), dtype=torch.long)
    for row, each in enumerate(encoded):
        numbers[row, : len(each)] = torch.tensor(each)
        mask[row, : len(each)] = 1
    return numbers, mask


def shuffled(lengths: Sequence[int], size: int, seed: int) -> Iterator[list[int]]:
    """Indices in batches of `size`, each of similar lengths, in random order."""
    random = np.random.default_rng(seed)
    order = random.permutation(len(lengths))
    batches: list[list[int]] = []
    for start in range(0, len(order), size * _POOL):
        pool = sorted(order[start : start + size * _POOL], key=lambda at: lengths[at])
        batches += [[int(at) for at in pool[at : at + size]] for at in range(0, len(pool), size)]
    for at in random.permutation(len(batches)):
        yield batches[at]


def in_order(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Indices in batches of `size`, shortest first: for evaluation."""
    order = sorted(range(len(lengths)), key=lambda at: lengths[at])
    for start in range(0, len(order), size):
        yield order[start : start + size]
