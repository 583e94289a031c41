"""Advisories 12, 24 and 26: streams die with their token, their app and their member, and need the scope."""

import socket
import time
from collections.abc import Iterator

import pytest
from tests.cast import Member, Town
from tests.streaming import StreamServer, closed_within, frame, quiet, second_process
from websockets.exceptions import InvalidStatus

from parvis.auth.keys import digest
from parvis.auth.tokens import end_token
from parvis.kernel.ids import new_id


@pytest.fixture(scope="module")
def server(town: Town) -> Iterator[StreamServer]:
    """Another process of the town's machine."""
    with second_process(town) as running:
        yield running


def _token_id(town: Town, member: Member) -> int:
    return town.rows("SELECT id FROM tokens WHERE token_hash = %s", digest(member.token or ""))[0][0]


def _with_scopes(town: Town, member: Member, *scopes: str) -> Member:
    token = f"narrow-{new_id()}"
    with town.database() as db:
        db.execute(
            "INSERT INTO tokens (id, token_hash, account_id, scopes) VALUES (%s, %s, %s, %s)",
            (new_id(), digest(token), member.id, list(scopes)),
        )
    return Member(town, member.name, member.id, token)


def _ended_within(wire: socket.socket, seconds: float) -> bool:
    wire.settimeout(seconds)
    got = b""
    try:
        while part := wire.recv(65536):
            got += part
            if got.endswith(b"0\r\n\r\n"):
                return True
    except TimeoutError:
        return False
    return True


def test_a_revoked_token_ends_its_streams_within_a_second_and_no_others(town: Town, server: StreamServer) -> None:
    member = town.someone()
    other = _with_scopes(town, member, "read")
    with (
        server.member(member, "user") as stream,
        server.events("user", member.token or "") as wire,
        server.member(other, "user") as stays,
    ):

        async def revoke() -> None:
            async with town.parvis.changes.transaction() as tx:
                await end_token(tx, _token_id(town, member))

        town.run(revoke())
        assert closed_within(stream)
        assert _ended_within(wire, 1)
        assert quiet(stays)
    with pytest.raises(InvalidStatus) as refused:
        server.member(member, "user")
    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("what", ["suspend", "disable"])
def test_a_suspended_or_disabled_member_keeps_no_stream_and_opens_none(
    town: Town, server: StreamServer, what: str
) -> None:
    member = town.someone()
    with server.member(member, "user", "public") as stream, server.events("user", member.token or "") as wire:
        town.run(getattr(town.parvis.members, what)(member.id))
        assert closed_within(stream)
        assert _ended_within(wire, 1)
    with pytest.raises(InvalidStatus) as refused:
        server.member(member, "user")
    assert refused.value.response.status_code in (401, 403)
    assert member.get("/api/v1/streaming/user").status in (401, 403)


def test_a_revocation_that_was_missed_is_found_after_a_reset(town: Town, server: StreamServer) -> None:
    from parvis.db.ring import Kind

    member = town.someone()
    with server.member(member, "user") as stream:
        with town.database() as db:
            db.execute("DELETE FROM tokens WHERE account_id = %s", (member.id,))
        town.tell((Kind.RESET,))
        assert closed_within(stream)


@pytest.mark.parametrize("stream", ["user", "public", "public:local", "hashtag", "direct", "user:notification"])
@pytest.mark.parametrize("scope", ["profile", "write", "follow"])
def test_streams_need_a_scope_that_reads(town: Town, server: StreamServer, scope: str, stream: str) -> None:
    narrow = _with_scopes(town, town.amina, scope)
    with server.member(narrow, stream, tag="pain") as opened:
        assert frame(opened)["status"] == 403
    path = stream.replace(":", "/") + ("?tag=pain" if stream == "hashtag" else "")
    assert narrow.get(f"/api/v1/streaming/{path}").status == 403


def test_notifications_need_their_own_scope_on_the_user_stream(town: Town, server: StreamServer) -> None:
    member, author = town.someone(), town.someone()
    with server.member(_with_scopes(town, member, "read:statuses"), "user") as stream:
        author.write(f"@{member.name} hello")
        assert quiet(stream, 0.5)


def test_a_block_ends_what_comes_from_the_blocked(town: Town, server: StreamServer) -> None:
    member, author = town.someone(), town.someone()
    member.relate("follow", author)
    with server.member(member, "user", "public") as stream:
        author.write("before")
        assert frame(stream)["event"] == "update"
        assert frame(stream)["event"] == "update"
        assert author.post(f"/api/v1/accounts/{member.id}/block").status == 200
        time.sleep(0.05)
        author.write("after")
        assert quiet(stream)
