"""Invitations: how somebody joins a server that is by invitation."""

import secrets

from parvis.auth.keys import digest
from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import Invalid
from parvis.kernel.ids import new_id

SQL = load(__package__, "members.sql")

_MOST_DAYS = 3650


async def invite(db: Database, account_id: int | None, *, uses: int | None, days: int) -> str:
    """A new invitation's code, for so many uses (None: any number) within so many days. Only its hash is kept."""
    if uses is not None and uses < 1:
        raise Invalid("uses", "must be at least 1")
    if not 1 <= days <= _MOST_DAYS:
        raise Invalid("days", f"must be from 1 to {_MOST_DAYS}")
    code = secrets.token_urlsafe(12)
    params = {"id": new_id(), "account": account_id, "hash": digest(code), "max_uses": uses, "days": days}
    await db.run(SQL.insert_invite, params)
    return code
