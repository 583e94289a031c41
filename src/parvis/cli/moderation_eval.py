"""Measure the model on labelled texts: accuracy, macro-F1, AUC, misses and false alarms, by group."""

import argparse
import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from parvis.cli.stop import FAILED, Stop
from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.load import SHIPPED, ModelError, load_model
from parvis.moderation.model.measure import Labelled, by_group, figures, scores, table

_YES = {"1", "1.0", "true", "yes", "hateful", "hate", "positive"}
_NO = {"0", "0.0", "false", "no", "non-hateful", "not hateful", "none", "normal", "negative"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The files and how they are read."""
    parser.add_argument(
        "files", nargs="+", type=Path, help="CSV, or JSON lines (.jsonl, .jsonl.gz), with a text and a label"
    )
    parser.add_argument("--text", default="text", metavar="COLUMN", help="where the text is (default: text)")
    parser.add_argument("--label", default="hate", metavar="COLUMN", help="where the label is, 0 or 1 (default: hate)")
    parser.add_argument(
        "--by", action="append", default=[], metavar="COLUMN", help="figures for each value of a column"
    )
    parser.add_argument(
        "--category", choices=(*CATEGORIES, "any"), default="hate", help="what the label means (default: hate)"
    )
    parser.add_argument("--threshold", type=float, default=0.5, help="from which probability on (default: 0.5)")
    parser.add_argument("--split", help="only lines whose column `split` has this value")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="folder of another model")
    parser.add_argument("--no-cascade", action="store_true", help="ask the network of every text")
    parser.add_argument("--json", action="store_true", help="JSON instead of tables")


def run(options: argparse.Namespace) -> int:
    """Read, score, print."""
    texts = [each for path in options.files for each in _read(path, options)]
    if not texts:
        raise Stop(FAILED, "There is no labelled text in these files.")
    try:
        model = load_model(options.model)
    except ModelError as error:
        raise Stop(FAILED, error.message) from error
    found = scores(model, [each.text for each in texts], cascade=not options.no_cascade)
    shares = found.max(axis=1) if options.category == "any" else found[:, CATEGORIES.index(options.category)]
    import numpy as np

    truth = np.array([each.positive for each in texts])
    groups: dict[str, Any] = {"all": {"all": figures(truth, shares, options.threshold)}}
    groups |= {name: by_group(texts, shares, options.threshold, name) for name in options.by}
    if options.json:
        print(json.dumps(msgspec.to_builtins({"model": model.version, **groups})))
        return 0
    print(f"Model {model.version}, {options.category} from {options.threshold} on.")
    for name, rows in groups.items():
        print(f"\n### {name}\n\n{table(rows.items())}")
    return 0


def _read(path: Path, options: argparse.Namespace) -> Iterator[Labelled]:
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = data.decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise Stop(FAILED, f"{path} cannot be read: {error}") from error
    lines = text.splitlines()
    if path.name.removesuffix(".gz").endswith(".csv"):
        rows: Iterator[tuple[int, Any]] = enumerate(csv.DictReader(io.StringIO(text)), 2)
    else:
        rows = ((number, _decoded(path, number, line)) for number, line in enumerate(lines, 1) if line.strip())
    for number, row in rows:
        if options.split and str(row.get("split")) != options.split:
            continue
        if not isinstance(row.get(options.text), str):
            raise Stop(FAILED, f"{path}, line {number}: no column {options.text}.")
        label = str(row.get(options.label, "missing")).strip().lower()
        if label not in _YES | _NO:
            raise Stop(FAILED, f"{path}, line {number}: the column {options.label} has {label!r}, not 0 or 1.")
        groups = {name: str(row[name]) for name in options.by if row.get(name) not in (None, "")}
        yield Labelled(row[options.text], label in _YES, groups)


def _decoded(path: Path, number: int, line: str) -> Any:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise Stop(FAILED, f"{path}, line {number}: not JSON ({error}).") from error
    if not isinstance(row, dict):
        raise Stop(FAILED, f"{path}, line {number}: not a JSON object.")
    return row
