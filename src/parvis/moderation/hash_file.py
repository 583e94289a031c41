"""Reading a file of hashes: one on a line, or a table (CSV) with a column of them."""

import csv
import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from parvis.kernel.errors import Invalid

Kind = Literal["pdq", "sha256", "md5"]
KINDS: tuple[Kind, ...] = ("pdq", "sha256", "md5")
_DIGITS: dict[Kind, int] = {"pdq": 64, "sha256": 64, "md5": 32}
_HEX = re.compile(r"[0-9a-f]+")
_NAMES: dict[str, str] = {
    "hash": "hash", "value": "hash", "indicator": "hash", "kind": "kind", "type": "kind", "quality": "quality",
    "pdq": "pdq", "sha256": "sha256", "sha-256": "sha256", "md5": "md5",
}  # fmt: skip
_SHOWN = 5


class Parsed(msgspec.Struct, frozen=True):
    """The hashes of a file, in hex and each once, by kind; and how many PDQ hashes were left for their low quality."""

    hashes: dict[Kind, list[str]]
    low: int


class _Bad(Exception):
    """Why a line is none."""


def parse(lines: Iterable[str], *, kind: str | None = None, quality: int = 50) -> Parsed:
    """The hashes of a file.

    A line is `hash` or `kind:hash`, and may go on with `,quality` (0 to 100, of a PDQ hash); hashes are hexadecimal. 32
    digits are MD5; 64 may be PDQ or SHA-256: `kind` says which, or the line, or a quality. A first line of names (hash,
    kind, quality, pdq, sha256, md5) makes a table of the file, other columns are passed over. Empty lines and those that
    begin with # count for nothing. PDQ hashes under `quality` tell no picture from another and are left out.

    Invalid("lines", …) names the lines that are none, and nothing of the file is returned.
    """
    if kind is not None and kind not in KINDS:
        raise Invalid("kind", f"must be one of {', '.join(KINDS)}")
    found: dict[Kind, dict[str, None]] = {one: {} for one in KINDS}
    bad: list[str] = []
    wrong = low = 0
    columns: list[str | None] | None = None
    first = True
    for number, line in enumerate(lines, 1):
        text = line.strip("\ufeff \t\r\n")
        if not text or text.startswith("#"):
            continue
        try:
            cells = [cell.strip() for cell in next(csv.reader([text], strict=True))]
            if first:
                first = False
                columns = _columns(cells)
                if columns:
                    continue
            for name, value, rank in _row(cells, columns, kind):
                if name == "pdq" and rank is not None and rank < quality:
                    low += 1
                else:
                    found[name][value] = None
        except (_Bad, csv.Error) as error:
            wrong += 1
            if len(bad) < _SHOWN:
                bad.append(f"line {number}: {error}")
    if bad:
        more = f"; and {wrong - _SHOWN} more" if wrong > _SHOWN else ""
        raise Invalid("lines", f"could not all be read, so nothing was stored. {'; '.join(bad)}{more}")
    return Parsed({name: list(values) for name, values in found.items()}, low)


def _columns(cells: list[str]) -> list[str | None] | None:
    """What the columns hold, where the cells are names of columns."""
    named = [_NAMES.get(cell.lower()) for cell in cells]
    return named if {"hash", "pdq", "sha256", "md5"} & set(named) else None


def _row(cells: list[str], columns: list[str | None] | None, kind: str | None) -> list[tuple[Kind, str, int | None]]:
    if columns is None:
        if len(cells) > 2:
            raise _Bad("has more than a hash and a quality, and the file's first line names no columns")
        columns = ["hash", "quality"]
    if len(cells) > len(columns):
        raise _Bad(f"has {len(cells)} columns, the first line has {len(columns)}")
    named = {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}
    rank = _quality(named.get("quality"))
    found: list[tuple[Kind, str, int | None]] = []
    for column in ("hash", *KINDS):
        if column in named:
            given = named.get("kind", kind) if column == "hash" else column
            found.append((*_hash(named[column], given, rank), rank))
    if not found:
        raise _Bad("has no hash")
    if rank is not None and all(name != "pdq" for name, _, _ in found):
        raise _Bad("gives a quality, which only PDQ hashes have")
    return found


def _quality(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text[:4]) > 100:
        raise _Bad(f"gives {text[:20]!r} for a quality, which is a whole number from 0 to 100")
    return int(text)


def _hash(text: str, kind: str | None, rank: int | None) -> tuple[Kind, str]:
    before, colon, after = text.partition(":")
    named = before if colon else kind
    value = (after if colon else text).strip().lower()
    wanted: Kind | None = None
    if named is not None:
        wanted = next((one for one in KINDS if one == named.strip().lower().replace("-", "")), None)
        if wanted is None:
            raise _Bad(f"names {named.strip()[:20]!r}, which is none of {', '.join(KINDS)}")
    if not _HEX.fullmatch(value):
        raise _Bad(f"holds {value[:20]!r}, which is not hexadecimal")
    if wanted is None:
        if len(value) == 32:
            wanted = "md5"
        elif len(value) == 64 and rank is not None:
            wanted = "pdq"
        elif len(value) == 64:
            raise _Bad("has 64 digits, which may be PDQ or SHA-256: write pdq: or sha256: before it, or name the kind")
        else:
            raise _Bad(f"has {len(value)} digits; PDQ and SHA-256 have 64, MD5 has 32")
    if len(value) != _DIGITS[wanted]:
        raise _Bad(f"has {len(value)} digits; {wanted} has {_DIGITS[wanted]}")
    return wanted, value
