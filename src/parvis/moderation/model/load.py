"""Reading a model from its folder. Every file is checked against the hash that `model.json` names, so that a damaged one, or
one of another version, is refused instead of judging wrongly.

The folder: `model.json`, `vocab.txt` (a piece a line), `linear.npy` (the first stage), `lower.onnx` and `upper.onnx` (the
network below and above its early exit).
"""

from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import onnxruntime
from msgspec import Meta

from parvis.kernel.errors import ParvisError
from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.linear import BUCKETS, Linear
from parvis.moderation.model.run import Model, Network
from parvis.moderation.model.tokens import WordPiece

FORMAT = 2
FILES = ("vocab.txt", "linear.npy", "lower.onnx", "upper.onnx")
SHIPPED = Path(__file__).parent / "weights"


class ModelError(ParvisError):
    """The model cannot be used"""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What `model.json` says."""

    format: int
    version: str
    categories: tuple[str, ...]
    longest: Annotated[int, Meta(ge=8, le=512)]  # pieces of one window
    calibration: tuple[tuple[float, float], ...]  # slope and offset for each category: Platt 1999
    clear_below: float  # logit of the first stage under which a window is plainly harmless
    linear_bias: float
    exit_below: float  # logit of the early exit under which a window is plainly harmless
    files: dict[str, str]  # name to SHA-256 in hex


def load_model(folder: Path = SHIPPED, threads: int = 1) -> Model:
    """The model of a folder, ready to judge. ModelError says what is missing, damaged or of another version."""
    card = _card(folder)
    files = {name: _file(folder / name, digest) for name, digest in card.files.items()}
    missing = set(FILES) - files.keys()
    if missing:
        raise ModelError(f"{folder / 'model.json'} does not name {min(missing)}.")
    reader = _made(folder / "vocab.txt", lambda: WordPiece(files["vocab.txt"].decode("utf-8").splitlines()))
    weights = _made(folder / "linear.npy", lambda: np.load(BytesIO(files["linear.npy"]), allow_pickle=False))
    if not isinstance(weights, np.ndarray) or weights.shape != (BUCKETS,) or weights.dtype.kind != "f":
        raise ModelError(f"{folder / 'linear.npy'} does not hold {BUCKETS} weights.")
    lower = _made(folder / "lower.onnx", lambda: _session(files["lower.onnx"], threads, {"numbers", "mask"}))
    upper = _made(folder / "upper.onnx", lambda: _session(files["upper.onnx"], threads, {"states", "mask"}))
    return Model(
        card.version,
        reader,
        Network(lower, upper),
        Linear(weights, card.linear_bias),
        np.array(card.calibration, dtype=np.float32),
        clear_below=card.clear_below,
        exit_below=card.exit_below,
        longest=card.longest,
    )


def _session(network: bytes, threads: int, inputs: set[str]) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    # Threads that spin for work would take the cores from the server.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    if {one.name for one in session.get_inputs()} != inputs:
        raise ValueError("it is not a network of this kind")
    return session


def _made(path: Path, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except Exception as error:  # each library has errors of its own for a file that is none
        raise ModelError(f"{path} cannot be read: {error!r:.300}") from error


def _card(folder: Path) -> Card:
    path = folder / "model.json"
    try:
        card = msgspec.json.decode(path.read_bytes(), type=Card)
    except FileNotFoundError as error:
        raise ModelError(f"There is no model in {folder}: model.json is missing.") from error
    except (OSError, msgspec.DecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    if card.format != FORMAT:
        raise ModelError(f"{path} is of format {card.format}; this Parvis reads format {FORMAT}.")
    if card.categories != CATEGORIES or len(card.calibration) != len(CATEGORIES):
        raise ModelError(f"{path} has other categories than this Parvis: {', '.join(card.categories)}.")
    return card


def _file(path: Path, digest: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    if sha256(data).hexdigest() != digest:
        raise ModelError(f"{path} is damaged or of another version: its SHA-256 is not the one in model.json.")
    return data
