"""Direct conversations."""

from parvis.api import page
from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.paging import Page, PageParams


async def conversations(call: Call, params: PageParams) -> Response:
    """GET /api/v1/conversations: paged by the ids of their last posts."""
    viewer, found = await call.app.conversations.read(call.member_id, Page.of(params))
    bodies = [conversation.json(viewer) for conversation in found.items]
    return page.paged(call, b"[" + b",".join(bodies) + b"]", found.newest, found.oldest, more=found.more)
