"""Logging in: password first, then a second factor where the member has one."""

from typing import Any

import msgspec

from parvis.auth import one_time
from parvis.auth.attempts import Attempts
from parvis.auth.members import Members
from parvis.auth.passwords import Passwords
from parvis.auth.second_factor import SecondFactor
from parvis.auth.tokens import open_session
from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import Forbidden, Invalid
from parvis.settings import Settings

SQL = load(__package__, "members.sql")

_PENDING = "second_step"
_PENDING_MINUTES = 10


class Passed(msgspec.Struct, frozen=True):
    """What the first step gave: `pending` is carried to the second, or empty where there is none."""

    account_id: int
    pending: str = ""
    totp: bool = False
    passkeys: bool = False


class LogIn:
    """Checks who somebody is."""

    def __init__(
        self,
        db: Database,
        changes: Changes,
        members: Members,
        passwords: Passwords,
        attempts: Attempts,
        second: SecondFactor,
        settings: Settings,
    ) -> None:
        self._db = db
        self._changes = changes
        self._members = members
        self._passwords = passwords
        self._attempts = attempts
        self._second = second
        self._settings = settings

    async def password(self, login: str, password: str, address: str) -> Passed:
        """The first step. Invalid alike for an unknown name and a wrong password; TooMany after many failures, counted by
        account and by `address` (what counts as one caller)."""
        limits = self._settings.limits
        member = await self._members.by_login(login.strip())
        who = f"log-in:{member.account_id if member else login.strip().lower()[:100]}"
        where = f"log-in-from:{address}"
        await self._attempts.spend(who, limits.log_ins_per_account)
        await self._attempts.spend(where, limits.log_ins_per_address)
        right = await self._passwords.verify(member.password_hash if member else None, password)
        if member is None or not right:
            raise Invalid("login", "or password is not right", "ERR_INVALID")
        await self._attempts.forget(who)
        await self._attempts.give_back(where)
        check_allowed(member)
        if self._passwords.outdated(member.password_hash):
            fresh = await self._passwords.hash(password)
            await self._db.run(SQL.set_password, {"id": member.account_id, "hash": fresh})
        state = await self._second.state(member.account_id)
        if not (state.totp or state.passkeys):
            return Passed(member.account_id)
        async with self._changes.transaction() as tx:
            pending = await one_time.issue(tx, _PENDING, member.account_id, minutes=_PENDING_MINUTES)
        return Passed(member.account_id, pending, state.totp, state.passkeys)

    async def pending(self, key: str) -> Passed | None:
        """Who is between the two steps, or None where that has run out."""
        async with self._db.connection() as db:
            row = await one_time.peek(db, _PENDING, key)
        if row is None:
            return None
        state = await self._second.state(row.account_id)
        return Passed(row.account_id, key, state.totp, state.passkeys)

    async def code(self, key: str, code: str) -> int:
        """The second step by a code (from the app, or a recovery code); returns the account."""
        passed = await self.pending(key)
        if passed is None:
            raise Invalid("form", "The log-in took too long: please begin again")
        await self._second.check_code(passed.account_id, code)
        return await self._finish(key)

    async def by_passkey(self, key: str, account_id: int) -> int:
        """The second step by a passkey that was verified for this account."""
        passed = await self.pending(key)
        if passed is None or passed.account_id != account_id:
            raise Invalid("form", "The log-in took too long: please begin again")
        return await self._finish(key)

    async def _finish(self, key: str) -> int:
        async with self._changes.transaction() as tx:
            row = await one_time.take(tx, _PENDING, key)
        if row is None:
            raise Invalid("form", "The log-in took too long: please begin again")
        return row.account_id

    async def open(self, account_id: int, address: str, agent: str) -> str:
        """A browser session for who has passed; returns its key."""
        check_allowed(await self._members.find(account_id))
        async with self._changes.transaction() as tx:
            return await open_session(tx, account_id, address=address, agent=agent, days=self._settings.sessions.days)


def check_allowed(member: Any) -> None:
    """Forbidden where the member may not log in at all."""
    if member.disabled_at is not None or member.state in (2, 3):
        raise Forbidden("Your login is currently disabled")
