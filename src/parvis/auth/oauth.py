"""OAuth 2.0 (RFC 6749, PKCE by RFC 7636, revocation by RFC 7009, best practice by RFC 9700): the server's side."""

import hmac
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Annotated, NamedTuple
from urllib.parse import urlencode, urlsplit

import msgspec

from parvis.auth import scopes as scope_tree
from parvis.auth.apps import OUT_OF_BAND, App, Apps, secret_matches
from parvis.auth.keys import digest
from parvis.auth.sealing import new_key
from parvis.auth.tokens import Issued, end_token, issue_token
from parvis.db.changes import Changes, Telling
from parvis.db.sql import load
from parvis.kernel.errors import Forbidden, Invalid, ParvisError
from parvis.settings import Sessions

SQL = load(__package__, "oauth.sql")

_SHORT = msgspec.Meta(max_length=2000)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43,128}")


class OAuthError(ParvisError):
    """What RFC 6749 calls an error response: `word` is its error, the message its error_description."""

    def __init__(self, word: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.word = word
        self.status = status


class AuthorizeParams(msgspec.Struct, frozen=True, kw_only=True):
    """What an app asks for when it sends a member to us."""

    response_type: Annotated[str, _SHORT] = "code"
    client_id: Annotated[str, _SHORT] = ""
    redirect_uri: Annotated[str, _SHORT] = ""
    scope: Annotated[str, _SHORT] = "read"
    state: Annotated[str, _SHORT] | None = None
    code_challenge: Annotated[str, _SHORT] | None = None
    code_challenge_method: Annotated[str, _SHORT] | None = None
    force_login: bool = False


class Asked(NamedTuple):
    """A checked request: what the consent page shows."""

    app: App
    params: AuthorizeParams
    scopes: tuple[str, ...]


class Granted(NamedTuple):
    """A token, and what it is for."""

    token: Issued
    scopes: list[str]


class OAuth:
    """Answers apps."""

    def __init__(self, changes: Changes, apps: Apps, settings: Sessions) -> None:
        self._changes = changes
        self._apps = apps
        self._settings = settings

    async def examine(self, params: AuthorizeParams) -> Asked:
        """Check a request before anybody is asked. Invalid: nothing may be sent to that address; it is shown as a page."""
        app = await self._apps.find(params.client_id) if params.client_id else None
        if app is None:
            raise Invalid("client_id", "is not known here: the app must register again", "invalid_client")
        if params.redirect_uri not in app.redirect_uris:
            raise Invalid("redirect_uri", "is not one that the app registered", "invalid_redirect_uri")
        if params.response_type != "code":
            raise Invalid("response_type", "must be code", "unsupported_response_type")
        if params.code_challenge is not None:
            if params.code_challenge_method != "S256":
                raise Invalid("code_challenge_method", "must be S256", "invalid_request")
            if not _CHALLENGE.fullmatch(params.code_challenge):
                raise Invalid("code_challenge", "is malformed", "invalid_request")
        try:
            asked = scope_tree.parse(params.scope) or ("read",)
        except ValueError as error:
            raise Invalid("scope", str(error), "invalid_scope") from error
        if not scope_tree.within(asked, app.scopes):
            raise Invalid("scope", "is more than the app registered", "invalid_scope")
        return Asked(app, params, asked)

    async def approve(self, asked: Asked, account_id: int) -> str:
        """The member lets the app in: returns the code."""
        code = new_key()
        async with self._changes.transaction() as tx:
            await tx.run(
                SQL.insert_code,
                {
                    "hash": digest(code),
                    "app": asked.app.id,
                    "account": account_id,
                    "redirect_uri": asked.params.redirect_uri,
                    "scopes": list(asked.scopes),
                    "challenge": asked.params.code_challenge,
                    "minutes": self._settings.code_minutes,
                },
            )
        return code

    async def exchange(self, app: App, code: str, redirect_uri: str, verifier: str | None) -> Granted:
        """A code for a token, once. A second use ends the token that the first one gave: somebody copied the code."""
        async with self._changes.transaction() as tx:
            row = await tx.maybe(SQL.code_for_update, {"hash": digest(code)})
            if row is not None and row.used_at is not None:
                if row.token_id is not None:
                    await end_token(tx, row.token_id)
                row = None
            elif row is not None:
                self._check_code(row, app, redirect_uri, verifier)
                token = await issue_token(tx, app.id, row.account_id, row.scopes)
                await tx.run(SQL.use_code, {"hash": digest(code), "token": token.id})
                return Granted(token, row.scopes)
        raise OAuthError("invalid_grant", "The code is unknown, was used, or has run out")

    def _check_code(self, row: object, app: App, redirect_uri: str, verifier: str | None) -> None:
        challenge: str | None = getattr(row, "challenge", None)
        if getattr(row, "expired", True) or getattr(row, "app_id", None) != app.id:
            raise OAuthError("invalid_grant", "The code is unknown, was used, or has run out")
        if getattr(row, "redirect_uri", None) != redirect_uri:
            raise OAuthError("invalid_grant", "The redirect_uri is not the one that the code was given to")
        # A verifier without a challenge means that somebody took the challenge out on the way (RFC 9700, 4.8.2).
        if (challenge or verifier) and not hmac.compare_digest(challenge or "", s256(verifier or "")):
            raise OAuthError("invalid_grant", "The code_verifier does not match")

    async def for_app(self, app: App, scope: str) -> Granted:
        """A token in the app's own name (client credentials)."""
        asked = self._within(app, scope)
        async with self._changes.transaction() as tx:
            return Granted(await issue_token(tx, app.id, None, asked), list(asked))

    async def for_member(self, app: App, account_id: int, scope: str) -> Granted:
        """A token in a member's name without a code: sign-up by an app, or the password grant."""
        async with self._changes.transaction() as tx:
            return await self.for_member_within(tx, app, account_id, scope)

    async def for_member_within(self, tx: Telling, app: App, account_id: int, scope: str) -> Granted:
        """The same inside the caller's transaction."""
        asked = self._within(app, scope)
        return Granted(await issue_token(tx, app.id, account_id, asked), list(asked))

    def _within(self, app: App, scope: str) -> tuple[str, ...]:
        try:
            asked = scope_tree.parse(scope) or ("read",)
        except ValueError as error:
            raise OAuthError("invalid_scope", str(error)) from error
        if not scope_tree.within(asked, app.scopes):
            raise OAuthError("invalid_scope", "The requested scope is more than the app registered")
        return asked

    async def authenticate(self, client_id: str, secret: str) -> App:
        """The app that calls. OAuthError (401) where the secret is wrong."""
        app = await self._apps.find(client_id) if client_id else None
        if app is None or not secret_matches(app, secret):
            raise OAuthError("invalid_client", "Client authentication failed", 401)
        return app

    async def revoke(self, app: App, key: str) -> None:
        """End a token that the app holds. Unknown tokens are no error (RFC 7009); another app's is Forbidden."""
        async with self._changes.transaction() as tx:
            row = await tx.maybe(SQL.token_by_hash, {"hash": digest(key)})
            if row is None:
                return
            if row.app_id != app.id:
                raise Forbidden("You are not authorized to revoke this token")
            await end_token(tx, row.id)


def s256(verifier: str) -> str:
    """The PKCE challenge of a verifier (RFC 7636, 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def return_address(params: AuthorizeParams, **answer: str) -> str:
    """Where the browser goes with the answer: the app's registered address, with our parameters added to its own."""
    query = {**answer, **({"state": params.state} if params.state is not None else {})}
    join = "&" if urlsplit(params.redirect_uri).query else "?"
    return f"{params.redirect_uri}{join}{urlencode(query)}"


def is_out_of_band(params: AuthorizeParams) -> bool:
    """Whether the code is shown to be typed in."""
    return params.redirect_uri == OUT_OF_BAND
