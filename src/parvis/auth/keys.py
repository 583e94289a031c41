"""Tokens and sessions as a process knows them: looked up once, dropped at once when revoked."""

import time
from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from parvis.auth.scopes import ALL, expand
from parvis.auth.types import Grant, Role
from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Event, Kind
from parvis.db.sql import load

SQL = load(__package__, "keys.sql")

_DAY_S = 86_400
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
        self._day = 0
        changes.on(Kind.TOKENS_GONE, self._on_gone)
        changes.on(Kind.RESET, lambda _: self.clear())

    async def token(self, key: str) -> Grant | None:
        """What a bearer token grants."""
        self._begin_day()
        place = b"t" + digest(key)
        return self._grants.get(place) or await self._find(place, session=False)

    async def session(self, key: str) -> Grant | None:
        """What a browser session grants."""
        self._begin_day()
        place = b"s" + digest(key)
        return self._grants.get(place) or await self._find(place, session=True)

    async def living(self, ids: Iterable[int]) -> set[int]:
        """Which of these tokens and sessions are still good, read now."""
        return {row.id for row in await self._db.all(SQL.living, {"ids": list(ids)})}

    async def _find(self, place: bytes, *, session: bool) -> Grant | None:
        query = SQL.find_session if session else SQL.find_token
        while True:
            epoch = self._epoch
            row = await self._db.maybe(query, {"hash": place[1:]})
            if row is None:
                return None
            if self._epoch == epoch:  # nothing was revoked while we asked; else ask again
                grant = _grant(row, session=session)
                self._remember(place, grant)
                await self._db.run(SQL.seen, {"id": grant.token_id, "account": grant.account_id})
                return grant

    def _begin_day(self) -> None:
        """Once a day every key is looked up again, and so noted as used: that is how active members are counted."""
        today = int(time.time()) // _DAY_S
        if today != self._day:
            self._day = today
            self.clear()

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
