"""Voting for a post and taking the vote back. Votes that arrive together share a commit."""

from collections.abc import Sequence
from typing import NamedTuple

from parvis.db.changes import Changes
from parvis.db.combine import Combiner
from parvis.db.pool import Database
from parvis.db.ring import Event, Kind
from parvis.db.sql import load
from parvis.kernel.ids import new_id
from parvis.posts.cache import PostEntry
from parvis.relations.viewer import VOTED

SQL = load(__package__, "vote.sql")


class _Vote(NamedTuple):
    account_id: int
    post_id: int
    author_id: int
    thread_id: int
    on: bool


class Voter:
    """Writes votes. The caller has checked that the member may see the post."""

    def __init__(self, db: Database, changes: Changes) -> None:
        self._db = db
        self._changes = changes
        self._on: Combiner[_Vote, None] = Combiner(self._cast)
        self._off: Combiner[_Vote, None] = Combiner(self._retract)

    async def vote(self, account_id: int, post: PostEntry) -> None:
        """Vote; a second time changes nothing."""
        await self._on.add(_Vote(account_id, post.id, post.account_id, post.thread_id, on=True))

    async def unvote(self, account_id: int, post_id: int) -> None:
        """Take the vote back; where there is none, nothing happens."""
        await self._off.add(_Vote(account_id, post_id, author_id=0, thread_id=0, on=False))

    async def _cast(self, votes: Sequence[_Vote]) -> Sequence[None]:
        # Sorted, so that two processes lock counters in the same order.
        ordered = sorted(set(votes), key=lambda vote: (vote.post_id, vote.account_id))
        notes = [new_id() for _ in ordered]
        known = self._flags(ordered) + [
            Event(Kind.NOTIFIED, vote.author_id, note) for vote, note in zip(ordered, notes, strict=True)
        ]
        rows = await self._db.all(
            SQL.cast_votes,
            {
                "voters": [vote.account_id for vote in ordered],
                "posts": [vote.post_id for vote in ordered],
                "authors": [vote.author_id for vote in ordered],
                "threads": [vote.thread_id for vote in ordered],
                "ids": [new_id() for _ in ordered],
                "notes": notes,
                **self._changes.row(known),
            },
        )
        sent = {note for row in rows for note in row.notified or ()}
        events = self._flags(ordered) + self._counts(rows)
        events += [event for event in known if event.kind == Kind.NOTIFIED and event.b in sent]
        self._changes.announce(events)
        return [None] * len(votes)

    async def _retract(self, votes: Sequence[_Vote]) -> Sequence[None]:
        ordered = sorted(set(votes), key=lambda vote: (vote.post_id, vote.account_id))
        rows = await self._db.all(
            SQL.retract_votes,
            {
                "voters": [vote.account_id for vote in ordered],
                "posts": [vote.post_id for vote in ordered],
                **self._changes.row(self._flags(ordered)),
            },
        )
        self._changes.announce(self._flags(ordered) + self._counts(rows))
        return [None] * len(votes)

    def _flags(self, votes: Sequence[_Vote]) -> list[Event]:
        return [Event(Kind.FLAGS, vote.account_id, vote.post_id, VOTED, int(vote.on)) for vote in votes]

    def _counts(self, rows: Sequence[NamedTuple]) -> list[Event]:
        return [
            Event(Kind.POST_COUNTS, row.account_id, row.post_id, row.replies, row.echoes, row.votes, row.version)  # type: ignore[attr-defined]
            for row in rows
        ]
