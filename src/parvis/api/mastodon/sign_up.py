"""Sign-up by an app, and the confirmation of the member's address."""

from typing import Annotated

import msgspec

from parvis.api.mastodon.oauth import token_reply
from parvis.auth.sign_up import Application
from parvis.http.call import Call
from parvis.http.respond import Response, reply
from parvis.kernel.errors import Forbidden, Unauthorized

_TEXT = msgspec.Meta(max_length=4000)


class SignUpParams(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sends to join."""

    username: Annotated[str, _TEXT] = ""
    email: Annotated[str, _TEXT] = ""
    password: Annotated[str, _TEXT] = ""
    agreement: bool = False
    locale: Annotated[str, msgspec.Meta(max_length=20)] = "en"
    reason: Annotated[str, _TEXT] = ""
    invite_code: Annotated[str, _TEXT] = ""
    date_of_birth: Annotated[str, _TEXT] = ""


class EmailParams(msgspec.Struct, frozen=True, kw_only=True):
    """Another address to send the confirmation to."""

    email: Annotated[str, _TEXT] | None = None


async def create(call: Call, params: SignUpParams) -> Response:
    """POST /api/v1/accounts: an app's own token signs a member up and gets a token in their name."""
    if call.grant is None or call.grant.account_id is not None or call.grant.app_id is None:
        raise Forbidden("Sign-up needs a token of the app, not of a member")
    app = await call.app.apps.by_id(call.grant.app_id)
    if app is None:
        raise Unauthorized
    joined = await call.app.sign_up.join(
        Application(
            username=params.username,
            email=params.email,
            password=params.password,
            agreement=params.agreement,
            locale=params.locale,
            reason=params.reason,
            invite=params.invite_code,
            birth=params.date_of_birth,
            app_id=app.id,
        )
    )
    return token_reply(await call.app.oauth.for_member(app, joined.account_id, " ".join(app.scopes)))


async def resend(call: Call, params: EmailParams) -> Response:
    """POST /api/v1/emails/confirmations"""
    await call.app.members.resend_confirmation(call.member_id, params.email)
    return reply({})


async def check(call: Call) -> Response:
    """GET /api/v1/emails/check_confirmation"""
    return reply(bool(call.grant and call.grant.confirmed))
