"""Fitting the network to labelled texts."""

import math
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.tokens import WordPiece
from parvis.moderation.model.train.batches import in_order, pad, shuffled
from parvis.moderation.model.train.network import Network, mean
from parvis.moderation.model.train.sets import Example

RARE = 4.0
"""How much more a positive weighs in every category but hate: few texts show them, and most sets only tell their absence."""

EXIT = 0.3
"""The weight of the early exit's loss: it learns beside the heads, from whether a text violates anything."""

LONGEST = 64  # pieces; a longer text is read in windows


def fit(
    network: Network,
    reader: WordPiece,
    examples: Sequence[Example],
    *,
    rate: float = 1.6e-4,
    batch: int = 96,
    smoothing: float = 0.04,
    seed: int = 1,
    say: Callable[[str], None] = print,
) -> None:
    """One pass: AdamW with warm-up and a linear fall; labels that are unknown are left out of the loss."""
    encoded = [reader.encode(each.text, LONGEST) for each in examples]
    labels = torch.tensor(np.array([each.labels for each in examples], dtype=np.float32))
    weights = torch.tensor([each.weight for each in examples]).unsqueeze(1)
    known = ~torch.isnan(labels)
    targets = torch.nan_to_num(labels) * (1 - smoothing) + smoothing / 2
    violates = torch.nan_to_num(labels).amax(dim=1)
    rare = torch.tensor([float(category != "hate") for category in CATEGORIES])
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=rate, fused=True)
    steps = math.ceil(len(examples) / batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / (0.06 * steps), max(0.02, 1 - step / steps))
    )
    began, total = time.monotonic(), 0.0
    network.train()
    for step, chosen in enumerate(shuffled([len(each) for each in encoded], batch, seed), 1):
        numbers, mask = pad([encoded[at] for at in chosen], reader.pad)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = network.lower(numbers, mask)
            logits, leaves = network.judge(states, mask), network.leaves(states, mask)
        losses = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), targets[chosen], reduction="none")
        share = known[chosen] * weights[chosen] * (1 + (RARE - 1) * rare * (labels[chosen] > 0))
        loss = (losses * share).sum() / len(chosen) / 2  # about two categories are known of each text
        loss += EXIT * torch.nn.functional.binary_cross_entropy_with_logits(leaves.float(), violates[chosen])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad(set_to_none=True)
        total += loss.item()
        if step % 100 == 0:
            say(f"fit {step}/{steps}: loss {total / 100:.4f}, {time.monotonic() - began:.0f} s")
            total = 0.0


def score(network: Network, reader: WordPiece, texts: Sequence[str], batch: int = 128) -> np.ndarray:
    """Logits (texts by categories)."""
    encoded = [reader.encode(text, LONGEST) for text in texts]
    found: np.ndarray = np.zeros((len(texts), network.heads.out_features), dtype=np.float32)
    network.eval()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for chosen in in_order([len(each) for each in encoded], batch):
            numbers, mask = pad([encoded[at] for at in chosen], reader.pad)
            found[chosen] = network(numbers, mask).float().numpy()
    return found


def at_exit(network: Network, reader: WordPiece, texts: Sequence[str], batch: int = 128) -> np.ndarray:
    """The mean states (texts by size) from which the early exit judges."""
    encoded = [reader.encode(text, LONGEST) for text in texts]
    found: np.ndarray = np.zeros((len(texts), network.encoder.config.hidden_size), dtype=np.float32)
    network.eval()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for chosen in in_order([len(each) for each in encoded], batch):
            numbers, mask = pad([encoded[at] for at in chosen], reader.pad)
            found[chosen] = mean(network.lower(numbers, mask), mask).float().numpy()
    return found
