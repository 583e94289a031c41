"""An account as it was written, for its own member."""

from typing import Any

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import NotFound

SQL = load(__package__)


class AccountRows:
    """Reads whole rows: not for lists, and not for others' eyes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: int) -> Any:
        """The row. NotFound."""
        row = await self._db.maybe(SQL.account_row, {"id": account_id})
        if row is None:
            raise NotFound
        return row
