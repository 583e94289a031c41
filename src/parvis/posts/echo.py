"""Echoing a post, and taking the echo back."""

from datetime import UTC, datetime
from typing import Any

from parvis.db.changes import Changes, Telling
from parvis.db.pool import Database
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel.clock import now
from parvis.kernel.errors import Forbidden, NotFound
from parvis.kernel.ids import new_id
from parvis.posts import content as contents
from parvis.posts.cache import PostEntry
from parvis.posts.types import PUBLISHED, Audience
from parvis.relations.viewer import ECHOED, Viewer

SQL = load(__package__, "echo.sql")


def may_echo(post: PostEntry, viewer: Viewer) -> bool:
    """Whether a member who may see the post may echo it: what is for everyone, or their own for their followers; nothing
    of someone whom they block."""
    if post.state != PUBLISHED or post.account_id in viewer.blocks:
        return False
    return post.audience <= Audience.UNLISTED or (post.audience == Audience.FOLLOWERS and post.account_id == viewer.id)


class Echoer:
    """Writes echoes. The caller has checked that the member may see the post."""

    def __init__(self, db: Database, changes: Changes) -> None:
        self._db = db
        self._changes = changes

    async def echo(
        self, viewer: Viewer, post: PostEntry, audience: Audience | None = None, at_ms: int | None = None
    ) -> int:
        """Echo a post; returns the echo's id, the first one's when it was echoed before. Forbidden where `may_echo` says
        no. `audience` None: the member's default. `at_ms` back-dates (the demo)."""
        if not may_echo(post, viewer):
            raise Forbidden
        row = await self._db.maybe(SQL.prepare_echo, {"author": viewer.id, "post": post.id})
        if row is None:
            raise NotFound
        if row.existing is not None:
            return int(row.existing)
        audience = self._audience(post, Audience(row.default_audience) if audience is None else audience)
        echo_id = new_id(at_ms)
        created_at = now() if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC)
        body = contents.echo_body(post_id=echo_id, username=row.username, created_at=created_at, audience=audience)
        async with self._changes.transaction() as tx:
            counted = await tx.maybe(
                SQL.insert_echo,
                {
                    "id": echo_id,
                    "author": viewer.id,
                    "audience": audience,
                    "post": post.id,
                    "thread": post.thread_id,
                    "body": body,
                    "created_at": created_at,
                    "note": new_id(),
                },
            )
            if counted is not None:
                tx.tell(Kind.POST_NEW, viewer.id, echo_id, audience, echo_id, 0, post.id)
                tx.tell(Kind.FLAGS, viewer.id, post.id, ECHOED, 1)
                _tell_counts(tx, viewer.id, post.account_id, post.id, counted)
                if counted.notified is not None:
                    tx.tell(Kind.NOTIFIED, post.account_id, counted.notified)
        if counted is None:
            return await self._made_meanwhile(viewer.id, post.id)
        return echo_id

    async def unecho(self, author_id: int, post_id: int) -> None:
        """Take the echo of a post back; where there is none, nothing happens."""
        async with self._changes.transaction() as tx:
            row = await tx.maybe(SQL.delete_echo, {"author": author_id, "post": post_id})
            if row is None:
                return
            tx.tell(Kind.POST_GONE, author_id, row.id, row.audience, row.thread_id, 0, post_id)
            tx.tell(Kind.FLAGS, author_id, post_id, ECHOED, 0)
            _tell_counts(tx, author_id, row.echo_of_account_id, post_id, row)

    def _audience(self, post: PostEntry, wanted: Audience) -> Audience:
        """An echo is for no more people than what it echoes, and never direct."""
        least = Audience.FOLLOWERS if post.audience == Audience.FOLLOWERS else Audience.PUBLIC
        return min(max(wanted, least), Audience.FOLLOWERS)

    async def _made_meanwhile(self, author_id: int, post_id: int) -> int:
        row = await self._db.maybe(SQL.prepare_echo, {"author": author_id, "post": post_id})
        if row is None or row.existing is None:
            raise NotFound  # the post went away
        return int(row.existing)


def _tell_counts(tx: Telling, author_id: int, echoed_author_id: int, post_id: int, row: Any) -> None:
    tx.tell(Kind.ACCOUNT_COUNTS, author_id, row.followers, row.following, row.posts, row.last_post_id or 0, row.version)
    if row.post_version is not None:
        tx.tell(Kind.POST_COUNTS, echoed_author_id, post_id, row.replies, row.echoes, row.votes, row.post_version)
