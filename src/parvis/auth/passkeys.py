"""Passkeys (WebAuthn): as a second factor, and in place of name and password."""

from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog

from parvis.auth import one_time
from parvis.auth.log_in import check_allowed
from parvis.auth.members import Members
from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import Invalid
from parvis.kernel.ids import new_id
from parvis.kernel.text import clean, shorten

SQL = load(__package__, "passkeys.sql")
log = structlog.get_logger()

_ADD, _USE = "passkey_add", "passkey_use"
_MINUTES = 5
_MOST = 20


class Passkeys:
    """Registers and verifies passkeys. The library is loaded when the first one is used."""

    def __init__(self, db: Database, changes: Changes, members: Members, origin: str, site: str) -> None:
        self._db = db
        self._changes = changes
        self._members = members
        self._origin = origin
        self._host = urlsplit(origin).hostname or "localhost"
        self._site = site

    async def list(self, account_id: int) -> list[Any]:
        """A member's passkeys: id, name, created_at, used_at."""
        return await self._db.all(SQL.list, {"account": account_id})

    async def remove(self, account_id: int, passkey_id: int) -> None:
        """Remove one."""
        await self._db.run(SQL.remove, {"account": account_id, "id": passkey_id})

    async def begin_adding(self, account_id: int) -> tuple[str, str]:
        """Options for the browser (JSON), and the secret that carries the challenge to `add`."""
        import webauthn
        from webauthn.helpers import structs

        member = await self._members.find(account_id)
        known = await self._db.all(SQL.credentials, {"account": account_id})
        if len(known) >= _MOST:
            raise Invalid("credential", f"would be more than {_MOST} passkeys")
        options = webauthn.generate_registration_options(
            rp_id=self._host,
            rp_name=self._site,
            user_id=str(account_id).encode(),
            user_name=member.username,
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(bytes(row.credential_id)) for row in known],
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.PREFERRED,
                user_verification=structs.UserVerificationRequirement.PREFERRED,
            ),
        )
        return webauthn.options_to_json(options), await self._carry(_ADD, account_id, options.challenge)

    async def add(self, account_id: int, key: str, credential: str, name: str) -> None:
        """Keep the passkey that the browser made. Invalid where it is not what was asked for."""
        import webauthn

        challenge = await self._challenge(_ADD, key, account_id)
        try:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
            )
        except Exception as error:
            raise self._refused(error) from error
        params = {
            "account": account_id,
            "id": new_id(),
            "credential": made.credential_id,
            "key": made.credential_public_key,
            "count": made.sign_count,
            "name": shorten(clean(name), 60) or "Passkey",
        }
        if not await self._db.run(SQL.add, params):
            raise Invalid("credential", "is registered already", "ERR_TAKEN")

    async def begin_using(self, account_id: int | None = None) -> tuple[str, str]:
        """Options for the browser, for one member (second step) or for whoever holds a passkey of ours."""
        import webauthn
        from webauthn.helpers import structs

        known = await self._db.all(SQL.credentials, {"account": account_id}) if account_id else []
        options = webauthn.generate_authentication_options(
            rp_id=self._host,
            allow_credentials=[structs.PublicKeyCredentialDescriptor(bytes(row.credential_id)) for row in known],
            user_verification=structs.UserVerificationRequirement.REQUIRED
            if account_id is None
            else structs.UserVerificationRequirement.PREFERRED,
        )
        return webauthn.options_to_json(options), await self._carry(_USE, account_id, options.challenge)

    async def use(self, key: str, credential: str, *, alone: bool) -> int:
        """Whose passkey it is. `alone`: it stands for the password too, so the device must have verified its user."""
        import webauthn
        from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json

        challenge = await self._challenge(_USE, key, None)
        try:
            parsed = parse_authentication_credential_json(credential)
            row = await self._db.maybe(SQL.by_credential, {"credential": base64url_to_bytes(parsed.id)})
            if row is None:
                raise ValueError("unknown passkey")
            done = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=bytes(row.public_key),
                credential_current_sign_count=row.sign_count,
                require_user_verification=alone,
            )
        except Exception as error:
            raise self._refused(error) from error
        check_allowed(await self._members.find(row.account_id))
        await self._db.run(SQL.used, {"credential": row.credential_id, "count": done.new_sign_count})
        return row.account_id

    async def _carry(self, purpose: str, account_id: int | None, challenge: bytes) -> str:
        async with self._changes.transaction() as tx:
            data = {"challenge": challenge.hex(), "for": str(account_id or 0)}
            return await one_time.issue(tx, purpose, account_id, minutes=_MINUTES, data=data)

    async def _challenge(self, purpose: str, key: str, account_id: int | None) -> bytes:
        async with self._changes.transaction() as tx:
            row = await one_time.take(tx, purpose, key)
        if row is None or (account_id is not None and row.account_id != account_id):
            raise Invalid("credential", "took too long: please try again")
        data: dict[str, str] = msgspec.convert(row.data, dict[str, str])
        return bytes.fromhex(data["challenge"])

    def _refused(self, error: Exception) -> Invalid:
        log.info("passkey_refused", reason=str(error)[:200])
        return Invalid("credential", "was not accepted", "ERR_INVALID")
