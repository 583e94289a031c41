"""Writing the trained network as ONNX with eight-bit weights, beside what `load.py` needs."""

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from torch import Tensor, nn
from transformers import AttentionInterface

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.load import FILES, FORMAT
from parvis.moderation.model.train.network import Network

_BY_PIECE = ("numbers", "mask", "states")


class _Lower(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, numbers: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        states = self.network.lower(numbers, mask)
        return states, self.network.leaves(states, mask)


class _Upper(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        return self.network.judge(states, mask)


def write_network(network: Network, folder: Path) -> None:
    """The network as two files, below and above its early exit: fused for the CPU, weights in eight bits for each channel."""
    AttentionInterface.register("plain", _plain_attention)
    kept = network.encoder.config._attn_implementation
    network.encoder.set_attn_implementation("plain")
    numbers = torch.ones((2, 9), dtype=torch.long)
    states = torch.zeros((2, 9, network.encoder.config.hidden_size))
    _write(_Lower(network), (numbers, numbers), ("numbers", "mask"), ("states", "exit"), folder / "lower.onnx")
    _write(_Upper(network), (states, numbers), ("states", "mask"), ("logits",), folder / "upper.onnx")
    network.encoder.set_attn_implementation(kept)


def _write(
    part: nn.Module, example: tuple[Tensor, ...], given: tuple[str, ...], made: tuple[str, ...], path: Path
) -> None:
    part.eval()
    config: Any = part.network.encoder.config
    axes = {name: {0: "texts"} | ({1: "pieces"} if name in _BY_PIECE else {}) for name in (*given, *made)}
    with tempfile.TemporaryDirectory() as scratch:
        plain, fused = Path(scratch, "plain.onnx"), Path(scratch, "fused.onnx")
        torch.onnx.export(
            part,
            example,
            str(plain),
            input_names=list(given),
            output_names=list(made),
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
        options = FusionOptions("bert")
        options.enable_embed_layer_norm = False  # it would keep the embeddings in 32 bits
        model = optimizer.optimize_model(
            str(plain),
            "bert",
            num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
            optimization_options=options,
        )
        model.save_model_to_file(str(fused))
        # Fused operators tell no types: what they give is always a 32-bit float.
        extra = {"DefaultTensorType": TensorProto.FLOAT}
        quantize_dynamic(fused, path, weight_type=QuantType.QInt8, per_channel=True, extra_options=extra)


def _plain_attention(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor, **_: Any
) -> tuple[Tensor, None]:
    # In the very shape that the optimiser knows as attention, and makes one operator of.
    scores = torch.matmul(query, key.transpose(2, 3)) / math.sqrt(query.shape[-1]) + mask
    return torch.matmul(torch.softmax(scores, dim=-1), value).transpose(1, 2).contiguous(), None


def write_card(
    folder: Path,
    *,
    version: str,
    vocabulary: Sequence[str],
    linear: np.ndarray,
    linear_bias: float,
    calibration: Sequence[tuple[float, float]],
    clear_below: float,
    exit_below: float,
    longest: int,
    data: Mapping[str, Any],
) -> None:
    """The files beside the network, and `model.json` with the hash of each."""
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in vocabulary), encoding="utf-8")
    np.save(folder / "linear.npy", linear.astype(np.float16))
    names = FILES
    card = {
        "format": FORMAT,
        "version": version,
        "categories": CATEGORIES,
        "longest": longest,
        "calibration": [[round(a, 4), round(b, 4)] for a, b in calibration],
        "clear_below": round(clear_below, 4),
        "linear_bias": round(linear_bias, 4),
        "exit_below": round(exit_below, 4),
        "files": {name: sha256((folder / name).read_bytes()).hexdigest() for name in names},
        "data": data,
    }
    (folder / "model.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
