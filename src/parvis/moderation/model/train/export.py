"""Writing the trained network as ONNX with eight-bit weights, beside what `load.py` needs."""

import json
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

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.load import FORMAT
from parvis.moderation.model.train.network import Network


def write_network(network: Network, path: Path) -> None:
    """The network as one file: fused for the CPU, weights in eight bits for each channel."""
    network.eval()
    example = (torch.ones((2, 9), dtype=torch.long), torch.ones((2, 9), dtype=torch.long))
    config = network.encoder.config
    with tempfile.TemporaryDirectory() as folder:
        plain, fused = Path(folder, "plain.onnx"), Path(folder, "fused.onnx")
        axes = {"numbers": {0: "texts", 1: "pieces"}, "mask": {0: "texts", 1: "pieces"}, "logits": {0: "texts"}}
        torch.onnx.export(
            network,
            example,
            str(plain),
            input_names=["numbers", "mask"],
            output_names=["logits"],
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


def write_card(
    folder: Path,
    *,
    version: str,
    vocabulary: Sequence[str],
    linear: np.ndarray,
    linear_bias: float,
    calibration: Sequence[tuple[float, float]],
    clear_below: float,
    longest: int,
    data: Mapping[str, Any],
) -> None:
    """The files beside the network, and `model.json` with the hash of each."""
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in vocabulary), encoding="utf-8")
    np.save(folder / "linear.npy", linear.astype(np.float16))
    names = ("vocab.txt", "network.onnx", "linear.npy")
    card = {
        "format": FORMAT,
        "version": version,
        "categories": CATEGORIES,
        "longest": longest,
        "calibration": [[round(a, 4), round(b, 4)] for a, b in calibration],
        "clear_below": round(clear_below, 4),
        "linear_bias": round(linear_bias, 4),
        "files": {name: sha256((folder / name).read_bytes()).hexdigest() for name in names},
        "data": data,
    }
    (folder / "model.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
