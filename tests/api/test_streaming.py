"""Streams over a real server: what arrives, in which shape, for whom; and when they end."""

import json
import time
from collections.abc import Iterator

import pytest
from tests.cast import Town
from tests.streaming import StreamServer, frame, quiet, second_process
from websockets.exceptions import InvalidStatus

from parvis.db.ring import Kind


@pytest.fixture(scope="module")
def server(town: Town) -> Iterator[StreamServer]:
    """Another process of the town's machine."""
    with second_process(town) as running:
        yield running


def test_user_stream_brings_posts_edits_deletions_and_notifications(town: Town, server: StreamServer) -> None:
    reader, author = town.someone(), town.someone()
    reader.relate("follow", author)
    with server.member(reader, "user") as stream:
        post = author.write(f"Bonjour @{reader.name} #pain")
        first = [frame(stream), frame(stream)]
        by_event = {got["event"]: got for got in first}
        assert {got["event"] for got in first} == {"update", "notification"}
        update = by_event["update"]
        assert update["stream"] == ["user"]
        assert isinstance(update["payload"], str)
        assert json.loads(update["payload"])["id"] == post["id"]
        assert json.loads(update["payload"])["account"]["acct"] == author.name
        assert json.loads(by_event["notification"]["payload"])["type"] == "mention"

        author.put(f"/api/v1/statuses/{post['id']}", json={"status": "Bonsoir"})
        events = [frame(stream)]
        while events[-1]["event"] != "status.update":
            events.append(frame(stream))
        assert "Bonsoir" in json.loads(events[-1]["payload"])["content"]

        author.delete(f"/api/v1/statuses/{post['id']}")
        events = [frame(stream)]
        while events[-1]["event"] != "delete":
            events.append(frame(stream))
        assert events[-1]["payload"] == post["id"]


def test_only_who_may_and_wants_to_see_gets_it(town: Town, server: StreamServer) -> None:
    author, stranger, follower, hiding = (town.someone() for _ in range(4))
    follower.relate("follow", author)
    hiding.relate("follow", author)
    with (
        server.member(stranger, "user", "public") as strangers,
        server.member(follower, "user") as followers,
        server.member(hiding, "user", "public") as hidings,
    ):
        author.write("for followers", visibility="private")
        assert frame(followers)["event"] == "update"
        assert frame(hidings)["event"] == "update"
        assert quiet(strangers)
        hiding.relate("mute", author)
        author.write("for all")
        assert frame(strangers)["stream"] == ["public"]
        assert frame(followers)["stream"] == ["user"]
        assert quiet(hidings)


def test_direct_posts_reach_their_people_alone(town: Town, server: StreamServer) -> None:
    author, told, follower = town.someone(), town.someone(), town.someone()
    follower.relate("follow", author)
    with (
        server.member(told, "direct") as tolds,
        server.member(follower, "user", "direct", "public") as followers,
    ):
        author.write(f"@{told.name} psst", visibility="direct")
        got = frame(tolds)
        assert got["event"] == "conversation"
        talk = json.loads(got["payload"])
        assert [account["acct"] for account in talk["accounts"]] == [author.name]
        assert "psst" in talk["last_status"]["content"]
        assert quiet(followers)


def test_hashtags_and_the_visitor(town: Town, server: StreamServer) -> None:
    author = town.someone()
    with server.open("?stream=hashtag&tag=Levain") as tagged, server.open("?stream=public:local") as local:
        time.sleep(0.2)
        post = author.write("mon #levain")
        got = frame(tagged)
        assert got["stream"] == ["hashtag", "levain"]
        assert json.loads(got["payload"])["id"] == post["id"]
        assert "favourited" not in json.loads(got["payload"])
        assert frame(local)["stream"] == ["public:local"]
        local.send(json.dumps({"type": "unsubscribe", "stream": "public:local"}))
        time.sleep(0.2)
        author.delete(f"/api/v1/statuses/{post['id']}")
        assert frame(tagged) == {"stream": ["hashtag", "levain"], "event": "delete", "payload": post["id"]}
        assert quiet(local)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ('{"type":"subscribe","stream":"moon"}', 400),
        ('{"type":"subscribe","stream":"hashtag"}', 400),
        ('{"type":"dance"}', 400),
        ('{"type":"subscribe","stream":7}', 400),
        ("not json", 400),
        ('{"type":"subscribe","stream":"list","list":"1"}', 404),
    ],
)
def test_a_wrong_message_is_answered_and_the_socket_lives(
    town: Town, server: StreamServer, said: str, status: int
) -> None:
    member = town.someone()
    with server.member(member) as stream:
        stream.send(said)
        assert frame(stream)["status"] == status
        stream.send('{"type":"subscribe","stream":"user"}')
        time.sleep(0.2)
        member.write("alive")
        assert frame(stream)["event"] == "update"


def test_the_token_as_subprotocol_is_echoed(town: Town, server: StreamServer) -> None:
    member = town.someone()
    with server.open("?stream=user", subprotocols=[member.token]) as stream:
        assert stream.subprotocol == member.token
        time.sleep(0.2)
        member.write("mine")
        assert frame(stream)["event"] == "update"


def test_a_visitor_has_no_user_stream(server: StreamServer) -> None:
    with server.open("?stream=user") as stream:
        assert frame(stream)["status"] == 401


def test_an_unknown_token_is_refused_at_the_door(server: StreamServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        server.open("?stream=user&access_token=nothing")
    assert refused.value.response.status_code == 401


def test_a_reset_drops_no_living_stream(town: Town, server: StreamServer) -> None:
    member = town.someone()
    with server.member(member, "user") as stream:
        town.tell((Kind.RESET,))
        time.sleep(0.3)
        member.write("still here")
        assert frame(stream)["event"] == "update"


def test_server_sent_events(town: Town, server: StreamServer) -> None:
    member = town.someone()
    with server.events("user", member.token) as wire:
        time.sleep(0.2)
        post = member.write("par ici")
        got = b""
        while b"event: update\ndata: {" not in got or post["id"].encode() not in got:
            got += wire.recv(65536)


def test_health(server: StreamServer, town: Town) -> None:
    assert town.visitor.get("/api/v1/streaming/health").text == "OK"


def test_server_sent_events_need_a_token_for_what_is_ones_own(town: Town) -> None:
    assert town.visitor.get("/api/v1/streaming/user").status == 401
    assert town.visitor.get("/api/v1/streaming/hashtag").status == 400
