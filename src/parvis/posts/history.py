"""A post's earlier versions, and what its author wrote."""

from typing import NamedTuple

import msgspec

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import NotFound
from parvis.posts import wire
from parvis.posts.cache import PostEntry

SQL = load(__package__, "edit.sql")


class Source(NamedTuple):
    """A post as it was written."""

    text: str
    spoiler: str


class History:
    """Reads both. The caller has checked that the viewer may see the post."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def versions(self, post: PostEntry, viewer_id: int | None = None) -> list[wire.Edit]:
        """Every version that the viewer may see, oldest first, the present one last: those that were held when they were
        changed stay their author's. Media that were taken off the post are in none of them."""
        rows = await self._db.all(SQL.history, {"id": post.id, "author": post.account_id, "viewer": viewer_id})
        present = await self._db.maybe(SQL.source, {"id": post.id})
        if present is None:
            raise NotFound
        versions: list[wire.Edit] = []
        for row in rows:
            edit = msgspec.json.decode(row.body, type=wire.Edit)
            media = [medium for medium in edit.media_attachments if int(medium.id) in row.media_ids]
            versions.append(msgspec.structs.replace(edit, media_attachments=media))
        return [*versions, wire.version(present.body)]

    async def source(self, post_id: int) -> Source:
        """What the author wrote."""
        row = await self._db.maybe(SQL.source, {"id": post_id})
        if row is None:
            raise NotFound
        return Source(row.source, row.spoiler)
