"""Fills a fresh server with the town, through the server's own actions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from parvis.demo.content import PASSWORD, read_town
from parvis.demo.doors import Doors, Progress
from parvis.demo.draw import draw_avatar, draw_scene
from parvis.demo.types import Told, Town

T = TypeVar("T")
AT_ONCE = 8
SHOWN_MEMBER = "camille"


class Loader:
    def __init__(self, doors: Doors, progress: Progress, now: datetime) -> None:
        self._doors = doors
        self._progress = progress
        self._now = now
        self._town: Town = read_town(now)
        self._accounts: dict[str, int] = {}
        self._posts: dict[str, int] = {}
        self._media: dict[tuple[str, int], int] = {}
        self._drawn: dict[str, bytes] = {}

    async def _each(self, stage: str, items: Iterable[T], do: Callable[[T], Awaitable[None]]) -> None:
        things, done, door = list(items), 0, asyncio.Semaphore(AT_ONCE)

        async def one(thing: T) -> None:
            nonlocal done
            async with door:
                await do(thing)
            done += 1
            self._progress(stage, done, len(things))

        await asyncio.gather(*(one(thing) for thing in things))

    async def run(self) -> None:
        town = self._town
        scenes = {m.header for m in town.members} | {p.draw for told in town.posts for p in told.pictures}
        await self._each("pictures", sorted(scenes), self._draw)
        for member in town.members:
            at = self._now - timedelta(days=member.joined)
            self._accounts[member.username] = await self._doors.create_member(member, PASSWORD, at)
        await self._each("members", range(len(town.members)), self._dress)
        await self._each("follows", town.follows, self._follow)
        uploads = [(told, number) for told in town.posts for number in range(len(told.pictures))]
        await self._each("uploads", uploads, self._upload)
        # One after the other: a reply needs what it answers, and time runs forward.
        for done, told in enumerate(town.posts, 1):
            await self._publish(told)
            self._progress("posts", done, len(town.posts))
        echoes = [(told, name, place) for told in town.posts for place, name in enumerate(told.echoes)]
        await self._each("echoes", echoes, self._echo)
        await self._each("votes", [(name, told) for told in town.posts for name in told.votes], self._vote)
        await self._each("bookmarks", [(n, told) for told in town.posts for n in told.bookmarks], self._bookmark)
        await self._doors.mark_loaded()

    async def _draw(self, name: str) -> None:
        self._drawn[name] = await asyncio.to_thread(draw_scene, name)

    async def _dress(self, number: int) -> None:
        member = self._town.members[number]
        avatar = await asyncio.to_thread(draw_avatar, member.username, member.avatar)
        account = self._accounts[member.username]
        await self._doors.set_profile(account, member, avatar, self._drawn[member.header])

    async def _follow(self, pair: tuple[str, str]) -> None:
        await self._doors.follow(self._accounts[pair[0]], self._accounts[pair[1]])

    async def _upload(self, which: tuple[Told, int]) -> None:
        told, number = which
        picture = told.pictures[number]
        self._media[told.key, number] = await self._doors.upload(
            self._accounts[told.by], self._drawn[picture.draw], picture.alt, picture.focus
        )

    async def _publish(self, told: Told) -> None:
        author = self._accounts[told.by]
        post = await self._doors.publish(
            author,
            text=told.first_text or told.text,
            cw=told.cw,
            audience=told.audience,
            sensitive=told.sensitive,
            language=told.language,
            reply_to=self._posts[told.parent] if told.parent else None,
            media=tuple(self._media[told.key, number] for number in range(len(told.pictures))),
            at=told.at,
        )
        self._posts[told.key] = post
        if told.first_text:
            await self._doors.edit(author, post, told.text, min(told.at + timedelta(minutes=11), self._now))
        if told.pinned:
            await self._doors.pin(author, post)

    async def _echo(self, which: tuple[Told, str, int]) -> None:
        told, name, place = which
        at = min(told.at + timedelta(minutes=7 + 23 * place, seconds=place * 17), self._now)
        await self._doors.echo(self._accounts[name], self._posts[told.key], at)

    async def _vote(self, which: tuple[str, Told]) -> None:
        await self._doors.vote(self._accounts[which[0]], self._posts[which[1].key])

    async def _bookmark(self, which: tuple[str, Told]) -> None:
        await self._doors.bookmark(self._accounts[which[0]], self._posts[which[1].key])


async def load(app: Doors, progress: Progress, now: datetime | None = None) -> str | None:
    """Fill the server; returns the sentence to print, or None where the town is there already."""
    if await app.is_loaded():
        return None
    await Loader(app, progress, now or datetime.now(UTC)).run()
    return f"Log in as @{SHOWN_MEMBER} (or any other member) with the password {PASSWORD}"
