"""The second factor: codes from an app (TOTP, RFC 6238), recovery codes; whether there are passkeys."""

import secrets
import time
from hashlib import sha256
from typing import NamedTuple

import pyotp
from pyotp.totp import TOTP

from parvis.auth.attempts import Attempts
from parvis.auth.sealing import Sealer
from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import Invalid, NotFound
from parvis.settings import Limits

SQL = load(__package__, "second_factor.sql")

_STEP_S = 30
_RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are read as another


class State(NamedTuple):
    """What a member has set up."""

    totp: bool
    passkeys: bool
    recovery_left: int


class Setup(NamedTuple):
    """What is shown to set an app up: the secret, and the address for its QR code."""

    secret: str
    uri: str


class SecondFactor:
    """Sets codes up and checks them."""

    def __init__(
        self, db: Database, changes: Changes, attempts: Attempts, sealer: Sealer, limits: Limits, issuer: str
    ) -> None:
        self._db = db
        self._changes = changes
        self._attempts = attempts
        self._sealer = sealer
        self._limits = limits
        self._issuer = issuer

    async def state(self, account_id: int) -> State:
        """What the member has set up."""
        row = await self._db.maybe(SQL.state, {"id": account_id})
        return State(row.totp, row.passkeys, row.recovery_left) if row else State(False, False, 0)

    async def begin(self, account_id: int, name: str) -> Setup:
        """A new secret, not in force before a code of it was typed in."""
        secret = pyotp.random_base32()
        await self._db.run(SQL.begin_totp, {"id": account_id, "secret": self._seal(account_id, secret)})
        return Setup(secret, TOTP(secret).provisioning_uri(name=name, issuer_name=self._issuer))

    async def pending(self, account_id: int, name: str) -> Setup:
        """The secret that waits for its first code, or a new one."""
        row = await self._db.maybe(SQL.totp, {"id": account_id})
        secret = self._open(account_id, row.totp_secret) if row and not row.enabled else None
        if secret is None:
            return await self.begin(account_id, name)
        return Setup(secret, TOTP(secret).provisioning_uri(name=name, issuer_name=self._issuer))

    async def enable(self, account_id: int, code: str) -> list[str]:
        """Put the secret in force with its first code; returns fresh recovery codes, which are shown once."""
        row = await self._db.maybe(SQL.totp, {"id": account_id})
        secret = self._open(account_id, row.totp_secret) if row else None
        if row is None or secret is None or row.enabled:
            raise NotFound
        await self._attempts.spend(f"code:{account_id}", self._limits.log_ins_per_account)
        step = _matching_step(secret, code)
        if step is None:
            raise Invalid("code", "is not right: is the clock of your device?", "ERR_INVALID")
        codes = [_recovery_code() for _ in range(_RECOVERY_CODES)]
        async with self._changes.transaction() as tx:
            await tx.run(SQL.enable_totp, {"id": account_id, "step": step})
            await tx.run(SQL.replace_recovery, {"id": account_id, "hashes": [_hash(code) for code in codes]})
        return codes

    async def disable(self, account_id: int) -> None:
        """Codes are no longer asked for; the recovery codes go too."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.disable_totp, {"id": account_id})
            await tx.run(SQL.replace_recovery, {"id": account_id, "hashes": []})

    async def remove_all(self, account_id: int) -> None:
        """An administrator lets in who has lost every device: no code, no recovery code, no passkey."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.disable_totp, {"id": account_id})
            await tx.run(SQL.replace_recovery, {"id": account_id, "hashes": []})
            await tx.run(SQL.remove_passkeys, {"id": account_id})

    async def new_recovery_codes(self, account_id: int) -> list[str]:
        """Fresh recovery codes in place of the old ones, shown once."""
        codes = [_recovery_code() for _ in range(_RECOVERY_CODES)]
        await self._db.run(SQL.replace_recovery, {"id": account_id, "hashes": [_hash(code) for code in codes]})
        return codes

    async def check_code(self, account_id: int, code: str) -> None:
        """A code of the app (each works once) or a recovery code. Invalid where it is neither; TooMany after many."""
        await self._attempts.spend(f"code:{account_id}", self._limits.log_ins_per_account)
        plain = code.replace(" ", "").replace("-", "").lower()
        row = await self._db.maybe(SQL.totp, {"id": account_id})
        secret = self._open(account_id, row.totp_secret) if row and row.enabled else None
        step = _matching_step(secret, plain) if secret else None
        used = step is not None and await self._db.run(SQL.use_step, {"id": account_id, "step": step})
        if not used and not await self._db.run(SQL.use_recovery, {"id": account_id, "hash": _hash(plain)}):
            raise Invalid("code", "is not right, or was used before", "ERR_INVALID")
        await self._attempts.forget(f"code:{account_id}")

    def _seal(self, account_id: int, secret: str) -> str:
        return self._sealer.seal(secret, f"totp:{account_id}")

    def _open(self, account_id: int, sealed: str | None) -> str | None:
        return self._sealer.open(sealed, f"totp:{account_id}") if sealed else None


def _matching_step(secret: str, code: str) -> int | None:
    """The 30-second step that a code belongs to, one before and after now included."""
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return None
    totp = TOTP(secret)
    now = int(time.time()) // _STEP_S
    for step in (now, now - 1, now + 1):
        if secrets.compare_digest(totp.generate_otp(step), code):
            return step
    return None


def _recovery_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(12))


def _hash(code: str) -> bytes:
    return sha256(f"recovery:{code}".encode()).digest()
