"""Direct conversations."""

from parvis.accounts.cache import as_list
from parvis.api import page
from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.paging import Page, PageParams
from parvis.posts import assemble


async def conversations(call: Call, params: PageParams) -> Response:
    """GET /api/v1/conversations: paged by the ids of their last posts."""
    viewer, found = await call.app.conversations.read(call.member_id, Page.of(params))
    bodies = [
        b'{"id":"%d","unread":false,"accounts":%b,"last_status":%b}'
        % (conversation.id, as_list(conversation.people), assemble.one(conversation.last, viewer))
        for conversation in found.items
    ]
    return page.paged(call, b"[" + b",".join(bodies) + b"]", found.newest, found.oldest, more=found.more)
