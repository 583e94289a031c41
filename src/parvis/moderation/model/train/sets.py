"""The labelled sets that the model learns from, as JSON lines (`lang`, `split`, `text`, `hate`, `kind`), and what each says
of our categories. A set that says nothing of a category leaves it out of the loss there."""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from parvis.kernel.errors import ParvisError
from parvis.moderation.model import CATEGORIES

UNKNOWN = float("nan")
Labels = dict[str, float]


class DataError(ParvisError):
    """A set is missing or damaged"""


class Example(msgspec.Struct, frozen=True):
    """One labelled text. `labels` holds 0, 1 or UNKNOWN for each category, in their order."""

    text: str
    language: str
    labels: tuple[float, ...]
    source: str
    kind: str = ""
    target: str = ""
    weight: float = 1.0


class Set(msgspec.Struct, frozen=True):
    """A set: its file, whose it is, under which licence, and how its labels read."""

    name: str
    source: str
    licence: str
    read: Callable[[Mapping[str, Any]], Labels | None]


_CALM: Labels = dict.fromkeys(CATEGORIES, 0.0)
_NO_HATE: Labels = {"hate": 0.0, "dehumanisation": 0.0, "spam": 0.0}


def _plain(row: Mapping[str, Any]) -> Labels:
    return {"hate": 1.0, "spam": 0.0} if row["hate"] else _NO_HATE


def _calm(row: Mapping[str, Any]) -> Labels:
    # Collections of everyday sentences hold a few threats: what speaks of death says nothing of those categories.
    if any(word in row["text"].lower() for word in _DEADLY):
        return {"hate": 0.0, "dehumanisation": 0.0, "spam": 0.0}
    return _CALM


_DEADLY = ("kill", "murder", "shoot", "die", "dead", "tuer", "tue ", "mort", "crève", "meur", "hang", "punch", "frapp")


def _hatexplain(row: Mapping[str, Any]) -> Labels | None:
    return None if row["kind"] == "offensive" else _plain(row)


def _davidson(row: Mapping[str, Any]) -> Labels:
    return _CALM if row["kind"] == "neither" else _plain(row)


def _edos(row: Mapping[str, Any]) -> Labels | None:
    kind = str(row["kind"])[:3]
    if kind in ("3.3", "3.4"):  # condescension: too faint to call hate or not
        return None
    labels = dict(_plain(row))
    if kind in ("1.1", "1.2"):
        labels["incitement"] = 1.0
    if kind == "2.3":
        labels["dehumanisation"] = 1.0
    return labels


def _hatemoji(row: Mapping[str, Any]) -> Labels:
    labels = dict(_plain(row))
    if row["kind"] == "threateninglanguage":
        labels["incitement"] = 1.0
    if row["kind"] == "dehumanizinglanguage":
        labels["dehumanisation"] = 1.0
    return labels


def _mlma(row: Mapping[str, Any]) -> Labels | None:
    kinds = str(row["kind"]).split("_")
    if len(kinds) > 3:  # the annotators agreed on nothing
        return None
    if row["hate"]:
        return {"hate": 1.0, "spam": 0.0}
    return _CALM if kinds == ["normal"] else {"hate": 0.0, "spam": 0.0}


SETS = (
    Set("dynahate", "Vidgen et al. 2021, Learning from the Worst", "CC-BY-4.0", _plain),
    Set("gab", "Kennedy et al. 2022, Gab Hate Corpus", "CC-BY-4.0", _plain),
    Set("hatexplain", "Mathew et al. 2021, HateXplain", "MIT", _hatexplain),
    Set("davidson", "Davidson et al. 2017", "MIT", _davidson),
    Set("edos", "Kirk et al. 2023, SemEval-2023 task 10", "CC0-1.0", _edos),
    Set("hatemojibuild", "Kirk et al. 2022, Hatemoji", "CC-BY-4.0", _hatemoji),
    Set("stormfront", "de Gibert et al. 2018", "CC-BY-SA-3.0", _plain),
    Set("mlma_fr", "Ousidhoum et al. 2019, MLMA", "MIT", _mlma),
    Set("goemo_ok", "Demszky et al. 2020, GoEmotions, the harmless part", "Apache-2.0", _calm),
    Set("tatoeba", "Tatoeba sentences", "CC-BY-2.0", _calm),
    Set("xlmt_tw", "Barbieri et al. 2022, XLM-T", "Apache-2.0", _calm),
)


def labels_of(given: Mapping[str, float]) -> tuple[float, ...]:
    """Labels in the order of the categories; what is not given is UNKNOWN."""
    return tuple(given.get(category, UNKNOWN) for category in CATEGORIES)


def rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The lines of a set. DataError names the file and line that cannot be read."""
    path = folder / f"{name}.jsonl.gz"
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise DataError(f"{path}, line {number}: not JSON ({error})") from error
    except (OSError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def load(folder: Path, split: str) -> list[Example]:
    """All examples of one split (`train` or `dev`) of all sets."""
    found: list[Example] = []
    for each in SETS:
        for row in rows(folder, each.name):
            labels = each.read(row) if row["split"] == split else None
            if labels is not None and row["text"].strip():
                weight = 0.5 if each.name == "mlma_fr" and row["kind"] != "normal" and not row["hate"] else 1.0
                example = Example(
                    row["text"], row["lang"], labels_of(labels), each.name, str(row["kind"] or ""), weight=weight
                )
                found.append(example)
    return found


def digest(folder: Path, name: str) -> str:
    """SHA-256 of a set's file, in hex."""
    return sha256((folder / f"{name}.jsonl.gz").read_bytes()).hexdigest()
