"""Screening the archive again: what it finds takes effect once, whatever happens meanwhile."""

import asyncio
from typing import Any

import pytest
from tests.cast import Member, Town
from tests.policies import policy

from parvis.kernel.errors import Conflict

OPEN = policy(("never", "text.length > 9000", "hold"))
STRICT = policy(("long", "text.length >= 60", "hold"), ("middling", "text.length >= 40 && text.length < 60", "queue"))
LONG, MIDDLING, SHORT = "l" * 70, "m" * 45, "court"


@pytest.fixture
def admin(town: Town) -> Member:
    return town.someone(role="admin")


def activate(town: Town, admin: Member, source: str) -> int:
    async def go() -> int:
        version = await town.parvis.policy.save(source, admin.id)
        await town.parvis.policy.activate(version, admin.id)
        return version

    return town.run(go())


def scan(town: Town, *, dry: bool = False) -> Any:
    async def go() -> Any:
        scanner = town.parvis.scanner
        scan_id = await scanner.begin(dry=dry)
        await scanner.work(scan_id, "test")
        found = await scanner.progress(scan_id)
        await scanner.finish(scan_id)
        return found

    return town.run(go())


def states(town: Town, *posts: dict[str, Any]) -> list[int]:
    rows = town.rows("SELECT id, state FROM posts WHERE id = ANY(%s)", [int(post["id"]) for post in posts])
    by_id = {row[0]: row[1] for row in rows}
    return [by_id[int(post["id"])] for post in posts]


def test_a_dry_scan_counts_and_changes_nothing(town: Town, admin: Member) -> None:
    activate(town, admin, OPEN)
    posts = [town.amina.write(text) for text in (LONG, MIDDLING, SHORT)]
    activate(town, admin, STRICT)
    before = town.rows("SELECT count(*) FROM moderation_events")
    found = scan(town, dry=True)
    assert found.done and found.held >= 1 and found.queued >= 1 and found.screened >= 3
    assert found.rules["long"] >= 1 and found.rules["middling"] >= 1
    assert any(example["post"] == posts[0]["id"] for example in found.examples)
    assert states(town, *posts) == [0, 0, 0]
    assert town.rows("SELECT count(*) FROM moderation_events") == before


def test_a_scan_holds_and_queues_what_the_new_policy_asks_for(town: Town, admin: Member) -> None:
    activate(town, admin, OPEN)
    long, middling, short = (town.bruno.write(text) for text in (LONG, MIDDLING, SHORT))
    assert town.visitor.get(f"/api/v1/statuses/{long['id']}").status == 200
    activate(town, admin, STRICT)
    scan(town)
    assert states(town, long, middling, short) == [1, 0, 0]
    assert town.visitor.get(f"/api/v1/statuses/{long['id']}").status == 404
    own = town.bruno.get(f"/api/v1/statuses/{long['id']}").json
    assert own["moderation"]["held"] == {"rule": "long", "en": "long in English", "fr": "long en français"}
    kinds = town.rows(
        "SELECT subject_id, held FROM cases WHERE open AND subject_id = ANY(%s)", [int(long["id"]), int(middling["id"])]
    )
    assert dict(kinds) == {int(long["id"]): True, int(middling["id"]): False}
    events = "SELECT count(*) FROM moderation_events WHERE kind = 'rescreened' AND subject_id = %s"
    assert town.rows(events, int(long["id"])) == [(1,)]
    scan(town)
    assert town.rows(events, int(long["id"])) == [(1,)], "a second scan finds it held already"


def test_what_a_person_decided_stays_as_they_decided(town: Town, admin: Member) -> None:
    activate(town, admin, STRICT)
    post = town.chloe.write(LONG)
    town.run(town.parvis.decisions.decide(admin.id, "post", int(post["id"]), "release"))
    assert states(town, post) == [0]
    scan(town)
    assert states(town, post) == [0]


