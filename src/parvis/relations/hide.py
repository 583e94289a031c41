"""Blocking, muting, private notes, hiding whole servers."""

from parvis.db.changes import Changes
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.kernel.ids import new_id
from parvis.relations.follow import end_follow, take_request

SQL = load(__package__, "relation.sql")

_MOST_NOTE = 2000
_MOST_SECONDS = 10 * 365 * 86_400
_MOST_DOMAIN = 253


class Hiding:
    """Changes whom a member hides."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def block(self, me: int, target: int) -> None:
        """Block: neither follows the other any more, requests are gone, and what the other caused is forgotten."""
        if me == target:
            raise Forbidden("You cannot block yourself")
        async with self._changes.transaction() as tx:
            await tx.all(SQL.lock_pair, {"me": me, "target": target})
            if await tx.maybe(SQL.pair, {"me": me, "target": target}) is None:
                raise NotFound
            await end_follow(tx, me, target)
            await end_follow(tx, target, me)
            await take_request(tx, me, target)
            await take_request(tx, target, me)
            await tx.run(SQL.insert_block, {"me": me, "target": target, "id": new_id()})
            await tx.run(SQL.forget_notifications, {"me": me, "target": target})
            tx.tell(Kind.VIEWER_CHANGED, me)
            tx.tell(Kind.VIEWER_CHANGED, target)

    async def unblock(self, me: int, target: int) -> None:
        """Block no longer."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.delete_block, {"me": me, "target": target})
            tx.tell(Kind.VIEWER_CHANGED, me)
            tx.tell(Kind.VIEWER_CHANGED, target)

    async def mute(self, me: int, target: int, *, notifications: bool = True, seconds: int = 0) -> None:
        """Mute, for so many seconds or (0) for good."""
        if me == target:
            raise Forbidden("You cannot mute yourself")
        if not 0 <= seconds <= _MOST_SECONDS:
            raise Invalid("duration", "must be a number of seconds, ten years at most")
        async with self._changes.transaction() as tx:
            if await tx.maybe(SQL.pair, {"me": me, "target": target}) is None:
                raise NotFound
            params = {"me": me, "target": target, "id": new_id(), "notifications": notifications}
            await tx.run(SQL.insert_mute, {**params, "seconds": seconds})
            tx.tell(Kind.VIEWER_CHANGED, me)

    async def unmute(self, me: int, target: int) -> None:
        """Mute no longer."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.delete_mute, {"me": me, "target": target})
            tx.tell(Kind.VIEWER_CHANGED, me)

    async def end_mutes(self) -> None:
        """Mutes that ran out are removed (readers notice by themselves)."""
        async with self._changes.transaction() as tx:
            for row in await tx.all(SQL.purge_mutes):
                tx.tell(Kind.VIEWER_CHANGED, row.account_id)

    async def note(self, me: int, target: int, text: str) -> None:
        """A private note about an account; empty removes it."""
        if len(text) > _MOST_NOTE:
            raise Invalid("comment", f"is too long (maximum is {_MOST_NOTE} characters)", "ERR_TOO_LONG")
        async with self._changes.transaction() as tx:
            if await tx.maybe(SQL.pair, {"me": me, "target": target}) is None:
                raise NotFound
            query = SQL.set_note if text else SQL.delete_note
            await tx.run(query, {"me": me, "target": target, **({"note": text} if text else {})})

    async def block_domain(self, me: int, domain: str) -> None:
        """Hide a whole server."""
        name = domain.strip().lower().rstrip(".")
        if not name or len(name) > _MOST_DOMAIN or "." not in name or any(c in name for c in " /@:"):
            raise Invalid("domain", "is not a domain")
        async with self._changes.transaction() as tx:
            await tx.run(SQL.insert_domain_block, {"me": me, "domain": name, "id": new_id()})
            tx.tell(Kind.VIEWER_CHANGED, me)

    async def unblock_domain(self, me: int, domain: str) -> None:
        """Show it again."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.delete_domain_block, {"me": me, "domain": domain.strip().lower()})
            tx.tell(Kind.VIEWER_CHANGED, me)
