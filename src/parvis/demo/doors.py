"""What the demo asks of the server: its own actions, by the names the story needs.

`app.py` or the CLI joins these to the real actions; nothing here writes SQL.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from parvis.demo.types import Audience, Language, Member


class Doors(Protocol):
    async def is_loaded(self) -> bool:
        """The demo marker setting exists."""
        ...

    async def mark_loaded(self) -> None: ...

    async def create_member(self, member: Member, password: str, at: datetime) -> int:
        """A confirmed, approved member with this password (hash it once and reuse it); returns the account's id."""
        ...

    async def upload(self, account_id: int, picture: bytes, alt: str, focus: tuple[float, float]) -> int:
        """Through the media pipeline, waiting until it is processed; returns the medium's id."""
        ...

    async def set_profile(self, account_id: int, member: Member, avatar: bytes, header: bytes) -> None:
        """Bio, fields, locked, bot, default language, avatar and header."""
        ...

    async def follow(self, account_id: int, target_id: int) -> None:
        """Accepted at once, also where the target is locked."""
        ...

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
        """Returns the post's id. Publisher.publish(Draft(..., at_ms=...)) is this door."""
        ...

    async def edit(self, account_id: int, post_id: int, text: str, at: datetime) -> None: ...
    async def echo(self, account_id: int, post_id: int, at: datetime) -> None: ...
    async def vote(self, account_id: int, post_id: int) -> None: ...
    async def bookmark(self, account_id: int, post_id: int) -> None: ...
    async def pin(self, account_id: int, post_id: int) -> None: ...


class Progress(Protocol):
    def __call__(self, stage: str, done: int, total: int) -> None: ...
