"""A text as it is read, whatever it is written with, and where each of its characters stood.

`fold` undoes case, diacritics, stacks of marks, invisible and bidirectional characters, drawn letters (full-width,
mathematical, circled, small capitals) and, in `looks`, letters of other scripts that look like Latin ones. It is linear in the
text (one character gives at most the eighteen of its decomposition) and takes any `str`, lone surrogates included.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from parvis.moderation.signals.lookalikes import (
    ALPHABETS,
    BLANK,
    BRACKETED,
    DRAWN,
    FOREIGN,
    INDICATORS,
    LIGATURES,
    STROKES,
)

_KEPT_WHOLE = "…‥"  # NFKD would make three stops of one sign


class Folded(NamedTuple):
    """A folded text. `looks` has the length of `text`; it is the same object where no letter of another script is in it."""

    text: str
    looks: str  # with letters of other scripts read as the Latin ones that they look like
    offsets: Sequence[int]  # where each character of `text` came from, and the length of the original at the end

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stood in the text as written, with the marks on its last letter. `start` < `end`."""
        return self.offsets[start], max(self.offsets[end], self.offsets[end - 1] + 1)


def fold(text: str) -> Folded:
    """The text as it is read."""
    if not _UNUSUAL.search(text):
        plain = _ACCENTED.sub(_plain_letter, text.lower())
        return Folded(plain, plain, range(len(text) + 1))
    parts = [_PLAIN[sign] for sign in text]
    plain = "".join(parts)
    offsets = _offsets(parts, len(plain))
    if _FOREIGN.isdisjoint(text):
        return Folded(plain, plain, offsets)
    return Folded(plain, "".join([_LOOKS[sign] for sign in text]), offsets)


def visible(text: str) -> Folded:
    """The text without the characters that are not seen; everything else as written."""
    if not _UNUSUAL.search(text):
        return Folded(text, text, range(len(text) + 1))
    parts = ["" if unicodedata.category(sign) in {"Cf", "Cs"} or sign in BLANK else sign for sign in text]
    seen = "".join(parts)
    return Folded(seen, seen, _offsets(parts, len(seen)))


def letters(word: str) -> str:
    """A word of a list as it is compared: folded."""
    return fold(word).text


def _offsets(parts: list[str], length: int) -> Sequence[int]:
    if length == len(parts) and "" not in parts:
        return range(length + 1)
    offsets = [at for at, part in enumerate(parts) for _ in part]
    offsets.append(len(parts))
    return offsets


def _table(*tables: dict[str, str]) -> dict[str, str]:
    return {sign: letter for table in tables for letter, signs in table.items() for sign in signs}


_SPELLED = {**_table(STROKES, DRAWN), **LIGATURES}
_SPELLED.update({chr(first + n): chr(97 + n) for first in (*ALPHABETS, BRACKETED) for n in range(26)})
_SPELLED.update({chr(INDICATORS + n): chr(97 + n) for n in range(26)})
_FOREIGN_LETTERS = _table(FOREIGN)
_FOREIGN = frozenset(_FOREIGN_LETTERS)


def _is_mark(sign: str) -> bool:
    return unicodedata.combining(sign) != 0 or unicodedata.category(sign) == "Me" or "\ufe00" <= sign <= "\ufe0f"


def _read(sign: str, foreign: bool) -> str:
    """What one character is read as: nothing, a sign, or the signs that it decomposes into."""
    category = unicodedata.category(sign)
    if category == "Cc":
        return "\n" if sign in "\n\x0b\x0c\x85\r" else " " if sign in "\t\x1c\x1d\x1e\x1f" else ""
    if category in {"Cf", "Cs"} or sign in BLANK:
        return ""
    if category in {"Zs", "Zl", "Zp"}:
        return " " if category == "Zs" else "\n"
    if sign in _KEPT_WHOLE:
        return sign
    return "".join(_letter(part, foreign) for part in _bases(sign))


def _bases(sign: str) -> list[str]:
    if sign in _SPELLED or sign in _FOREIGN_LETTERS:
        return [sign]
    return [part for part in unicodedata.normalize("NFKD", sign) if not _is_mark(part)]


def _letter(base: str, foreign: bool) -> str:
    if base in _SPELLED:
        return _SPELLED[base]
    if foreign and base in _FOREIGN_LETTERS:
        return _FOREIGN_LETTERS[base]
    return "".join(part for part in unicodedata.normalize("NFKD", base.casefold()) if not _is_mark(part))


class _Readings(dict[str, str]):
    """What characters are read as, remembered for as many as texts usually hold."""

    def __init__(self, foreign: bool) -> None:
        super().__init__()
        self._foreign = foreign

    def __missing__(self, sign: str) -> str:
        made = _read(sign, self._foreign)
        if len(self) < 8192:
            self[sign] = made
        return made


_PLAIN = _Readings(foreign=False)
_LOOKS = _Readings(foreign=True)

# What most texts are made of: it folds sign for sign.
_USUAL = "".join(
    sign
    for sign in [*map(chr, range(0xA1, 0x250)), *"‘’“”–—…€"]
    if sign not in _FOREIGN
    and len(sign.lower()) == 1
    and len(_PLAIN[sign]) == 1
    and _PLAIN[sign] == _PLAIN[sign.lower()]
)
_UNUSUAL = re.compile(rf"[^\n -~{re.escape(_USUAL)}]")
_ACCENTED = re.compile("[^\x00-\x7f]")


def _plain_letter(match: re.Match[str]) -> str:
    return _PLAIN[match[0]]
