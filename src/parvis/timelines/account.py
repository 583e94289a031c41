"""One account's posts: a window for each account and kind of list, shared by all readers."""

from collections.abc import Sequence
from typing import NamedTuple

from parvis.accounts.cache import AccountEntry
from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Event, Kind
from parvis.db.sql import load
from parvis.kernel.lru import Lru
from parvis.kernel.paging import Page
from parvis.posts.cache import PostEntry, Posts
from parvis.posts.visibility import may_see
from parvis.relations.viewer import Viewer, Viewers
from parvis.timelines.log import PostLog
from parvis.timelines.read import read_page
from parvis.timelines.window import Window

SQL = load(__package__, "account.sql")


class Wanted(NamedTuple):
    """Which of an account's posts."""

    replies: bool = True
    echoes: bool = True
    only_media: bool = False
    tag: str | None = None


class AccountTimeline:
    """Reads what one account published."""

    def __init__(
        self, db: Database, changes: Changes, posts: Posts, viewers: Viewers, log: PostLog, capacity: int
    ) -> None:
        self._db = db
        self._posts = posts
        self._viewers = viewers
        self._log = log
        self._windows: Lru[int, dict[Wanted, Window]] = Lru(capacity)
        changes.on(Kind.POST_NEW, self._on_new)
        for kind in (Kind.POST_CHANGED, Kind.TIMELINE_CHANGED):  # an edit may bring media or hashtags
            changes.on(kind, self._on_new)
        changes.on(Kind.RESET, lambda _: self._windows.clear())

    async def read(
        self, viewer_id: int | None, account: AccountEntry, page: Page, wanted: Wanted
    ) -> tuple[Viewer | None, list[PostEntry]]:
        """A page of the account's posts that the viewer may see, newest first. An account's page shows it also to those
        who muted it; what it echoes of someone hidden is left out."""
        viewer = await self._viewers.find(viewer_id)
        if not account.active or (viewer is not None and account.id in viewer.blocked_by):
            return viewer, []
        windows = self._windows.get(account.id)
        if windows is None:
            windows = {}
            self._windows.put(account.id, windows)
        window = windows.get(wanted) or Window.empty(0)
        if wanted.tag is None:  # there is no end of tags to ask for
            windows[wanted] = window

        async def fetch(older: Page) -> Sequence[int]:
            return await self._fetch(account.id, older, wanted)

        def chosen(post: PostEntry) -> bool:
            if not may_see(post, viewer):
                return False
            inner = post.echo
            return inner is None or (may_see(inner, viewer) and not (viewer and inner.account_id in viewer.hidden))

        posts = await read_page(self._posts, window, fetch, page, chosen)
        if viewer is not None:
            await self._viewers.look_up(viewer, [post.echo_of_id or post.id for post in posts])
        return viewer, posts

    async def pinned(self, viewer_id: int | None, account: AccountEntry) -> tuple[Viewer | None, list[PostEntry]]:
        """The account's pinned posts that the viewer may see, last pinned first."""
        viewer = await self._viewers.find(viewer_id)
        ids = [row.id for row in await self._db.all(SQL.pinned, {"account": account.id})]
        found = await self._posts.find_many(ids)
        posts = [found[post_id] for post_id in ids if post_id in found and may_see(found[post_id], viewer)]
        if viewer is not None:
            await self._viewers.look_up(viewer, [post.id for post in posts])
        return viewer, posts

    async def _fetch(self, account_id: int, page: Page, wanted: Wanted) -> Sequence[int]:
        query = SQL.account_newer if page.ascending else SQL.account_older
        params = {
            "account": account_id,
            "max_id": page.max_id,
            "floor": page.floor,
            "limit": page.limit,
            "replies": wanted.replies,
            "echoes": wanted.echoes,
            "only_media": wanted.only_media,
            "tag": wanted.tag,
        }
        return [row.id for row in await self._db.all(query, params)]

    def _on_new(self, event: Event) -> None:
        self._windows.drop(event.a)
