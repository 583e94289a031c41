"""Leaving for good: the account is invisible at once; then everything of it is deleted, piece by piece, and can go on after
a crash where it stopped."""

from typing import Any

from parvis.accounts.cache import LEAVING
from parvis.auth.tokens import end_all
from parvis.db.changes import Changes, Telling
from parvis.db.pool import Database
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.jobs.queue import Jobs
from parvis.kernel.errors import NotFound
from parvis.media.actions import Media
from parvis.posts.delete import Eraser
from parvis.posts.echo import Echoer
from parvis.posts.unname import unname
from parvis.posts.vote import Voter
from parvis.relations.follow import SQL as RELATIONS
from parvis.relations.follow import end_follow

SQL = load(__package__, "depart.sql")

JOB = "delete_account"
_BATCH = 100
_ROWS = 5000  # of tables that nothing else counts


class Departures:
    """Deletes accounts."""

    def __init__(
        self,
        db: Database,
        changes: Changes,
        jobs: Jobs,
        media: Media,
        eraser: Eraser,
        echoer: Echoer,
        voter: Voter,
    ) -> None:
        self._db = db
        self._changes = changes
        self._jobs = jobs
        self._media = media
        self._eraser = eraser
        self._echoer = echoer
        self._voter = voter

    async def begin(self, account_id: int) -> None:
        """Nobody sees the account any more and nothing speaks in its name; a job deletes the rest."""
        async with self._changes.transaction() as tx:
            if not await tx.run(SQL.leave, {"account": account_id, "state": LEAVING}):
                raise NotFound
            await end_all(tx, account_id)
            self._tell(tx, account_id)
            await self._jobs.defer(tx, JOB, account_id=account_id)

    async def resume(self) -> None:
        """Ask again for those whose job was given up: who left is deleted, however long it takes."""
        for row in await self._db.all(SQL.forgotten, {"state": LEAVING, "job": JOB}):
            async with self._changes.transaction() as tx:
                await self._jobs.defer(tx, JOB, account_id=row.id)

    async def finish(self, account_id: int) -> int:
        """Delete everything of an account that is leaving; returns how many posts went. Nothing happens a second time."""
        row = await self._db.maybe(SQL.leaving, {"account": account_id, "state": LEAVING})
        if row is None:
            return 0
        gone, ended = 0, False
        while not ended:
            gone += await self._posts(account_id)
            await self._votes(account_id)
            await self._follows(account_id)
            await unname(self._changes, account_id, row.username)
            for query in (SQL.delete_notifications, SQL.delete_told, SQL.delete_bookmarks):
                while await self._db.run(query, {"account": account_id, "most": _ROWS}):
                    pass
            ended = await self._rest(account_id, row)
        return gone

    async def _posts(self, account_id: int) -> int:
        gone = 0
        while rows := await self._db.all(SQL.some_posts, {"account": account_id, "most": _BATCH}):
            for row in rows:
                if row.echo_of_id is None:
                    await self._eraser.delete(account_id, row.id, delete_media=True)
                else:
                    await self._echoer.unecho(account_id, row.echo_of_id)
                gone += 1
        return gone

    async def _votes(self, account_id: int) -> None:
        while rows := await self._db.all(SQL.some_votes, {"account": account_id, "most": _BATCH}):
            for row in rows:
                await self._voter.unvote(account_id, row.post_id)

    async def _follows(self, account_id: int) -> None:
        while rows := await self._db.all(SQL.some_follows, {"account": account_id, "most": _BATCH}):
            for row in rows:
                async with self._changes.transaction() as tx:
                    await tx.all(RELATIONS.lock_pair, {"me": row.account_id, "target": row.target_id})
                    await end_follow(tx, row.account_id, row.target_id)

    async def _rest(self, account_id: int, row: Any) -> bool:
        """The account itself; False where a request that was under way wrote something that others' counters know of."""
        async with self._changes.transaction() as tx:
            # Counters first, as who follows does: neither can wait for the other.
            await tx.all(RELATIONS.lock_pair, {"me": account_id, "target": account_id})
            await tx.run(SQL.hold_account, {"account": account_id})
            if (await tx.one(SQL.anything_left, {"account": account_id})).yes:
                return False
            files = [row.avatar, row.avatar_static, row.header, row.header_static]
            for medium in await tx.all(SQL.delete_media, {"account": account_id}):
                files += [medium.original, medium.small]
            unused = await self._media.release(tx, files)
            await tx.run(SQL.keep_name, {"username": row.username})
            await tx.run(SQL.delete_account, {"account": account_id})
            self._tell(tx, account_id)
        await self._media.remove_files(unused)
        return True

    def _tell(self, tx: Telling, account_id: int) -> None:
        tx.tell(Kind.ACCOUNT_CHANGED, account_id)
        tx.tell(Kind.TIMELINE_CHANGED, account_id)
        tx.tell(Kind.VIEWER_CHANGED, account_id)
