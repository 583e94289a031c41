"""The demo's doors, joined to the server's own actions."""

from datetime import datetime
from typing import Any

import msgspec

from parvis.accounts.create import insert_account
from parvis.accounts.profile import Change
from parvis.auth.sign_up import insert_member
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.demo.types import Audience, Language, Member
from parvis.kernel.errors import Conflict
from parvis.posts import types
from parvis.posts.edit import Revision
from parvis.posts.types import Draft
from parvis.relations.follow import Wishes

SQL = load(__package__)


class Joined:
    """See `doors.Doors`. `app` is the built application."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._hashes: dict[str, str] = {}

    async def is_loaded(self) -> bool:
        """Whether the town is there."""
        return (await self._app.db.one(SQL.is_loaded)).found

    async def mark_loaded(self) -> None:
        """The town is there; what happened in it gets its place in time, and processes read it anew."""
        async with self._app.changes.transaction() as tx:
            await tx.run(SQL.age_notifications)
            await tx.run(SQL.read_notifications)
            await tx.run(SQL.mark_loaded)
            tx.tell(Kind.RESET)

    async def create_member(self, member: Member, password: str, at: datetime) -> int:
        """A member of the town."""
        if await self._app.db.maybe(SQL.leftovers, {"username": member.username}) is not None:
            raise Conflict(
                f"There is an account @{member.username} already: an earlier --demo was interrupted, or the server is in "
                "use. Start with an empty data folder."
            )
        hashed = self._hashes.get(password) or await self._app.passwords.hash(password)
        self._hashes[password] = hashed
        async with self._app.changes.transaction() as tx:
            row = await insert_account(tx, member.username, display_name=member.name, created_at=at)
            email = f"{member.username.lower()}@lanvernec.example"
            await insert_member(tx, row.id, email=email, password_hash=hashed, locale=member.languages[0])
            await tx.run(SQL.set_language, {"id": row.id, "locale": member.languages[0]})
        return row.id

    async def upload(self, account_id: int, picture: bytes, alt: str, focus: tuple[float, float]) -> int:
        """A picture, processed and stored."""
        row = await self._app.media.upload(account_id, picture, alt, f"{focus[0]},{focus[1]}")
        return row.id

    async def set_profile(self, account_id: int, member: Member, avatar: bytes, header: bytes) -> None:
        """Everything of a profile but the lock, which comes when everybody follows whom they should."""
        await self._app.profiles.update(
            account_id,
            Change(
                display_name=member.name,
                note=member.bio,
                fields=tuple(member.fields),
                avatar=avatar,
                header=header,
                locked=member.locked,
                bot=member.bot,
            ),
        )

    async def follow(self, account_id: int, target_id: int) -> None:
        """Follow; who approves followers accepts at once."""
        await self._app.follows.follow(account_id, target_id, Wishes())
        if not (await self._app.relationships.one(account_id, target_id)).following:
            await self._app.follows.accept(target_id, account_id)

    async def publish(
        self,
        account_id: int,
        *,
        text: str,
        cw: str,
        audience: Audience,
        sensitive: bool,
        language: Language,
        reply_to: int | None,
        media: tuple[int, ...],
        at: datetime,
    ) -> int:
        """A back-dated post."""
        wide = {"followers": "private"}.get(audience, audience)
        return await self._app.publisher.publish(
            Draft(
                author_id=account_id,
                text=text,
                spoiler=cw,
                audience=types.Audience.of(wide),
                sensitive=sensitive,
                language=language,
                reply_to_id=reply_to,
                media_ids=media,
                at_ms=int(at.timestamp() * 1000),
            )
        )

    async def edit(self, account_id: int, post_id: int, text: str, at: datetime) -> None:
        """A back-dated edit that changes the text alone."""
        post = await self._app.posts.find(post_id)
        source = await self._app.post_history.source(post_id)
        media: list[dict[str, Any]] = msgspec.json.decode(post.head + b"0}")["media_attachments"]
        await self._app.editor.edit(
            Revision(
                author_id=account_id,
                post_id=post_id,
                text=text,
                spoiler=source.spoiler,
                media_ids=tuple(int(item["id"]) for item in media),
                at_ms=int(at.timestamp() * 1000),
            )
        )

    async def echo(self, account_id: int, post_id: int, at: datetime) -> None:
        """A back-dated echo."""
        viewer = await self._app.viewers.find(account_id)
        post = await self._app.posts.find(post_id)
        await self._app.echoer.echo(viewer, post, at_ms=int(at.timestamp() * 1000))

    async def vote(self, account_id: int, post_id: int) -> None:
        """A vote."""
        await self._app.voter.vote(account_id, await self._app.posts.find(post_id))

    async def bookmark(self, account_id: int, post_id: int) -> None:
        """A bookmark."""
        await self._app.marker.bookmark(account_id, await self._app.posts.find(post_id))

    async def pin(self, account_id: int, post_id: int) -> None:
        """A pin."""
        await self._app.marker.pin(account_id, await self._app.posts.find(post_id))
