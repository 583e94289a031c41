"""Whether the schema is the one that this release works on."""

from psycopg.errors import UndefinedTable

from parvis.db.migrate import shipped
from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import Unavailable

SQL = load(__package__)


class Readiness:
    """Asks until the answer is yes: what was migrated stays so."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._ready = False

    async def probe(self) -> None:
        """Unavailable while a migration that this release needs is missing. Those of a newer release do not matter:
        the previous one goes on working beside it."""
        if self._ready:
            return
        try:
            applied = {row.name for row in await self._db.all(SQL.applied_migrations)}
        except UndefinedTable:
            applied = set[str]()
        missing = [
            migration.name for migration in shipped() if migration.phase == "pre" and migration.name not in applied
        ]
        if missing:
            raise Unavailable(f"{len(missing)} migrations are pending, the first is {missing[0]}")
        self._ready = True
