"""The timeline of a hashtag, or of several together."""

from collections.abc import Sequence

import msgspec

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.paging import Page
from parvis.posts.cache import PostEntry, Posts
from parvis.posts.types import Audience
from parvis.posts.visibility import shows
from parvis.relations.viewer import Viewer, Viewers
from parvis.timelines.read import read_page

SQL = load(__package__, "tag.sql")


class TagQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which posts: with at least one of `names`, all of `every`, none of `none`. Names are tag keys."""

    names: tuple[str, ...]
    every: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    only_media: bool = False


class TagTimeline:
    """Reads public posts by hashtag."""

    def __init__(self, db: Database, posts: Posts, viewers: Viewers) -> None:
        self._db = db
        self._posts = posts
        self._viewers = viewers

    async def read(self, viewer_id: int | None, query: TagQuery, page: Page) -> tuple[Viewer | None, list[PostEntry]]:
        """A page of them, newest first, without those whose authors the viewer hides."""
        viewer = await self._viewers.find(viewer_id)

        async def fetch(part: Page) -> Sequence[int]:
            return await self._fetch(query, part)

        def wanted(post: PostEntry) -> bool:
            return post.audience == Audience.PUBLIC and shows(post, viewer)

        posts = await read_page(self._posts, None, fetch, page, wanted)
        if viewer is not None:
            await self._viewers.look_up(viewer, [post.id for post in posts])
        return viewer, posts

    async def _fetch(self, query: TagQuery, page: Page) -> Sequence[int]:
        rows = await self._db.all(
            SQL.tag_newer if page.ascending else SQL.tag_older,
            {
                "names": list(dict.fromkeys(query.names)),
                "all": list(query.every),
                "none": list(query.none),
                "only_media": query.only_media,
                "max_id": page.max_id,
                "floor": page.floor,
                "limit": page.limit,
            },
        )
        return [row.id for row in rows]
