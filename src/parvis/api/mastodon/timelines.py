"""Home and public timelines."""

from parvis.api import page
from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.paging import Page, PageParams


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
