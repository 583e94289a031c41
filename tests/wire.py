"""A stream without a network: the ASGI interface itself, so that a test is the reader, quick or slow."""

import asyncio
import json
from types import TracebackType
from typing import Any

_PATH = "/api/v1/streaming"


class Wire:
    """One connection to an application, WebSocket or server-sent events, on the running loop."""

    def __init__(
        self,
        app: Any,
        path: str = "",
        *,
        query: str = "",
        token: str | None = None,
        address: str = "192.0.2.1",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Without a path a WebSocket; `path` is one of server-sent events, below the API's or from the root."""
        self.sent: list[dict[str, Any]] = []
        self.reads = asyncio.Event()  # cleared: the reader takes nothing more
        self.reads.set()
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._news = asyncio.Event()
        given = {**({"authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        self._scope = {
            "type": "http" if path else "websocket",
            "method": "GET",
            "path": path if path.startswith("/") else f"{_PATH}/{path}".rstrip("/"),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": (address, 50000),
        }
        if not path:
            del self._scope["method"]
            self._said.put_nowait({"type": "websocket.connect"})
        self._app = app
        self._socket = not path

    async def __aenter__(self) -> "Wire":
        self.task = asyncio.create_task(self._app(self._scope, self._said.get, self._take))
        self.task.add_done_callback(lambda _: self._news.set())
        await self.until(lambda: bool(self.sent))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: Any, trace: TracebackType | None) -> None:
        self.reads.set()
        self._said.put_nowait({"type": "websocket.disconnect" if self._socket else "http.disconnect"})
        await asyncio.wait_for(self.task, 3)

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            await self.reads.wait()
        self.sent.append(message)
        self._news.set()

    async def until(self, true: Any, seconds: float = 3) -> bool:
        """Whether it comes true in time."""
        try:
            async with asyncio.timeout(seconds):
                while not true() and not self.task.done():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        return true()

    async def say(self, kind: str, stream: str, **more: str) -> None:
        """`subscribe` or `unsubscribe`."""
        message = json.dumps({"type": kind, "stream": stream, **more})
        self._said.put_nowait({"type": "websocket.receive", "text": message})
        await asyncio.sleep(0.05)

    @property
    def status(self) -> int:
        """Of the answer to a connection that was no stream, or of server-sent events; 101 for an open socket."""
        return 101 if self.sent[0]["type"] == "websocket.accept" else self.sent[0]["status"]

    @property
    def frames(self) -> list[dict[str, Any]]:
        """What came down the socket so far."""
        return [json.loads(sent["text"]) for sent in self.sent if sent["type"] == "websocket.send"]

    @property
    def lines(self) -> str:
        """What came as server-sent events so far."""
        return b"".join(sent.get("body", b"") for sent in self.sent).decode()

    async def ended(self, seconds: float = 1) -> bool:
        """Whether the server ends it in that time."""
        return bool((await asyncio.wait({self.task}, timeout=seconds))[0])

    async def events(self, count: int, seconds: float = 3) -> list[str]:
        """The events of the first `count` frames (fewer where no more came), and of those that came right after."""
        await self.until(lambda: len(self.frames) >= count, seconds)
        await asyncio.sleep(0.1)
        return [frame.get("event", str(frame.get("status"))) for frame in self.frames]
