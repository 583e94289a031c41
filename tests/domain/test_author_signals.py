"""The author's context is that of the moment that is judged, also where an old post is looked at again."""

import asyncio
from pathlib import Path

import psycopg

from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Ring
from parvis.kernel.ids import new_id
from parvis.moderation.signals.author import Author
from parvis.moderation.types import Subject, Value

DAY_MS = 86_400_000


def test_pace_and_age_are_those_of_the_moment(database_url: str, tmp_path: Path):
    now_ms = 1_780_000_000_000
    account = new_id(now_ms - 3 * DAY_MS)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO accounts (id, username) VALUES (%s, 'ada')", (account,))
        for ago in (0.001, 0.002, 0.003, 1.001, 1.002):  # days
            post = new_id(now_ms - int(ago * DAY_MS))
            connection.execute(
                "INSERT INTO posts (id, account_id, audience, thread_id, created_at) VALUES (%s, %s, 0, %s, now())",
                (post, account, post),
            )

    async def run() -> list[dict[str, Value]]:
        db = Database(database_url, size=1)
        await db.open()
        author = Author(db, Changes(db, Ring.create(tmp_path / "ring"), 1), kept=10, seconds=60, days=365)
        found: list[dict[str, Value]] = []
        for kind, at_ms in (
            ("post", now_ms),
            ("edit", now_ms - DAY_MS),
            ("post", now_ms),
            ("post", now_ms + 1),
            ("edit", now_ms),
        ):
            subject = Subject(kind=kind, id=new_id(at_ms), account_id=account, at_ms=at_ms)
            found.append(dict((await author.detect(subject)).values))
        await db.close()
        return found

    found = asyncio.run(run())
    assert [one["author.posts_hour"] for one in found] == [3, 2, 3, 4, 5]  # what is written meanwhile counts on top
    assert [one["author.age_hours"] for one in found][:2] == [72.0, 48.0]
