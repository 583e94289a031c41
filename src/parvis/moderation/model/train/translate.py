"""Crude machine translation, offline, by Apertium's published pairs (English–Catalan, Catalan–French), for volume.

What it gives is broken French that still carries who is attacked and how; the native sentences of the grammar and of the
sets teach the rest. The programs `apertium`, `apertium-eng-cat` and `apertium-fra-cat` must be installed.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from parvis.moderation.model.train.sets import DataError

_CHUNK = 100  # sentences: a rare one stops the programs, and costs its chunk only
_PATIENCE_S = 30
_APART = "Q8Q"  # a sentence of its own between two, so that no rule reaches over
PAIRS = {"fr": ("eng-cat", "cat-fra"), "en": ("fra-cat", "cat-eng")}


def translate(sentences: Sequence[str], to: str, cache: Path | None = None) -> list[str]:
    """Sentences in the other language (`to`: fr or en); '' where the programs failed. What is in `cache` (a text file, a line
    for each sentence) is not done again. DataError where the programs are missing."""
    if shutil.which("apertium") is None:
        raise DataError("Translating needs Debian's apertium, apertium-eng-cat and apertium-fra-cat.")
    done: list[str] = []
    if cache is not None and cache.exists():
        done = cache.read_text(encoding="utf-8").split("\n")[:-1]
    for start in range(len(done), len(sentences), _CHUNK):
        chunk = sentences[start : start + _CHUNK]
        found = _chunk(chunk, PAIRS[to])
        done += found
        if cache is not None:
            with cache.open("a", encoding="utf-8") as file:
                file.write("".join(f"{line}\n" for line in found))
    return done[: len(sentences)]


def _chunk(sentences: Sequence[str], pairs: tuple[str, str]) -> list[str]:
    text = "".join(f"{' '.join(sentence.split())}\n\n{_APART}.\n\n" for sentence in sentences)
    for pair in pairs:
        try:
            ran = subprocess.run(
                ["apertium", "-u", pair], input=text.encode(), capture_output=True, timeout=_PATIENCE_S, check=False
            )
        except subprocess.TimeoutExpired:
            return [""] * len(sentences)
        text = ran.stdout.decode("utf-8", "replace")
    parts = text.split(_APART)
    if len(parts) != len(sentences) + 1:
        return [""] * len(sentences)
    return [" ".join(part.lstrip(".").split()) for part in parts[:-1]]
