"""Deleting a post: with it go its counters, votes, bookmarks, notifications, words, hashtags, history and echoes."""

from collections.abc import Awaitable, Callable
from typing import Any

from parvis.db.changes import Changes, Telling
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel.errors import NotFound
from parvis.media.actions import Media

SQL = load(__package__, "delete.sql")

_ECHOES = 1000  # echoes that one transaction deletes


class Eraser:
    """Deletes posts."""

    def __init__(self, changes: Changes, media: Media, gone: Callable[[Telling, int, int], Awaitable[None]]) -> None:
        """`gone(tx, author, post)` is told of each post, in its transaction, twice."""
        self._changes = changes
        self._media = media
        self._gone = gone

    async def delete(self, author_id: int, post_id: int, *, delete_media: bool = False) -> str:
        """Delete a member's own post; returns what they had written, so that they can write it anew. NotFound where there
        is none. Media stay some hours to be attached again, unless `delete_media`."""
        params: dict[str, Any] = {"id": post_id, "author": author_id, "most": _ECHOES}
        async with self._changes.transaction() as tx:
            # Before the post is held, as everybody takes a case before its post; and again, for what came in between.
            await self._gone(tx, author_id, post_id)
            post = await tx.maybe(SQL.hold_post, params)
            if post is None or post.echo_of_id is not None:
                raise NotFound
            params["media"] = post.media_ids
            unused: list[str] = []
            if delete_media:
                rows = await tx.all(SQL.delete_all_media, params)
                unused = await self._media.release(tx, [name for row in rows for name in (row.original, row.small)])
            else:
                await tx.run(SQL.detach_all_media, params)
            await self._gone(tx, author_id, post_id)
            row = await tx.one(SQL.delete_post, {**params, "reply_to": post.reply_to_id})
            reply_to = post.reply_to_account_id or 0
            tx.tell(Kind.POST_GONE, author_id, post_id, post.audience, post.thread_id, reply_to, 0)
            _tell_counts(tx, author_id, row)
            if row.parent_version is not None:
                counts = (row.parent_replies, row.parent_echoes, row.parent_votes, row.parent_version)
                tx.tell(Kind.POST_COUNTS, reply_to, post.reply_to_id, *counts)
            more = await self._delete_echoes(tx, params, post_id)
        await self._media.remove_files(unused)
        # Echoes of what is gone are shown to nobody: those of a post that very many echoed go in steps, each short.
        while more:
            async with self._changes.transaction() as tx:
                more = await self._delete_echoes(tx, params, post_id)
        return str(post.source)

    async def _delete_echoes(self, tx: Telling, params: dict[str, Any], post_id: int) -> bool:
        rows = await tx.all(SQL.delete_echoes, params)
        for row in rows:
            tx.tell(Kind.POST_GONE, row.account_id, row.id, row.audience, row.thread_id, 0, post_id)
            _tell_counts(tx, row.account_id, row)
        return len(rows) == _ECHOES


def _tell_counts(tx: Telling, account_id: int, row: Any) -> None:
    last = row.last_post_id or 0
    tx.tell(Kind.ACCOUNT_COUNTS, account_id, row.followers, row.following, row.posts, last, row.version)
