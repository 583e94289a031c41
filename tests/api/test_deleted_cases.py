"""A post that is deleted leaves no case behind: not in the queue, not for its author, not for those who reported it."""

import asyncio
from typing import Any

import pytest
from tests.cast import Member, Town
from tests.moderators import held, staff, teach

from parvis.moderation import scan
from parvis.moderation.events import ScreeningRecord

BASE = "/api/parvis/v1/moderation"


@pytest.fixture(scope="module", autouse=True)
def lessons(town: Town, tmp_path_factory: pytest.TempPathFactory) -> None:
    teach(town, tmp_path_factory.mktemp("lists"))


@pytest.fixture(scope="module")
def moderator(town: Town) -> Member:
    return staff(town, "maude")


def delete(author: Member, post: dict[str, Any]) -> None:
    answer = author.delete(f"/api/v1/statuses/{post['id']}")
    assert answer.status == 200, answer.text


def decide(moderator: Member, post: dict[str, Any], outcome: str, rule: str = "fruit") -> int:
    return moderator.post(
        f"{BASE}/cases/post/{post['id']}/decide", json={"outcome": outcome, "rule": rule if outcome == "uphold" else ""}
    ).status


def report(who: Member, author: Member, *posts: dict[str, Any]) -> Any:
    body = {"account_id": str(author.id), "status_ids": [post["id"] for post in posts]}
    answer = who.post("/api/v1/reports", json=body)
    assert answer.status == 200, answer.text
    return answer.json


def case(town: Town, post: dict[str, Any]) -> tuple[Any, ...]:
    """(open, held) of a post."""
    (row,) = town.rows("SELECT open, held FROM cases WHERE subject_id = %s", int(post["id"]))
    return row


def kinds(moderator: Member, post: dict[str, Any]) -> list[str]:
    return [event["kind"] for event in moderator.get(f"{BASE}/cases/post/{post['id']}").json["events"]]


def test_what_its_author_deletes_waits_for_nobody(town: Town, moderator: Member) -> None:
    author, other = town.someone(), town.someone()
    post = held(town, author)
    before = moderator.get(f"{BASE}/counts").json["open"]
    assert other.delete(f"/api/v1/statuses/{post['id']}").status == 404
    assert case(town, post) == (True, True), "who cannot delete the post closes nothing"
    delete(author, post)
    assert case(town, post) == (False, False)
    assert post["id"] not in [one["id"] for one in moderator.get(f"{BASE}/cases?limit=80").json]
    assert moderator.get(f"{BASE}/counts").json["open"] == before - 1
    found = moderator.get(f"{BASE}/cases/post/{post['id']}").json
    assert found["post"] is None and found["account"]["open_cases"] == 0
    event = found["events"][-1]
    assert (event["kind"], event["by"]["id"], event["rules"]) == ("deleted", str(author.id), ["fruit"])
    assert decide(moderator, post, "release") == decide(moderator, post, "uphold") == 404
    assert author.get(f"{BASE}/held/{post['id']}").status == 404


def test_what_was_decided_stays_on_record_and_is_not_contested_once_deleted(town: Town, moderator: Member) -> None:
    author = town.someone()
    upheld, released = held(town, author, "A kumquat to keep"), held(town, author, "A kumquat to throw")
    assert decide(moderator, upheld, "uphold") == decide(moderator, released, "release") == 200
    delete(author, upheld)
    delete(author, released)
    assert kinds(moderator, upheld) == ["screened", "upheld", "deleted"] and case(town, upheld) == (False, False)
    assert kinds(moderator, released) == ["screened", "released"], "nothing waited"
    assert author.post(f"{BASE}/held/{upheld['id']}/contest", json={"words": "Still"}).status == 404
    assert case(town, upheld) == (False, False)
    record = moderator.get(f"{BASE}/cases/post/{upheld['id']}").json["account"]
    assert (record["upheld"], record["released"]) == (1, 1)


