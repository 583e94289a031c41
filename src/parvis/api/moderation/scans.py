"""Screening the archive again."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec

from parvis.api.moderation import shapes
from parvis.http.call import Call
from parvis.http.respond import Response, reply
from parvis.kernel.errors import Invalid


class BeginParams(msgspec.Struct, frozen=True, kw_only=True):
    """A dry run (the default) changes nothing; `since` is a day or a moment in ISO 8601, empty for all posts."""

    dry: bool = True
    since: Annotated[str, msgspec.Meta(max_length=40)] = ""


async def index(call: Call) -> Response:
    """GET /api/parvis/v1/moderation/scans: the last ones, the newest first."""
    return reply([shapes.scan(one) for one in await call.app.scans.recent()])


async def begin(call: Call, params: BeginParams) -> Response:
    """POST /api/parvis/v1/moderation/scans"""
    return await _shown(call, await call.app.scans.begin(dry=params.dry, since_ms=_moment(params.since)))


async def show(call: Call) -> Response:
    """GET /api/parvis/v1/moderation/scans/{id}"""
    return await _shown(call, call.id())


async def resume(call: Call) -> Response:
    """POST /api/parvis/v1/moderation/scans/{id}/resume: one more worker goes on with it."""
    await call.app.scans.resume(call.id())
    return await _shown(call, call.id())


async def end(call: Call) -> Response:
    """POST /api/parvis/v1/moderation/scans/{id}/end: what it did stays."""
    await call.app.scans.end(call.id())
    return await _shown(call, call.id())


async def _shown(call: Call, scan_id: int) -> Response:
    return reply(shapes.scan(await call.app.scans.find(scan_id), await call.app.scans.progress(scan_id)))


def _moment(text: str) -> int:
    if not text:
        return 0
    try:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise Invalid("since", "must be a day as in 2026-01-31, or a moment in ISO 8601") from error
