"""Home, public and hashtag timelines."""

from typing import Annotated

import msgspec

from parvis.api import page
from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.markup import tag_key
from parvis.kernel.paging import Page, PageParams
from parvis.timelines.tag import TagQuery

_Names = Annotated[list[Annotated[str, msgspec.Meta(max_length=200)]], msgspec.Meta(max_length=20)]


class PublicParams(PageParams, frozen=True, kw_only=True):
    """Which part of the public timeline."""

    local: bool = False
    remote: bool = False
    only_media: bool = False


async def home(call: Call, params: PageParams) -> Response:
    """GET /api/v1/timelines/home"""
    viewer, posts = await call.app.home.read(call.member_id, Page.of(params))
    return page.posts(call, posts, viewer)


async def public(call: Call, params: PublicParams) -> Response:
    """GET /api/v1/timelines/public. Until there is federation, public and local are the same, and remote is empty."""
    if params.remote:
        return page.posts(call, [], None)
    viewer, posts = await call.app.public.read(call.viewer_id, Page.of(params), only_media=params.only_media)
    return page.posts(call, posts, viewer)


class TagParams(PublicParams, frozen=True, kw_only=True):
    """Other hashtags: any of these as well, all of these too, none of these."""

    any: _Names = msgspec.field(default_factory=list)
    all: _Names = msgspec.field(default_factory=list)
    none: _Names = msgspec.field(default_factory=list)


async def tag(call: Call, params: TagParams) -> Response:
    """GET /api/v1/timelines/tag/{hashtag}"""
    if params.remote:
        return page.posts(call, [], None)
    query = TagQuery(
        names=(tag_key(call.args["hashtag"]), *_keys(params.any)),
        every=_keys(params.all),
        none=_keys(params.none),
        only_media=params.only_media,
    )
    viewer, posts = await call.app.tag_timeline.read(call.viewer_id, query, Page.of(params))
    return page.posts(call, posts, viewer)


def _keys(names: list[str]) -> tuple[str, ...]:
    return tuple(tag_key(name.lstrip("#")) for name in names if name)
