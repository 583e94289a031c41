"""An account as clients get it (Mastodon's `Account`), rendered once when it changes.

The counts are not in the stored bytes: they change far more often and are joined on when read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from parvis.kernel import json
from parvis.kernel.clock import iso
from parvis.kernel.text import MEDIA, ORIGIN


class Emoji(msgspec.Struct, frozen=True):
    """A custom emoji."""

    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool = True
    category: str | None = None


class Field(msgspec.Struct, frozen=True):
    """A profile field; `value` is HTML."""

    name: str
    value: str
    verified_at: str | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """All that is stored of an account's JSON, and, when a whole one is decoded, the counts."""

    id: str
    username: str
    acct: str
    display_name: str
    locked: bool
    bot: bool
    discoverable: bool
    indexable: bool
    group: bool = False
    created_at: str
    note: str
    url: str
    uri: str
    avatar: str
    avatar_static: str
    avatar_description: str = ""
    header: str
    header_static: str
    header_description: str = ""
    hide_collections: bool = False
    noindex: bool = False
    emojis: list[Emoji] = []
    roles: list[dict[str, str]] = []
    fields: list[Field] = []


class WholeAccount(Account, frozen=True, kw_only=True):
    """An account with its counts, as decoded from what is sent."""

    followers_count: int = 0
    following_count: int = 0
    statuses_count: int = 0
    last_status_at: str | None = None
    suspended: bool = False


MISSING_AVATAR = f"{ORIGIN}/static/img/avatar.png"
MISSING_HEADER = f"{ORIGIN}/static/img/header.png"


def media_url(hash_name: str | None, missing: str) -> str:
    """Where a stored file is found, or the stand-in."""
    return f"{MEDIA}/{hash_name}" if hash_name else missing


def account_url(username: str) -> str:
    """A local account's page."""
    return f"{ORIGIN}/@{username}"


def render(
    row: Any, note_html: str, fields: Sequence[Field], emojis: Sequence[Emoji], roles: Sequence[Mapping[str, str]] = ()
) -> bytes:
    """The bytes to store for an account's row (see table accounts)."""
    avatar = media_url(row.avatar, MISSING_AVATAR)
    header = media_url(row.header, MISSING_HEADER)
    created: datetime = row.created_at
    return json.encode(
        Account(
            id=str(row.id),
            username=row.username,
            acct=row.username if row.domain is None else f"{row.username}@{row.domain}",
            display_name=row.display_name,
            locked=row.locked,
            bot=row.bot,
            discoverable=row.discoverable,
            indexable=row.indexable,
            created_at=iso(created.replace(hour=0, minute=0, second=0, microsecond=0)),
            note=note_html,
            url=account_url(row.username),
            uri=row.uri or f"{ORIGIN}/users/{row.username}",
            avatar=avatar,
            avatar_static=media_url(row.avatar_static, avatar),
            avatar_description=row.avatar_description,
            header=header,
            header_static=media_url(row.header_static, header),
            header_description=row.header_description,
            hide_collections=row.hide_collections,
            noindex=not row.indexable,
            emojis=list(emojis),
            roles=[dict(role) for role in roles],
            fields=list(fields),
        )
    )


def counts(followers: int, following: int, posts: int, last: datetime | None) -> bytes:
    """The end of an account's JSON: its counts and the closing brace."""
    day = f'"{last:%Y-%m-%d}"' if last else "null"
    return (
        f',"followers_count":{followers},"following_count":{following},"statuses_count":{posts},"last_status_at":{day}}}'
    ).encode()
