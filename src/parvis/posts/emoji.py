"""The server's custom emoji. Posts keep what they were written with: where an emoji is removed, they show its shortcode."""

import re
from collections.abc import Sequence
from typing import Any

from parvis.accounts.wire import Emoji
from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel.errors import Invalid, NotFound
from parvis.media.actions import Media
from parvis.posts.content import emoji

SQL = load(__package__, "emoji.sql")

_SHORTCODE = re.compile(r"^[A-Za-z0-9_]{2,64}$")
_LONGEST_CATEGORY = 100


class Emojis:
    """Reads and changes them."""

    def __init__(self, db: Database, changes: Changes, media: Media) -> None:
        self._db = db
        self._changes = changes
        self._media = media

    async def all(self) -> Sequence[Emoji]:
        """Every one, by category and name; with the marker of our media address."""
        return [emoji(row._asdict()) for row in await self._db.all(SQL.emojis)]

    async def put(self, shortcode: str, data: bytes, category: str | None = None) -> None:
        """Add one, or replace the one of that name. Invalid says what is wrong with the name or the picture."""
        if not _SHORTCODE.fullmatch(shortcode):
            raise Invalid("shortcode", "must be 2 to 64 letters, digits or underscores")
        if category is not None and len(category) > _LONGEST_CATEGORY:
            raise Invalid("category", f"is too long (maximum is {_LONGEST_CATEGORY} characters)", "ERR_TOO_LONG")
        done = await self._media.process(data, "emoji")
        async with self._changes.transaction() as tx:
            old = await tx.maybe(SQL.hold_emoji, {"shortcode": shortcode})
            file, static = await self._media.store_avatar(tx, done)
            params = {"shortcode": shortcode, "file": file, "static": static or file, "category": category or None}
            await tx.run(SQL.put_emoji, params)
            unused = await self._media.release(tx, _files(old)) if old is not None else []
            tx.tell(Kind.SITE_CHANGED)
        await self._media.remove_files(unused)

    async def remove(self, shortcode: str) -> None:
        """Remove one. NotFound."""
        async with self._changes.transaction() as tx:
            old = await tx.maybe(SQL.hold_emoji, {"shortcode": shortcode})
            if old is None:
                raise NotFound
            await tx.run(SQL.delete_emoji, {"shortcode": shortcode})
            unused = await self._media.release(tx, _files(old))
            tx.tell(Kind.SITE_CHANGED)
        await self._media.remove_files(unused)


def _files(row: Any) -> list[str]:
    """The files that an emoji holds: one, where the still version is the same."""
    return [row.file] if row.file == row.static_file else [row.file, row.static_file]
