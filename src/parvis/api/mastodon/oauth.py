"""OAuth's machine endpoints: token, revocation, metadata. The page that asks the member is the web face's."""

from base64 import b64decode
from typing import Annotated
from urllib.parse import unquote

import msgspec

from parvis.auth.oauth import Granted, OAuthError
from parvis.auth.scopes import ALL
from parvis.http.address import bucket
from parvis.http.call import Call
from parvis.http.respond import Response, reply
from parvis.kernel.errors import Forbidden, Invalid
from parvis.kernel.ids import id_time

_TEXT = msgspec.Meta(max_length=4000)


class TokenParams(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters of every grant."""

    grant_type: Annotated[str, _TEXT] = ""
    client_id: Annotated[str, _TEXT] = ""
    client_secret: Annotated[str, _TEXT] = ""
    code: Annotated[str, _TEXT] = ""
    redirect_uri: Annotated[str, _TEXT] = ""
    code_verifier: Annotated[str, _TEXT] | None = None
    scope: Annotated[str, _TEXT] = "read"
    username: Annotated[str, _TEXT] = ""
    password: Annotated[str, _TEXT] = ""


class RevokeParams(msgspec.Struct, frozen=True, kw_only=True):
    """The token to end, and who asks."""

    client_id: Annotated[str, _TEXT] = ""
    client_secret: Annotated[str, _TEXT] = ""
    token: Annotated[str, _TEXT] = ""


async def token(call: Call, params: TokenParams) -> Response:
    """POST /oauth/token"""
    try:
        client_id, secret = _client(call, params.client_id, params.client_secret)
        app = await call.app.oauth.authenticate(client_id, secret)
        if params.grant_type == "authorization_code":
            granted = await call.app.oauth.exchange(app, params.code, params.redirect_uri, params.code_verifier)
        elif params.grant_type == "client_credentials":
            granted = await call.app.oauth.for_app(app, params.scope)
        elif params.grant_type == "password" and call.settings.sessions.password_grant:
            granted = await _by_password(call, app, params)
        else:
            raise OAuthError("unsupported_grant_type", "The grant_type is not supported by this server")
    except OAuthError as error:
        return _error(error)
    return token_reply(granted)


async def _by_password(call: Call, app: object, params: TokenParams) -> Granted:
    """The password grant: off by default, and never for members with a second factor."""
    try:
        passed = await call.app.log_in.password(params.username, params.password, bucket(call.address))
    except (Invalid, Forbidden) as error:
        raise OAuthError("invalid_grant", error.message) from error
    if passed.pending:
        raise OAuthError("invalid_grant", "This account needs a second factor: log in by the browser")
    return await call.app.oauth.for_member(app, passed.account_id, params.scope)


async def revoke(call: Call, params: RevokeParams) -> Response:
    """POST /oauth/revoke"""
    try:
        client_id, secret = _client(call, params.client_id, params.client_secret)
        app = await call.app.oauth.authenticate(client_id, secret)
        await call.app.oauth.revoke(app, params.token)
    except Forbidden as error:
        return _error(OAuthError("unauthorized_client", error.message, 403))
    except OAuthError as error:
        return _error(error)
    return reply({})


async def metadata(call: Call) -> Response:
    """GET /.well-known/oauth-authorization-server (RFC 8414)"""
    origin = call.settings.origin
    grants = ["authorization_code", "client_credentials"]
    if call.settings.sessions.password_grant:
        grants.append("password")
    return reply(
        {
            "issuer": f"{origin}/",
            "authorization_endpoint": f"{origin}/oauth/authorize",
            "token_endpoint": f"{origin}/oauth/token",
            "revocation_endpoint": f"{origin}/oauth/revoke",
            "app_registration_endpoint": f"{origin}/api/v1/apps",
            "scopes_supported": list(ALL),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": grants,
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "service_documentation": f"{origin}/about",
        }
    )


def token_reply(granted: Granted) -> Response:
    """A Token entity."""
    made = int(id_time(granted.token.id).timestamp())
    body = {
        "access_token": granted.token.key,
        "token_type": "Bearer",
        "scope": " ".join(granted.scopes),
        "created_at": made,
    }
    return reply(body).header("cache-control", "no-store")


def _client(call: Call, client_id: str, secret: str) -> tuple[str, str]:
    """Client credentials from the body, the query, or HTTP Basic."""
    kind, _, encoded = call.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic" and not secret:
        try:
            name, _, key = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            raise OAuthError("invalid_client", "Client authentication failed", 401) from None
        return unquote(name), unquote(key)
    return client_id, secret


def _error(error: OAuthError) -> Response:
    response = reply({"error": error.word, "error_description": error.message}, error.status)
    return response.header("cache-control", "no-store")
