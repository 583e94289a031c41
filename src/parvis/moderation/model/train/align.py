"""Bringing French to where English is: the student reads French, the teacher its English twin, and their embeddings are
pulled together (Reimers and Gurevych 2020, Making Monolingual Sentence Embeddings Multilingual Using Knowledge Distillation).
English sentences go in too, so that the student's English stays."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from parvis.moderation.model.tokens import WordPiece
from parvis.moderation.model.train.batches import in_order, pad, shuffled
from parvis.moderation.model.train.network import Network

_LONGEST = 48


def teach(
    network: Network,
    reader: WordPiece,
    teacher: Any,
    teacher_reader: WordPiece,
    pairs: Sequence[tuple[str, str]],
    *,
    rate: float = 2e-4,
    batch: int = 128,
    seed: int = 1,
    say: Callable[[str], None] = print,
) -> None:
    """One pass over `pairs` (what the student reads, what the teacher reads)."""
    wanted = _embeddings(Network(teacher), teacher_reader, [english for _, english in pairs])
    encoded = [reader.encode(text, _LONGEST) for text, _ in pairs]
    parameters = list(network.encoder.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01, fused=True)
    steps = (len(pairs) + batch - 1) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rate, total_steps=steps + 1, pct_start=0.06)
    began, total = time.monotonic(), 0.0
    network.train()
    for step, chosen in enumerate(shuffled([len(each) for each in encoded], batch, seed), 1):
        numbers, mask = pad([encoded[at] for at in chosen], reader.pad)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = network.embed(numbers, mask)
        found = torch.nn.functional.normalize(found.float(), dim=1)
        loss = (1 - (found * wanted[chosen]).sum(1)).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad(set_to_none=True)
        total += loss.item()
        if step % 50 == 0:
            say(f"align {step}/{steps}: distance {total / 50:.4f}, {time.monotonic() - began:.0f} s")
            total = 0.0


def _embeddings(network: Network, reader: WordPiece, texts: Sequence[str]) -> torch.Tensor:
    encoded = [reader.encode(text, _LONGEST) for text in texts]
    found = torch.zeros((len(texts), network.encoder.config.hidden_size))
    network.eval()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for chosen in in_order([len(each) for each in encoded], 128):
            numbers, mask = pad([encoded[at] for at in chosen], reader.pad)
            found[chosen] = torch.nn.functional.normalize(network.embed(numbers, mask).float(), dim=1)
    return found
