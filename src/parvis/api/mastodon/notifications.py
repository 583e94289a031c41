"""Notifications and markers."""

from typing import Annotated, Any

import msgspec

from parvis.api import page
from parvis.http.call import Call
from parvis.http.respond import Response, raw_json, reply
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.ids import parse_id
from parvis.kernel.paging import Page, PageParams
from parvis.notifications.markers import TIMELINES
from parvis.notifications.reads import Wanted

_WORD = msgspec.Meta(max_length=50)
_WORDS = msgspec.Meta(max_length=50)


class ListParams(PageParams, frozen=True, kw_only=True):
    """Which notifications."""

    types: Annotated[list[Annotated[str, _WORD]], _WORDS] | None = None
    exclude_types: Annotated[list[Annotated[str, _WORD]], _WORDS] = msgspec.field(default_factory=list)
    account_id: str | None = None


class MarkerParams(msgspec.Struct, frozen=True, kw_only=True):
    """Which markers."""

    timeline: Annotated[list[Annotated[str, _WORD]], _WORDS] = []


class LastRead(msgspec.Struct, frozen=True):
    """How far."""

    last_read_id: str = ""


class SetMarkers(msgspec.Struct, frozen=True, kw_only=True):
    """How far each timeline was read."""

    home: LastRead | None = None
    notifications: LastRead | None = None


async def index(call: Call, params: ListParams) -> Response:
    """GET /api/v1/notifications"""
    sender = parse_id(params.account_id) if params.account_id else None
    if params.account_id and sender is None:
        raise NotFound
    wanted = Wanted(
        kinds=None if params.types is None else tuple(params.types),
        not_kinds=tuple(params.exclude_types),
        sender=sender,
    )
    viewer, part = await call.app.notifications.page(call.member_id, Page.of(params, 40, 80), wanted)
    body = b"[" + b",".join([item.json(viewer) for item in part.items]) + b"]"
    return page.paged(call, body, part.newest, part.oldest, more=part.more)


async def show(call: Call) -> Response:
    """GET /api/v1/notifications/{id}"""
    viewer, found = await call.app.notifications.one(call.member_id, call.id())
    return raw_json(found.json(viewer))


async def dismiss(call: Call) -> Response:
    """POST /api/v1/notifications/{id}/dismiss"""
    await call.app.notifications.dismiss(call.member_id, call.id())
    return reply({})


async def clear(call: Call) -> Response:
    """POST /api/v1/notifications/clear"""
    await call.app.notifications.clear(call.member_id)
    return reply({})


async def unread_count(call: Call) -> Response:
    """GET /api/v1/notifications/unread_count"""
    return reply({"count": await call.app.notifications.unread(call.member_id)})


async def markers(call: Call, params: MarkerParams) -> Response:
    """GET /api/v1/markers"""
    return reply(await call.app.markers.read(call.member_id, [name for name in params.timeline if name in TIMELINES]))


async def set_markers(call: Call, params: SetMarkers) -> Response:
    """POST /api/v1/markers"""
    asked: dict[str, int] = {}
    for name, value in (("home", params.home), ("notifications", params.notifications)):
        if value is not None:
            last = parse_id(value.last_read_id)
            if last is None:
                raise Invalid(f"{name}[last_read_id]", "is no id")
            asked[name] = last
    done: dict[str, Any] = {}
    for name, last in asked.items():
        done[name] = await call.app.markers.set(call.member_id, name, last)
    return reply(done)
