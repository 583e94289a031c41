"""Posts and people as pages need them: decoded from the very bytes that clients get."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from parvis.accounts.cache import AccountEntry
from parvis.accounts.wire import WholeAccount
from parvis.http.call import Call
from parvis.posts import assemble
from parvis.posts.cache import PostEntry
from parvis.posts.wire import Post
from parvis.relations.viewer import Viewer

_posts = msgspec.json.Decoder(list[Post])
_PAGING = ("max_id", "min_id", "since_id")


def shown(posts: Sequence[PostEntry], viewer: Viewer | None) -> list[Post]:
    """Posts as a page shows them to the viewer."""
    return _posts.decode(assemble.many(posts, viewer))


def people(entries: Sequence[AccountEntry]) -> list[WholeAccount]:
    """Accounts as a page shows them."""
    return [entry.whole() for entry in entries]


def paging(call: Call, newest: int | None, oldest: int | None, *, limit: int, count: int) -> dict[str, str | None]:
    """Addresses of the newer and the older page. The first page has no newer one, a short page no older one."""
    asked = [pair for pair in parse_qsl(call.query) if pair[0] not in _PAGING]
    moved = any(pair[0] in _PAGING for pair in parse_qsl(call.query))
    up = "min_id" in call.query

    def address(name: str, ident: int) -> str:
        return f"{call.path}?{urlencode([*asked, (name, str(ident))])}"

    return {
        "newer": address("min_id", newest) if moved and newest is not None else None,
        "older": address("max_id", oldest) if oldest is not None and (up or count >= limit) else None,
    }


def by_posts(call: Call, posts: Sequence[PostEntry], limit: int) -> dict[str, str | None]:
    """Paging by the posts' own ids."""
    ends = (posts[0].id, posts[-1].id) if posts else (None, None)
    return paging(call, *ends, limit=limit, count=len(posts))


def first_page(call: Call) -> bool:
    """Whether this is the newest page, where new posts are announced."""
    return not any(name in call.query for name in _PAGING)


def draft(me: Any = None, **given: Any) -> dict[str, Any]:
    """What stands in a compose box: empty, or what was sent."""
    return {
        "text": "",
        "warning": "",
        "visibility": "public",
        "language": "",
        "sensitive": False,
        "in_reply_to_id": None,
        "media": [],
        "key": "",
    } | given
