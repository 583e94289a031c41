"""Open N streaming sockets and measure how soon a post reaches them all.

`python -m bench.stream http://127.0.0.1:8000 --network bench/out/network.json --sockets 5000`

Half of the sockets listen to the public stream as visitors, half to the home of a reader who follows the author. Start the
server with one web process, PARVIS_LIMITS_ENABLED=0 and enough open files (`ulimit -n 16384`, here too). The sockets are
read by a bare protocol in this process, which shares the machine with the server: what is measured holds both.
"""

import argparse
import asyncio
import base64
import gc
import json
import os
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import uvloop

from bench.drive import machine


class Reader(asyncio.Protocol):
    """A WebSocket that only notes when a frame with the mark came."""

    def __init__(self, head: bytes, meter: "Meter") -> None:
        self._head, self._meter, self._open, self._held = head, meter, False, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(self._head)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if not self._open:
            self._held += data
            if b"\r\n\r\n" in self._held:
                self._open = self._held.startswith(b"HTTP/1.1 101")
                self._meter.opened(ok=self._open)
            return
        if data[0] == 0x89:  # a ping, answered with its own payload
            size = data[1] & 0x7F
            self.transport.write(bytes((0x8A, 0x80 | size, 0, 0, 0, 0)) + data[2 : 2 + size])  # type: ignore[attr-defined]
            data = data[2 + size :]
        if self._meter.mark in data:
            self._meter.came.append(time.perf_counter())

    def connection_lost(self, exc: Exception | None) -> None:
        self._meter.lost += 1


class Meter:
    """What all sockets together saw."""

    def __init__(self) -> None:
        self.mark = b"never"
        self.came: list[float] = []
        self.ready = self.refused = self.lost = 0

    def opened(self, *, ok: bool) -> None:
        self.ready += ok
        self.refused += not ok


def head(host: str, query: str) -> bytes:
    """The opening request."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /api/v1/streaming?{query} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def publish(url: str, token: str, text: str) -> float:
    """Publish a post; returns how long the answer took."""
    body = json.dumps({"status": text}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    began = time.perf_counter()
    with urllib.request.urlopen(urllib.request.Request(f"{url}/api/v1/statuses", body, headers), timeout=30) as answer:
        answer.read()
    return time.perf_counter() - began


async def measure(o: argparse.Namespace) -> dict[str, object]:
    """Open, publish some posts, and see."""
    found = json.loads(o.network.read_text(encoding="utf-8"))
    loop, meter = asyncio.get_running_loop(), Meter()
    parts = urlsplit(o.url)
    author, readers = found["members"][0], found["members"][1:] or found["members"]
    server = psutil.Process(o.pid) if o.pid else None
    before = server.memory_full_info().uss if server else 0
    began = time.perf_counter()
    for number in range(o.sockets):
        # The author's own home gets the author's posts, whoever follows them.
        query = "stream=public" if number % 2 else f"stream=user&access_token={author['token']}"
        if number % 4 == 2:
            query = f"stream=public:local&access_token={readers[number % len(readers)]['token']}"
        await loop.create_connection(lambda q=query: Reader(head(parts.netloc, q), meter), parts.hostname, parts.port)
        if number % 100 == 99:
            while meter.ready + meter.refused + 50 < number:
                await asyncio.sleep(0.005)
    while meter.ready + meter.refused < o.sockets:
        await asyncio.sleep(0.01)
    opened_s = time.perf_counter() - began
    await asyncio.sleep(1)
    held = server.memory_full_info().uss - before if server else 0
    gc.freeze()
    lags: list[float] = []
    slowest: list[int] = []
    for number in range(o.posts):
        meter.mark, meter.came = f"mark-{number}-{os.getpid()}-".encode(), []
        sent = time.perf_counter()
        answered = loop.run_in_executor(None, publish, o.url, author["token"], meter.mark.decode())
        deadline = time.perf_counter() + 5
        while len(meter.came) < meter.ready and time.perf_counter() < deadline:
            await asyncio.sleep(0.005)
        await answered
        missing = meter.ready - len(meter.came)
        slowest.append(round(1000 * (max(meter.came, default=sent + 5) - sent)))
        lags += [1000 * (moment - sent) for moment in meter.came] + [5000.0] * missing
        await asyncio.sleep(o.pause)
    lags.sort()
    return {
        "machine": machine(),
        "sockets": meter.ready,
        "refused": meter.refused,
        "lost": meter.lost,
        "opened_s": round(opened_s, 2),
        "posts": o.posts,
        "p50_ms": round(lags[len(lags) // 2], 1),
        "p99_ms": round(lags[int(len(lags) * 0.99)], 1),
        "max_ms": round(lags[-1], 1),
        "last_socket_ms": slowest,
        "kib_per_socket": round(held / max(1, meter.ready) / 1024, 1) if server else None,
        "server_mib": server.memory_full_info().uss >> 20 if server else None,
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--network", type=Path, required=True, help="what load.py wrote")
    parser.add_argument("--sockets", type=int, default=5000)
    parser.add_argument("--posts", type=int, default=20)
    parser.add_argument("--pause", type=float, default=0.3, help="seconds between posts")
    parser.add_argument("--pid", type=int, help="the web process, to see its memory")
    print(json.dumps(uvloop.run(measure(parser.parse_args())), indent=1))


if __name__ == "__main__":
    main()
