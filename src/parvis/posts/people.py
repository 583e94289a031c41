"""Who voted for a post and who echoed it."""

from parvis.accounts.cache import AccountEntry, Accounts
from parvis.db.pool import Database
from parvis.db.sql import Query, load
from parvis.kernel.paging import Page, Slice
from parvis.posts.cache import PostEntry
from parvis.relations.viewer import Viewer

SQL = load(__package__, "people.sql")


class People:
    """Reads both, without accounts that are away or that the viewer and they keep from each other. The caller has checked
    that the viewer may see the post."""

    def __init__(self, db: Database, accounts: Accounts) -> None:
        self._db = db
        self._accounts = accounts

    async def voters(self, post: PostEntry, viewer: Viewer | None, page: Page) -> Slice[AccountEntry]:
        """Who voted, last first; paged by the votes' ids."""
        return await self._read(SQL.voters_newer if page.ascending else SQL.voters_older, post, viewer, page)

    async def echoers(self, post: PostEntry, viewer: Viewer | None, page: Page) -> Slice[AccountEntry]:
        """Who echoed, last first; paged by the echoes' ids."""
        return await self._read(SQL.echoers_newer if page.ascending else SQL.echoers_older, post, viewer, page)

    async def _read(self, query: Query, post: PostEntry, viewer: Viewer | None, page: Page) -> Slice[AccountEntry]:
        hidden = [] if viewer is None else [*viewer.blocks, *viewer.blocked_by]
        rows = await self._db.all(
            query,
            {
                "post": post.id,
                "viewer": viewer.id if viewer else None,
                "hidden": hidden,
                "max_id": page.max_id,
                "floor": page.floor,
                "limit": page.limit,
            },
        )
        if page.ascending:
            rows = rows[::-1]
        found = await self._accounts.find_many([row.account_id for row in rows])
        people = [found[row.account_id] for row in rows if row.account_id in found]
        if not rows:
            return Slice(people)
        return Slice(people, rows[0].id, rows[-1].id, more=page.ascending or len(rows) == page.limit)
