"""A post that is deleted takes its case out of the queue. What was decided of it stays in the events."""

from parvis.db.changes import Telling
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.moderation.events import Event

SQL = load(__package__, "gone.sql")


async def post_gone(tx: Telling, account_id: int, post_id: int) -> None:
    """A member's post is deleted in the caller's transaction: its case is closed, undecided, and an event says so. Nothing
    happens where it has none, where nothing waits or is held, and a second time."""
    row = await tx.maybe(SQL.close_gone, {"account": account_id, "subject": post_id})
    if row is None:
        return
    await tx.run(SQL.let_go, {"subject": post_id})
    await Event(
        account_id=account_id,
        subject_kind="post",
        subject_id=post_id,
        kind="deleted",
        actor_id=account_id,
        rules=(row.rule,) if row.rule else (),
    ).write(tx)
    tx.tell(Kind.MODERATED, account_id)
