"""Local web servers, name servers and the outbound client for tests of calls to others."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from parvis.outbound.addresses import Policy
from parvis.outbound.client import Outbound
from parvis.settings import OutboundSettings


class Names:
    """A name server of the test's own, which notes what it is asked."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        found = self.answers.get(host.partition(".")[0], [])
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return found.pop(0) if len(found) > 1 else found[0]


@asynccontextmanager
async def outbound(
    *allowed: str, names: Names | None = None, public: tuple[str, ...] = (), **settings: Any
) -> AsyncGenerator[Outbound]:
    made = Outbound(
        OutboundSettings(allowed=allowed, **settings), "https://parvis.test", resolve=names, public=Policy(public)
    )
    try:
        yield made
    finally:
        await made.close()


class Spot:
    """A local web server: counts connections, keeps the requests, answers by a function."""

    def __init__(self, answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None) -> None:
        self.seen: list[web.BaseRequest] = []
        self.connections = 0
        self._answer = answer
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(request)
        return await self._answer(request) if self._answer else web.json_response({"ok": True})  # type: ignore[arg-type]

    @asynccontextmanager
    async def open(self, host: str = "127.0.0.1", port: int = 0, tls: Any = None) -> AsyncGenerator["Spot"]:
        server = web.Server(self._handle)
        loop = asyncio.get_running_loop()

        def connected() -> Any:
            self.connections += 1
            return server()

        listening = await loop.create_server(connected, host, port, ssl=tls)
        self.port = listening.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listening.close()
            await server.shutdown(0.1)


@asynccontextmanager
async def raw(say: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncGenerator[str]:
    """A server that says what it likes after the request's head; the place where it stands."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await say(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def sends_to(*targets: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """An answer that sends on: `/0` to the first target, `/1` to the second …"""

    async def answer(request: web.Request) -> web.StreamResponse:
        at = int(request.path.strip("/") or 0)
        if at >= len(targets):
            return web.json_response({"at": at})
        return web.Response(status=302, headers={"Location": targets[at], "Set-Cookie": "seen=1; Path=/"})

    return answer
