"""A burst of sign-ups while readers read: 117 a second for a minute, and none may be lost.

`python -m bench.sign_ups http://127.0.0.1:8000 --network bench/out/network.json`

Sign-ups arrive by the clock, however long the ones before them take. Each gets an answer of its own; at the end every name
that was answered with success is looked up, and a sample logs in by its token. Readers ask for their home at a steady rate
before and during the burst, so that the two latencies can be compared.
"""

import argparse
import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.drive import machine


async def ask(
    url: str, method: str, path: str, token: str = "", form: dict[str, str] | None = None, most_s: float = 600
) -> tuple[int, bytes]:
    """One request on a connection of its own; status 0 where there is no answer."""
    parts = urlsplit(url)
    body = urlencode(form or {}).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if form:
        head += "Content-Type: application/x-www-form-urlencoded\r\n"
    try:
        async with asyncio.timeout(most_s):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
            writer.write(head.encode() + b"\r\n" + body)
            answer = await reader.read()
            writer.close()
    except (OSError, TimeoutError):
        return 0, b""
    if not answer.startswith(b"HTTP/1.1 "):
        return 0, b""
    return int(answer[9:12]), answer.partition(b"\r\n\r\n")[2]


def spread(took: Sequence[float]) -> dict[str, float]:
    """Percentiles in milliseconds."""
    ordered = sorted(took) or [0.0]

    def at(part: float) -> float:
        return round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * part))], 1)

    return {"p50_ms": at(0.5), "p90_ms": at(0.9), "p99_ms": at(0.99), "max_ms": at(1)}


async def read_steadily(url: str, token: str, rate: float, until: asyncio.Event) -> list[float]:
    """Homes at a steady rate; how long each took."""
    took: list[float] = []

    async def one() -> None:
        began = time.perf_counter()
        status, _ = await ask(url, "GET", "/api/v1/timelines/home?limit=20", token)
        took.append(time.perf_counter() - began if status == 200 else 600)

    async with asyncio.TaskGroup() as group:
        began, sent = time.perf_counter(), 0
        while not until.is_set():
            group.create_task(one())
            sent += 1
            await asyncio.sleep(max(0, began + sent / rate - time.perf_counter()))
    return took


async def app_token(url: str) -> str:
    """A token of an app of our own."""
    form = {"client_name": "bench", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"}
    app = json.loads((await ask(url, "POST", "/api/v1/apps", form=form))[1])
    form = {
        "grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"],
        "scope": "read write",
    }  # fmt: skip
    return json.loads((await ask(url, "POST", "/oauth/token", form=form))[1])["access_token"]


async def measure(o: argparse.Namespace) -> dict[str, Any]:
    """The readers alone, then both."""
    reader = json.loads(o.network.read_text(encoding="utf-8"))["readers"]["50"]["token"]
    token, run = await app_token(o.url), f"s{os.getpid()}x{int(time.time()) % 100_000}"
    calm_over, over = asyncio.Event(), asyncio.Event()
    calm = asyncio.create_task(read_steadily(o.url, reader, o.reads, calm_over))
    await asyncio.sleep(min(10, o.seconds))
    calm_over.set()
    alone = spread(await calm)

    joined: dict[str, str] = {}
    outcomes: Counter[int] = Counter()
    took: list[float] = []

    async def join(number: int) -> None:
        name = f"{run}n{number}"
        form = {
            "username": name, "email": f"{name}@mail.test", "password": f"a long pass phrase {number}",
            "agreement": "true", "locale": "en", "reason": "to see",
        }  # fmt: skip
        began = time.perf_counter()
        status, body = await ask(o.url, "POST", "/api/v1/accounts", token, form)
        took.append(time.perf_counter() - began)
        outcomes[status] += 1
        if status == 200:
            joined[name] = json.loads(body)["access_token"]

    reading = asyncio.create_task(read_steadily(o.url, reader, o.reads, over))
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(o.rate * o.seconds)):
            group.create_task(join(number))
            await asyncio.sleep(max(0, began + (number + 1) / o.rate - time.perf_counter()))
        arrived_s = time.perf_counter() - began
    done_s = time.perf_counter() - began
    over.set()
    beside = spread(await reading)
    lost = 0
    for name in joined:
        status, _ = await ask(o.url, "GET", f"/api/v1/accounts/lookup?acct={name}")
        lost += status != 200
    for name in list(joined)[:: max(1, len(joined) // 50)]:
        status, _ = await ask(o.url, "GET", "/api/v1/accounts/verify_credentials", joined[name])
        lost += status != 200
    return {
        "machine": machine(), "sign_ups": sum(outcomes.values()), "rate": o.rate, "arrived_s": round(arrived_s, 1),
        "done_s": round(done_s, 1), "answers": dict(outcomes), "lost": lost, "sign_up": spread(took),
        "home_alone": alone, "home_beside": beside, "reads_per_s": o.reads,
    }  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--network", type=Path, required=True, help="what load.py wrote")
    parser.add_argument("--rate", type=float, default=7029 / 60)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--reads", type=float, default=100, help="homes a second beside")
    o = parser.parse_args()
    o.url = o.url.rstrip("/")
    print(json.dumps(asyncio.run(measure(o)), indent=1))


if __name__ == "__main__":
    main()
