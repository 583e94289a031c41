"""Letters to members, as jobs: the secret in a letter is made when it is sent, so no row ever holds it."""

from parvis.auth import one_time
from parvis.auth.email import email_key
from parvis.auth.mail import Mailer
from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.sql import load

SQL = load(__package__, "members.sql")

CONFIRM = "confirm"
RESET = "reset"
_CONFIRM_MINUTES = 60 * 24 * 2
_RESET_MINUTES = 60

# Names of the jobs.
SEND_CONFIRMATION = "mail_confirmation"
SEND_RESET = "mail_reset"


class Letters:
    """Writes them."""

    def __init__(self, db: Database, changes: Changes, mailer: Mailer) -> None:
        self._db = db
        self._changes = changes
        self._mailer = mailer

    async def confirm(self, account_id: int, email: str) -> None:
        """Ask whoever reads this mailbox to confirm that it is the member's. The secret confirms no other one."""
        member = await self._db.maybe(SQL.member, {"id": account_id})
        if member is None or email not in (member.email, member.unconfirmed_email):
            return
        async with self._changes.transaction() as tx:
            key = await one_time.issue(tx, CONFIRM, account_id, minutes=_CONFIRM_MINUTES, data={"email": email})
        await self._mailer.confirm(email, member.locale, member.username, key)

    async def reset(self, login: str) -> None:
        """Send the member of this name or mailbox, if there is one, a link to choose a new password."""
        member = await self._db.maybe(SQL.member_by_login, {"login": login.lstrip("@"), "email": email_key(login)})
        if member is None:
            return
        async with self._changes.transaction() as tx:
            key = await one_time.issue(tx, RESET, member.account_id, minutes=_RESET_MINUTES)
        await self._mailer.reset(member.email, member.locale, member.username, key)
