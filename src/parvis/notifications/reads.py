"""Reading notifications: as bytes, joined from those of accounts and posts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from parvis.accounts.cache import AccountEntry, Accounts
from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.clock import iso
from parvis.kernel.errors import NotFound
from parvis.kernel.paging import Page, Slice
from parvis.posts import assemble
from parvis.posts.cache import PostEntry, Posts
from parvis.posts.visibility import may_see_whole
from parvis.relations.viewer import Viewer, Viewers

SQL = load(__package__)

_MOST_UNREAD = 100


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which notifications: of some kinds (None: all), not of others, from one account."""

    kinds: tuple[str, ...] | None = None
    not_kinds: tuple[str, ...] = ()
    sender: int | None = None


class Notification(NamedTuple):
    """One thing that happened."""

    id: int
    kind: str
    created_at: Any
    account: AccountEntry
    post: PostEntry | None

    def json(self, viewer: Viewer | None) -> bytes:
        """Mastodon's `Notification`."""
        head = (
            f'{{"id":"{self.id}","type":"{self.kind}","created_at":"{iso(self.created_at)}",'
            f'"group_key":"ungrouped-{self.id}","account":'
        )
        status = b',"status":' + assemble.one(self.post, viewer) if self.post is not None else b""
        return head.encode() + self.account.body + status + b"}"


class Notifications:
    """Reads and removes notifications."""

    def __init__(self, db: Database, accounts: Accounts, posts: Posts, viewers: Viewers) -> None:
        self._db = db
        self._accounts = accounts
        self._posts = posts
        self._viewers = viewers

    async def page(self, me: int, page: Page, wanted: Wanted) -> tuple[Viewer, Slice[Notification]]:
        """A page, newest first; what is about a post that is gone or hidden is left out."""
        viewer = await self._viewers.find(me)
        assert viewer is not None
        rows = await self._db.all(
            SQL.newer if page.ascending else SQL.older,
            {
                "me": me,
                "max_id": page.max_id,
                "floor": page.floor,
                "limit": page.limit,
                "kinds": None if wanted.kinds is None else list(wanted.kinds),
                "not_kinds": list(wanted.not_kinds),
                "sender": wanted.sender,
            },
        )
        if page.ascending:
            rows = rows[::-1]
        found = await self.join(viewer, rows)
        if not rows:
            return viewer, Slice(found)
        return viewer, Slice(found, rows[0].id, rows[-1].id, more=page.ascending or len(rows) == page.limit)

    async def one(self, me: int, ident: int) -> tuple[Viewer, Notification]:
        """One of the member's own. NotFound."""
        viewer = await self._viewers.find(me)
        assert viewer is not None
        row = await self._db.maybe(SQL.one, {"me": me, "id": ident})
        found = await self.join(viewer, [row]) if row is not None else []
        if not found:
            raise NotFound
        return viewer, found[0]

    async def rendered(self, me: int, ids: Sequence[int]) -> list[bytes]:
        """Some of the member's own as JSON, for their streams; without those that they may not see."""
        viewer = await self._viewers.find(me)
        assert viewer is not None
        rows = await self._db.all(SQL.some, {"me": me, "ids": list(ids)})
        return [found.json(viewer) for found in await self.join(viewer, rows)]

    async def join(self, viewer: Viewer, rows: Sequence[Any]) -> list[Notification]:
        """Rows with their accounts and posts, as far as the viewer may see them."""
        posts = await self._posts.find_many({row.post_id for row in rows if row.post_id is not None})
        accounts = await self._accounts.find_many({row.from_account_id for row in rows})
        found: list[Notification] = []
        for row in rows:
            account = accounts.get(row.from_account_id)
            post = posts.get(row.post_id) if row.post_id is not None else None
            if account is None or not account.active:
                continue
            if row.post_id is not None and (post is None or not may_see_whole(post, viewer)):
                continue
            found.append(Notification(row.id, row.kind, row.created_at, account, post))
        await self._viewers.look_up(viewer, [n.post.echo_of_id or n.post.id for n in found if n.post is not None])
        return found

    async def dismiss(self, me: int, ident: int) -> None:
        """Remove one."""
        await self._db.run(SQL.dismiss, {"me": me, "id": ident})

    async def clear(self, me: int) -> None:
        """Remove all."""
        await self._db.run(SQL.clear, {"me": me})

    async def unread(self, me: int, most: int = _MOST_UNREAD) -> int:
        """How many came after the one last read, up to `most`."""
        return (await self._db.one(SQL.unread, {"me": me, "most": most})).n
