"""Telling those who asked to hear of each post of an author."""

from parvis.db.changes import Changes
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel.ids import new_id

SQL = load(__package__)

_BATCH = 1000


async def notify_followers(changes: Changes, author_id: int, post_id: int) -> None:
    """Tell them in batches; doing it again tells nobody twice."""
    after = 0
    while True:
        async with changes.transaction() as tx:
            rows = await tx.all(SQL.followers_to_tell, {"author": author_id, "after": after, "most": _BATCH})
            if not rows:
                return
            members = [row.account_id for row in rows]
            ids = [new_id() for _ in members]
            params = {"author": author_id, "post": post_id, "members": members, "ids": ids}
            for told in await tx.all(SQL.tell, params):
                tx.tell(Kind.NOTIFIED, told.account_id, told.id)
        after = members[-1]
