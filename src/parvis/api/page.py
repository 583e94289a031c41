"""Paged answers: a JSON array and its Link header."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from parvis.http.call import Call
from parvis.http.respond import Response, raw_json
from parvis.kernel.paging import link_header
from parvis.posts import assemble
from parvis.posts.cache import PostEntry
from parvis.relations.viewer import Viewer

_PAGING = {"max_id", "since_id", "min_id", "access_token"}


def posts(call: Call, found: Sequence[PostEntry], viewer: Viewer | None) -> Response:
    """Posts whose own ids page the list."""
    response = raw_json(assemble.many(found, viewer))
    if found:
        link(call, response, found[0].id, found[-1].id)
    return response


def paged(call: Call, body: bytes, newest: int | None, oldest: int | None, *, more: bool = True) -> Response:
    """Anything else: `newest` and `oldest` are the ids that page the list."""
    return link(call, raw_json(body), newest, oldest, more=more)


def link(call: Call, response: Response, newest: int | None, oldest: int | None, *, more: bool = True) -> Response:
    """Add the Link header for a page that ends at these ids."""
    kept = ""
    if call.query:
        kept = urlencode([pair for pair in parse_qsl(call.query, keep_blank_values=True) if pair[0] not in _PAGING])
    header = link_header(call.url, kept, newest, oldest, more=more)
    if header is not None:
        response.header("link", header)
    return response
