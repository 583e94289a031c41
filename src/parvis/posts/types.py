"""The words of posts."""

from enum import IntEnum

import msgspec


class Audience(IntEnum):
    """Who may see a post."""

    PUBLIC = 0
    UNLISTED = 1
    FOLLOWERS = 2
    DIRECT = 3

    @property
    def word(self) -> str:
        """The API's word."""
        return _WORDS[self]

    @classmethod
    def of(cls, word: str) -> "Audience":
        """The audience by the API's word. ValueError where there is none."""
        try:
            return _BY_WORD[word]
        except KeyError:
            raise ValueError(f"{word!r} is not an audience: use public, unlisted, private or direct") from None


_WORDS = {
    Audience.PUBLIC: "public",
    Audience.UNLISTED: "unlisted",
    Audience.FOLLOWERS: "private",
    Audience.DIRECT: "direct",
}
_BY_WORD = {word: audience for audience, word in _WORDS.items()}

PUBLISHED, HELD = 0, 1


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a member wants to publish, as it came in."""

    author_id: int
    text: str = ""
    spoiler: str = ""
    audience: Audience | None = None  # None: the member's default
    sensitive: bool | None = None
    language: str | None = None
    reply_to_id: int | None = None
    media_ids: tuple[int, ...] = ()
    app_id: int | None = None
    idempotency_key: str | None = None
    at_ms: int | None = None  # back-dated (imports, the demo); None: now
