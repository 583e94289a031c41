"""Open streams one by one: slow readers, limits, shared bytes, ways to bring a token, what is withdrawn."""

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import msgspec
import pytest
from tests.cast import Member, Town
from tests.wire import Wire

from parvis.app import Application, Parvis
from parvis.auth.keys import digest
from parvis.auth.tokens import end_token
from parvis.db.ring import Ring
from parvis.posts.gate import Answer, Submission, Verdict
from parvis.settings import Streaming

NARROW = Streaming(max_sockets=12, per_account=2, per_address=2, subscriptions=2, queue=3, heartbeat_s=1)


@pytest.fixture(scope="module")
def strict(town: Town) -> Iterator[Parvis]:
    """Another process of the town's machine, with narrow limits, in the same loop."""
    limits = msgspec.structs.replace(town.settings.limits, enabled=True)
    settings = msgspec.structs.replace(town.settings, streaming=NARROW, limits=limits)
    ring = Ring(town.settings.data_dir / "run" / "ring")
    parvis = Parvis(settings, ring=ring, origin=1, process=1, processes=2)
    running = parvis.running()
    town.run(running.__aenter__())
    yield parvis
    town.run(running.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def app(strict: Parvis) -> Application:
    return Application(strict)


async def write(author: Member, text: str, **options: Any) -> str:
    answer = await author.call("POST", "/api/v1/statuses", json={"status": text, **options})
    assert answer.status == 200, answer.text
    return answer.json["id"]


def test_a_slow_reader_is_cut_off_and_holds_up_nobody(town: Town, app: Application, strict: Parvis) -> None:
    author, slow, quick = town.someone(), town.someone(), town.someone()

    async def scenario() -> None:
        async with (
            Wire(app, query="stream=public", token=slow.token) as stuck,
            Wire(app, query="stream=public", token=quick.token) as flows,
        ):
            stuck.reads.clear()
            for number in range(NARROW.queue + 3):
                await write(author, f"post {number}")
                await flows.events(number + 1)
            assert await flows.events(NARROW.queue + 3) == ["update"] * (NARROW.queue + 3)
            assert await stuck.ended()
            assert stuck.sent[-1] == {"type": "websocket.close", "code": 1008}
            assert len(strict.hub.sockets) == 1

    town.run(scenario())
    assert not strict.hub.sockets


def test_one_post_is_encoded_once_for_all_and_says_nothing_of_its_reader(town: Town, app: Application) -> None:
    author, reader = town.someone(), town.someone()

    async def scenario() -> None:
        async with (
            Wire(app, query="stream=public", token=reader.token) as one,
            Wire(app, query="stream=public", token=author.token) as other,
            Wire(app, query="stream=public&access_token=") as visitor,
        ):
            await write(author, "pour tous")
            for wire in (one, other, visitor):
                assert await wire.events(1) == ["update"]
            assert one.sent[-1]["text"] is other.sent[-1]["text"] is visitor.sent[-1]["text"]
            flags = {"favourited", "reblogged", "bookmarked", "muted", "pinned"}
            assert not flags & msgspec.json.decode(one.frames[0]["payload"]).keys()

    town.run(scenario())


def test_streams_are_bounded_by_member_and_by_address(town: Town, app: Application) -> None:
    member, other = town.someone(), town.someone()

    async def scenario() -> None:
        async with Wire(app, token=member.token) as first, Wire(app, "user", token=member.token) as second:
            assert (first.status, second.status) == (101, 200)
            for third in (Wire(app, token=member.token), Wire(app, "user", token=member.token)):
                async with third:
                    assert third.status == 429
            async with Wire(app, token=other.token) as others:
                assert others.status == 101
        async with Wire(app, token=member.token) as again:
            assert again.status == 101
        async with Wire(app), Wire(app, "public"), Wire(app) as third:
            assert third.status == 429
            async with Wire(app, address="192.0.2.9") as elsewhere:
                assert elsewhere.status == 101

    town.run(scenario())


def test_a_socket_has_so_many_subscriptions(town: Town, app: Application) -> None:
    member = town.someone()

    async def scenario() -> None:
        async with Wire(app, query="stream=user", token=member.token) as wire:
            await wire.say("subscribe", "user")  # again: none more
            await wire.say("subscribe", "public")
            await wire.say("subscribe", "direct")
            assert await wire.events(1) == ["429"]
            await wire.say("unsubscribe", "user")
            await wire.say("subscribe", "direct")
            await write(member, "vivant")
            assert await wire.events(2) == ["429", "update"]
            assert wire.frames[-1]["stream"] == ["public"]

    town.run(scenario())


def test_a_token_comes_by_header_or_query(town: Town, app: Application) -> None:
    member = town.someone()
    by_query = f"access_token={member.token}"

    async def scenario() -> None:
        for wire in (
            Wire(app, query="stream=user", token=member.token),
            Wire(app, query=f"stream=user&{by_query}"),
            Wire(app, query="stream=user", headers={"sec-websocket-protocol": member.token or ""}),
        ):
            async with wire:
                await write(member, "une fois")
                assert await wire.events(1) == ["update"]
        for wire in (Wire(app, "user", token=member.token), Wire(app, "user", query=by_query)):
            async with wire:
                await write(member, "encore")
                assert await wire.until(lambda: "event: update\ndata: {" in wire.lines)  # noqa: B023

    town.run(scenario())


def test_quiet_events_give_signs_of_life_and_may_be_read_from_anywhere(town: Town, app: Application) -> None:
    async def scenario() -> None:
        async with Wire(app, "public") as wire:
            assert (b"access-control-allow-origin", b"*") in wire.sent[0]["headers"]
            assert await wire.until(lambda: ":thump\n" in wire.lines, NARROW.heartbeat_s + 1)

    town.run(scenario())


def test_a_token_ends_its_streams_also_while_the_database_is_slow(
    town: Town, app: Application, strict: Parvis, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = town.someone()
    token_id = town.rows("SELECT id FROM tokens WHERE token_hash = %s", digest(member.token or ""))[0][0]
    asked, answered = asyncio.Event(), asyncio.Event()

    async def slow(_: Any) -> dict[int, Any]:
        asked.set()
        await answered.wait()
        return {}

    async def scenario() -> None:
        async with Wire(app, query="stream=user", token=member.token) as wire:
            with monkeypatch.context() as patch:
                patch.setattr(strict.posts, "find_many", slow)
                await write(member, "attend")
                await asyncio.wait_for(asked.wait(), 2)
            async with town.parvis.changes.transaction() as tx:
                await end_token(tx, token_id)
            assert await wire.ended()
            answered.set()

    town.run(scenario())


def held_by(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the gate holds everything."""

    class Gate:
        async def ask(self, submission: Submission) -> Verdict:
            return Verdict(answer=Answer.HOLD, submission=submission)

    monkeypatch.setattr(town.parvis.publisher, "_gate", Gate())
    monkeypatch.setattr(town.parvis.editor, "_gate", Gate())


def test_what_an_edit_has_held_goes_from_others_streams(
    town: Town, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    author, reader = town.someone(), town.someone()
    reader.relate("follow", author)

    async def scenario() -> None:
        async with (
            Wire(app, query="stream=user", token=author.token) as own,
            Wire(app, query="stream=user", token=reader.token) as home,
            Wire(app, query="stream=hashtag&tag=mur") as tagged,
        ):
            post = await write(author, "anodin #mur")
            for wire in (own, home, tagged):
                assert await wire.events(1) == ["update"]
            held_by(town, monkeypatch)
            await edit(author, post)
            for wire in (home, tagged):
                assert await wire.events(2) == ["update", "delete"]
                assert wire.frames[-1]["payload"] == post
            assert await own.events(2) == ["update", "status.update"]
            # Nobody has seen this one: nobody is told of its end.
            await edit(author, await write(author, "jamais vu #mur"))
            for wire in (home, tagged):
                assert await wire.events(3, 0.4) == ["update", "delete"]

    town.run(scenario())


def edit(author: Member, post: str) -> Coroutine[Any, Any, Any]:
    return author.call("PUT", f"/api/v1/statuses/{post}", json={"status": "moins anodin #mur"})
