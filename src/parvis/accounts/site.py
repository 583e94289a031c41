"""What the server says of itself: its figures, kept in the process for some minutes, and who answers for it."""

import asyncio
import time
from typing import NamedTuple

from parvis.accounts.cache import AccountEntry, Accounts
from parvis.db.pool import Database
from parvis.db.sql import load

SQL = load(__package__, "site.sql")

_KEEP_S = 600


class Figures(NamedTuple):
    """How many members, posts by them, and members who were active in the last month and half year."""

    members: int
    posts: int
    month: int
    half_year: int


class SiteInfo:
    """Reads them. Figures are counted at most every ten minutes, never for a request."""

    def __init__(self, db: Database, accounts: Accounts, contact: str) -> None:
        self._db = db
        self._accounts = accounts
        self._contact = contact
        self._figures: Figures | None = None
        self._due = float("-inf")
        self._counting = asyncio.Lock()

    async def figures(self) -> Figures:
        """The figures."""
        if self._figures is None or (time.monotonic() > self._due and not self._counting.locked()):
            async with self._counting:  # one counts for all
                if time.monotonic() > self._due:
                    self._figures = Figures(*await self._db.one(SQL.figures))
                    self._due = time.monotonic() + _KEEP_S
        assert self._figures is not None
        return self._figures

    async def contact(self) -> AccountEntry | None:
        """The account that answers for the server, where one is named."""
        if not self._contact:
            return None
        row = await self._db.maybe(SQL.contact, {"username": self._contact})
        return await self._accounts.find(row.id) if row is not None else None

    async def probe(self) -> None:
        """Unavailable where the database does not answer."""
        await self._db.one(SQL.probe)
