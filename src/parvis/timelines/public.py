"""The public timeline of this server: one window for all readers."""

from collections.abc import Sequence

from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Event, Kind
from parvis.db.sql import load
from parvis.kernel.paging import Page
from parvis.posts.cache import PostEntry, Posts
from parvis.posts.types import Audience
from parvis.posts.visibility import shows
from parvis.relations.viewer import Viewer, Viewers
from parvis.timelines.log import PostLog
from parvis.timelines.read import read_page
from parvis.timelines.window import Window

SQL = load(__package__)


class Public:
    """Reads the public timeline."""

    def __init__(self, db: Database, changes: Changes, posts: Posts, viewers: Viewers, log: PostLog) -> None:
        self._db = db
        self._posts = posts
        self._viewers = viewers
        self._log = log
        self._window: Window | None = None
        for kind in (Kind.TIMELINE_CHANGED, Kind.RESET):
            changes.on(kind, lambda _: self._drop())

    async def read(
        self, viewer_id: int | None, page: Page, *, only_media: bool = False
    ) -> tuple[Viewer | None, list[PostEntry]]:
        """A page of public posts, newest first, without those whose authors the viewer hides."""
        window = self._caught_up()
        viewer = await self._viewers.find(viewer_id)

        def wanted(post: PostEntry) -> bool:
            return post.audience == Audience.PUBLIC and shows(post, viewer) and (not only_media or post.has_media)

        posts = await read_page(self._posts, window, self._fetch, page, wanted)
        if viewer is not None:
            await self._viewers.look_up(viewer, [post.id for post in posts])
        return viewer, posts

    def _caught_up(self) -> Window:
        window = self._window
        events = None if window is None else self._log.since(window.position)
        if window is None or events is None:
            window = self._window = Window.empty(self._log.end)
            return window
        for event in events:
            if belongs(event):
                window.add(event.b)
        window.position += len(events)
        return window

    async def _fetch(self, page: Page) -> Sequence[int]:
        query = SQL.public_newer if page.ascending else SQL.public_older
        params = {"max_id": page.max_id, "floor": page.floor, "limit": page.limit}
        return [row.id for row in await self._db.all(query, params)]

    def _drop(self) -> None:
        self._window = None


def belongs(event: Event) -> bool:
    """Whether a new post belongs into the public timeline: public, no echo, no reply to someone else."""
    return event.c == Audience.PUBLIC and not event.f and event.e in (0, event.a)


def in_public(post: PostEntry) -> bool:
    """The same of a post that is at hand."""
    return (
        post.audience == Audience.PUBLIC and not post.echo_of_id and post.reply_to_account_id in (None, post.account_id)
    )
