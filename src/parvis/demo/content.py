"""Reads the town's files, checks them, and turns them into posts with absolute times."""

from __future__ import annotations

import random
import re
import tomllib
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, TypeVar

import msgspec

from parvis.demo.types import Member, MemberFile, Post, PostFile, Told, Town, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")
PASSWORD = "parvis-demo"  # noqa: S105 - shared by the demo's invented members, printed at the end
NARROW = "\u202f"  # French sets one before ; ! ? and inside « »
WIDE = "\u00a0"


def typeset(text: str, language: str) -> str:
    """Typewriter text to typographic text."""
    text = text.replace("'", "’").replace("...", "…")
    if language == "fr":
        text = re.sub(r" ([;!?»])", NARROW + r"\1", text)
        text = text.replace("« ", "«" + NARROW)
        text = re.sub(r" ([:–])", WIDE + r"\1", text)
        text = re.sub(r"(\d) (\d{3}|h|m|km|kW|€|°C)(?![a-zé])", rf"\1{WIDE}\2", text)
    return text


def moment(when: str, now: datetime) -> datetime:
    """The town's clock is one hour ahead of UTC; a demo has no need of time zones."""
    if day := re.fullmatch(r"(\d+)d (\d\d):(\d\d)", when):
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(
            days=-int(day[1]), hours=int(day[2]) - 1, minutes=int(day[3]), seconds=int(day[1]) * 7 % 60
        )
    number, unit = int(when[:-1]), when[-1]
    return now - (timedelta(hours=number) if unit == "h" else timedelta(minutes=number))


def _files(kind: type[T], prefix: tuple[str, ...]) -> Iterator[T]:
    folder = files("parvis.demo").joinpath("town")
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        if path.name.startswith(prefix) and path.name.endswith(".toml"):
            yield msgspec.convert(tomllib.loads(path.read_text("utf-8")), kind)


def read_members() -> list[Member]:
    members = [member for file in _files(MemberFile, ("members",)) for member in file.member]
    return [
        msgspec.structs.replace(
            member,
            bio=typeset(member.bio, member.languages[0]),
            name=typeset(member.name, member.languages[0]),
            fields=[(a, typeset(b, member.languages[0])) for a, b in member.fields],
        )
        for member in members
    ]


def read_posts() -> list[Post]:
    return [post for file in _files(PostFile, ("threads", "daily")) for post in file.post]


def draw_follows(members: list[Member]) -> list[tuple[str, str]]:
    """Friends first, then strangers by popularity: heavy-tailed, and the same each time."""
    follows: list[tuple[str, str]] = []
    for member in members:
        dice = random.Random(f"follows:{member.username}")
        chosen = [name for name in member.friends if name != member.username]
        others = {m.username: m.popularity for m in members if m.username not in {member.username, *chosen}}
        while others and len(chosen) < member.follows:
            (name,) = dice.choices(list(others), list(others.values()))
            chosen.append(name)
            del others[name]
        follows.extend((member.username, name) for name in chosen)
    return follows


def _voters(key: str, words: Words, readers: list[Member], barred: set[str]) -> list[str]:
    dice = random.Random(f"votes:{key}")
    wanted = words.votes if words.votes >= 0 else int(dice.paretovariate(1.1)) + 1
    able = [m.username for m in readers if not m.bot and m.username != words.by and m.username not in barred]
    dice.shuffle(able)
    return sorted(able[:wanted])


def _told(key: str, words: Words, at: datetime, post: Post, readers: list[Member], parent: str, to: str) -> Told:
    text = typeset(words.text, words.lang)
    if to and to != words.by and f"@{to}" not in text:
        text = f"@{to} {text}"
    return Told(
        key=key,
        by=words.by,
        text=text,
        language=words.lang,
        at=at,
        audience=post.audience,
        parent=parent,
        cw=typeset(words.cw, words.lang),
        sensitive=post.sensitive or bool(words.cw and words.pics),
        pinned=isinstance(words, Post) and words.pinned,
        first_text=typeset(words.was, words.lang),
        pictures=[msgspec.structs.replace(p, alt=typeset(p.alt, words.lang)) for p in words.pics],
        votes=_voters(key, words, readers, set()),
        echoes=words.echoes,
        bookmarks=words.kept,
    )


def tell(post: Post, key: str, now: datetime, members: list[Member], fans: dict[str, set[str]]) -> Iterator[Told]:
    """A post and its replies, in order of time within the thread."""
    readers = members
    if post.audience == "followers":
        readers = [m for m in members if m.username in fans[post.by] or m.username == post.by]
    elif post.audience == "direct":
        readers = [m for m in members if m.username == post.by or f"@{m.username}" in post.text]
    at = moment(post.at, now)
    yield _told(key, post, at, post, readers, "", "")
    spoken: list[tuple[str, str, datetime]] = [(key, post.by, at)]
    for number, reply in enumerate(post.replies, 1):
        parent, author, parent_at = spoken[reply.to]
        reply_at = max(at + timedelta(minutes=reply.min, seconds=number * 13 % 60), parent_at + timedelta(seconds=30))
        name = f"{key}.{number}"
        yield _told(name, reply, min(reply_at, now), post, readers, parent, author)
        spoken.append((name, reply.by, reply_at))


def read_town(now: datetime | None = None) -> Town:
    now = now or datetime.now(UTC)
    members = read_members()
    follows = draw_follows(members)
    fans: dict[str, set[str]] = {member.username: set() for member in members}
    for follower, followed in follows:
        fans[followed].add(follower)
    told: list[Told] = []
    for number, post in enumerate(read_posts()):
        told.extend(tell(post, post.key or f"post-{number}", now, members, fans))
    told.sort(key=lambda each: each.at)
    return Town(members=members, follows=follows, posts=told)


__all__ = ["PASSWORD", "read_members", "read_posts", "read_town", "typeset"]
