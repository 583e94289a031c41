"""Joining: open, by approval, by invitation, closed; with confirmation by mail where there is mail."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from psycopg.errors import UniqueViolation

from parvis.accounts.create import insert_account, name_fault
from parvis.auth.email import email_fault, email_key
from parvis.auth.keys import digest
from parvis.auth.letters import SEND_CONFIRMATION
from parvis.auth.passwords import Passwords, password_fault
from parvis.auth.types import Role
from parvis.db.changes import Changes, Telling
from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.jobs.queue import Jobs
from parvis.kernel.errors import Forbidden, Invalid
from parvis.kernel.text import clean
from parvis.settings import Settings

SQL = load(__package__, "members.sql")

_MOST_REASON = 1000

Faults = dict[str, list[tuple[str, str]]]


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sends to join."""

    username: str
    email: str
    password: str
    agreement: bool = False
    locale: str = "en"
    reason: str = ""
    invite: str = ""
    birth: str = ""  # YYYY-MM-DD, where the server asks for an age
    app_id: int | None = None


class Joined(msgspec.Struct, frozen=True):
    """A new member: whether they can act at once."""

    account_id: int
    confirmed: bool
    approved: bool


class SignUp:
    """Takes new members in."""

    def __init__(
        self,
        db: Database,
        changes: Changes,
        passwords: Passwords,
        jobs: Jobs,
        settings: Settings,
        may_be_called: Callable[[str], Awaitable[bool]],
    ) -> None:
        """`may_be_called` is the gate for user names."""
        self._may_be_called = may_be_called
        self._db = db
        self._changes = changes
        self._passwords = passwords
        self._jobs = jobs
        self._settings = settings

    async def join(self, application: Application) -> Joined:
        """A new member. Invalid names every fault at once; Forbidden where nobody can join. The password is hashed in turn
        (see `Passwords`): under a rush this waits, and nothing is written until it is done."""
        mode = self._settings.sign_up.mode
        if mode == "closed":
            raise Forbidden("Sign-up is closed on this server")
        faults = await self._faults(application)
        if faults:
            raise Invalid.many(faults)
        if not await self._may_be_called(application.username):
            raise Invalid("username", "can't be used here", "ERR_RESERVED")
        hashed = await self._passwords.hash(application.password)
        confirmed, approved = not self._settings.mail_on, mode != "approval"
        try:
            async with self._changes.transaction() as tx:
                invite_id = await self._use_invite(tx, application.invite) if mode == "invitation" else None
                joined = await self._insert(tx, application, hashed, invite_id, confirmed=confirmed, approved=approved)
                if not confirmed:
                    await self._jobs.defer(tx, SEND_CONFIRMATION, account_id=joined.account_id, email=application.email)
        except UniqueViolation as error:
            field = "email" if "email" in str(error) else "username"
            raise Invalid(field, "has already been taken", "ERR_TAKEN") from error
        return joined

    async def _faults(self, application: Application) -> Faults:
        settings = self._settings
        found: Faults = {}

        def note(field: str, fault: tuple[str, str] | None) -> None:
            if fault is not None:
                found.setdefault(field, []).append(fault)

        note("username", name_fault(application.username, settings.sign_up.reserved_names))
        note("email", email_fault(application.email, settings.sign_up.blocked_mail_domains))
        note("password", password_fault(application.password, settings.passwords.least_length))
        if not application.agreement:
            note("agreement", ("ERR_ACCEPTED", "must be accepted"))
        if settings.sign_up.mode == "approval" and not clean(application.reason):
            note("reason", ("ERR_BLANK", "can't be blank"))
        if len(application.reason) > _MOST_REASON:
            note("reason", ("ERR_TOO_LONG", f"is too long (maximum is {_MOST_REASON} characters)"))
        if settings.sign_up.min_age:
            note("date_of_birth", _age_fault(application.birth, settings.sign_up.min_age))
        if settings.sign_up.mode == "invitation" and not application.invite:
            note("invite_code", ("ERR_BLANK", "is needed to join"))
        taken = await self._db.one(SQL.taken, {"username": application.username, "email": email_key(application.email)})
        if taken.username and "username" not in found:
            note("username", ("ERR_TAKEN", "has already been taken"))
        if taken.email and "email" not in found:
            note("email", ("ERR_TAKEN", "has already been taken"))
        return found

    async def _use_invite(self, tx: Telling, code: str) -> int:
        row = await tx.maybe(SQL.use_invite, {"hash": digest(code)})
        if row is None:
            raise Invalid("invite_code", "is unknown, used up or has run out", "ERR_INVALID")
        return row.id

    async def _insert(
        self,
        tx: Telling,
        application: Application,
        hashed: str,
        invite_id: int | None,
        *,
        confirmed: bool,
        approved: bool,
    ) -> Joined:
        account = await insert_account(tx, application.username, waiting=not (confirmed and approved))
        await insert_member(
            tx,
            account.id,
            email=application.email,
            password_hash=hashed,
            locale=application.locale,
            confirmed=confirmed,
            approved=approved,
            reason=clean(application.reason),
            invite_id=invite_id,
            app_id=application.app_id,
        )
        return Joined(account.id, confirmed, approved)


async def insert_member(
    tx: Telling,
    account_id: int,
    *,
    email: str,
    password_hash: str,
    locale: str = "en",
    role: Role = Role.MEMBER,
    confirmed: bool = True,
    approved: bool = True,
    reason: str = "",
    invite_id: int | None = None,
    app_id: int | None = None,
) -> None:
    """The member behind a new account."""
    params: dict[str, Any] = {
        "account": account_id,
        "email": email,
        "email_key": email_key(email),
        "password_hash": password_hash,
        "role": role.name.lower(),
        "locale": locale.split("-")[0][:8] or "en",
        "confirmed": confirmed,
        "approved": approved,
        "reason": reason,
        "invite": invite_id,
        "app": app_id,
    }
    await tx.run(SQL.insert_member, params)


def _age_fault(birth: str, least: int) -> tuple[str, str] | None:
    try:
        born = date.fromisoformat(birth)
    except ValueError:
        return "ERR_BLANK" if not birth else "ERR_INVALID", "must be a date (YYYY-MM-DD)"
    today = datetime.now(UTC).date()
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return None if least <= age < 130 else ("ERR_BELOW_LIMIT", f"must be at least {least} years ago")
