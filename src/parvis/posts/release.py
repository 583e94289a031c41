"""Showing a post that was held, with its original time, and holding one that was shown. Each works in the transaction of
the decision that asks for it."""

from typing import Any

import msgspec

from parvis.db.changes import Telling
from parvis.db.ring import Kind
from parvis.db.sql import Query, load
from parvis.kernel import json
from parvis.kernel.ids import new_id
from parvis.posts import wire
from parvis.posts.create import TELL_FOLLOWERS, Deferrer
from parvis.posts.gate import Ground
from parvis.posts.types import HELD, Audience

SQL = load(__package__, "release.sql")


class Releaser:
    """Shows what was held, holds what was shown."""

    def __init__(self, jobs: Deferrer) -> None:
        self._jobs = jobs

    async def release(self, tx: Telling, post_id: int) -> bool:
        """Publish a held post: it stands where it would have stood, and those it mentions are told. False where there is no
        such post, or it is not held."""
        row = await tx.maybe(SQL.held_post, {"id": post_id})
        if row is None:
            return False
        await tx.run(SQL.show_post, {"id": post_id, "author": row.account_id, "body": _noted(row.body, None)})
        people = list(row.mention_ids)
        told: list[Any] = []
        if people:
            params = {
                "id": post_id,
                "author": row.account_id,
                "thread": row.thread_id,
                "people": people,
                "notes": [new_id() for _ in people],
            }
            told = await tx.all(SQL.tell_mentioned, params)
        if row.listened_to and row.audience != Audience.DIRECT:
            await self._jobs.defer(tx, TELL_FOLLOWERS, author_id=row.account_id, post_id=post_id)
        tx.tell(Kind.POST_CHANGED, row.account_id, post_id, row.audience, row.thread_id, 0)
        tx.tell(Kind.POST_NEW, row.account_id, post_id, row.audience, row.thread_id, row.reply_to_account_id or 0, 0)
        for note in told:
            tx.tell(Kind.NOTIFIED, note.account_id, note.id)
        return True

    async def hold(self, tx: Telling, post_id: int, ground: Ground) -> bool:
        """Take a published post out of sight until a person decides. False where there is none, or it is held already."""
        return await _ground(tx, SQL.hide_post, post_id, ground, withdrawn=1)

    async def say(self, tx: Telling, post_id: int, ground: Ground) -> bool:
        """Tell the author of a held post another reason that it is held for. False where there is none, or it is not held."""
        return await _ground(tx, SQL.held_post, post_id, ground, withdrawn=0)


async def _ground(tx: Telling, query: Query, post_id: int, ground: Ground, *, withdrawn: int) -> bool:
    """Have the post that `query` finds say why it is held."""
    row = await tx.maybe(query, {"id": post_id})
    if row is None:
        return False
    body = _noted(row.body, ground)
    await tx.run(SQL.keep_body, {"id": post_id, "author": row.account_id, "body": body, "state": HELD})
    tx.tell(Kind.POST_CHANGED, row.account_id, post_id, row.audience, row.thread_id, withdrawn)
    return True


def _noted(body: bytes, held: Ground | None) -> bytes:
    """The bytes of a post with another reason that it is held for, or none."""
    post = msgspec.json.decode(body, type=wire.Body)
    old = post.moderation if isinstance(post.moderation, wire.Moderation) else wire.Moderation()
    new = msgspec.structs.replace(old, held=held)
    return json.encode(msgspec.structs.replace(post, moderation=msgspec.UNSET if new == wire.Moderation() else new))