def test_a_policy_that_changes_in_the_middle_stops_the_scan(
    town: Town, admin: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    activate(town, admin, OPEN)
    posts = [town.dario.write(f"{number} {LONG}") for number in range(6)]
    activate(town, admin, STRICT)
    scanner = town.parvis.scanner
    monkeypatch.setattr(scanner, "_batch", 2)

    async def go() -> int:
        scan_id = await scanner.begin(dry=False)
        batches = 0

        def changed(_: int) -> None:
            nonlocal batches
            batches += 1
            if batches == 1:
                waiting.append(asyncio.ensure_future(town.parvis.policy.activate(1, admin.id)))

        waiting: list[asyncio.Future[None]] = []
        with pytest.raises(Conflict, match="policy changed"):
            while True:
                await scanner.work(scan_id, "test", changed)
                await asyncio.gather(*waiting)
                if (await scanner.progress(scan_id)).done:
                    raise AssertionError("the scan went on under the other policy")
        return scan_id

    scan_id = town.run(go())
    found = town.run(scanner.progress(scan_id))
    assert found.stopped == "the policy changed" and not found.done
    assert found.held == sum(states(town, *posts)), "what it counted is what it did"


def test_a_scan_that_was_stopped_goes_on_where_it_was(
    town: Town, admin: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    activate(town, admin, OPEN)
    posts = [town.elena.write(f"{number} {LONG}") for number in range(5)]
    activate(town, admin, STRICT)
    scanner = town.parvis.scanner
    monkeypatch.setattr(scanner, "_batch", 2)

    class Stopped(Exception):
        pass

    def stop(_: int) -> None:
        raise Stopped

    async def go() -> Any:
        scan_id = await scanner.begin(dry=False)
        for _ in range(200):
            try:
                await scanner.work(scan_id, "test", stop)
                break
            except Stopped:
                continue
        found = await scanner.progress(scan_id)
        await scanner.finish(scan_id)
        return found

    found = town.run(go())
    assert found.done and states(town, *posts) == [1] * 5
    twice = "SELECT subject_id FROM moderation_events WHERE kind = 'rescreened' GROUP BY subject_id HAVING count(*) > 1"
    assert town.rows(twice) == []


def test_two_scans_at_once_are_refused(town: Town, admin: Member) -> None:
    activate(town, admin, OPEN)

    async def go() -> None:
        scan_id = await town.parvis.scanner.begin(dry=True)
        with pytest.raises(Conflict, match=str(scan_id)):
            await town.parvis.scanner.begin(dry=True)
        await town.parvis.scanner.finish(scan_id, "test")

    town.run(go())


def test_a_worker_that_lost_its_part_does_nothing_twice(town: Town, admin: Member) -> None:
    activate(town, admin, OPEN)
    post = town.amina.write(f"perdu {LONG}")
    activate(town, admin, STRICT)
    scanner = town.parvis.scanner

    async def go() -> None:
        scan_id = await scanner.begin(dry=False)
        real = scanner._sifter.sift

        async def slow(*given: Any) -> Any:
            found = await real(*given)
            # Meanwhile another worker took all parts over.
            async with town.parvis.db.transaction() as tx:
                await tx.run(b"UPDATE scan_parts SET worker = 'other' WHERE worker <> ''")
            return found

        scanner._sifter.sift = slow
        try:
            await scanner.work(scan_id, "late")
        finally:
            scanner._sifter.sift = real
        assert (await scanner.progress(scan_id)).held == 0
        async with town.parvis.db.transaction() as tx:
            await tx.run(b"UPDATE scan_parts SET worker = ''")
        await scanner.work(scan_id, "other")
        await scanner.finish(scan_id)

    town.run(go())
    assert states(town, post) == [1]
    events = "SELECT count(*) FROM moderation_events WHERE kind = 'rescreened' AND subject_id = %s"
    assert town.rows(events, int(post["id"])) == [(1,)]


def test_what_would_be_refused_is_only_held_in_the_archive_with_a_case(town: Town, admin: Member) -> None:
    activate(town, admin, OPEN)
    post = town.bruno.write("Buy followers now, cheap: https://bit.ly/abc #follow")
    activate(town, admin, policy(("sold", "links.shortened > 0", "refuse"), category="spam"))
    assert town.bruno.post("/api/v1/statuses", json={"status": "https://bit.ly/def"}).status == 403
    scan(town)
    assert states(town, post) == [1]
    assert town.rows("SELECT held, open FROM cases WHERE subject_id = %s", int(post["id"])) == [(True, True)]


def test_what_the_model_finds_now_is_kept_of_each_post(town: Town, admin: Member) -> None:
    activate(town, admin, OPEN)
    posts = [town.chloe.write(text) for text in ("A quiet morning by the lake", "I will kill you tonight, count on it")]
    risks = "SELECT risk FROM posts WHERE id = ANY(%s) ORDER BY id"
    ids = [int(post["id"]) for post in posts]
    before = town.rows(risks, ids)
    assert before[0] < (100,) and before[1] > (700,)

    async def forget() -> None:
        async with town.parvis.db.transaction() as tx:
            await tx.run(b"UPDATE posts SET risk = 999 - risk")

    town.run(forget())
    scan(town, dry=True)
    assert [risk for (risk,) in town.rows(risks, ids)] == [999 - risk for (risk,) in before]
    scan(town)
    # What the network finds hangs a little on what it is asked with.
    assert [risk for (risk,) in town.rows(risks, ids)] == pytest.approx([risk for (risk,) in before], abs=100)
