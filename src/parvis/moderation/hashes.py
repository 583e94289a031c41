"""Lists of hashes of known media: adding one from a file, removing it, showing what there is."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from parvis.db.pool import Database, Transaction
from parvis.db.sql import Query, load
from parvis.kernel.errors import Conflict, Invalid, NotFound
from parvis.kernel.ids import new_id
from parvis.kernel.text import clean
from parvis.moderation.hash_file import parse
from parvis.moderation.signals.images import DECIDED, check_category

SQL = load(__package__, "hashes.sql")

_CHUNK = 5_000  # hashes in one statement: each statement stays far below its time
_LONGEST = 100


class Added(msgspec.Struct, frozen=True):
    """What came of a file: hashes that are new on the list, that were on it already, PDQ hashes left for low quality; where
    the list was replaced, all are new, and `gone` is how many it held before."""

    new: int
    known: int
    low: int
    gone: int = 0


class HashList(msgspec.Struct, frozen=True):
    """A list, and how many hashes of each kind it holds."""

    name: str
    category: str
    source: str
    pdq: int
    sha256: int
    md5: int
    created_at: datetime
    updated_at: datetime


async def add_list(
    db: Database,
    name: str,
    category: str,
    source: str,
    lines: Iterable[str],
    *,
    kind: str | None = None,
    quality: int = 50,
    replace: bool = False,
) -> Added:
    """Put the hashes of a file on a list, which is made where there is none of that name; with `replace` what was on it
    before goes. All or nothing, and doing it again changes nothing. See `hash_file.parse` for what a line may be; `quality`
    is the setting `pdq_quality`.

    Invalid names what is wrong; Conflict where a list of that name is of another category.
    """
    name = clean(name)
    if not name or len(name) > _LONGEST:
        raise Invalid("name", f"must have 1 to {_LONGEST} characters")
    if name == DECIDED:
        raise Invalid("name", f"must not be {DECIDED!r}: that is where decisions of this server are kept")
    check_category(category)
    parsed = parse(lines, kind=kind, quality=quality)
    total = sum(map(len, parsed.hashes.values()))
    if not total and (replace or not parsed.low):
        raise Invalid("lines", "hold no hash")
    async with db.transaction() as tx:
        row = await tx.one(SQL.lock_list, {"id": new_id(), "name": name, "category": category, "source": clean(source)})
        other = await tx.maybe(SQL.other_category, {"name": name, "category": category})
        if other is not None:
            raise Conflict(f"There is a list {name} of the category {other.category} already")
        gone = await _empty(tx, row.id) if replace else 0
        new = await _add(tx, SQL.add_pictures, row.id, parsed.hashes["pdq"])
        new += await _add(tx, SQL.add_digests, row.id, parsed.hashes["sha256"] + parsed.hashes["md5"])
        await tx.run(SQL.analyze)
    return Added(new, total - new, parsed.low, gone)


async def remove_list(db: Database, name: str) -> int:
    """Remove a list with all that is on it; returns how many hashes. All or nothing. NotFound."""
    gone = 0
    async with db.transaction() as tx:
        rows = await tx.all(SQL.find_lists, {"name": clean(name)})
        if not rows:
            raise NotFound(f"There is no list {clean(name)}")
        for row in rows:
            gone += await _empty(tx, row.id)
            await tx.run(SQL.remove_list, {"list": row.id})
        await tx.run(SQL.analyze)
    return gone


async def lists(db: Database) -> list[HashList]:
    """Every list, by name."""
    return [HashList(**row._asdict()) for row in await db.all(SQL.show_lists)]


async def _empty(tx: Transaction, list_id: int) -> int:
    gone = 0
    for query in (SQL.remove_pictures, SQL.remove_digests):
        while count := await tx.run(query, {"list": list_id, "most": 10 * _CHUNK}):
            gone += count
    return gone


async def _add(tx: Transaction, query: Query, list_id: int, hashes: list[str]) -> int:
    return sum(
        [
            await tx.run(query, {"list": list_id, "hashes": hashes[at : at + _CHUNK]})
            for at in range(0, len(hashes), _CHUNK)
        ]
    )
