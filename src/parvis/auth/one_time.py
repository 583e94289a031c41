"""One-time secrets: links by mail, and what a browser carries between the two steps of a log-in or a ceremony."""

from typing import Any

import msgspec

from parvis.auth.keys import digest
from parvis.auth.sealing import new_key
from parvis.db.pool import Verbs
from parvis.db.sql import load

SQL = load(__package__, "one_time.sql")


async def issue(
    tx: Verbs, purpose: str, account_id: int | None, *, minutes: int, data: dict[str, Any] | None = None
) -> str:
    """A secret that works once, for this purpose, within so many minutes."""
    key = new_key()
    await tx.run(
        SQL.issue,
        {
            "hash": digest(key),
            "purpose": purpose,
            "account": account_id,
            "data": msgspec.json.encode(data or {}).decode(),
            "minutes": minutes,
        },
    )
    return key


async def take(tx: Verbs, purpose: str, key: str) -> Any | None:
    """Use a secret up; returns its row (account_id, data), or None where it is unknown, used or out of time."""
    return await tx.maybe(SQL.take, {"hash": digest(key), "purpose": purpose})


async def peek(tx: Verbs, purpose: str, key: str) -> Any | None:
    """Look at a secret without using it up."""
    return await tx.maybe(SQL.peek, {"hash": digest(key), "purpose": purpose})
