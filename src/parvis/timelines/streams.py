"""The streams that exist, by the API's names."""

from typing import NamedTuple

from parvis.kernel.errors import BadRequest, Forbidden, NotFound, Unauthorized
from parvis.kernel.markup import tag_key

PUBLIC = ("public", "public:local")
PUBLIC_MEDIA = ("public:media", "public:local:media")
TAGS = ("hashtag", "hashtag:local")

# Those that a stream of posts from other servers will fill.
_QUIET = ("public:remote", "public:remote:media")
_OWN = {"user": "read:statuses", "user:notification": "read:notifications", "direct": "read:statuses"}
_LONGEST_TAG = 200


class Stream(NamedTuple):
    """One stream: its name, and whose it is or which hashtag it follows."""

    name: str
    about: int | str = ""

    @property
    def label(self) -> tuple[str, ...]:
        """What frames carry in `stream`."""
        return (self.name, str(self.about)) if self.name in TAGS else (self.name,)


class Reader(NamedTuple):
    """Who wants to listen: the member (None: a visitor or an app), and what their token allows (None: no token)."""

    account_id: int | None
    scopes: frozenset[str] | None


def find(name: str, tag: str, reader: Reader, *, visitors: bool) -> Stream:
    """The stream of that name for that reader.

    BadRequest where there is none of it, Unauthorized without a token, Forbidden where the token does not reach.
    """
    scope = _OWN.get(name, "read:statuses")
    if name not in (*_OWN, *PUBLIC, *PUBLIC_MEDIA, *_QUIET, *TAGS, "list"):
        raise BadRequest("Unknown stream type")
    if reader.scopes is None and not visitors:
        raise Unauthorized("Missing access token")
    if reader.scopes is not None and scope not in reader.scopes:
        raise Forbidden("Access token does not have the required scopes")
    if name == "list":
        raise NotFound("Not authorized to stream this list")
    if name in _OWN:
        if reader.account_id is None:
            raise Unauthorized("Missing access token")
        return Stream(name, reader.account_id)
    if name in TAGS:
        key = tag_key(tag.removeprefix("#"))[:_LONGEST_TAG]
        if not key:
            raise BadRequest("Missing tag name parameter")
        return Stream(name, key)
    return Stream(name)
