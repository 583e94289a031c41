"""Finding hashtags by how they begin."""

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.markup import tag_key

SQL = load(__package__, "tags.sql")

_AFTER_ALL = "\U0010ffff"


class TagSearch:
    """Searches hashtags."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, text: str, limit: int, offset: int) -> list[str]:
        """Tag keys that begin with the text."""
        prefix = tag_key(text.strip().lstrip("#＃"))
        if not prefix or " " in prefix:
            return []
        params = {"low": prefix, "high": prefix + _AFTER_ALL, "limit": limit, "offset": offset}
        return [row.name for row in await self._db.all(SQL.tags_by_prefix, params)]
