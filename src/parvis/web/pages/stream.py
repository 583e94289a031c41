"""New posts, announced to an open page."""

from typing import Any

from parvis.http import events
from parvis.http.call import Call


async def home(call: Call, receive: Any, send: Any) -> None:
    """GET /stream/home"""
    await events.events(call, receive, send, "user")


async def public(call: Call, receive: Any, send: Any) -> None:
    """GET /stream/public"""
    await events.events(call, receive, send, "public")


async def tag(call: Call, receive: Any, send: Any) -> None:
    """GET /stream/tags/{tag}"""
    await events.events(call, receive, send, "hashtag", call.args["tag"])
