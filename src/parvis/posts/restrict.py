"""Showing a published post behind a click, with a label or outside public timelines, and taking that back. Each works in the
transaction of what asks for it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from parvis.db.changes import Telling
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel import json
from parvis.posts import wire
from parvis.posts.gate import Ground
from parvis.posts.types import Audience

SQL = load(__package__, "restrict.sql")


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What is done to a post that stays published."""

    blur: bool = False
    limit: bool = False
    labels: tuple[Ground, ...] = ()


async def restrict(tx: Telling, post_id: int, marks: Marks) -> tuple[str, ...]:
    """Put marks on a published post; returns those that are new to it, of `blur`, `limit` and `label`. What its author
    chose already (sensitive, not public) is no mark."""
    row = await tx.maybe(SQL.shown_post, {"id": post_id})
    if row is None:
        return ()
    post, old = _read(row)
    blur = marks.blur and not row.sensitive
    limit = marks.limit and row.audience == Audience.PUBLIC
    labels = tuple(label for label in marks.labels if label not in old.labels)
    names = (("blur", blur), ("limit", limit), ("label", bool(labels)))
    done = tuple(name for name, new in names if new)
    if done:
        new = msgspec.structs.replace(
            old,
            blurred=old.blurred or blur,
            limited=old.limited or limit,
            labels=(*old.labels, *labels),
        )
        audience = Audience.UNLISTED if limit else Audience(row.audience)
        await _write(tx, row, post, new, audience, sensitive=row.sensitive or blur)
    return done


async def lift(tx: Telling, post_id: int, names: Collection[str], since: datetime) -> None:
    """Take marks off a published post that `restrict` put on it. Where its author changed it since, it stays as that
    version was judged."""
    row = await tx.maybe(SQL.shown_post, {"id": post_id})
    if row is None or not names or (row.edited_at is not None and row.edited_at > since):
        return
    post, old = _read(row)
    blur, limit = "blur" in names and old.blurred, "limit" in names and old.limited
    new = msgspec.structs.replace(
        old,
        blurred=old.blurred and not blur,
        limited=old.limited and not limit,
        labels=() if "label" in names else old.labels,
    )
    audience = Audience.PUBLIC if limit else Audience(row.audience)
    await _write(tx, row, post, new, audience, sensitive=row.sensitive and not blur)


def _read(row: Any) -> tuple[wire.Body, wire.Moderation]:
    post = msgspec.json.decode(row.body, type=wire.Body)
    return post, post.moderation if isinstance(post.moderation, wire.Moderation) else wire.Moderation()


async def _write(
    tx: Telling, row: Any, post: wire.Body, new: wire.Moderation, audience: Audience, *, sensitive: bool
) -> None:
    body = msgspec.structs.replace(
        post,
        sensitive=sensitive,
        visibility=audience.word,
        moderation=msgspec.UNSET if new == wire.Moderation() else new,
    )
    given = {"id": row.id, "author": row.account_id, "audience": audience, "sensitive": sensitive}
    await tx.run(SQL.show_otherwise, {**given, "body": json.encode(body)})
    tx.tell(Kind.POST_CHANGED, row.account_id, row.id, audience, row.thread_id, 0)
    if audience != row.audience:
        tx.tell(Kind.TIMELINE_CHANGED, row.account_id)
