"""Jobs: part of the transaction that asks for them, run once, and again safely when a worker was killed."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from parvis.db.pool import Database
from parvis.jobs.queue import Jobs, Periodic
from parvis.settings import Settings


@contextmanager
def _rows(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def _wait_until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def _count(url: str) -> int:
    with _rows(url) as db:
        row = db.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()
    assert row is not None
    return row[0]


async def _never(**_: Any) -> None:
    raise AssertionError("not asked for")


def test_a_job_is_part_of_the_transaction(settings: Settings) -> None:
    url = settings.database.url

    async def scenario() -> None:
        db = Database(url)
        await db.open()
        jobs = Jobs(url, {"greet": _never}, {})
        with pytest.raises(RuntimeError, match="undone"):
            async with db.transaction() as tx:
                await jobs.defer(tx, "greet", whom="amina")
                raise RuntimeError("undone")
        assert _count(url) == 0
        async with db.transaction() as tx:
            await jobs.defer(tx, "greet", whom="amina")
            assert _count(url) == 0  # nobody sees it before the commit
        assert _count(url) == 1
        await db.close()

    asyncio.run(scenario())


async def _work_until(jobs: Jobs, done: asyncio.Event, most_s: float = 15) -> None:
    stopping = asyncio.Event()
    worker = asyncio.create_task(jobs.work(stopping))
    async with asyncio.timeout(most_s):
        await done.wait()
    await asyncio.sleep(0.2)
    stopping.set()
    await worker


def test_a_job_runs_once_with_its_arguments_and_is_gone(settings: Settings) -> None:
    url = settings.database.url
    ran: list[str] = []

    async def scenario() -> None:
        done = asyncio.Event()

        async def greet(whom: str) -> None:
            ran.append(whom)
            done.set()

        db = Database(url)
        await db.open()
        jobs = Jobs(url, {"greet": greet}, {})
        async with db.transaction() as tx:
            await jobs.defer(tx, "greet", whom="bruno")
        await _work_until(jobs, done)
        await db.close()

    asyncio.run(scenario())
    assert ran == ["bruno"]
    assert _count(url) == 0


def test_a_job_that_fails_is_tried_again(settings: Settings) -> None:
    url = settings.database.url
    tries: list[int] = []

    async def scenario() -> None:
        done = asyncio.Event()

        async def stumble() -> None:
            tries.append(len(tries))
            if len(tries) < 2:
                raise OSError("the mail server is away")
            done.set()

        db = Database(url)
        await db.open()
        jobs = Jobs(url, {"stumble": stumble}, {})
        async with db.transaction() as tx:
            await jobs.defer(tx, "stumble")
        await _work_until(jobs, done)
        await db.close()

    asyncio.run(scenario())
    assert tries == [0, 1]


_WORKER = """
    import asyncio, sys
    import parvis.jobs.queue as queue

    async def slow(path: str) -> None:
        with open(path, "a") as file:
            file.write("began\\n")
        if sys.argv[2] == "hang":
            await asyncio.sleep(3600)
        with open(path, "a") as file:
            file.write("ended\\n")

    jobs = queue.Jobs(sys.argv[1], {"slow": slow}, {})
    asyncio.run(jobs.work(asyncio.Event()))
"""


def _worker(url: str, how: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(_WORKER), url, how], start_new_session=True)


def test_the_job_of_a_killed_worker_runs_again(settings: Settings, tmp_path: Any) -> None:
    url, path = settings.database.url, tmp_path / "trace"
    path.write_text("")

    async def ask() -> None:
        db = Database(url)
        await db.open()
        async with db.transaction() as tx:
            await Jobs(url, {"slow": _never}, {}).defer(tx, "slow", path=str(path))
        await db.close()

    asyncio.run(ask())
    first = _worker(url, "hang")
    try:
        _wait_until(lambda: path.read_text() == "began\n", 15)
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    with _rows(url) as db:  # the minute of silence after which a worker counts as dead
        db.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '5 minutes'")
    jobs = Jobs(url, {"slow": _never}, {})

    async def rescue() -> None:
        async with jobs._app.open_async():
            await jobs.retry_stalled()

    asyncio.run(rescue())
    second = _worker(url, "finish")
    try:
        _wait_until(lambda: path.read_text() == "began\nbegan\nended\n", 15)
        _wait_until(lambda: _count(url) == 0, 5)
    finally:
        os.killpg(second.pid, signal.SIGKILL)
        second.wait()


def test_every_periodic_task_of_the_network_runs(town: Any) -> None:
    """Each one, twice: the second time finds nothing to do and harms nothing."""
    periodic: dict[str, Periodic] = town.parvis._periodic()
    assert {"purge_changes", "forget_idempotency_keys", "sweep_media", "end_mutes", "clean_up_auth"} <= set(periodic)
    began = time.monotonic()
    for task in periodic.values():
        town.run(task.task())
        town.run(task.task())
    assert time.monotonic() - began < 60
    assert town.amina.get("/api/v1/timelines/home").status == 200


def test_a_job_that_keeps_failing_is_tried_hourly_and_given_up_after_days(settings: Settings) -> None:
    """Whoever comes back after a night finds the job done soon, and no row is kept for ever."""
    url = settings.database.url

    async def scenario() -> None:
        done = asyncio.Event()

        async def stumble() -> None:
            done.set()
            raise OSError("the mail server is away")

        db = Database(url)
        await db.open()
        jobs = Jobs(url, {"stumble": stumble}, {})
        for tried in (12, 99, 100):
            async with db.transaction() as tx:
                await jobs.defer(tx, "stumble")
            with _rows(url) as rows:
                rows.execute(
                    "UPDATE procrastinate_jobs SET attempts = %s WHERE status = 'todo' AND attempts = 0", (tried,)
                )
            done.clear()
            await _work_until(jobs, done)
        await db.close()
        with _rows(url) as rows:
            waits = rows.execute(
                "SELECT attempts, status::text, scheduled_at - now() < interval '61 minutes'"
                " FROM procrastinate_jobs ORDER BY id"
            ).fetchall()
            assert waits[:2] == [(13, "todo", True), (100, "todo", True)]
            assert waits[2][1] == "failed"
            async with jobs._app.open_async():
                await jobs.forget_failed()
                assert _count(url) == 3
                rows.execute("UPDATE procrastinate_events SET at = at - interval '15 days'")
                await jobs.forget_failed()
        assert _count(url) == 2

    asyncio.run(scenario())


def test_a_departure_whose_job_was_given_up_is_asked_for_again_once(town: Any) -> None:
    gone = town.someone()
    town.run(town.parvis.deleter.begin(gone.id))
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'delete_account' AND status = 'todo'"
    town.run(town.parvis.deleter.resume())
    assert town.rows(jobs) == [(1,)], "it is waited for"
    with town.database() as db:
        db.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'delete_account'")
    town.run(town.parvis.deleter.resume())
    town.run(town.parvis.deleter.resume())
    assert town.rows(jobs) == [(1,)]
