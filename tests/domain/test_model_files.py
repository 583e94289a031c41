"""The model's folder: one that is missing, damaged or of another version is refused by name, and the server works without."""

import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.cast import open_town

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.linear import BUCKETS
from parvis.moderation.model.load import SHIPPED, ModelError, load_model
from parvis.settings import Settings

CLASSIFIER = Path(__file__).parents[1] / "assets" / "classifier" / "model.onnx"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A copy of the shipped model."""
    shutil.copytree(SHIPPED, tmp_path / "model")
    yield tmp_path / "model"


def card(folder: Path, **changes: Any) -> None:
    """Change what `model.json` says."""
    path = folder / "model.json"
    path.write_bytes(msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | changes))


def put(folder: Path, name: str, data: bytes) -> None:
    """Another file, with its right hash in `model.json`: as if it had been made so."""
    (folder / name).write_bytes(data)
    files = msgspec.json.decode((folder / "model.json").read_bytes())["files"]
    card(folder, files=files | {name: sha256(data).hexdigest()})


def array(values: Any) -> bytes:
    out = BytesIO()
    np.save(out, values)
    return out.getvalue()


def flip(folder: Path, name: str) -> None:
    """One bit of a file is another one."""
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)


def unnamed(folder: Path) -> None:
    files = msgspec.json.decode((folder / "model.json").read_bytes())["files"]
    card(folder, files={name: digest for name, digest in files.items() if name != "linear.npy"})


FAULTS: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    "there is none": (shutil.rmtree, "", "missing"),
    "no card": (lambda f: (f / "model.json").unlink(), "", "model.json is missing"),
    "a card that is no JSON": (lambda f: (f / "model.json").write_text("{"), "model.json", "cannot be read"),
    "a card of another shape": (lambda f: (f / "model.json").write_text("[]"), "model.json", "cannot be read"),
    "a card that is a folder": (
        lambda f: ((f / "model.json").unlink(), (f / "model.json").mkdir()), "model.json", "cannot be read",
    ),
    "a later format": (lambda f: card(f, format=3), "model.json", "format 3"),
    "an earlier format": (lambda f: card(f, format=1), "model.json", "format 1"),
    "other categories": (lambda f: card(f, categories=["hate", "rain"]), "model.json", "rain"),
    "too few calibrations": (lambda f: card(f, calibration=[[1.0, 0.0]]), "model.json", "categories"),
    "windows without end": (lambda f: card(f, longest=100_000), "model.json", "cannot be read"),
    "a file is not named": (unnamed, "model.json", "linear.npy"),
    "a file is missing": (lambda f: (f / "lower.onnx").unlink(), "lower.onnx", "cannot be read"),
    "a damaged network": (lambda f: flip(f, "lower.onnx"), "lower.onnx", "damaged"),
    "a damaged first stage": (lambda f: flip(f, "linear.npy"), "linear.npy", "damaged"),
    "a damaged vocabulary": (lambda f: flip(f, "vocab.txt"), "vocab.txt", "damaged"),
    "a file cut short": (
        lambda f: (f / "lower.onnx").write_bytes((f / "lower.onnx").read_bytes()[:1000]), "lower.onnx", "damaged",
    ),
    "a network that is none": (lambda f: put(f, "lower.onnx", b"not a network"), "lower.onnx", "cannot be read"),
    "another network": (lambda f: put(f, "lower.onnx", CLASSIFIER.read_bytes()), "lower.onnx", "cannot be read"),
    "the lower part as the upper": (
        lambda f: put(f, "upper.onnx", (f / "lower.onnx").read_bytes()), "upper.onnx", "cannot be read",
    ),
    "a vocabulary in Latin 1": (lambda f: put(f, "vocab.txt", "[PAD]\né".encode("latin-1")), "vocab.txt", "cannot be read"),
    "a vocabulary without marks": (lambda f: put(f, "vocab.txt", b"a\nb\n"), "vocab.txt", "cannot be read"),
    "weights that are none": (lambda f: put(f, "linear.npy", b"not an array"), "linear.npy", "cannot be read"),
    "weights with code in them": (
        lambda f: put(f, "linear.npy", array(np.array([print], dtype=object))), "linear.npy", "cannot be read",
    ),
    "weights of another size": (
        lambda f: put(f, "linear.npy", array(np.zeros(7, dtype=np.float32))), "linear.npy", str(BUCKETS),
    ),
    "weights that are words": (lambda f: put(f, "linear.npy", array(np.array(["a"] * BUCKETS))), "linear.npy", str(BUCKETS)),
}  # fmt: skip


def test_a_whole_folder_is_a_model(folder: Path) -> None:
    model = load_model(folder)
    found = model.probabilities([["hello", "world"], ["bonjour"]])
    assert found.shape == (2, len(CATEGORIES)) and bool(((found >= 0) & (found <= 1)).all())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_folder_at_fault_is_refused_by_name(folder: Path, fault: str) -> None:
    spoil, name, word = FAULTS[fault]
    spoil(folder)
    with pytest.raises(ModelError) as refused:
        load_model(folder)
    sentence = str(refused.value)
    assert str(folder / name) in sentence and word in sentence and "\n" not in sentence


@pytest.mark.parametrize("fault", ["there is none", "a damaged network", "a later format", "another network"])
def test_the_server_starts_without_it_and_every_text_waits_for_a_look(
    settings: Settings, folder: Path, fault: str
) -> None:
    FAULTS[fault][0](folder)
    chosen = msgspec.structs.replace(settings.moderation, model_dir=str(folder))
    with open_town(msgspec.structs.replace(settings, moderation=chosen)) as town:
        assert town.visitor.get("/ready").status == 200
        post = town.amina.write("un message de tous les jours")
        assert town.visitor.get(f"/api/v1/statuses/{post['id']}").status == 200
        assert town.rows("SELECT open, held, rule FROM cases WHERE subject_id = %s", int(post["id"])) == [
            (True, False, "")
        ]
        (found,) = town.rows("SELECT findings->'failed' FROM moderation_events WHERE subject_id = %s", int(post["id"]))
        assert found == (["model"],)
