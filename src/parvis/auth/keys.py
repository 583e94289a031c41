"""Tokens and sessions as a process knows them: looked up once, dropped at once when revoked."""

from collections import OrderedDict
from hashlib import sha256
from typing import Any

from parvis.auth.scopes import ALL, expand
from parvis.auth.types import Grant, Role
from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Event, Kind
from parvis.db.sql import load

SQL = load(__package__, "keys.sql")

_EVERY_SCOPE = frozenset(ALL)


def digest(key: str) -> bytes:
    """What is stored of a token or session key: SHA-256 (they are random and long, so no salt and no slow hash)."""
    return sha256(key.encode("utf-8", "replace")).digest()


class Keys:
    """Finds what a key grants. Unknown keys are not remembered: a flood of guesses costs memory nothing."""

    def __init__(self, db: Database, changes: Changes, capacity: int) -> None:
        self._db = db
        self._capacity = capacity
        # By kind and hash, so that a session's key is never taken for a token, nor the other way round.
        self._grants: OrderedDict[bytes, Grant] = OrderedDict()
        self._of_account: dict[int, set[bytes]] = {}
        self._epoch = 0
        changes.on(Kind.TOKENS_GONE, self._on_gone)
        changes.on(Kind.RESET, lambda _: self.clear())

    async def token(self, key: str) -> Grant | None:
        """What a bearer token grants."""
        place = b"t" + digest(key)
        return self._grants.get(place) or await self._find(place, session=False)

    async def session(self, key: str) -> Grant | None:
        """What a browser session grants."""
        place = b"s" + digest(key)
        return self._grants.get(place) or await self._find(place, session=True)

    async def _find(self, place: bytes, *, session: bool) -> Grant | None:
        epoch = self._epoch
        query = SQL.find_session if session else SQL.find_token
        row = await self._db.maybe(query, {"hash": place[1:]})
        if row is None:
            return None
        grant = _grant(row, session=session)
        if self._epoch == epoch:  # nothing was revoked while we asked
            self._remember(place, grant)
        return grant

    def _remember(self, place: bytes, grant: Grant) -> None:
        self._grants[place] = grant
        self._of_account.setdefault(grant.account_id or 0, set()).add(place)
        if len(self._grants) > self._capacity:
            old, gone = self._grants.popitem(last=False)
            self._forget(old, gone)

    def _forget(self, place: bytes, grant: Grant) -> None:
        held = self._of_account.get(grant.account_id or 0)
        if held is not None:
            held.discard(place)
            if not held:
                del self._of_account[grant.account_id or 0]

    def _on_gone(self, event: Event) -> None:
        self._epoch += 1
        for place in list(self._of_account.get(event.a, ())):
            grant = self._grants[place]
            if event.b in (0, grant.token_id):
                del self._grants[place]
                self._forget(place, grant)

    def clear(self) -> None:
        """Drop all."""
        self._epoch += 1
        self._grants.clear()
        self._of_account.clear()


def _grant(row: Any, *, session: bool) -> Grant:
    return Grant(
        token_id=row.id,
        app_id=row.app_id,
        account_id=row.account_id,
        scopes=_EVERY_SCOPE if session else expand(row.scopes),
        role=Role.of(row.role or "member"),
        locale=row.locale or "en",
        confirmed=row.confirmed,
        approved=row.approved,
        disabled=row.disabled,
        suspended=row.suspended,
        session=session,
    )
