"""One shared cast of characters, with tokens, and the application they act on.

Nobody follows, blocks or mutes anybody at first. Amina bakes and writes French; Bruno mends bicycles; Chloé reads;
Dario is loud; Elena has just come.
"""

import asyncio
import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import psycopg
from PIL import Image
from psycopg import sql
from tests.client import Answer, Client

from parvis.accounts import wire
from parvis.app import Application, Parvis
from parvis.auth.keys import digest
from parvis.db.ring import Kind, Ring
from parvis.kernel.clock import now
from parvis.kernel.ids import new_id
from parvis.settings import Settings

NAMES = ("amina", "bruno", "chloe", "dario", "elena")
_SCOPES = ["read", "write", "follow", "push"]
_RELATIONS = {"follow": "follows", "block": "blocks", "mute": "mutes"}


class Member(Client):
    """Someone of the cast: a client with their token."""

    def __init__(self, town: "Town", name: str, account_id: int, token: str) -> None:
        super().__init__(town.app, town.loop, token)
        self.town = town
        self.name = name
        self.id = account_id

    def write(self, text: str, **options: Any) -> dict[str, Any]:
        """Publish a post; options as the API has them."""
        answer = self.post("/api/v1/statuses", json={"status": text, **options})
        assert answer.status == 200, answer.text
        return answer.json

    def act(self, post: dict[str, Any] | str, what: str, **options: Any) -> Answer:
        """`POST /api/v1/statuses/{id}/{what}`."""
        post_id = post if isinstance(post, str) else post["id"]
        return self.post(f"/api/v1/statuses/{post_id}/{what}", **options)

    def relate(self, how: str, other: "Member", *, on: bool = True) -> None:
        """`follow`, `block` or `mute` someone (or no longer), without the API: rows, and every cache told."""
        self.town.relate(how, self, other, on=on)


class Town:
    """A running application with its cast as attributes, and a visitor."""

    amina: Member
    bruno: Member
    chloe: Member
    dario: Member
    elena: Member

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        self.settings = settings
        self.loop = loop
        ring = settings.data_dir / "run" / "ring"
        ring.parent.mkdir(parents=True, exist_ok=True)
        self.parvis = Parvis(settings, ring=Ring.create(ring), origin=1)
        self.app = Application(self.parvis)
        self.visitor = Client(self.app, loop)
        self._number = itertools.count(1)

    def run(self, coroutine: Any) -> Any:
        """A coroutine's result, on the application's loop."""
        return self.loop.run_until_complete(coroutine)

    def member(self, name: str, *, role: str = "member") -> Member:
        """A new member with a token that may do everything."""
        account_id, token = new_id(), secrets.token_urlsafe(24)
        row = SimpleNamespace(
            id=account_id, username=name, domain=None, display_name=name.capitalize(), locked=False, bot=False,
            discoverable=True, indexable=True, created_at=now(), avatar=None, avatar_static=None, avatar_description="",
            header=None, header_static=None, header_description="", hide_collections=False, uri=None,
        )  # fmt: skip
        with self.database() as db:
            db.execute(
                "INSERT INTO accounts (id, username, display_name, body) VALUES (%s, %s, %s, %s)",
                (account_id, name, row.display_name, wire.render(row, "", [], [])),
            )
            db.execute("INSERT INTO account_stats (account_id) VALUES (%s)", (account_id,))
            db.execute(
                "INSERT INTO members (account_id, email, email_key, confirmed_at, approved_at, password_hash, role)"
                " VALUES (%s, %s, %s, now(), now(), 'x', %s)",
                (account_id, f"{name}@mail.test", f"{name}@mail.test", role),
            )
            db.execute(
                "INSERT INTO tokens (id, token_hash, account_id, scopes) VALUES (%s, %s, %s, %s)",
                (new_id(), digest(token), account_id, _SCOPES),
            )
        return Member(self, name, account_id, token)

    def someone(self, *, role: str = "member") -> Member:
        """A member whom no other test knows."""
        return self.member(f"someone{next(self._number)}", role=role)

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection of the test's own, in autocommit."""
        with psycopg.connect(self.settings.database.url, autocommit=True) as connection:
            yield connection

    def rows(self, statement: str, *params: Any) -> list[tuple[Any, ...]]:
        """What a statement of the test finds."""
        with self.database() as db:
            return db.execute(statement.encode(), params).fetchall()

    def relate(self, how: str, who: Member, whom: Member, *, on: bool = True) -> None:
        """See `Member.relate`."""
        table = sql.Identifier(_RELATIONS[how])
        with self.database() as db:
            db.execute(
                sql.SQL("DELETE FROM {} WHERE account_id = %s AND target_id = %s").format(table), (who.id, whom.id)
            )
            if on:
                db.execute(
                    sql.SQL("INSERT INTO {} (account_id, target_id, id) VALUES (%s, %s, %s)").format(table),
                    (who.id, whom.id, new_id()),
                )
        self.tell((Kind.VIEWER_CHANGED, who.id), (Kind.VIEWER_CHANGED, whom.id))

    def suspend(self, member: Member, *, on: bool = True) -> None:
        """Suspend an account (or no longer), without the API."""
        with self.database() as db:
            db.execute("UPDATE accounts SET state = %s WHERE id = %s", (2 if on else 0, member.id))
        self.tell((Kind.ACCOUNT_CHANGED, member.id), (Kind.TIMELINE_CHANGED, member.id))

    def tell(self, *events: tuple[Any, ...]) -> None:
        """Tell every process of a change that the test made with rows."""

        async def told() -> None:
            async with self.parvis.changes.transaction() as tx:
                for kind, *fields in events:
                    tx.tell(kind, *fields)

        self.run(told())


@contextmanager
def open_town(settings: Settings) -> Iterator[Town]:
    """A town for as long as the block runs."""
    loop = asyncio.new_event_loop()
    town = Town(settings, loop)
    running = town.parvis.running()
    loop.run_until_complete(running.__aenter__())
    try:
        for name in NAMES:
            setattr(town, name, town.member(name))
        yield town
    finally:
        loop.run_until_complete(running.__aexit__(None, None, None))
        loop.close()


def picture(width: int = 40, height: int = 30, color: tuple[int, int, int] = (200, 80, 40)) -> bytes:
    """A small PNG."""
    out = BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()
