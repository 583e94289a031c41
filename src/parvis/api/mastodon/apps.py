"""Apps: registering one, and asking which one a token belongs to."""

from typing import Annotated

import msgspec

from parvis.http.call import Call
from parvis.http.respond import Response, reply
from parvis.kernel.errors import Unauthorized

_TEXT = msgspec.Meta(max_length=4000)


class AppParams(msgspec.Struct, frozen=True, kw_only=True):
    """What an app says of itself. `redirect_uris` comes as a text with one address a line, or as a list."""

    client_name: Annotated[str, _TEXT] = ""
    redirect_uris: Annotated[list[Annotated[str, _TEXT]], msgspec.Meta(max_length=50)] = []
    scopes: Annotated[str, _TEXT] = "read"
    website: Annotated[str, _TEXT] | None = None


async def register(call: Call, params: AppParams) -> Response:
    """POST /api/v1/apps"""
    app = await call.app.apps.register(params.client_name, params.redirect_uris, params.scopes, params.website)
    return reply(
        {
            "id": str(app.id),
            "name": app.name,
            "website": app.website,
            "scopes": app.scopes,
            "redirect_uri": "\n".join(app.redirect_uris),
            "redirect_uris": app.redirect_uris,
            "client_id": app.client_id,
            "client_secret": app.secret,
            "client_secret_expires_at": 0,
            "vapid_key": "",
        }
    )


async def verify(call: Call) -> Response:
    """GET /api/v1/apps/verify_credentials"""
    app = await call.app.apps.by_id(call.grant.app_id) if call.grant and call.grant.app_id else None
    if app is None:
        raise Unauthorized
    return reply(
        {
            "id": str(app.id),
            "name": app.name,
            "website": app.website,
            "scopes": app.scopes,
            "redirect_uris": app.redirect_uris,
            "vapid_key": "",
        }
    )
