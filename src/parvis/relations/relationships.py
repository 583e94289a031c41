"""What stands between the viewer and other accounts, as clients get it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.clock import iso
from parvis.kernel.paging import Page

SQL = load(__package__, "relation.sql")


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """Mastodon's `Relationship`."""

    id: str
    following: bool = False
    showing_reblogs: bool = False
    notifying: bool = False
    languages: list[str] | None = None
    followed_by: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False
    muting_notifications: bool = False
    muting_expires_at: str | None = None
    requested: bool = False
    requested_by: bool = False
    domain_blocking: bool = False
    endorsed: bool = False
    note: str = ""


class Relationships:
    """Reads relations."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def read(self, me: int, ids: Sequence[int]) -> list[Relationship]:
        """For those accounts that exist, in the order in which they were asked for."""
        rows = await self._db.all(SQL.relationships, {"me": me, "ids": list(dict.fromkeys(ids))})
        return [_relationship(row) for row in rows]

    async def one(self, me: int, target: int) -> Relationship:
        """For one account; all false where it does not exist."""
        found = await self.read(me, [target])
        return found[0] if found else Relationship(id=str(target))

    async def domains(self, me: int, page: Page) -> list[tuple[str, int]]:
        """Servers that the member hides, with the ids that page the list."""
        params = {"me": me, "max_id": page.max_id, "floor": page.floor, "limit": page.limit}
        return [(row.domain, row.id) for row in await self._db.all(SQL.domain_blocks, params)]


def _relationship(row: Any) -> Relationship:
    fields: dict[str, Any] = row._asdict()
    fields["id"] = str(row.id)
    fields["muting_expires_at"] = iso(row.muting_expires_at) if row.muting_expires_at else None
    return Relationship(**fields)
