"""Taking someone who leaves out of what others wrote: their words stay, and name nobody."""

import msgspec

from parvis.db.changes import Changes
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel import json
from parvis.kernel.text import ORIGIN
from parvis.posts import wire

SQL = load(__package__, "unname.sql")

_BATCH = 100


async def unname(changes: Changes, account_id: int, username: str) -> None:
    """Batch by batch, so that it can stop and go on."""
    while True:
        async with changes.transaction() as tx:
            rows = await tx.all(SQL.naming, {"account": account_id, "most": _BATCH})
            if not rows:
                return
            ids = [row.id for row in rows]
            bodies = [without(bytes(row.body), account_id, username) for row in rows]
            await tx.run(SQL.unname, {"account": account_id, "ids": ids, "bodies": bodies})
            for row in rows:
                tx.tell(Kind.POST_CHANGED, row.account_id, row.id, row.audience, row.thread_id)


def without(body: bytes, account_id: int, username: str) -> bytes:
    """A post's stored bytes without the account: no mention, no link to its page, an answer to nobody."""
    post = msgspec.json.decode(body, type=wire.Body)
    ident = str(account_id)
    link = f'<span class="h-card" translate="no"><a href="{ORIGIN}/@{username}" class="u-url mention">@<span>{username}'
    answered = post.in_reply_to_account_id == ident
    return json.encode(
        msgspec.structs.replace(
            post,
            content=post.content.replace(f"{link}</span></a></span>", f"@{username}"),
            mentions=[mention for mention in post.mentions if mention.id != ident],
            in_reply_to_id=None if answered else post.in_reply_to_id,
            in_reply_to_account_id=None if answered else post.in_reply_to_account_id,
        )
    )
