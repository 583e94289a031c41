"""Every hot path's statements, counted: what is warm needs none, what is cold needs few."""

from itertools import pairwise
from typing import Any

import pytest
from tests.cast import Member, Town

from parvis.db.pool import statements
from parvis.db.ring import Kind


def count(member: Member, method: str, path: str, **options: Any) -> list[str]:
    """The names of the statements that one call makes."""

    async def counted() -> list[str]:
        made: list[str] = []
        token = statements.set(made)
        try:
            answer = await member.call(method, path, **options)
        finally:
            statements.reset(token)
        assert answer.status == 200, answer.text
        return made

    return member.loop.run_until_complete(counted())


def forget(member: Member) -> None:
    """Have the process drop all that it keeps, and look the token up again."""
    member.town.tell((Kind.RESET,))
    assert member.get("/api/v1/lists").status == 200


@pytest.fixture(scope="module")
def reader(town: Town) -> Member:
    """Someone who follows three that each wrote and echoed."""
    reader, authors = town.someone(), [town.someone() for _ in range(3)]
    for author in authors:
        reader.relate("follow", author)
        for n in range(10):
            author.write(f"billet {n}")
    for author, other in pairwise(authors):
        author.act(other.write("à répéter"), "reblog")
    return reader


def test_home(reader: Member) -> None:
    forget(reader)
    assert len(count(reader, "GET", "/api/v1/timelines/home")) <= 2
    assert count(reader, "GET", "/api/v1/timelines/home") == []


def test_home_after_someone_else_posted(town: Town, reader: Member) -> None:
    count(reader, "GET", "/api/v1/timelines/home")
    town.amina.write("ailleurs")
    assert count(reader, "GET", "/api/v1/timelines/home") == []


def test_the_public_timeline(reader: Member) -> None:
    forget(reader)
    assert len(count(reader, "GET", "/api/v1/timelines/public")) <= 3
    assert count(reader, "GET", "/api/v1/timelines/public") == []


def test_one_post(town: Town, reader: Member) -> None:
    path = f"/api/v1/statuses/{town.amina.write('seul')['id']}"
    forget(reader)
    assert len(count(reader, "GET", path)) <= 2
    assert count(reader, "GET", path) == []


def test_a_thread(town: Town, reader: Member) -> None:
    root = town.amina.write("racine")["id"]
    for n in range(20):
        town.bruno.write(f"réponse {n}", in_reply_to_id=root)
    path = f"/api/v1/statuses/{root}/context"
    forget(reader)
    assert len(count(reader, "GET", path)) <= 4
    assert count(reader, "GET", path) == []


def test_publishing(town: Town, reader: Member) -> None:
    # Of these the gate asks for the author's record (kept for a minute), decided twins and, of mentions, who is a stranger.
    forget(reader)
    assert len(count(reader, "POST", "/api/v1/statuses", json={"status": "cold"})) <= 6
    made = count(reader, "POST", "/api/v1/statuses", json={"status": "#warm bread"})
    assert made == ["prepare_post", "find_near", "insert_post"]
    made = count(reader, "POST", "/api/v1/statuses", json={"status": f"#warm @{town.amina.name}"})
    assert sorted(made) == ["find_near", "insert_post", "prepare_post", "strangers"]
    parent = town.amina.write("parent")["id"]
    assert len(count(reader, "POST", "/api/v1/statuses", json={"status": "x", "in_reply_to_id": parent})) <= 5


def test_voting(town: Town, reader: Member) -> None:
    post = town.amina.write("une voix")["id"]
    reader.get(f"/api/v1/statuses/{post}")
    assert count(reader, "POST", f"/api/v1/statuses/{post}/favourite") == ["cast_votes"]
    assert count(reader, "POST", f"/api/v1/statuses/{post}/unfavourite") == ["retract_votes"]


def test_a_home_full_of_echoes_and_old_marks(town: Town, reader: Member) -> None:
    count(reader, "GET", "/api/v1/timelines/home")
    newest = reader.get("/api/v1/timelines/home").json[0]
    inner = newest["reblog"] or newest
    for what in ("favourite", "bookmark"):
        reader.act(inner["id"], what)
    assert count(reader, "GET", "/api/v1/timelines/home") == []
