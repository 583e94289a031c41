"""Whom to follow, and the directory."""

from typing import Annotated, Literal

import msgspec

from parvis.accounts.cache import as_list
from parvis.http.call import Call
from parvis.http.respond import Response, raw_json, reply


class ListParams(msgspec.Struct, frozen=True, kw_only=True):
    """How many."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 40


class DirectoryParams(ListParams, frozen=True, kw_only=True):
    """Order and place."""

    order: Literal["active", "new"] = "active"
    offset: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    local: bool = False


async def v1(call: Call, params: ListParams) -> Response:
    """GET /api/v1/suggestions"""
    return raw_json(as_list(await call.app.suggestions.read(call.member_id, min(params.limit, 80))))


async def v2(call: Call, params: ListParams) -> Response:
    """GET /api/v2/suggestions"""
    found = await call.app.suggestions.read(call.member_id, min(params.limit, 80))
    lead = b'{"source":"past_interactions","sources":["friends_of_friends"],"account":'
    return raw_json(b"[" + b",".join([lead + entry.body + b"}" for entry in found]) + b"]")


async def dismiss(call: Call) -> Response:
    """DELETE /api/v1/suggestions/{id}"""
    await call.app.suggestions.dismiss(call.member_id, call.id())
    return reply({})


async def directory(call: Call, params: DirectoryParams) -> Response:
    """GET /api/v1/directory"""
    found = await call.app.suggestions.directory(
        newest=params.order == "new", limit=min(params.limit, 80), offset=params.offset
    )
    return raw_json(as_list(found))
