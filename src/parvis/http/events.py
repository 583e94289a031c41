"""Open streams: the connection's side of them, for both faces."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from parvis.http.address import bucket
from parvis.http.call import Call
from parvis.http.routing import Face
from parvis.kernel.errors import TooMany
from parvis.timelines.frames import Frame
from parvis.timelines.socket import Socket
from parvis.timelines.streams import Reader, find

_EVENT_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
_ANY_ORIGIN = (b"access-control-allow-origin", b"*")  # for what comes with a token, not with a cookie
_CLOSE_S = 1.0


async def events(call: Call, receive: Any, send: Any, name: str, tag: str = "") -> None:
    """One stream as server-sent events, until the reader goes or the hub ends it."""
    reader = reader_of(call)
    stream = find(name, tag, reader, visitors=call.settings.streaming.visitors)

    async def write(frame: Frame) -> None:
        await send({"type": "http.response.body", "body": frame.lines, "more_body": True})

    async with opened(call, write) as socket:
        headers = [*_EVENT_HEADERS, _ANY_ORIGIN] if call.route.face is Face.API else _EVENT_HEADERS
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if call.method != "HEAD":
            await send({"type": "http.response.body", "body": b":)\n", "more_body": True})
            call.app.hub.subscribe(socket, stream, notifications=hears_notifications(reader))
            await _until_gone(receive, send, call.settings.streaming.heartbeat_s)
    await last(send, {"type": "http.response.body", "body": b""})


async def _until_gone(receive: Any, send: Any, heartbeat_s: int) -> None:
    while True:
        try:
            async with asyncio.timeout(heartbeat_s):
                if (await receive())["type"] == "http.disconnect":
                    return
        except TimeoutError:
            await send({"type": "http.response.body", "body": b":thump\n", "more_body": True})


@asynccontextmanager
async def opened(call: Call, write: Callable[[Frame], Awaitable[None]]) -> AsyncGenerator[Socket]:
    """A socket known to the hub while the block runs. The block ends when the hub ends the socket."""
    limits, hub, grant = call.settings.streaming, call.app.hub, call.grant
    task = asyncio.current_task()
    assert task is not None
    place = bucket(call.address)
    account_id = call.viewer_id
    if len(hub.sockets) >= limits.max_sockets:
        raise TooMany("Too many streams are open")
    if call.settings.limits.enabled:
        held, most = hub.visitors[place], limits.per_address
        if account_id is not None:
            held, most = hub.listeners.count(account_id), limits.per_account
        if held >= most:
            raise TooMany("You have too many streams open")
    socket = Socket(account_id, grant.token_id if grant else None, limits.queue, write, task.cancel)
    hub.join(socket, place)
    try:
        yield socket
    except asyncio.CancelledError:
        if not socket.cut:
            raise
        task.uncancel()
    finally:
        hub.leave(socket, place)


def reader_of(call: Call) -> Reader:
    """Who listens, by the call's token or session."""
    grant = call.grant
    if grant is None:
        return Reader(None, None)
    return Reader(grant.account_id if grant.usable else None, grant.scopes)


def hears_notifications(reader: Reader) -> bool:
    """Whether the token reaches notifications."""
    return reader.scopes is not None and "read:notifications" in reader.scopes


async def last(send: Any, message: dict[str, Any]) -> None:
    """A reader who does not read does not get this either."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_S):
            await send(message)
