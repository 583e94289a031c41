"""From what a member wrote to what is stored: HTML, mentions, hashtags, emoji, the rendered bytes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from parvis.accounts.wire import Emoji
from parvis.kernel import json, markup
from parvis.kernel.clock import iso
from parvis.kernel.errors import Invalid
from parvis.kernel.text import MEDIA, ORIGIN, fold
from parvis.media.wire import MediaAttachment
from parvis.posts import wire
from parvis.posts.gate import Text
from parvis.posts.types import Audience
from parvis.settings import Posting

_SHORTCODE = re.compile(r":([A-Za-z0-9_]{2,64}):")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")

# PostgreSQL's own text search configurations, by language.
_CONFIGS = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish", "nl": "dutch", "en": "english",
    "fi": "finnish", "fr": "french", "de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian", "id": "indonesian",
    "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali", "no": "norwegian", "nb": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "es": "spanish", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A text with all that was found in it and looked up for it."""

    text: str
    spoiler: str
    html: str
    people: Sequence[markup.Person]
    tags: Mapping[str, str]  # key → as written
    emojis: Sequence[Emoji]

    @property
    def mention_ids(self) -> list[int]:
        """Who is mentioned."""
        return [person.id for person in self.people]


def check(text: str, spoiler: str, media: int, limits: Posting) -> markup.Found:
    """What the text holds. Invalid where a bound is passed or there is nothing to publish."""
    if not text and not media:
        raise Invalid("text", "can't be blank", "ERR_BLANK")
    if markup.length(text) + len(spoiler) > limits.max_characters:
        raise Invalid("text", f"character limit of {limits.max_characters} exceeded", "ERR_TOO_LONG")
    if media > limits.max_media:
        raise Invalid("media_ids", f"can't be more than {limits.max_media}", "ERR_TOO_MANY")
    found = markup.scan(text)
    if len(found.mentions) > limits.max_mentions:
        raise Invalid("text", f"mentions more than {limits.max_mentions} people", "ERR_TOO_MANY")
    if len(found.tags) > limits.max_tags:
        raise Invalid("text", f"has more than {limits.max_tags} hashtags", "ERR_TOO_MANY")
    return found


def check_language(language: str | None, field: str = "language") -> str | None:
    """A language tag, or None. Invalid where it is malformed."""
    if not language:
        return None
    if not _LANGUAGE.fullmatch(language):
        raise Invalid(field, "is not a language tag", "ERR_INVALID")
    return language


def shortcodes(*texts: str) -> list[str]:
    """Emoji shortcodes that texts may hold."""
    return list(dict.fromkeys(code for text in texts for code in _SHORTCODE.findall(text)))[:50]


def local_names(mentions: Iterable[markup.Mention], domain: str) -> list[str]:
    """Lower-case user names of mentions that are local: without a domain, or with our own."""
    return [m.name.lower() for m in mentions if m.domain is None or m.domain == domain]


def compose(
    text: str, spoiler: str, found: markup.Found, people: Iterable[Any], emojis: Iterable[Any], domain: str
) -> Content:
    """The content of a text. `people` and `emojis` are rows that were looked up."""
    by_name = {
        str(row["username"]).lower(): markup.Person(
            int(row["id"]), row["username"], row["username"], f"{ORIGIN}/@{row['username']}"
        )
        for row in people
    }
    by_key: dict[str, markup.Person] = {}
    for mention in found.mentions:
        person = by_name.get(mention.name.lower())
        if person is not None and mention.domain in (None, domain):
            by_key[mention.key] = person
    return Content(
        text=text,
        spoiler=spoiler,
        html=markup.to_html(text, by_key),
        people=list(dict.fromkeys(by_key.values())),
        tags={markup.tag_key(tag): tag for tag in found.tags},
        emojis=[emoji(row) for row in emojis],
    )


def emoji(row: Any) -> Emoji:
    """A custom emoji from its row."""
    return Emoji(
        row["shortcode"],
        f"{MEDIA}/{row['file']}",
        f"{MEDIA}/{row['static_file']}",
        row["visible"],
        row["category"],
    )


def body(
    *,
    post_id: int,
    username: str,
    created_at: datetime,
    audience: Audience,
    content: Content,
    sensitive: bool,
    language: str | None,
    reply_to: tuple[int, int] | None,
    media: Sequence[MediaAttachment],
    application: wire.Application | None,
    edited_at: datetime | None = None,
    moderation: wire.Moderation | msgspec.UnsetType = msgspec.UNSET,
) -> bytes:
    """The bytes to store for a post."""
    return json.encode(
        wire.Body(
            id=str(post_id),
            created_at=iso(created_at),
            in_reply_to_id=str(reply_to[0]) if reply_to else None,
            in_reply_to_account_id=str(reply_to[1]) if reply_to else None,
            sensitive=sensitive,
            spoiler_text=content.spoiler,
            visibility=audience.word,
            language=language,
            uri=wire.post_uri(username, post_id),
            url=wire.post_url(username, post_id),
            content=content.html,
            edited_at=iso(edited_at) if edited_at else None,
            media_attachments=media,
            mentions=[wire.Mentioned(str(p.id), p.username, p.acct, p.url) for p in content.people],
            tags=[wire.Tag(key, f"{ORIGIN}/tags/{quote(key)}") for key in content.tags],
            emojis=content.emojis,
            application=application,
            moderation=moderation,
        )
    )


def echo_body(*, post_id: int, username: str, created_at: datetime, audience: Audience) -> bytes:
    """The bytes to store for an echo: only its own frame, the echoed post is joined on when read."""
    return json.encode(
        wire.Body(
            id=str(post_id),
            created_at=iso(created_at),
            visibility=audience.word,
            uri=f"{wire.post_uri(username, post_id)}/activity",
            url=wire.post_url(username, post_id),
        )
    )


def shown(content: Content, descriptions: Iterable[str]) -> tuple[Text, ...]:
    """All that the gate is shown of a post."""
    texts = (Text("text", content.text), Text("spoiler", content.spoiler), *(Text("alt", d) for d in descriptions))
    return tuple(text for text in texts if text.text)


def search_texts(content: Content, descriptions: Iterable[str], language: str | None) -> dict[str, str]:
    """Parameters for the search document: the words in their language, and folded ones for any spelling."""
    words = "\n".join([content.spoiler, content.text, *descriptions])
    return {
        "search_config": _CONFIGS.get((language or "").split("-")[0], "simple"),
        "search_text": words,
        "search_folded": fold(words),
    }
