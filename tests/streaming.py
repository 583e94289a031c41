"""A second web process behind uvicorn, in a thread: what the town writes reaches it by the ring alone."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from tests.cast import Member, Town
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from parvis.app import Application, Parvis
from parvis.cli.web import server_config
from parvis.db.ring import Ring


class StreamServer:
    """Opens streams."""

    def __init__(self, port: int) -> None:
        self.port = port

    def open(self, query: str = "", **options: Any) -> ClientConnection:
        """A socket."""
        return connect(f"ws://127.0.0.1:{self.port}/api/v1/streaming{query}", open_timeout=5, legacy=True, **options)

    def member(self, member: Member, *streams: str, **more: str) -> ClientConnection:
        """A socket of a member, subscribed."""
        opened = self.open(f"?access_token={member.token}")
        for stream in streams:
            opened.send(json.dumps({"type": "subscribe", "stream": stream, **more}))
        time.sleep(0.2)
        return opened

    def events(self, path: str, token: str) -> socket.socket:
        """Server-sent events, past the head of the answer."""
        wire = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        head = f"GET /api/v1/streaming/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
        wire.sendall(head.encode())
        got = b""
        while b":)" not in got:
            got += wire.recv(65536)
        assert b"200 OK" in got
        assert b"content-type: text/event-stream" in got
        return wire


@contextmanager
def second_process(town: Town) -> Iterator[StreamServer]:
    """The server for as long as the block runs."""
    ring = Ring(town.settings.data_dir / "run" / "ring")
    app = Application(Parvis(town.settings, ring=ring, origin=1, process=1, processes=2))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = server_config(app, town.settings)
    config.timeout_graceful_shutdown = 1
    running = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(running.serve([listener])), daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield StreamServer(listener.getsockname()[1])
    running.should_exit = True
    thread.join(10)


def frame(stream: ClientConnection, timeout: float = 3) -> dict[str, Any]:
    """The next frame."""
    return json.loads(stream.recv(timeout))


def quiet(stream: ClientConnection, seconds: float = 0.4) -> bool:
    """Whether nothing comes."""
    try:
        stream.recv(seconds)
    except TimeoutError:
        return True
    return False


def closed_within(stream: ClientConnection, seconds: float = 1) -> bool:
    """Whether the server closes it in that time."""
    deadline = time.monotonic() + seconds
    try:
        while (left := deadline - time.monotonic()) > 0:
            stream.recv(left)
    except ConnectionClosed:
        return True
    except TimeoutError:
        pass
    return False
