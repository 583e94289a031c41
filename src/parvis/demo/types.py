"""What the TOML files of the town may say. Anything else in them is an error."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

Language = Literal["fr", "en"]
Audience = Literal["public", "unlisted", "followers", "direct"]
Key = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{2,40}$")]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{2,30}$")]
# "3d 18:40" is 18:40 three days ago; "2h", "25m" count back from now.
When = Annotated[str, msgspec.Meta(pattern=r"^(\d{1,2}d \d\d:\d\d|\d{1,2}h|\d{1,2}m)$")]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Avatar(Strict, frozen=True, kw_only=True):
    """Either a portrait (hair, skin, …) or, where `sign` is set, an emblem."""

    bg: str
    sign: str = ""
    skin: Annotated[int, msgspec.Meta(ge=0, le=5)] = 1
    hair: str = "short"
    tint: str = "brown"
    top: str = "blue"
    extras: list[str] = []


class Member(Strict, frozen=True, kw_only=True):
    username: Name
    name: str
    bio: str
    languages: list[Language]
    joined: Annotated[int, msgspec.Meta(ge=21, le=2000)]
    avatar: Avatar
    header: str
    fields: list[tuple[str, str]] = []
    popularity: Annotated[int, msgspec.Meta(ge=0, le=100)] = 10
    follows: Annotated[int, msgspec.Meta(ge=0, le=40)] = 12
    friends: list[Name] = []
    locked: bool = False
    bot: bool = False


class Picture(Strict, frozen=True, kw_only=True):
    draw: str
    alt: Annotated[str, msgspec.Meta(min_length=20, max_length=1500)]
    focus: tuple[float, float] = (0.0, 0.0)


class Words(Strict, frozen=True, kw_only=True):
    """What a post and a reply have in common."""

    by: Name
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    lang: Language = "fr"
    cw: Annotated[str, msgspec.Meta(max_length=120)] = ""
    was: str = ""
    pics: Annotated[list[Picture], msgspec.Meta(max_length=4)] = []
    votes: Annotated[int, msgspec.Meta(ge=-1, le=36)] = -1
    echoes: list[Name] = []
    kept: list[Name] = []


class Reply(Words, frozen=True, kw_only=True):
    """`to` is 0 for the opening post, n for the n-th reply; `min` counts from the opening post."""

    min: Annotated[int, msgspec.Meta(ge=1, le=6000)]
    to: Annotated[int, msgspec.Meta(ge=0)] = 0


class Post(Words, frozen=True, kw_only=True):
    at: When
    key: str = ""
    audience: Audience = "public"
    sensitive: bool = False
    pinned: bool = False
    replies: list[Reply] = []


class MemberFile(Strict, frozen=True, kw_only=True):
    member: list[Member]


class PostFile(Strict, frozen=True, kw_only=True):
    post: list[Post]


class Told(Strict, frozen=True, kw_only=True):
    """One post as the loader needs it: absolute time, typography done, votes drawn."""

    key: str
    by: Name
    text: str
    language: Language
    at: datetime
    audience: Audience
    parent: str = ""
    cw: str = ""
    sensitive: bool = False
    pinned: bool = False
    first_text: str = ""
    pictures: list[Picture] = []
    votes: list[Name] = []
    echoes: list[Name] = []
    bookmarks: list[Name] = []


class Town(Strict, frozen=True, kw_only=True):
    members: list[Member]
    follows: list[tuple[str, str]]
    posts: list[Told]
