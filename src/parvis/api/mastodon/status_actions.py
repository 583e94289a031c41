"""Posts: what a member does with one: echo, bookmark, pin, mute its conversation; and who else did."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec

from parvis.accounts.cache import as_list
from parvis.api import page
from parvis.api.mastodon.statuses import audience_of, find, shown
from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.errors import NotFound
from parvis.kernel.paging import Page, PageParams
from parvis.posts.cache import PostEntry


class EchoParams(msgspec.Struct, frozen=True, kw_only=True):
    """Who may see the echo."""

    visibility: Annotated[str, msgspec.Meta(max_length=20)] | None = None


async def echo(call: Call, params: EchoParams) -> Response:
    """POST /api/v1/statuses/{id}/reblog: an echo of an echo echoes the original."""
    audience = audience_of(params.visibility)
    post, viewer = await find(call)
    return await shown(call, await call.app.echoer.echo(viewer, post.echo or post, audience))


async def unecho(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unreblog"""
    post, _ = await find(call)
    echoed = post.echo or post
    await call.app.echoer.unecho(call.member_id, echoed.id)
    return await shown(call, echoed.id)


async def bookmark(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/bookmark"""
    return await _mark(call, call.app.marker.bookmark)


async def unbookmark(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unbookmark"""
    return await _mark(call, call.app.marker.unbookmark)


async def pin(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/pin"""
    post, _ = await find(call)
    await call.app.marker.pin(call.member_id, post)
    return await shown(call, post.id)


async def unpin(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unpin"""
    return await _mark(call, call.app.marker.unpin)


async def mute(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/mute"""
    return await _mark(call, call.app.marker.mute)


async def unmute(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unmute"""
    return await _mark(call, call.app.marker.unmute)


async def echoed_by(call: Call, params: PageParams) -> Response:
    """GET /api/v1/statuses/{id}/reblogged_by"""
    post, viewer = await find(call)
    found = await call.app.people.echoers(post.echo or post, viewer, Page.of(params, 40, 80))
    return page.paged(call, as_list(found.items), found.newest, found.oldest, more=found.more)


async def voted_by(call: Call, params: PageParams) -> Response:
    """GET /api/v1/statuses/{id}/favourited_by"""
    post, viewer = await find(call)
    found = await call.app.people.voters(post.echo or post, viewer, Page.of(params, 40, 80))
    return page.paged(call, as_list(found.items), found.newest, found.oldest, more=found.more)


async def translate(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/translate: no translator is configured."""
    await find(call)
    raise NotFound


async def _mark(call: Call, act: Callable[[int, PostEntry], Awaitable[None]]) -> Response:
    post, _ = await find(call)
    post = post.echo or post
    await act(call.member_id, post)
    return await shown(call, post.id)
