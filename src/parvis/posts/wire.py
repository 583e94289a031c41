"""A post as clients get it (Mastodon's `Status`), rendered once at write.

The stored bytes hold all that is the same for every reader and rarely changes. Account, counts and the viewer's own flags
are joined on when read: see `assemble.py`.
"""

from collections.abc import Sequence

import msgspec

from parvis.accounts.wire import Emoji, WholeAccount
from parvis.kernel.text import ORIGIN
from parvis.media.wire import MediaAttachment
from parvis.posts.gate import Ground, Verdict


class Mentioned(msgspec.Struct, frozen=True):
    """Someone whom a post mentions."""

    id: str
    username: str
    acct: str
    url: str


class Tag(msgspec.Struct, frozen=True):
    """A hashtag of a post."""

    name: str
    url: str


class Application(msgspec.Struct, frozen=True):
    """The app that a post was written with."""

    name: str
    website: str | None = None


class Moderation(msgspec.Struct, frozen=True, omit_defaults=True):
    """What moderation did to a post, for those who see it; `held` is only ever seen by its author."""

    held: Ground | None = None
    labels: Sequence[Ground] = ()
    blurred: bool = False
    limited: bool = False


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a post's JSON."""

    id: str
    created_at: str
    in_reply_to_id: str | None = None
    in_reply_to_account_id: str | None = None
    sensitive: bool = False
    spoiler_text: str = ""
    visibility: str
    language: str | None = None
    uri: str
    url: str
    content: str = ""
    edited_at: str | None = None
    media_attachments: Sequence[MediaAttachment] = ()
    mentions: Sequence[Mentioned] = ()
    tags: Sequence[Tag] = ()
    emojis: Sequence[Emoji] = ()
    application: Application | None = None
    card: None = None
    poll: None = None
    quote: None = None
    moderation: Moderation | msgspec.UnsetType = msgspec.UNSET


class Post(Body, frozen=True, kw_only=True):
    """A whole post, as decoded from what is sent: for pages."""

    account: WholeAccount
    replies_count: int = 0
    reblogs_count: int = 0
    favourites_count: int = 0
    favourited: bool = False
    reblogged: bool = False
    bookmarked: bool = False
    muted: bool = False
    pinned: bool = False
    reblog: "Post | None" = None


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a post (Mastodon's `StatusEdit`), without the account."""

    content: str
    spoiler_text: str
    sensitive: bool
    created_at: str
    media_attachments: Sequence[MediaAttachment] = ()
    emojis: Sequence[Emoji] = ()
    poll: None = None


def moderation(verdict: Verdict) -> Moderation | msgspec.UnsetType:
    """What a verdict did, or nothing."""
    if not (verdict.held or verdict.labels or verdict.blur or verdict.limited):
        return msgspec.UNSET
    return Moderation(verdict.held, verdict.labels, verdict.blur, verdict.limited)


def version(body: bytes) -> Edit:
    """The version of a post that its stored bytes hold."""
    held = msgspec.json.decode(body, type=Body)
    return Edit(
        content=held.content,
        spoiler_text=held.spoiler_text,
        sensitive=held.sensitive,
        created_at=held.edited_at or held.created_at,
        media_attachments=held.media_attachments,
        emojis=held.emojis,
    )


def post_url(username: str, post_id: int) -> str:
    """A post's page."""
    return f"{ORIGIN}/@{username}/{post_id}"


def post_uri(username: str, post_id: int) -> str:
    """A post's identifier to other servers."""
    return f"{ORIGIN}/users/{username}/statuses/{post_id}"