def test_deletion_and_the_end_of_its_case_are_one(
    town: Town, moderator: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = town.someone()
    post = held(town, author)

    async def fails(*_: Any) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(town.parvis.media, "release", fails)
    assert author.delete(f"/api/v1/statuses/{post['id']}?delete_media=true").status == 500
    assert case(town, post) == (True, True) and kinds(moderator, post) == ["screened"]
    monkeypatch.undo()
    delete(author, post)
    assert case(town, post) == (False, False)


def test_reports_of_what_is_deleted_count_for_nothing(town: Town, moderator: Member) -> None:
    author, reader = town.someone(), town.someone()
    gone, good, bad = (author.write(f"The {name} of the town") for name in ("well", "oven", "mill"))
    one, two = report(reader, author, gone, good), report(reader, author, bad)
    delete(author, gone)
    assert decide(moderator, good, "release") == 200
    rows = "SELECT outcome FROM reports WHERE id = %s"
    assert town.rows(rows, int(one["id"])) == [(None,)], "nobody looked at one of the two"
    seen = moderator.get(f"{BASE}/cases/post/{gone['id']}").json["reports"]
    assert [(each["open"], each["weight"]) for each in seen] == [(False, 0.5)]
    assert decide(moderator, bad, "uphold") == 200
    assert town.rows(rows, int(two["id"])) == [("helpful",)]
    delete(author, bad)
    assert town.rows(rows, int(two["id"])) == [("helpful",)], "what was decided stays decided"


def test_who_leaves_leaves_no_case(town: Town, moderator: Member) -> None:
    author = town.someone()
    posts = [held(town, author, f"Kumquat number {number}") for number in range(2)]
    report(town.someone(), author)
    before = moderator.get(f"{BASE}/counts").json["open"]
    town.run(town.parvis.deleter.begin(author.id))
    town.run(town.parvis.deleter.finish(author.id))
    assert town.rows("SELECT 1 FROM cases WHERE account_id = %s", author.id) == []
    assert moderator.get(f"{BASE}/counts").json["open"] == before - 3
    shown = moderator.get(f"{BASE}/cases?limit=80").text
    assert not any(post["id"] in shown for post in posts)


def test_a_report_that_comes_while_the_post_is_deleted_opens_nothing(town: Town) -> None:
    author, readers = town.someone(), [town.someone() for _ in range(3)]
    for round_ in range(8):
        post = author.write(f"Round {round_}: the bell rings at noon")
        body = {"account_id": str(author.id), "status_ids": [post["id"]]}

        async def at_once(post: dict[str, Any] = post, body: dict[str, Any] = body) -> list[int]:
            calls = [reader.call("POST", "/api/v1/reports", json=body) for reader in readers]
            calls.insert(1, author.call("DELETE", f"/api/v1/statuses/{post['id']}"))
            return [answer.status for answer in await asyncio.gather(*calls)]

        statuses = town.run(at_once())
        assert set(statuses) <= {200, 404} and statuses[1] == 200
        assert town.rows("SELECT 1 FROM cases WHERE subject_id = %s AND open", int(post["id"])) == [], round_
        assert town.rows("SELECT 1 FROM report_subjects WHERE subject_id = %s AND open", int(post["id"])) == [], round_


def test_a_post_that_is_deleted_between_the_look_and_the_record_opens_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    author, reader = town.someone(), town.someone()
    post, stays = author.write("The ferry leaves at nine"), author.write("The ferry returns at ten")
    recheck = town.parvis.reports._recheck
    look = recheck.look

    async def slow(ids: Any, kind: str) -> Any:
        found = await look(ids, kind)
        await town.parvis.eraser.delete(author.id, int(post["id"]))
        return found

    monkeypatch.setattr(recheck, "look", slow)
    body = {"account_id": str(author.id), "status_ids": [post["id"], stays["id"]]}
    assert reader.post("/api/v1/reports", json=body).status == 404
    ids = [int(post["id"]), int(stays["id"])]
    assert town.rows("SELECT 1 FROM cases WHERE subject_id = ANY(%s)", ids) == []
    assert town.rows("SELECT 1 FROM reports WHERE account_id = %s", reader.id) == []


def test_a_scan_that_finds_a_post_deleted_meanwhile_opens_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    author = town.someone()
    posts = [author.write(f"A greengage, number {number}") for number in range(2)]
    with town.database() as db:
        for table in ("cases", "moderation_events"):
            db.execute(f"DELETE FROM {table} WHERE account_id = %s".encode(), (author.id,))
    write = ScreeningRecord.write

    async def late(self: ScreeningRecord, tx: Any) -> None:
        if self.subject.id == int(posts[0]["id"]):
            await town.parvis.eraser.delete(author.id, self.subject.id)
        await write(self, tx)

    monkeypatch.setattr(scan.ScreeningRecord, "write", late)

    async def go() -> None:
        scan_id = await town.parvis.scanner.begin(dry=False)
        await town.parvis.scanner.work(scan_id, "test")
        await town.parvis.scanner.finish(scan_id)

    town.run(go())
    assert [case(town, post) for post in posts] == [(False, False), (True, False)]
