"""A post's JSON for one viewer: stored bytes, the author's bytes, counts and the viewer's flags, joined."""

from collections.abc import Iterable

from parvis.posts.cache import PostEntry
from parvis.relations.viewer import BOOKMARKED, ECHOED, MUTED, VOTED, Viewer


def _flags_json(bits: int) -> bytes:
    words = (("favourited", VOTED), ("reblogged", ECHOED), ("bookmarked", BOOKMARKED), ("muted", MUTED))
    return b"".join(f',"{word}":{"true" if bits & bit else "false"}'.encode() for word, bit in words)


_FLAGS = [_flags_json(bits) for bits in range(16)]
_NO_ECHO = b',"reblog":null}'
_FILTERED = b',"filtered":[]'
_PINNED = {True: b',"pinned":true', False: b',"pinned":false'}


def pieces(post: PostEntry, viewer: Viewer | None, into: list[bytes]) -> None:
    """Append the parts of a post's JSON to `into`: joining once for a whole page is what keeps a page cheap."""
    inner = post.echo
    shown = inner or post
    into.append(post.head)
    into.append(post.author.body)
    into.append(shown.counts)
    if viewer is not None:
        into.append(_FLAGS[viewer.flags(shown.id, shown.thread_id)])
        into.append(_FILTERED)
        if post.account_id == viewer.id and inner is None:
            into.append(_PINNED[post.pinned])
    if inner is None:
        into.append(_NO_ECHO)
    else:
        into.append(b',"reblog":')
        pieces(inner, viewer, into)
        into.append(b"}")


def one(post: PostEntry, viewer: Viewer | None) -> bytes:
    """A post."""
    parts: list[bytes] = []
    pieces(post, viewer, parts)
    return b"".join(parts)


def many(posts: Iterable[PostEntry], viewer: Viewer | None) -> bytes:
    """A JSON array of posts."""
    parts: list[bytes] = []
    lead = b"["
    for post in posts:
        parts.append(lead)
        pieces(post, viewer, parts)
        lead = b","
    parts.append(b"]" if parts else b"[]")
    return b"".join(parts)
