"""The member's own account: what it is, changing it, defaults."""

from typing import Annotated, Any

import msgspec

from parvis.accounts.profile import Change
from parvis.auth.types import Role
from parvis.http.call import Call
from parvis.http.params import File
from parvis.http.respond import Response, raw_json, reply
from parvis.kernel import json
from parvis.kernel.errors import Invalid
from parvis.posts.content import check_language
from parvis.posts.defaults import PostingDefaults, posting_defaults
from parvis.posts.types import Audience

_TEXT = msgspec.Meta(max_length=20_000)


class Field(msgspec.Struct, frozen=True):
    """A profile field."""

    name: Annotated[str, _TEXT] = ""
    value: Annotated[str, _TEXT] = ""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults of posts."""

    privacy: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    sensitive: bool | None = None
    language: Annotated[str, msgspec.Meta(max_length=35)] | None = None


class UpdateParams(msgspec.Struct, frozen=True, kw_only=True):
    """What a client changes; what is left out stays."""

    display_name: Annotated[str, _TEXT] | None = None
    note: Annotated[str, _TEXT] | None = None
    avatar: File | None = None
    header: File | None = None
    avatar_description: Annotated[str, _TEXT] | None = None
    header_description: Annotated[str, _TEXT] | None = None
    locked: bool | None = None
    bot: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hide_collections: bool | None = None
    fields_attributes: Annotated[list[Field], msgspec.Meta(max_length=50)] | None = None
    source: Source = Source()


async def verify(call: Call) -> Response:
    """GET /api/v1/accounts/verify_credentials"""
    return await _credential(call)


async def update(call: Call, params: UpdateParams) -> Response:
    """PATCH (and PUT) /api/v1/accounts/update_credentials"""
    await change(call, params)
    return await _credential(call)


async def change(call: Call, params: UpdateParams) -> None:
    """Change the profile and the defaults of posts; nothing where a part of it is not valid."""
    defaults = await _defaults(call, params.source)
    fields = None
    if params.fields_attributes is not None:
        fields = tuple((field.name, field.value) for field in params.fields_attributes)
    await call.app.profiles.update(
        call.member_id,
        Change(
            display_name=params.display_name,
            note=params.note,
            fields=fields,
            avatar=await params.avatar.read() if params.avatar else None,
            header=await params.header.read() if params.header else None,
            avatar_description=params.avatar_description,
            header_description=params.header_description,
            locked=params.locked,
            bot=params.bot,
            discoverable=params.discoverable,
            indexable=params.indexable,
            hide_collections=params.hide_collections,
        ),
    )
    if params.source != Source():
        await call.app.members.set_preferences(
            call.member_id,
            locale=call.locale,
            audience=defaults.audience,
            sensitive=defaults.sensitive,
            language=defaults.language,
        )


async def remove_avatar(call: Call) -> Response:
    """DELETE /api/v1/profile/avatar"""
    await call.app.profiles.update(call.member_id, Change(avatar=b""))
    return await _credential(call)


async def remove_header(call: Call) -> Response:
    """DELETE /api/v1/profile/header"""
    await call.app.profiles.update(call.member_id, Change(header=b""))
    return await _credential(call)


async def preferences(call: Call) -> Response:
    """GET /api/v1/preferences"""
    defaults = await posting_defaults(call.app.db, call.member_id)
    return reply(
        {
            "posting:default:visibility": defaults.audience.word,
            "posting:default:sensitive": defaults.sensitive,
            "posting:default:language": defaults.language,
            "posting:default:quote_policy": "public",
            "reading:expand:media": "default",
            "reading:expand:spoilers": False,
            "reading:autoplay:gifs": True,
        }
    )


async def _defaults(call: Call, source: Source) -> PostingDefaults:
    """The defaults of posts as they shall be; Invalid before anything is written."""
    now = await posting_defaults(call.app.db, call.member_id)
    audience = now.audience
    if source.privacy is not None:
        try:
            audience = Audience.of(source.privacy)
        except ValueError as error:
            raise Invalid("source[privacy]", "is not included in the list", "ERR_INCLUSION") from error
        if audience is Audience.DIRECT:
            raise Invalid("source[privacy]", "can't be direct", "ERR_INCLUSION")
    return PostingDefaults(
        audience,
        now.language if source.language is None else check_language(source.language, "source[language]"),
        now.sensitive if source.sensitive is None else source.sensitive,
    )


async def _credential(call: Call) -> Response:
    """CredentialAccount: the account's bytes, with what only its member sees."""
    entry = await call.app.accounts.find(call.member_id)
    row = await call.app.account_rows.find(call.member_id)
    defaults = await posting_defaults(call.app.db, call.member_id)
    source: dict[str, Any] = {
        "privacy": defaults.audience.word,
        "sensitive": defaults.sensitive,
        "language": defaults.language,
        "note": row.note,
        "fields": [{"name": f["name"], "value": f["value"], "verified_at": None} for f in row.fields],
        "follow_requests_count": await call.app.relation_lists.count_requests(call.member_id),
        "hide_collections": row.hide_collections,
        "discoverable": row.discoverable,
        "indexable": row.indexable,
        "quote_policy": "public",
        "attribution_domains": [],
    }
    body = entry.body[:-1] + b',"source":' + json.encode(source) + b',"role":' + json.encode(_role(call.role)) + b"}"
    return raw_json(body)


def _role(role: Role) -> dict[str, Any]:
    """Mastodon's `Role`: -99 is everyone."""
    if role is Role.MEMBER:
        return {"id": "-99", "name": "", "permissions": "65536", "color": "", "highlighted": False}
    name = role.name.capitalize()
    bits = {Role.MODERATOR: "1308", Role.ADMIN: "983036", Role.OWNER: "1048575"}[role]
    return {"id": str(int(role)), "name": name, "permissions": bits, "color": "", "highlighted": True}
