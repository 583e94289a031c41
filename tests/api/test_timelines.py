"""Timelines: strictly by time, paged in both directions, and never a page from before a change."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.cast import Member, Town
from tests.client import Client

from parvis.app import Application, Parvis
from parvis.db.ring import Ring

Read = Callable[[Client], list[str]]


def ids(answer: Any) -> list[str]:
    """The posts' ids of a page."""
    assert answer.status == 200, answer.text
    return [post["id"] for post in answer.json]


def downwards(reader: Client, path: str, limit: int = 3) -> list[list[str]]:
    """Every page from the newest to the oldest."""
    answer = reader.get(path, query={"limit": limit})
    pages = []
    while answer.json:
        pages.append(ids(answer))
        if "next" not in answer.link:
            break
        answer = reader.get(answer.link["next"])
    return pages


def upwards(reader: Client, path: str, limit: int = 3) -> list[list[str]]:
    """Every page from the oldest to the newest."""
    answer = reader.get(path, query={"limit": limit, "min_id": "1"})
    pages = []
    while answer.json:
        pages.append(ids(answer))
        answer = reader.get(answer.link["prev"])
    return pages


def check_paging(reader: Client, path: str, expected: list[str]) -> None:
    """Both directions give exactly the expected, newest first, each page full but the last."""
    down, up = downwards(reader, path), upwards(reader, path)
    assert [post for page in down for post in page] == expected
    assert [post for page in reversed(up) for post in page] == expected
    assert len(down) > 3 and all(len(page) == 3 for page in (*down[:-1], *up[:-1]))


def test_home_pages_in_both_directions(town: Town) -> None:
    reader, one, two = town.someone(), town.someone(), town.someone()
    reader.relate("follow", one)
    reader.relate("follow", two)
    written = [(one, two, reader)[n % 3].write(f"billet {n}")["id"] for n in range(11)]
    town.someone().write("d'une inconnue")
    for _ in range(2):  # cold and warm
        check_paging(reader, "/api/v1/timelines/home", written[::-1])


def test_an_account_pages_in_both_directions(town: Town) -> None:
    author = town.someone()
    written = [author.write(f"billet {n} #{author.name}")["id"] for n in range(11)]
    check_paging(town.visitor, f"/api/v1/timelines/tag/{author.name}", written[::-1])


def test_the_public_timeline_pages_in_both_directions(town: Town) -> None:
    for n in range(11):
        town.dario.write(f"criée {n}")
    town.dario.write("discret", visibility="unlisted")
    rows = town.rows(
        "SELECT id::text FROM posts WHERE audience = 0 AND echo_of_id IS NULL"
        " AND coalesce(reply_to_account_id, account_id) = account_id ORDER BY id DESC"
    )
    check_paging(town.visitor, "/api/v1/timelines/public", [row[0] for row in rows])


@pytest.mark.parametrize(("what", "path"), [("favourite", "favourites"), ("bookmark", "bookmarks")])
def test_marked_posts_page_by_when_they_were_marked(town: Town, what: str, path: str) -> None:
    reader = town.someone()
    posts = [town.amina.write(f"{what} {n}")["id"] for n in range(11)]
    order = posts[::2] + posts[1::2]
    for post in order:
        reader.act(post, what)
    check_paging(reader, f"/api/v1/{path}", order[::-1])


def test_hashtags_combine(town: Town) -> None:
    author = town.someone()
    both, first, second = author.write("#Pain #Vin"), author.write("#pain"), author.write("#vin")
    quiet = author.write("#pain discret", visibility="unlisted")

    def read(tag: str, **query: Any) -> list[str]:
        found = ids(town.visitor.get(f"/api/v1/timelines/tag/{tag}", query=query))
        return [post for post in found if post in {both["id"], first["id"], second["id"], quiet["id"]}]

    assert read("PAIN") == [first["id"], both["id"]]
    assert read("pain", **{"any[]": "vin"}) == [second["id"], first["id"], both["id"]]
    assert read("pain", **{"all[]": "vin"}) == [both["id"]]
    assert read("pain", **{"none[]": "vin"}) == [first["id"]]
    assert read("pain", only_media="true") == []
    assert town.visitor.get("/api/v1/timelines/tag/pain", query={"any[]": ["x"] * 21}).status == 422


def test_hashtags_are_followed_and_their_use_is_counted(town: Town) -> None:
    member = town.someone()
    town.amina.write("#Chouette matin")
    town.bruno.write("#chouette soir")
    town.bruno.write("#chouette secret", visibility="private")
    tag = member.get("/api/v1/tags/Chouette").json
    assert (tag["name"], tag["following"]) == ("chouette", False)
    assert (tag["history"][0]["uses"], tag["history"][0]["accounts"]) == ("2", "2") and len(tag["history"]) == 7
    assert member.post("/api/v1/tags/chouette/follow").json["following"] is True
    assert [followed["name"] for followed in member.get("/api/v1/followed_tags").json] == ["chouette"]
    assert member.post("/api/v1/tags/chouette/unfollow").json["following"] is False
    assert member.get("/api/v1/followed_tags").json == []
    assert member.get("/api/v1/tags/no%20tag").status == 404


