"""Streams for clients: one WebSocket with many subscriptions, or server-sent events of one stream."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec

from parvis.http import events
from parvis.http.call import Call
from parvis.http.params import bind, from_query
from parvis.http.respond import Response, text
from parvis.kernel import json
from parvis.kernel.errors import BadRequest, ParvisError, TooMany
from parvis.timelines.frames import Frame
from parvis.timelines.socket import Socket
from parvis.timelines.streams import find

_POLICY_VIOLATION, _RESTART = 1008, 1012


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

    async with events.opened(call, write) as socket:
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
        await events.last(
            send, {"type": "websocket.close", "code": _RESTART if call.app.hub.closing else _POLICY_VIOLATION}
        )


async def _obey(call: Call, socket: Socket, send: Any, said: Message) -> None:
    try:
        if said.type not in ("subscribe", "unsubscribe"):
            raise BadRequest("Unknown message type")
        reader = events.reader_of(call)
        stream = find(said.stream, said.tag, reader, visitors=call.settings.streaming.visitors)
        if said.type == "unsubscribe":
            call.app.hub.unsubscribe(socket, stream)
        elif stream not in socket.streams and len(socket.streams) >= call.settings.streaming.subscriptions:
            raise TooMany("Too many subscriptions")
        else:
            call.app.hub.subscribe(socket, stream, notifications=events.hears_notifications(reader))
    except ParvisError as error:
        await _say(send, error)


async def _say(send: Any, error: ParvisError) -> None:
    body = json.encode({"error": error.message, "status": error.status}).decode()
    await send({"type": "websocket.send", "text": body})


def served(name: str) -> Callable[[Call, Any, Any], Awaitable[None]]:
    """The handler of GET /api/v1/streaming/…, one stream as server-sent events."""

    async def handler(call: Call, receive: Any, send: Any) -> None:
        params = bind(StreamParams, from_query(call.query))
        await events.events(call, receive, send, name, params.tag)

    return handler


def _protocol(call: Call) -> str | None:
    """Clients that send their token as the subprotocol want it back."""
    offered = call.headers.get("sec-websocket-protocol", "").split(",")[0].strip()
    return offered or None
