"""An adapter: any ONNX text-classification model from a folder, as exported for the Transformers library.

The folder: `model.onnx` (input_ids, attention_mask, token_type_ids as it needs them; logits), `config.json` (id2label,
problem_type), and `vocab.txt` with `tokenizer_config.json`, or `tokenizer.json`.
"""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import onnxruntime
from msgspec import Meta

from parvis.moderation.signals.batches import Batches
from parvis.moderation.signals.readers import FolderError, Reader, load_reader
from parvis.moderation.types import Findings, Signal, SignalKind, Subject, Value
from parvis.settings import Settings

_TOGETHER = 16  # windows that go through the network at once
_CHARACTERS = 16  # that are read for each piece that counts: what is further away cannot be reached
_TYPES: dict[str, Any] = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_NOT_NAME = re.compile(r"[^a-z0-9]+")


class _Config(msgspec.Struct):
    id2label: Annotated[dict[str, str], Meta(min_length=1, max_length=200)]
    problem_type: Literal["single_label_classification", "multi_label_classification", "regression"] | None = None
    max_position_embeddings: Annotated[int, Meta(ge=8)] | None = None
    pad_token_id: Annotated[int, Meta(ge=0)] | None = None


class FolderModel:
    """A loaded model. Its methods may be called from any thread."""

    def __init__(
        self,
        path: Path,
        session: Any,
        reader: Reader,
        labels: Sequence[str],
        *,
        independent: bool,
        pad: int,
        longest: int,
        most_windows: int,
    ) -> None:
        """`labels` in the order of the outputs; `independent`: a text can have several. `longest`: pieces of one window."""
        self.labels = tuple(labels)
        self._path = path
        self._session = session
        self._types = {one.name: _TYPES[one.type] for one in session.get_inputs()}
        self._reader = reader
        self._independent = independent
        self._pad = pad
        self._longest = longest
        self._most_windows = most_windows

    def windows(self, text: str) -> list[list[int]]:
        """A text as numbers of pieces, in parts that overlap by a quarter; none for one without words."""
        begin, end = list(self._reader.begin), list(self._reader.end)
        room = max(1, self._longest - len(begin) - len(end))
        step = max(1, room - room // 4)
        pieces = self._reader.numbers(text[: self._longest * self._most_windows * _CHARACTERS])
        if not pieces:
            return []
        count = 1 + max(0, -(-(len(pieces) - room) // step))
        starts = range(0, min(count, self._most_windows) * step, step)
        return [begin + pieces[at : at + room] + end for at in starts]

    def judge(self, texts: Sequence[str]) -> list[np.ndarray]:
        """The shares of the labels for each text: the highest over its windows. FolderError for what is no number."""
        windows = [self.windows(text) for text in texts]
        flat = [window for each in windows for window in each]
        parts = [self._shares(flat[at : at + _TOGETHER]) for at in range(0, len(flat), _TOGETHER)]
        rows = np.concatenate(parts) if parts else np.zeros((0, len(self.labels)))
        found: list[np.ndarray] = []
        at = 0
        for each in windows:
            found.append(rows[at : at + len(each)].max(axis=0) if each else np.zeros(len(self.labels)))
            at += len(each)
        return found

    def _shares(self, batch: Sequence[Sequence[int]]) -> np.ndarray:
        longest = max(len(window) for window in batch)
        arrays = {
            "input_ids": np.full((len(batch), longest), self._pad),
            "attention_mask": np.zeros((len(batch), longest)),
            "token_type_ids": np.zeros((len(batch), longest)),
        }
        for row, window in enumerate(batch):
            arrays["input_ids"][row, : len(window)] = window
            arrays["attention_mask"][row, : len(window)] = 1
        given = {name: arrays[name].astype(kind) for name, kind in self._types.items()}
        logits = np.asarray(self._session.run(None, given)[0], dtype=np.float64)
        if logits.shape != (len(batch), len(self.labels)) or not np.isfinite(logits).all():
            raise FolderError(
                f"{self._path} gives figures of the shape {logits.shape} for {len(batch)} texts and {len(self.labels)}"
                " labels, or some that are no numbers."
            )
        if self._independent:
            return 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


class FolderDetector:
    """`folder.<label>`: the share of each label, the highest over all texts of a subject."""

    name = "folder"
    waits = True

    def __init__(self, model: FolderModel, *, most: int, queue: int) -> None:
        """`most` texts are judged together, `queue` may wait."""
        self._names = [f"folder.{slug(label)}" for label in model.labels]
        self.signals = tuple(
            Signal(
                name,
                SignalKind.SHARE,
                f"the share of the label “{label}”, by the model of the folder",
                f"la part de l'étiquette « {label} », selon le modèle du dossier",
            )
            for name, label in zip(self._names, model.labels, strict=True)
        )
        self._batches: Batches[str, np.ndarray] = Batches(model.judge, most=most, queue=queue, name="folder")

    async def detect(self, subject: Subject) -> Findings:
        """See the class. Unavailable where too many wait; FolderError for figures that are none."""
        texts = [passage.text for passage in subject.passages if passage.text.strip()]
        if not texts:
            return Findings()
        highest = np.max(await self._batches.run(texts), axis=0)
        values: dict[str, Value] = {
            name: round(float(share), 4) for name, share in zip(self._names, highest, strict=True)
        }
        return Findings(values)

    def close(self) -> None:
        """Let the thread go."""
        self._batches.close()


def build_folder(settings: Settings) -> FolderDetector | None:
    """The detector that the settings ask for, or None. FolderError names the file that is missing or wrong."""
    ours = settings.moderation
    if not ours.folder_dir:
        return None
    model = load_folder(
        Path(ours.folder_dir), longest=ours.folder_pieces, most_windows=ours.folder_windows, threads=ours.folder_threads
    )
    return FolderDetector(model, most=ours.batch_texts, queue=ours.queue)


def load_folder(folder: Path, *, longest: int = 128, most_windows: int = 8, threads: int = 1) -> FolderModel:
    """The model of a folder, after it has judged two texts. FolderError names the file that is missing or wrong."""
    if not folder.is_dir():
        raise FolderError(f"Setting moderation.folder_dir: {folder} is not a folder.")
    config = _config(folder / "config.json")
    labels = _labels(folder / "config.json", config)
    reader = load_reader(folder)
    path = folder / "model.onnx"
    session = _session(path, threads)
    most = min(longest, (config.max_position_embeddings or 514) - 2)  # some models count their places from 2
    model = FolderModel(
        path,
        session,
        reader,
        labels,
        independent=config.problem_type == "multi_label_classification" or len(labels) == 1,
        pad=config.pad_token_id or 0,
        longest=most,
        most_windows=most_windows,
    )
    try:
        model.judge(["a", "bread, rivers and bicycles " * 100])
    except FolderError:
        raise
    except Exception as error:  # the runtime has errors of its own for each way to fail
        raise FolderError(f"{path} does not judge a text: {_reason(error)}") from error
    return model


def slug(label: str) -> str:
    """A label as the name of a signal: `Hate Speech` is `hate_speech`."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    name = _NOT_NAME.sub("_", plain).strip("_")
    return name if name[:1].isalpha() else f"label_{name}".rstrip("_")


def _config(path: Path) -> _Config:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Config)
    except FileNotFoundError as error:
        raise FolderError(f"There is no {path}: it names the labels of the model.") from error
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FolderError(f"{path} cannot be read: {error}") from error


def _labels(path: Path, config: _Config) -> list[str]:
    if config.problem_type == "regression":
        raise FolderError(f"{path} is of a model that gives values, not classes (problem_type regression).")
    places = [str(place) for place in range(len(config.id2label))]
    if set(config.id2label) != set(places):
        raise FolderError(f"{path}: id2label does not count its labels from 0.")
    labels = [config.id2label[place] for place in places]
    if len({slug(label) for label in labels}) < len(labels):
        raise FolderError(f"{path}: two labels in id2label have the same name for a signal: {', '.join(labels)}.")
    return labels


def _session(path: Path, threads: int) -> Any:
    if not path.is_file():
        raise FolderError(f"There is no {path}: it is the model.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    # Threads that spin for work would take the cores from the server.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    try:
        session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime has an error of its own for each way to fail
        raise FolderError(f"{path} cannot be read as an ONNX model: {_reason(error)}") from error
    for one in session.get_inputs():
        if one.name not in _INPUTS or one.type not in _TYPES:
            raise FolderError(
                f"{path} wants {one.name} ({one.type}), which no text gives; known are {', '.join(_INPUTS)}."
            )
    if "input_ids" not in {one.name for one in session.get_inputs()}:
        raise FolderError(f"{path} does not take input_ids: it is not a model of texts.")
    return session


def _reason(error: Exception) -> str:
    """What the runtime says, without its own codes, addresses and signatures."""
    text = str(error).strip() or type(error).__name__
    text = re.sub(
        r"^\[ONNXRuntimeError\] : \d+ : \w+ : |Load model from .* failed:|/\S+\.(?:h|cc):\d+ .*?\) (?=\S)", "", text
    )
    return " ".join(text.split())[:300]
