"""A small HTTP client for where wrk is missing. It is slower than what it measures on fast paths: it says so."""

import asyncio
import itertools
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from bench.workloads import Request


async def drive(url: str, requests: "Sequence[Request]", connections: int, seconds: float) -> dict[str, float]:
    """Drive a server over keep-alive connections, one request at a time on each; the shape of wrk's result."""
    sys.stderr.write("wrk is not installed: the client of Python's own is the limit on fast paths\n")
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    numbers = itertools.count(time.time_ns())
    turns = itertools.cycle(requests)
    ends = time.monotonic() + seconds
    took: list[float] = []
    counts = {"bytes": 0, "status_errors": 0, "socket_errors": 0}

    async def one() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        while time.monotonic() < ends:
            request = next(turns)
            body = request.body.replace("%N", str(next(numbers))).encode()
            head = (
                f"{request.method} {request.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {len(body)}\r\n"
            )
            if request.token:
                head += f"Authorization: Bearer {request.token}\r\n"
            if body:
                head += "Content-Type: application/json\r\n"
            began = time.perf_counter()
            writer.write(head.encode() + b"\r\n" + body)
            try:
                answer = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in answer.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                await reader.readexactly(length)
            except (OSError, asyncio.IncompleteReadError):
                counts["socket_errors"] += 1
                reader, writer = await asyncio.open_connection(host, port)
                continue
            took.append(time.perf_counter() - began)
            counts["bytes"] += length + len(answer)
            counts["status_errors"] += not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 3"))
        writer.close()

    began = time.monotonic()
    await asyncio.gather(*(one() for _ in range(connections)))
    took.sort()

    def at(part: float) -> float:
        return 1000 * took[min(len(took) - 1, int(len(took) * part))] if took else 0.0

    return {
        **counts, "requests": len(took), "seconds": time.monotonic() - began,
        "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": at(1),
    }  # fmt: skip
