"""One open stream, WebSocket or server-sent events, as the hub sees it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from parvis.timelines.frames import Frame
from parvis.timelines.streams import Stream


class Socket:
    """Frames wait here until the reader takes them. One that falls too far behind is cut off.

    A task writes only while there is something to write: thousands of quiet sockets cost little memory.
    """

    __slots__ = ("_most", "_on_end", "_send", "_waiting", "_writer", "account_id", "cut", "open", "streams", "token_id")

    def __init__(
        self,
        account_id: int | None,
        token_id: int | None,
        most: int,
        send: Callable[[Frame], Awaitable[None]],
        on_end: Callable[[], object],
    ) -> None:
        """`on_end` is called once when the server ends the stream; whoever opened it then closes the connection."""
        self.account_id = account_id
        self.token_id = token_id
        self.streams: dict[Stream, bool] = {}  # with notifications, or without
        self.open = True
        self.cut = False  # by the server
        self._most = most
        self._send = send
        self._on_end = on_end
        self._waiting: deque[Frame] = deque()
        self._writer: asyncio.Task[None] | None = None

    def push(self, frame: Frame) -> None:
        """Send a frame as soon as the reader takes it."""
        if not self.open:
            return
        if len(self._waiting) >= self._most:
            self.end()
            return
        self._waiting.append(frame)
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    def end(self) -> None:
        """The server has no more for this reader: the token is gone, or they do not read."""
        if not self.open:
            return
        self.stop()
        self.cut = True
        self._on_end()

    def stop(self) -> None:
        """Nothing is written any more."""
        self.open = False
        self._waiting.clear()
        if self._writer is not None:
            self._writer.cancel()

    async def _write(self) -> None:
        try:
            while self._waiting:
                await self._send(self._waiting.popleft())
        except Exception:
            self.end()  # the reader went away; servers raise all sorts of things then
        finally:
            self._writer = None
