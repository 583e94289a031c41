"""From whom a member hears: their policy, and the requests of those whom it lets wait."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from parvis.accounts.cache import AccountEntry, Accounts
from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.clock import iso
from parvis.kernel.ids import MAX_ID
from parvis.kernel.paging import Page, Slice
from parvis.posts import assemble
from parvis.posts.cache import PostEntry, Posts
from parvis.posts.visibility import may_see_whole
from parvis.relations.viewer import Viewer, Viewers

SQL = load(__package__, "policy.sql")

Rule = Literal["accept", "filter", "drop"]
_MOST_COUNTED = 100


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with notifications of some senders."""

    for_not_following: Rule = "accept"
    for_not_followers: Rule = "accept"
    for_new_accounts: Rule = "accept"
    for_private_mentions: Rule = "accept"
    for_limited_accounts: Rule = "accept"


class Waiting(NamedTuple):
    """A sender whose notifications wait."""

    account: AccountEntry
    notifications: int
    since: Any
    until: Any
    post: PostEntry | None

    def json(self, viewer: Viewer) -> bytes:
        """Mastodon's `NotificationRequest`; its id is the sender's."""
        head = (
            f'{{"id":"{self.account.id}","created_at":"{iso(self.since)}","updated_at":"{iso(self.until)}",'
            f'"notifications_count":"{self.notifications}","account":'
        )
        status = assemble.one(self.post, viewer) if self.post is not None else b"null"
        return head.encode() + self.account.body + b',"last_status":' + status + b"}"


class Policies:
    """Reads and changes policies, and answers requests."""

    def __init__(self, db: Database, accounts: Accounts, posts: Posts, viewers: Viewers) -> None:
        self._db = db
        self._accounts = accounts
        self._posts = posts
        self._viewers = viewers

    async def read(self, me: int) -> Policy:
        """The member's policy."""
        return msgspec.convert((await self._db.one(SQL.policy, {"me": me})).rules, Policy)

    async def change(self, me: int, rules: dict[str, Rule]) -> None:
        """Change some rules."""
        kept = {name: None if rule == "accept" else rule for name, rule in rules.items()}
        await self._db.run(SQL.set_policy, {"me": me, "rules": msgspec.json.encode(kept).decode()})

    async def requests(self, me: int, page: Page) -> tuple[Viewer, Slice[Waiting]]:
        """Who waits, last first."""
        rows = await self._rows(me, page.max_id, page.floor, page.limit)
        viewer, found = await self._join(me, rows)
        if not rows:
            return viewer, Slice(found)
        return viewer, Slice(found, rows[0].last_id, rows[-1].last_id, more=len(rows) == page.limit)

    async def request(self, me: int, sender: int) -> tuple[Viewer, Waiting | None]:
        """One who waits, or None."""
        viewer, found = await self._join(me, await self._rows(me, MAX_ID, 0, 1, sender))
        return viewer, found[0] if found else None

    async def count(self, me: int) -> tuple[int, int]:
        """How many wait (up to a bound), and their notifications."""
        rows = await self._rows(me, MAX_ID, 0, _MOST_COUNTED)
        return len(rows), sum(row.n for row in rows)

    async def accept(self, me: int, senders: Sequence[int]) -> None:
        """Hear of them from now on, and of what waited."""
        await self._db.run(SQL.let_through, {"me": me, "senders": list(senders)})

    async def dismiss(self, me: int, senders: Sequence[int]) -> None:
        """Forget what waited."""
        await self._db.run(SQL.dismiss_from, {"me": me, "senders": list(senders)})

    async def _rows(self, me: int, max_id: int, floor: int, limit: int, sender: int | None = None) -> list[Any]:
        params = {"me": me, "max_id": max_id, "floor": floor, "limit": limit, "sender": sender}
        return await self._db.all(SQL.requests, params)

    async def _join(self, me: int, rows: Sequence[Any]) -> tuple[Viewer, list[Waiting]]:
        viewer = await self._viewers.find(me)
        assert viewer is not None
        posts = await self._posts.find_many({row.post_id for row in rows if row.post_id is not None})
        accounts = await self._accounts.find_many({row.sender for row in rows})
        found: list[Waiting] = []
        for row in rows:
            account, post = accounts.get(row.sender), posts.get(row.post_id)
            if account is None or not account.active:
                continue
            if post is not None and not may_see_whole(post, viewer):
                post = None
            found.append(Waiting(account, row.n, row.since, row.until, post))
        await self._viewers.look_up(viewer, [w.post.echo_of_id or w.post.id for w in found if w.post is not None])
        return viewer, found
