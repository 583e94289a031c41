"""What the author of a held post is told, and contesting it."""

from typing import Annotated

import msgspec

from parvis.api.moderation import shapes
from parvis.http.call import Call
from parvis.http.respond import Response, reply


class ContestParams(msgspec.Struct, frozen=True, kw_only=True):
    """Why it should not be held."""

    words: Annotated[str, msgspec.Meta(max_length=20_000)] = ""


async def show(call: Call) -> Response:
    """GET /api/parvis/v1/moderation/held/{id}: of a post of one's own that is or was held."""
    return reply(shapes.statement(await call.app.statements.of(call.member_id, call.id())))


async def contest(call: Call, params: ContestParams) -> Response:
    """POST /api/parvis/v1/moderation/held/{id}/contest"""
    await call.app.decisions.contest(call.member_id, call.id(), params.words)
    return await show(call)
