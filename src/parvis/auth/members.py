"""What is done with members: passwords, addresses, roles, approval, suspension. Each ends what speaks in their name where
it must."""

import secrets
from typing import Any

from psycopg.errors import UniqueViolation

from parvis.accounts.cache import ACTIVE, LEAVING, SUSPENDED, WAITING
from parvis.accounts.create import insert_account, name_fault
from parvis.auth import one_time
from parvis.auth.attempts import Attempts
from parvis.auth.email import email_fault, email_key
from parvis.auth.letters import CONFIRM, RESET, SEND_CONFIRMATION, SEND_RESET
from parvis.auth.passwords import Passwords, password_fault
from parvis.auth.sign_up import insert_member
from parvis.auth.tokens import end_all
from parvis.auth.types import Role
from parvis.db.changes import Changes, Telling
from parvis.db.pool import Database
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.jobs.queue import Jobs
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.settings import Settings

SQL = load(__package__, "members.sql")


class Members:
    """Changes members."""

    def __init__(
        self,
        db: Database,
        changes: Changes,
        passwords: Passwords,
        attempts: Attempts,
        jobs: Jobs,
        settings: Settings,
    ) -> None:
        self._db = db
        self._changes = changes
        self._passwords = passwords
        self._attempts = attempts
        self._jobs = jobs
        self._settings = settings

    async def find(self, account_id: int) -> Any:
        """The member's row. NotFound."""
        row = await self._db.maybe(SQL.member, {"id": account_id})
        if row is None:
            raise NotFound
        return row

    async def by_login(self, login: str) -> Any | None:
        """A member by user name or mail address."""
        return await self._db.maybe(SQL.member_by_login, {"login": login.lstrip("@"), "email": email_key(login)})

    async def list(self, limit: int = 100) -> list[Any]:
        """Members, newest first."""
        return await self._db.all(SQL.list_members, {"limit": limit})

    async def create(self, username: str, email: str, role: Role, locale: str = "en") -> tuple[int, str]:
        """A member made by an administrator: confirmed, approved; returns the account and the password."""
        for field, fault in (("username", name_fault(username, ())), ("email", email_fault(email, ()))):
            if fault is not None:
                raise Invalid(field, fault[1], fault[0])
        password = secrets.token_urlsafe(15)
        hashed = await self._passwords.hash(password)
        try:
            async with self._changes.transaction() as tx:
                account = await insert_account(tx, username)
                await insert_member(tx, account.id, email=email, password_hash=hashed, locale=locale, role=role)
        except UniqueViolation as error:
            raise Invalid("email" if "email" in str(error) else "username", "has already been taken") from error
        return account.id, password

    async def check_password(self, account_id: int, password: str) -> None:
        """Forbidden where it is wrong; TooMany after many wrong ones."""
        member = await self.find(account_id)
        key = f"password:{account_id}"
        await self._attempts.spend(key, self._settings.limits.log_ins_per_account)
        if not await self._passwords.verify(member.password_hash, password):
            raise Invalid("current_password", "is not right", "ERR_INVALID")
        await self._attempts.forget(key)

    async def change_password(self, account_id: int, current: str, fresh: str, session_id: int | None) -> None:
        """A new password by the member: everything but the session that asks ends."""
        fault = password_fault(fresh, self._settings.passwords.least_length)
        if fault is not None:
            raise Invalid("password", fault[1], fault[0])
        await self.check_password(account_id, current)
        await self._set_password(account_id, fresh, keep=session_id)

    async def reset_password(self, account_id: int) -> str:
        """A new random password: everything that speaks in the member's name ends. Returns it."""
        await self.find(account_id)
        password = secrets.token_urlsafe(15)
        await self._set_password(account_id, password)
        return password

    async def _set_password(self, account_id: int, password: str, keep: int | None = None) -> None:
        hashed = await self._passwords.hash(password)
        async with self._changes.transaction() as tx:
            await tx.run(SQL.set_password, {"id": account_id, "hash": hashed})
            await end_all(tx, account_id, keep_session=keep)

    async def ask_reset(self, login: str) -> None:
        """Send a link to choose a new password; nothing tells whether there is such a member."""
        await self._attempts.spend(f"mail:{email_key(login)}", self._settings.limits.mails_per_target)
        if self._settings.mail_on:
            async with self._changes.transaction() as tx:
                await self._jobs.defer(tx, SEND_RESET, login=login)

    async def finish_reset(self, key: str, password: str) -> int:
        """A new password with the link's secret; returns the account."""
        fault = password_fault(password, self._settings.passwords.least_length)
        if fault is not None:
            raise Invalid("password", fault[1], fault[0])
        if await one_time.peek(self._db, RESET, key) is None:  # a guess costs no hash
            raise _spent()
        hashed = await self._passwords.hash(password)
        async with self._changes.transaction() as tx:
            row = await one_time.take(tx, RESET, key)
            if row is None:
                raise _spent()
            await tx.run(SQL.set_password, {"id": row.account_id, "hash": hashed})
            await end_all(tx, row.account_id)
        return row.account_id

    async def resend_confirmation(self, account_id: int, email: str | None = None) -> None:
        """Send the confirmation again, to another address if one is given and none was ever confirmed: afterwards a token
        alone must not move an account to another mailbox."""
        member = await self.find(account_id)
        if member.confirmed_at is not None and (email is not None or member.unconfirmed_email is None):
            raise Forbidden("This method is only available while the e-mail is awaiting confirmation")
        await self._ask_confirmation(account_id, email or member.unconfirmed_email or member.email)

    async def _ask_confirmation(self, account_id: int, target: str) -> None:
        """Send the confirmation. Limited by target, whoever asks."""
        fault = email_fault(target, self._settings.sign_up.blocked_mail_domains)
        if fault is not None:
            raise Invalid("email", fault[1], fault[0])
        await self._attempts.spend(f"mail:{email_key(target)}", self._settings.limits.mails_per_target)
        await self._attempts.spend(f"mail-by:{account_id}", self._settings.limits.mails_per_target)
        async with self._changes.transaction() as tx:
            await tx.run(SQL.ask_email, {"id": account_id, "email": target})
            await self._jobs.defer(tx, SEND_CONFIRMATION, account_id=account_id, email=target)

    async def confirm(self, key: str) -> int:
        """The link was opened: returns the account. Invalid where the secret is not good."""
        try:
            async with self._changes.transaction() as tx:
                row = await one_time.take(tx, CONFIRM, key)
                if row is None:
                    raise _spent()
                email: str = row.data["email"]
                params = {"id": row.account_id, "email": email, "key": email_key(email)}
                if await tx.maybe(SQL.set_confirmed, params) is None:
                    raise _spent()
                member = await tx.one(SQL.member, {"id": row.account_id})
                if member.approved_at is not None and member.state == WAITING:
                    await self._set_state(tx, row.account_id, ACTIVE)
                tx.tell(Kind.TOKENS_GONE, row.account_id, 0)  # they are read again, now with more rights
        except UniqueViolation as error:
            raise Invalid("email", "has already been taken", "ERR_TAKEN") from error
        return row.account_id

    async def change_email(self, account_id: int, email: str, password: str) -> None:
        """A new address: at once where there is no mail, else after it was confirmed."""
        fault = email_fault(email, self._settings.sign_up.blocked_mail_domains)
        if fault is not None:
            raise Invalid("email", fault[1], fault[0])
        await self.check_password(account_id, password)
        if self._settings.mail_on:
            await self._ask_confirmation(account_id, email)
        else:
            await self.set_email(account_id, email)

    async def set_email(self, account_id: int, email: str) -> None:
        """A new address, confirmed by whoever sets it."""
        try:
            await self._db.run(SQL.set_email, {"id": account_id, "email": email, "key": email_key(email)})
        except UniqueViolation as error:
            raise Invalid("email", "has already been taken", "ERR_TAKEN") from error

    async def set_role(self, account_id: int, role: Role) -> None:
        """Another role, known to every process at once."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.set_role, {"id": account_id, "role": role.name.lower()})
            tx.tell(Kind.TOKENS_GONE, account_id, 0)

    async def approve(self, account_id: int) -> None:
        """Let a waiting member in."""
        async with self._changes.transaction() as tx:
            row = await tx.maybe(SQL.set_approved, {"id": account_id})
            if row is None:
                raise NotFound
            if row.confirmed_at is not None:
                await self._set_state(tx, account_id, ACTIVE)
            tx.tell(Kind.TOKENS_GONE, account_id, 0)

    async def reject(self, account_id: int) -> None:
        """Turn away somebody who waits to be let in: nothing of them stays. NotFound where nobody waits."""
        async with self._changes.transaction() as tx:
            if await tx.maybe(SQL.remove_waiting, {"id": account_id}) is None:
                raise NotFound
            tx.tell(Kind.TOKENS_GONE, account_id, 0)

    async def suspend(self, account_id: int) -> None:
        """Hide the account and end all that speaks in its name."""
        async with self._changes.transaction() as tx:
            await self._set_state(tx, account_id, SUSPENDED)
            await end_all(tx, account_id)

    async def unsuspend(self, account_id: int) -> None:
        """Show the account again; its member logs in anew."""
        member = await self.find(account_id)
        if member.state == LEAVING:
            raise Forbidden("This account is being deleted")
        ready = member.confirmed_at is not None and member.approved_at is not None
        async with self._changes.transaction() as tx:
            await self._set_state(tx, account_id, ACTIVE if ready else WAITING)

    async def disable(self, account_id: int, *, on: bool = True) -> None:
        """Forbid log-in (or allow it again); posts stay."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.set_disabled, {"id": account_id, "on": on})
            await end_all(tx, account_id)

    async def set_preferences(
        self, account_id: int, *, locale: str, audience: int, sensitive: bool, language: str | None
    ) -> None:
        """Language of the pages, and what posts are unless they say otherwise."""
        params = {"id": account_id, "locale": locale, "audience": audience, "sensitive": sensitive}
        async with self._changes.transaction() as tx:
            await tx.run(SQL.set_preferences, {**params, "language": language})
            tx.tell(Kind.TOKENS_GONE, account_id, 0)  # grants carry the language; sockets come back by themselves

    async def set_locale(self, account_id: int, locale: str) -> None:
        """Language of the pages."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.set_locale, {"id": account_id, "locale": locale})
            tx.tell(Kind.TOKENS_GONE, account_id, 0)

    async def _set_state(self, tx: Telling, account_id: int, state: int) -> None:
        if not await tx.run(SQL.set_state, {"id": account_id, "state": state}):
            raise NotFound
        tx.tell(Kind.ACCOUNT_CHANGED, account_id)
        tx.tell(Kind.TIMELINE_CHANGED, account_id)


def _spent() -> Invalid:
    return Invalid("token", "is unknown, was used, or has run out", "ERR_INVALID")
