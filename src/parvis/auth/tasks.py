"""What is cleaned up by the clock: secrets out of time, attempts of hours that are over, sign-ups never confirmed."""

from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Kind
from parvis.db.sql import load

TOKENS = load(__package__, "tokens.sql")
ONE_TIME = load(__package__, "one_time.sql")
ATTEMPTS = load(__package__, "attempts.sql")
MEMBERS = load(__package__, "members.sql")

_UNCONFIRMED_DAYS = 7


async def clean_up(db: Database, changes: Changes) -> None:
    """All of it."""
    await db.run(TOKENS.purge_sessions)
    await db.run(ONE_TIME.purge_one_time)
    await db.run(ATTEMPTS.purge_attempts)
    async with changes.transaction() as tx:
        for row in await tx.all(MEMBERS.purge_unconfirmed, {"days": _UNCONFIRMED_DAYS}):
            tx.tell(Kind.TOKENS_GONE, row.id, 0)
