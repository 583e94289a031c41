"""What clients ask for when they start and is not built yet: there is none of it."""

from parvis.http.call import Call
from parvis.http.respond import Response, raw_json


async def none_yet(call: Call) -> Response:
    """GET of announcements, lists, filters, featured accounts and hashtags, scheduled posts, trending links."""
    return raw_json(b"[]")
