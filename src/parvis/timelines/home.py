"""The home timeline: what those whom the viewer follows, and the viewer, published; strictly by time.

Nothing is delivered when a post is written. The viewer's window of ids is kept in memory and catches up from the log of new
posts; it hangs on the viewer's state, so that a follow, block or mute drops it.
"""

from collections.abc import Sequence

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.paging import Page
from parvis.posts.cache import PostEntry, Posts
from parvis.posts.visibility import wants_at_home
from parvis.relations.viewer import Viewer, Viewers
from parvis.timelines.log import PostLog
from parvis.timelines.read import read_page
from parvis.timelines.window import Window

SQL = load(__package__)

_FIRST = 40  # ids that come with the viewer's state


class Home:
    """Reads home timelines."""

    def __init__(self, db: Database, posts: Posts, viewers: Viewers, log: PostLog) -> None:
        self._db = db
        self._posts = posts
        self._viewers = viewers
        self._log = log

    async def read(self, viewer_id: int, page: Page) -> tuple[Viewer, list[PostEntry]]:
        """A page of the viewer's home, newest first, with the viewer's flags known for what is on it."""
        position = self._log.end
        viewer = await self._viewers.find(viewer_id, home=True)
        assert viewer is not None
        window = self._caught_up(viewer, position)

        async def fetch(older: Page) -> Sequence[int]:
            return await self._fetch(viewer, older)

        seen: set[int] = set()

        def wanted(post: PostEntry) -> bool:
            # What several people echoed stands once on a page: where it was met first.
            shown = post.echo_of_id or post.id
            if shown in seen or not wants_at_home(post, viewer):
                return False
            seen.add(shown)
            return True

        posts = await read_page(self._posts, window, fetch, page, wanted)
        await self._viewers.look_up(viewer, [post.echo_of_id or post.id for post in posts])
        return viewer, posts

    def _caught_up(self, viewer: Viewer, position: int) -> Window:
        window: Window | None = viewer.home
        if window is None:
            # The ids that came with the state when it was just read; else an empty window that is filled when read.
            if viewer.home_ids is not None:
                window = Window(viewer.home_ids, _FIRST, position)
                viewer.home_ids = None
            else:
                window = Window.empty(position)
            viewer.home = window
        events = self._log.since(window.position)
        if events is None:
            window = viewer.home = Window.empty(self._log.end)
            return window
        if events:
            follows, me = viewer.follows, viewer.id
            for event in events:
                if event.a in follows or event.a == me:
                    window.add(event.b)
            window.position += len(events)
        return window

    async def _fetch(self, viewer: Viewer, page: Page) -> Sequence[int]:
        query = SQL.home_newer if page.ascending else SQL.home_older
        rows = await self._db.all(
            query,
            {
                "authors": [*viewer.follows, viewer.id],
                "max_id": page.max_id,
                "floor": page.floor,
                "limit": page.limit,
            },
        )
        return [row.id for row in rows]
