"""Lists of people: followers, followed, blocked, muted, asking; paged by the relation's own id."""

from datetime import datetime
from typing import NamedTuple

from parvis.accounts.cache import AccountEntry, Accounts
from parvis.db.pool import Database
from parvis.db.sql import Query, load
from parvis.kernel.paging import Page, Slice
from parvis.relations.viewer import Viewer

SQL = load(__package__, "lists.sql")


class _Twin(NamedTuple):
    older: Query
    newer: Query


class RelationLists:
    """Reads them. Who is not active, or hides from the viewer, is left out."""

    def __init__(self, db: Database, accounts: Accounts) -> None:
        self._db = db
        self._accounts = accounts

    async def followers(self, of: int, viewer: Viewer | None, page: Page) -> Slice[AccountEntry]:
        """Who follows the account, last first."""
        return await self._read(_Twin(SQL.followers_older, SQL.followers_newer), of, viewer, page)

    async def following(self, of: int, viewer: Viewer | None, page: Page) -> Slice[AccountEntry]:
        """Whom the account follows, last first."""
        return await self._read(_Twin(SQL.following_older, SQL.following_newer), of, viewer, page)

    async def blocks(self, of: int, page: Page) -> Slice[AccountEntry]:
        """Whom the member blocks."""
        return await self._read(_Twin(SQL.blocks_older, SQL.blocks_newer), of, None, page)

    async def mutes(self, of: int, page: Page) -> Slice[AccountEntry]:
        """Whom the member mutes."""
        return await self._read(_Twin(SQL.mutes_older, SQL.mutes_newer), of, None, page)

    async def mute_ends(self, of: int, ids: list[int]) -> dict[int, datetime | None]:
        """When the member's mutes of some accounts end; None: never."""
        rows = await self._db.all(SQL.mute_ends, {"of": of, "ids": ids})
        return {row.target_id: row.expires_at for row in rows}

    async def requests(self, of: int, page: Page) -> Slice[AccountEntry]:
        """Who asks to follow the member."""
        return await self._read(_Twin(SQL.requests_older, SQL.requests_newer), of, None, page)

    async def count_requests(self, of: int) -> int:
        """How many ask to follow, up to a hundred."""
        return (await self._db.one(SQL.count_requests, {"of": of})).n

    async def familiar(self, me: int, ids: list[int]) -> dict[int, list[AccountEntry]]:
        """For each account, those whom the member follows and who follow it, ten at most."""
        rows = await self._db.all(SQL.familiar, {"me": me, "ids": ids})
        found = await self._accounts.find_many({row.account_id for row in rows})
        known: dict[int, list[AccountEntry]] = {ident: [] for ident in ids}
        for row in rows:
            entry = found.get(row.account_id)
            if entry is not None and entry.active:
                known[row.target_id].append(entry)
        return known

    async def _read(self, twin: _Twin, of: int, viewer: Viewer | None, page: Page) -> Slice[AccountEntry]:
        query = twin.newer if page.ascending else twin.older
        params = {"of": of, "max_id": page.max_id, "floor": page.floor, "limit": page.limit}
        rows = await self._db.all(query, params)
        if page.ascending:
            rows = rows[::-1]
        found = await self._accounts.find_many([row.account_id for row in rows])
        hidden = viewer.blocked_by if viewer is not None else frozenset[int]()
        shown = [found[row.account_id] for row in rows if row.account_id in found and row.account_id not in hidden]
        people = [entry for entry in shown if entry.active]
        if not rows:
            return Slice(people)
        return Slice(people, rows[0].id, rows[-1].id, more=page.ascending or len(rows) == page.limit)
