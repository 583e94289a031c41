"""Whom a member may like to follow; the directory."""

from parvis.accounts.cache import AccountEntry, Accounts
from parvis.db.pool import Database
from parvis.db.sql import load

SQL = load(__package__)


class Suggestions:
    """Reads suggestions and the directory."""

    def __init__(self, db: Database, accounts: Accounts) -> None:
        self._db = db
        self._accounts = accounts

    async def read(self, member_id: int, limit: int) -> list[AccountEntry]:
        """Friends of friends first, then those who wrote lately."""
        return await self._entries(
            [r.id for r in await self._db.all(SQL.suggestions, {"me": member_id, "limit": limit})]
        )

    async def dismiss(self, member_id: int, account_id: int) -> None:
        """Not again."""
        await self._db.run(SQL.dismiss_suggestion, {"me": member_id, "target": account_id})

    async def directory(self, *, newest: bool, limit: int, offset: int) -> list[AccountEntry]:
        """Accounts that let themselves be found: those who wrote lately, or all by arrival."""
        query = SQL.directory_new if newest else SQL.directory_active
        return await self._entries([r.id for r in await self._db.all(query, {"limit": limit, "offset": offset})])

    async def _entries(self, ids: list[int]) -> list[AccountEntry]:
        found = await self._accounts.find_many(ids)
        return [found[ident] for ident in ids if ident in found and found[ident].active]
