"""Making and ending tokens and browser sessions. What ends here is dropped by every process at once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from parvis.auth.keys import digest
from parvis.auth.sealing import new_key
from parvis.db.changes import Telling
from parvis.db.pool import Verbs
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel.ids import new_id

SQL = load(__package__, "tokens.sql")


class Issued(NamedTuple):
    """A new token: its id, and the key that only its bearer knows."""

    id: int
    key: str


async def issue_token(tx: Verbs, app_id: int | None, account_id: int | None, scopes: Sequence[str]) -> Issued:
    """A token for an app, in a member's name or (account None) in its own."""
    issued = Issued(new_id(), new_key())
    await tx.run(
        SQL.insert_token,
        {
            "id": issued.id,
            "hash": digest(issued.key),
            "app": app_id,
            "account": account_id,
            "scopes": list(scopes),
        },
    )
    return issued


async def open_session(tx: Verbs, account_id: int, *, address: str, agent: str, days: int) -> str:
    """A browser session; returns the key for the cookie."""
    key = new_key()
    await tx.run(
        SQL.insert_session,
        {
            "id": new_id(),
            "account": account_id,
            "hash": digest(key),
            "address": address or None,
            "agent": agent[:300],
            "days": days,
        },
    )
    return key


async def end_token(tx: Telling, token_id: int) -> bool:
    """End one token; says whether there was one."""
    row = await tx.maybe(SQL.delete_token, {"id": token_id})
    if row is not None:
        tx.tell(Kind.TOKENS_GONE, row.account_id or 0, token_id)
    return row is not None


async def end_session(tx: Telling, account_id: int, session_id: int) -> bool:
    """End one of a member's sessions; says whether there was one."""
    gone = await tx.run(SQL.delete_session, {"id": session_id, "account": account_id})
    if gone:
        tx.tell(Kind.TOKENS_GONE, account_id, session_id)
    return bool(gone)


async def end_all(tx: Telling, account_id: int, *, keep_session: int | None = None) -> None:
    """End everything that speaks in a member's name: tokens, codes, sessions (but the one that asks)."""
    await tx.run(SQL.delete_all, {"account": account_id, "keep": keep_session})
    tx.tell(Kind.TOKENS_GONE, account_id, 0)


async def end_app(tx: Telling, account_id: int, app_id: int) -> None:
    """A member turns an app out: its tokens in their name end."""
    for row in await tx.all(SQL.delete_app_tokens, {"account": account_id, "app": app_id}):
        tx.tell(Kind.TOKENS_GONE, account_id, row.id)


async def sessions_of(tx: Verbs, account_id: int) -> list[Any]:
    """A member's sessions, last used first."""
    return await tx.all(SQL.sessions, {"account": account_id})


async def apps_of(tx: Verbs, account_id: int) -> list[Any]:
    """Apps that act in a member's name: id, name, website, scopes, created_at, used_at."""
    return await tx.all(SQL.authorised_apps, {"account": account_id})
