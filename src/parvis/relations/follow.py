"""Following, asking to follow, and the answers."""

from typing import Any

import msgspec

from parvis.accounts.cache import ACTIVE
from parvis.db.changes import Changes, Telling
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.kernel.ids import new_id

SQL = load(__package__, "relation.sql")


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody is followed; None leaves it as it is (at first: with echoes, without notifications)."""

    show_echoes: bool | None = None
    notify: bool | None = None
    languages: tuple[str, ...] | None = None


class Follows:
    """Changes who follows whom."""

    def __init__(self, changes: Changes, most: int) -> None:
        """`most` accounts can be followed by one member."""
        self._changes = changes
        self._most = most

    async def follow(self, me: int, target: int, wishes: Wishes) -> None:
        """Follow, or ask where the account approves its followers. Doing it again only changes the wishes."""
        if me == target:
            raise Forbidden("You cannot follow yourself")
        async with self._changes.transaction() as tx:
            pair = await self._pair(tx, me, target)
            if pair.state != ACTIVE:
                raise NotFound
            if pair.blocking or pair.blocked_by:
                raise Forbidden("This action is not allowed")
            languages = list(wishes.languages) if wishes.languages is not None else None
            params: dict[str, Any] = {"me": me, "target": target, "languages": languages}
            changed = {**params, "show_echoes": wishes.show_echoes, "notify": wishes.notify}
            if pair.following:
                await tx.run(SQL.change_follow, changed)
                tx.tell(Kind.VIEWER_CHANGED, me)
                return
            if pair.requested and pair.locked:
                await tx.run(SQL.change_request, changed)
                return
            if pair.following_count >= self._most:
                raise Invalid("base", f"You cannot follow more than {self._most} accounts", "ERR_TOO_MANY")
            params |= {
                "id": new_id(),
                "show_echoes": wishes.show_echoes is not False,
                "notify": bool(wishes.notify),
            }
            if pair.locked:
                await tx.run(SQL.insert_request, params)
                await notify(tx, me, target, "follow_request")
            else:
                await take_request(tx, me, target)
                await self._begin(tx, params)

    async def unfollow(self, me: int, target: int) -> None:
        """Follow no longer, and withdraw a request."""
        async with self._changes.transaction() as tx:
            await self._pair(tx, me, target)
            await end_follow(tx, me, target)
            await take_request(tx, me, target)

    async def remove_follower(self, me: int, follower: int) -> None:
        """Somebody follows me no longer."""
        async with self._changes.transaction() as tx:
            await self._pair(tx, me, follower)
            await end_follow(tx, follower, me)

    async def accept(self, me: int, asking: int) -> None:
        """Let somebody follow who asked. NotFound where nobody did, or they are not active (the request then stays)."""
        async with self._changes.transaction() as tx:
            pair = await self._pair(tx, me, asking)
            row = await take_request(tx, asking, me)
            if row is None or pair.state != ACTIVE:
                raise NotFound
            params = {
                "me": asking,
                "target": me,
                "id": new_id(),
                "show_echoes": row.show_echoes,
                "notify": row.notify,
                "languages": row.languages,
            }
            await self._begin(tx, params)

    async def reject(self, me: int, asking: int) -> None:
        """Do not let somebody follow who asked. NotFound where nobody did."""
        async with self._changes.transaction() as tx:
            if await take_request(tx, asking, me) is None:
                raise NotFound

    async def _begin(self, tx: Telling, params: dict[str, Any]) -> None:
        if await tx.run(SQL.insert_follow, params):
            await count(tx, params["me"], params["target"], 1)
            tx.tell(Kind.VIEWER_CHANGED, params["me"])
            await notify(tx, params["me"], params["target"], "follow")

    async def _pair(self, tx: Telling, me: int, target: int) -> Any:
        await tx.all(SQL.lock_pair, {"me": me, "target": target})
        row = await tx.maybe(SQL.pair, {"me": me, "target": target})
        if row is None:
            raise NotFound
        return row


async def take_request(tx: Telling, me: int, target: int) -> Any:
    """Remove a request and its notification; returns what was wished with it, or None where there was none."""
    row = await tx.maybe(SQL.delete_request, {"me": me, "target": target})
    if row is not None:
        await tx.run(SQL.unnotify, {"me": me, "target": target, "kinds": ["follow_request"]})
    return row


async def end_follow(tx: Telling, me: int, target: int) -> None:
    """End a follow inside the caller's transaction, which holds both counters."""
    if await tx.run(SQL.delete_follow, {"me": me, "target": target}):
        await count(tx, me, target, -1)
        tx.tell(Kind.VIEWER_CHANGED, me)
        await tx.run(SQL.unnotify, {"me": me, "target": target, "kinds": ["follow"]})


async def count(tx: Telling, me: int, target: int, by: int) -> None:
    """Both counters, told exactly."""
    for row in await tx.all(SQL.count_follow, {"me": me, "target": target, "by": by}):
        tx.tell(
            Kind.ACCOUNT_COUNTS, row.account_id, row.followers, row.following, row.posts, row.last_post_id, row.version
        )


async def notify(tx: Telling, me: int, target: int, kind: str) -> None:
    """A notification from me to the target, where the target wants it."""
    row = await tx.maybe(SQL.notify, {"me": me, "target": target, "kind": kind, "id": new_id()})
    if row is not None:
        tx.tell(Kind.NOTIFIED, target, row.id)
