"""What a member bookmarked and what they voted for."""

from parvis.api import page
from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.paging import Page, PageParams
from parvis.posts import assemble


async def bookmarks(call: Call, params: PageParams) -> Response:
    """GET /api/v1/bookmarks: paged by the bookmarks' own ids."""
    viewer, found = await call.app.marked.bookmarks(call.member_id, Page.of(params))
    return page.paged(call, assemble.many(found.items, viewer), found.newest, found.oldest, more=found.more)


async def votes(call: Call, params: PageParams) -> Response:
    """GET /api/v1/favourites: paged by the votes' own ids."""
    viewer, found = await call.app.marked.votes(call.member_id, Page.of(params))
    return page.paged(call, assemble.many(found.items, viewer), found.newest, found.oldest, more=found.more)
