"""Counting attempts exactly and on every machine: log-ins, codes, mails to one address."""

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import TooMany

SQL = load(__package__, "attempts.sql")

_HOUR_S = 3600


class Attempts:
    """Counts by key within the hour."""

    def __init__(self, db: Database, *, enabled: bool) -> None:
        self._db = db
        self._enabled = enabled

    async def spend(self, key: str, most: int) -> None:
        """Count one attempt. TooMany when `most` in this hour are used up: counted first, so that none slips by."""
        if not self._enabled:
            return
        row = await self._db.one(SQL.spend, {"key": key})
        if row.count > most:
            raise TooMany("Too many attempts, please try again later", retry_after=_HOUR_S)

    async def give_back(self, key: str) -> None:
        """The attempt was none to count. For keys that many share, where one's success must not forget others' failures."""
        if self._enabled:
            await self._db.run(SQL.give_back, {"key": key})

    async def forget(self, key: str) -> None:
        """Success: the failures before it no longer count."""
        await self._db.run(SQL.forget, {"key": key})
