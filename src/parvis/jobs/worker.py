"""The worker process: its sign of life, for health checks."""

import asyncio
import contextlib
import os
import socket

import structlog

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import Unavailable

SQL = load(__package__)
log = structlog.get_logger()

_BEAT_S = 10.0


async def work(db: Database, stopping: asyncio.Event) -> None:
    """Work until `stopping` is set. A database that is away is waited for."""
    name = f"{socket.gethostname()}:{os.getpid()}"
    while not stopping.is_set():
        try:
            await db.run(SQL.beat, {"name": name})
        except Unavailable as error:
            log.warning("worker_waits", reason=error.message)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), _BEAT_S)
    with contextlib.suppress(Unavailable):
        await db.run(SQL.rest, {"name": name})
