"""Streams for clients: one WebSocket with many subscriptions, or server-sent events of one stream."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec

from parvis.http.address import bucket
from parvis.http.call import Call
from parvis.http.params import bind, from_query
from parvis.http.respond import Response, text
from parvis.kernel import json
from parvis.kernel.errors import BadRequest, ParvisError, TooMany
from parvis.timelines.frames import Frame
from parvis.timelines.socket import Socket
from parvis.timelines.streams import Reader, find

_EVENT_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
    (b"access-control-allow-origin", b"*"),
]
_POLICY_VIOLATION = 1008
_CLOSE_S = 1.0


class StreamParams(msgspec.Struct, frozen=True, kw_only=True):
    """Which stream, and of what."""

    stream: Annotated[str, msgspec.Meta(max_length=100)] = ""
    tag: Annotated[str, msgspec.Meta(max_length=500)] = ""
    list: Annotated[str, msgspec.Meta(max_length=100)] = ""


class Message(StreamParams, frozen=True, kw_only=True):
    """What a client says on its socket."""

    type: str = ""


_decoder = msgspec.json.Decoder(Message)


async def health(call: Call) -> Response:
    """GET /api/v1/streaming/health"""
    return text("OK")


async def sockets(call: Call, receive: Any, send: Any) -> None:
    """WebSocket /api/v1/streaming"""
    params = bind(StreamParams, from_query(call.query))

    async def write(frame: Frame) -> None:
        await send({"type": "websocket.send", "text": frame.text})

    async with _opened(call, write) as socket:
        await send({"type": "websocket.accept", "subprotocol": _protocol(call)})
        if params.stream:
            await _obey(call, socket, send, Message(type="subscribe", stream=params.stream, tag=params.tag))
        while (message := await receive())["type"] != "websocket.disconnect":
            try:
                said = _decoder.decode(message.get("text") or message.get("bytes") or b"")
            except msgspec.DecodeError:
                await _say(send, BadRequest("Invalid message"))
            else:
                await _obey(call, socket, send, said)
    if socket.cut:
        await _last(send, {"type": "websocket.close", "code": _POLICY_VIOLATION})


async def _last(send: Any, message: dict[str, Any]) -> None:
    """A reader who does not read does not get this either."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_S):
            await send(message)


async def _obey(call: Call, socket: Socket, send: Any, said: Message) -> None:
    try:
        if said.type not in ("subscribe", "unsubscribe"):
            raise BadRequest("Unknown message type")
        reader = _reader(call)
        stream = find(said.stream, said.tag, reader, visitors=call.settings.streaming.visitors)
        if said.type == "unsubscribe":
            call.app.hub.unsubscribe(socket, stream)
        elif stream not in socket.streams and len(socket.streams) >= call.settings.streaming.subscriptions:
            raise TooMany("Too many subscriptions")
        else:
            call.app.hub.subscribe(socket, stream, notifications=_hears_notifications(reader))
    except ParvisError as error:
        await _say(send, error)


async def _say(send: Any, error: ParvisError) -> None:
    body = json.encode({"error": error.message, "status": error.status}).decode()
    await send({"type": "websocket.send", "text": body})


def events(name: str) -> Callable[[Call, Any, Any], Awaitable[None]]:
    """The handler of GET /api/v1/streaming/…, one stream as server-sent events."""

    async def handler(call: Call, receive: Any, send: Any) -> None:
        params = bind(StreamParams, from_query(call.query))
        reader = _reader(call)
        stream = find(name, params.tag, reader, visitors=call.settings.streaming.visitors)

        async def write(frame: Frame) -> None:
            await send({"type": "http.response.body", "body": frame.lines, "more_body": True})

        async with _opened(call, write) as socket:
            await send({"type": "http.response.start", "status": 200, "headers": _EVENT_HEADERS})
            if call.method != "HEAD":
                await send({"type": "http.response.body", "body": b":)\n", "more_body": True})
                call.app.hub.subscribe(socket, stream, notifications=_hears_notifications(reader))
                await _until_gone(receive, send, call.settings.streaming.heartbeat_s)
        await _last(send, {"type": "http.response.body", "body": b""})

    return handler


async def _until_gone(receive: Any, send: Any, heartbeat_s: int) -> None:
    while True:
        try:
            async with asyncio.timeout(heartbeat_s):
                if (await receive())["type"] == "http.disconnect":
                    return
        except TimeoutError:
            await send({"type": "http.response.body", "body": b":thump\n", "more_body": True})


@asynccontextmanager
async def _opened(call: Call, write: Callable[[Frame], Awaitable[None]]) -> AsyncGenerator[Socket]:
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


def _reader(call: Call) -> Reader:
    grant = call.grant
    if grant is None:
        return Reader(None, None)
    return Reader(grant.account_id if grant.usable else None, grant.scopes)


def _hears_notifications(reader: Reader) -> bool:
    return reader.scopes is not None and "read:notifications" in reader.scopes


def _protocol(call: Call) -> str | None:
    """Clients that send their token as the subprotocol want it back."""
    offered = call.headers.get("sec-websocket-protocol", "").split(",")[0].strip()
    return offered or None
