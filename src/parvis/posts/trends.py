"""What many write about and vote for: counted now and then, kept in the process for some minutes."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.clock import now
from parvis.kernel.ids import EPOCH_MS, id_at
from parvis.posts.tags import DAYS, TagInfo, history

SQL = load(__package__, "tags.sql")

_KEPT_S = 300
_MOST_POSTS = 20_000  # the newest that are looked at


class Trends:
    """Reads trends. Only ids and names are kept: whoever shows a post asks first whether it may be seen."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = asyncio.Lock()
        self._until = 0.0
        self._tags: Sequence[TagInfo] = ()
        self._posts: Sequence[int] = ()

    async def tags(self) -> Sequence[TagInfo]:
        """Hashtags, the most used first."""
        await self._refresh()
        return self._tags

    async def posts(self) -> Sequence[int]:
        """Ids of posts, the most voted first."""
        await self._refresh()
        return self._posts

    async def _refresh(self) -> None:
        async with self._lock:  # one counts, the others wait for it
            if time.monotonic() < self._until:
                return
            params = {"floor": id_at(now() - timedelta(days=DAYS)), "most": _MOST_POSTS, "epoch_ms": EPOCH_MS}
            tags = await self._db.all(SQL.trending_tags, params)
            posts = await self._db.all(SQL.trending_posts, params)
            self._tags = [_info(row) for row in tags]
            self._posts = [row.id for row in posts]
            self._until = time.monotonic() + _KEPT_S


def _info(row: Any) -> TagInfo:
    days = zip(row.days, row.uses, row.people, strict=True)
    return TagInfo(row.name, history({day: (uses, people) for day, uses, people in days}))