def test_direct_conversations_show_their_last_post(town: Town) -> None:
    one, other = town.someone(), town.someone()
    first = one.write(f"@{other.name} salut", visibility="direct")
    last = other.write(f"@{one.name} salut !", visibility="direct", in_reply_to_id=first["id"])
    (conversation,) = one.get("/api/v1/conversations").json
    assert conversation["last_status"]["id"] == last["id"] and conversation["unread"] is False
    assert [account["username"] for account in conversation["accounts"]] == [other.name]
    assert town.chloe.get("/api/v1/conversations").json == []


def test_one_broken_post_is_left_out_and_paging_goes_on(town: Town) -> None:
    reader, author = town.someone(), town.someone()
    reader.relate("follow", author)
    posts = [author.write(f"solide {n}")["id"] for n in range(8)]
    with town.database() as db:
        db.execute("UPDATE posts SET body = 'broken' WHERE id = %s", (int(posts[4]),))
    town.parvis.posts.clear()
    assert [post for page in downwards(reader, "/api/v1/timelines/home") for post in page] == [
        *posts[:3:-1][:3],
        *posts[3::-1],
    ]


# What was changed is never served again: by the same process, by another of the machine, by another machine ------------


@contextmanager
def another(town: Town, *, same_machine: bool) -> Iterator[Application]:
    """A second instance of the application on the same database: on the same ring, or on one of its own."""
    path = town.settings.data_dir / "run" / "ring"
    ring = Ring(path) if same_machine else Ring.create(path.with_name("other-ring"))
    parvis = Parvis(town.settings, ring=ring, origin=1 if same_machine else 2)
    running = parvis.running()
    town.run(running.__aenter__())
    try:
        yield Application(parvis)
    finally:
        town.run(running.__aexit__(None, None, None))


def _read_home(client: Client) -> list[str]:
    return ids(client.get("/api/v1/timelines/home"))


def _read_public(client: Client) -> list[str]:
    return ids(client.get("/api/v1/timelines/public"))


def _delete(author: Member, reader: Member, post: dict[str, Any]) -> None:
    assert author.delete(f"/api/v1/statuses/{post['id']}").status == 200


def _block(author: Member, reader: Member, post: dict[str, Any]) -> None:
    author.relate("block", reader)


def _suspend(author: Member, reader: Member, post: dict[str, Any]) -> None:
    author.town.suspend(author)


@pytest.mark.parametrize("change", [_delete, _block, _suspend])
def test_what_was_removed_is_never_served_again(town: Town, change: Callable[[Member, Member, Any], None]) -> None:
    author, reader = town.someone(), town.someone()
    reader.relate("follow", author)
    post = author.write("éphémère")
    single = f"/api/v1/statuses/{post['id']}"
    with another(town, same_machine=True) as near, another(town, same_machine=False) as far:
        readers = [Client(app, town.loop, reader.token) for app in (town.app, near, far)]
        town.run(asyncio.sleep(0.6))  # the far one has found its place in the table of changes
        for client in readers:
            assert post["id"] in _read_home(client) and post["id"] in _read_public(client)
            assert client.get(single).status == 200
        change(author, reader, post)
        for client in readers[:2]:
            assert client.get(single).status == 404
            assert post["id"] not in _read_home(client) and post["id"] not in _read_public(client)
        town.run(asyncio.sleep(1))
        assert readers[2].get(single).status == 404
        assert post["id"] not in _read_home(readers[2]) and post["id"] not in _read_public(readers[2])


def test_what_was_edited_is_never_served_as_it_was(town: Town) -> None:
    author, reader = town.someone(), town.someone()
    reader.relate("follow", author)
    post = author.write("avant")

    def first(client: Client) -> str:
        return client.get("/api/v1/timelines/home").json[0]["content"]

    with another(town, same_machine=True) as near, another(town, same_machine=False) as far:
        readers = [Client(app, town.loop, reader.token) for app in (town.app, near, far)]
        town.run(asyncio.sleep(0.6))
        assert [first(client) for client in readers] == ["<p>avant</p>"] * 3
        author.put(f"/api/v1/statuses/{post['id']}", json={"status": "après"})
        assert [first(client) for client in readers[:2]] == ["<p>après</p>"] * 2
        town.run(asyncio.sleep(1))
        assert first(readers[2]) == "<p>après</p>"


def test_a_new_post_and_a_mark_show_at_once_in_every_process(town: Town) -> None:
    author, reader = town.someone(), town.someone()
    reader.relate("follow", author)
    author.write("le premier")
    with another(town, same_machine=True) as near:
        other = Client(near, town.loop, reader.token)
        assert len(_read_home(other)) == 1
        post = author.write("le second")
        assert _read_home(other)[0] == post["id"]
        reader.act(post, "favourite")
        reader.act(post, "bookmark")
        reader.act(post, "reblog")
        seen = other.get(f"/api/v1/statuses/{post['id']}").json
        assert (seen["favourited"], seen["bookmarked"], seen["reblogged"]) == (True, True, True)
        assert (seen["favourites_count"], seen["reblogs_count"]) == (1, 1)
