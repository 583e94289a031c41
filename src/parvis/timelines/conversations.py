"""Direct conversations: each by its last post."""

from collections.abc import Sequence
from typing import NamedTuple

from parvis.accounts.cache import AccountEntry, Accounts, as_list
from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.paging import Page, Slice
from parvis.posts import assemble
from parvis.posts.cache import PostEntry, Posts
from parvis.posts.visibility import may_see
from parvis.relations.viewer import Viewer, Viewers

SQL = load(__package__, "conversations.sql")


class Conversation(NamedTuple):
    """A thread of direct posts, named by it; with whom; and its last post."""

    id: int
    people: Sequence[AccountEntry]
    last: PostEntry

    def json(self, viewer: Viewer) -> bytes:
        """Mastodon's `Conversation`."""
        parts = (self.id, as_list(self.people), assemble.one(self.last, viewer))
        return b'{"id":"%d","unread":false,"accounts":%b,"last_status":%b}' % parts


class Conversations:
    """Reads a member's direct conversations; paged by the ids of their last posts."""

    def __init__(self, db: Database, accounts: Accounts, posts: Posts, viewers: Viewers) -> None:
        self._db = db
        self._accounts = accounts
        self._posts = posts
        self._viewers = viewers

    async def read(self, member_id: int, page: Page) -> tuple[Viewer, Slice[Conversation]]:
        """A page of them, the last spoken in first."""
        viewer = await self._viewers.find(member_id)
        assert viewer is not None
        rows = await self._db.all(
            SQL.conversations_newer if page.ascending else SQL.conversations_older,
            {
                "member": member_id,
                "hidden": list(viewer.hidden),
                "max_id": page.max_id,
                "floor": page.floor,
                "limit": page.limit,
            },
        )
        if page.ascending:
            rows = rows[::-1]
        posts = await self._posts.find_many([row.last for row in rows])
        found: list[Conversation] = []
        for row in rows:
            post = posts.get(row.last)
            if post is not None and may_see(post, viewer):
                found.append(await self.about(post, member_id))
        await self._viewers.look_up(viewer, [conversation.last.id for conversation in found])
        if not rows:
            return viewer, Slice(found)
        return viewer, Slice(found, rows[0].last, rows[-1].last, more=page.ascending or len(rows) == page.limit)

    async def about(self, post: PostEntry, member_id: int) -> Conversation:
        """The conversation that a post belongs to, as a member who may see it has it."""
        return Conversation(post.thread_id, await self._people(post, member_id), post)

    async def _people(self, post: PostEntry, member_id: int) -> list[AccountEntry]:
        ids = [person for person in dict.fromkeys((post.account_id, *post.mention_ids)) if person != member_id]
        accounts = await self._accounts.find_many(ids or [member_id])
        return [account for account in accounts.values() if account.active]
