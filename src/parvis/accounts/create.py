"""A new local account."""

import re
from datetime import datetime
from typing import Any

from parvis.accounts import wire
from parvis.accounts.cache import ACTIVE, WAITING
from parvis.db.pool import Verbs
from parvis.db.sql import load
from parvis.kernel.clock import now
from parvis.kernel.ids import new_id

SQL = load(__package__)

MOST_NAME = 30
_NAME = re.compile(r"[A-Za-z0-9_]+")


def name_fault(name: str, reserved: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with a user name, as the API's word and a reason; None where nothing is."""
    if not name:
        return "ERR_BLANK", "can't be blank"
    if len(name) > MOST_NAME:
        return "ERR_TOO_LONG", f"is too long (maximum is {MOST_NAME} characters)"
    if not _NAME.fullmatch(name):
        return "ERR_INVALID", "must contain only letters, numbers and underscores"
    if name.lower() in reserved:
        return "ERR_RESERVED", "is reserved"
    return None


async def insert_account(
    tx: Verbs, username: str, *, waiting: bool = False, display_name: str = "", created_at: datetime | None = None
) -> Any:
    """Insert an account and its counters; returns its row. The unique index raises where the name is taken."""
    params = {
        "id": new_id(int(created_at.timestamp() * 1000) if created_at else None),
        "username": username,
        "display_name": display_name,
        "state": WAITING if waiting else ACTIVE,
        "created_at": created_at or now(),
    }
    row = await tx.one(SQL.insert_account, params)
    await tx.run(SQL.store_body, {"id": row.id, "body": wire.render(row, "", [], [])})
    return row
