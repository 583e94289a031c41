"""Finding posts by their words."""

import re
from typing import Any

from parvis.accounts.cache import Accounts
from parvis.db.pool import Database, Transaction
from parvis.db.sql import load
from parvis.kernel.errors import Unavailable
from parvis.kernel.ids import parse_id
from parvis.posts.cache import PostEntry, Posts
from parvis.posts.visibility import may_see_whole, shows
from parvis.relations.viewer import Viewer
from parvis.search.accounts import AccountSearch
from parvis.search.query import PostQuery

SQL = load(__package__, "posts.sql")

_MOST_MS = 2000
_FEW = 2000  # posts with fewer hits than this are sorted out from all their hits
_POST_PATH = re.compile(r"^/(?:@[A-Za-z0-9_]{1,64}|users/[A-Za-z0-9_]{1,64}/statuses)/(\d{1,19})/?$")


class PostSearch:
    """Searches posts for a member."""

    def __init__(self, db: Database, accounts: Accounts, posts: Posts, people: AccountSearch) -> None:
        self._db = db
        self._accounts = accounts
        self._posts = posts
        self._people = people

    async def find(
        self, viewer: Viewer, query: PostQuery, limit: int, offset: int, account_id: int | None = None
    ) -> list[PostEntry]:
        """Posts that fit, newest first; `account_id` narrows to one author."""
        if query.author is not None:
            account_id = viewer.id if query.author == "me" else await self._people.id_of(query.author)
            if account_id is None:
                return []
        if query.empty and account_id is None:
            return []
        params = {
            "viewer": viewer.id,
            "hidden": list(viewer.hidden),
            "words": query.words,
            "folded": query.folded,
            "account": account_id,
            "has_media": query.has_media,
            "is_reply": query.is_reply,
            "is_sensitive": query.is_sensitive,
            "language": query.language,
            "library": query.library,
            "above": query.above,
            "below": query.below,
            "limit": limit,
            "offset": offset,
        }
        try:
            async with self._db.transaction() as tx:
                await tx.one(SQL.bound_cost, {"ms": str(_MOST_MS)})
                ids = await self._search(tx, params)
        except Unavailable as error:
            raise Unavailable("This search took too long: please try rarer words") from error
        found = await self._posts.find_many(ids)
        return [found[post_id] for post_id in ids if post_id in found and shows(found[post_id], viewer)]

    async def _search(self, tx: Transaction, params: dict[str, Any]) -> list[int]:
        if not params["words"]:
            return [row.id for row in await tx.all(SQL.search_all, {**params, "hits": None})]
        await tx.one(SQL.by_words)
        hits = [row.post_id for row in await tx.all(SQL.word_hits, {**params, "few": _FEW})]
        await tx.one(SQL.by_time)
        if len(hits) < _FEW:
            return [row.id for row in await tx.all(SQL.search_all, {**params, "hits": hits})]
        await tx.one(SQL.newest_first)
        return [row.id for row in await tx.all(SQL.search_words, params)]

    async def by_address(self, viewer: Viewer | None, url: str) -> PostEntry | None:
        """The post whose page or identifier on this server the URL is, where the viewer may see it."""
        if not url.startswith(f"{self._accounts.origin}/"):
            return None
        match = _POST_PATH.match(url.removeprefix(self._accounts.origin))
        post_id = parse_id(match[1]) if match else None
        post = await self._posts.find(post_id) if post_id is not None else None
        return post if post is not None and may_see_whole(post, viewer) else None
