"""Streams of open pages: by the session's cookie, for our pages alone, ended with the session."""

from typing import Any

import pytest
from tests.browsing import Browser, join
from tests.cast import Member, Town
from tests.wire import Wire


@pytest.fixture
def browser(town: Town) -> Browser:
    """Of a new member who is logged in."""
    name = f"reader{town.rows('SELECT count(*) FROM accounts')[0][0]}"
    assert join(town, name).status == 200
    browser = Browser(town)
    browser.name = name
    browser.log_in(name)
    return browser


def opened(town: Town, path: str, browser: Browser | None = None) -> Wire:
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items()) if browser else ""
    return Wire(town.app, path, headers={"cookie": cookies} if cookies else {})


def id_of(town: Town, name: str) -> int:
    return town.rows("SELECT id FROM accounts WHERE username = %s", name)[0][0]


async def call(member: Member, method: str, path: str, **options: Any) -> Any:
    answer = await member.call(method, path, **options)
    assert answer.status == 200, answer.text
    return answer.json


def test_home_says_what_came_and_what_is_gone(town: Town, browser: Browser) -> None:
    author, stranger = town.someone(), town.someone()
    town.relate("follow", Member(town, browser.name, id_of(town, browser.name), ""), author)

    async def scenario() -> None:
        async with opened(town, "/stream/home", browser) as wire:
            assert wire.status == 200
            headers = dict(wire.sent[0]["headers"])
            assert headers[b"content-type"].startswith(b"text/event-stream")
            assert b"access-control-allow-origin" not in headers
            await call(stranger, "POST", "/api/v1/statuses", json={"status": "ailleurs"})
            post = await call(author, "POST", "/api/v1/statuses", json={"status": "chez vous", "visibility": "private"})
            assert await wire.until(lambda: wire.lines.count("event: update\n") == 1)
            assert post["id"] in wire.lines
            await call(author, "DELETE", f"/api/v1/statuses/{post['id']}")
            assert await wire.until(lambda: f"event: delete\ndata: {post['id']}\n\n" in wire.lines)
            assert wire.lines.count("event: update\n") == 1

    town.run(scenario())


@pytest.mark.parametrize("path", ["/stream/public", "/stream/tags/Levain"])
def test_public_pages_stream_to_visitors(town: Town, path: str) -> None:
    async def scenario() -> None:
        async with opened(town, path) as wire:
            post = await call(town.amina, "POST", "/api/v1/statuses", json={"status": "mon #levain"})
            assert await wire.until(lambda: post["id"] in wire.lines)

    town.run(scenario())


def test_home_is_for_members_and_a_token_is_no_session(town: Town) -> None:
    assert town.visitor.get("/stream/home").status in (303, 401)
    assert town.amina.get("/stream/home").status in (303, 401)
    assert town.visitor.get("/stream/home", query={"access_token": town.amina.token}).status in (303, 401)


def test_logging_out_ends_the_streams_of_that_browser_only(town: Town, browser: Browser) -> None:
    other = Browser(town)
    other.log_in(browser.name)
    wires = [opened(town, "/stream/home", each) for each in (browser, other)]

    async def begin() -> None:
        for wire in wires:
            await wire.__aenter__()

    async def finish() -> tuple[bool, bool]:
        ended = await wires[0].ended(), await wires[1].ended(0.2)
        await wires[1].__aexit__(None, None, None)
        return ended

    town.run(begin())
    assert browser.send("/auth/log-out", {}, page="/home").status == 303
    assert town.run(finish()) == (True, False)
    assert browser.get("/stream/home").status in (303, 401)
