"""What a member voted for and what they bookmarked, in the order in which they did."""

from parvis.db.pool import Database
from parvis.db.sql import Query, load
from parvis.kernel.paging import Page, Slice
from parvis.posts.cache import PostEntry, Posts
from parvis.posts.visibility import may_see
from parvis.relations.viewer import Viewer, Viewers

SQL = load(__package__, "marked.sql")


class Marked:
    """Reads both; paged by the marks' own ids."""

    def __init__(self, db: Database, posts: Posts, viewers: Viewers) -> None:
        self._db = db
        self._posts = posts
        self._viewers = viewers

    async def votes(self, member_id: int, page: Page) -> tuple[Viewer, Slice[PostEntry]]:
        """What the member voted for and may still see."""
        return await self._read(SQL.votes_newer if page.ascending else SQL.votes_older, member_id, page)

    async def bookmarks(self, member_id: int, page: Page) -> tuple[Viewer, Slice[PostEntry]]:
        """What the member bookmarked and may still see."""
        return await self._read(SQL.bookmarks_newer if page.ascending else SQL.bookmarks_older, member_id, page)

    async def _read(self, query: Query, member_id: int, page: Page) -> tuple[Viewer, Slice[PostEntry]]:
        viewer = await self._viewers.find(member_id)
        assert viewer is not None
        params = {"member": member_id, "max_id": page.max_id, "floor": page.floor, "limit": page.limit}
        rows = await self._db.all(query, params)
        if page.ascending:
            rows = rows[::-1]
        found = await self._posts.find_many([row.post_id for row in rows])
        posts = [found[row.post_id] for row in rows if row.post_id in found and may_see(found[row.post_id], viewer)]
        await self._viewers.look_up(viewer, [post.id for post in posts])
        if not rows:
            return viewer, Slice(posts)
        return viewer, Slice(posts, rows[0].id, rows[-1].id, more=page.ascending or len(rows) == page.limit)
