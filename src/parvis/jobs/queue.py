"""The job queue: procrastinate, on the same database, so that a job is part of the transaction that asks for it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import structlog
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job

from parvis.db.pool import Transaction

log = structlog.get_logger()

Task = Callable[..., Awaitable[Any]]

_POLL_S = 1.0
_AT_ONCE = 4
_STALLED_S = 60
_ATTEMPTS = 100  # four days
_LONGEST_WAIT_S = 3600
_KEEP_FAILED_H = 14 * 24


class Periodic(NamedTuple):
    """A task that runs by the clock; `cron` in UTC."""

    cron: str
    task: Task


class _Patience(BaseRetryStrategy):
    """Waits longer after each failure, up to an hour: what was away is soon noticed to be back."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again, or None to give the job up."""
        if job.attempts >= _ATTEMPTS:
            return None
        return RetryDecision(retry_in={"seconds": min(3 ** (job.attempts + 1), _LONGEST_WAIT_S)})


class Jobs:
    """Defers jobs, and runs them. Tasks may run again after a crash, so each must do no harm the second time."""

    def __init__(self, url: str, tasks: Mapping[str, Task], periodic: Mapping[str, Periodic]) -> None:
        self._app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=_AT_ONCE + 2))
        for name, task in tasks.items():
            self._app.task(name=name, retry=_Patience())(task)
        for name, (cron, task) in periodic.items():
            self._app.periodic(cron=cron)(self._app.task(name=name, pass_context=False)(_by_the_clock(task)))
        self._app.periodic(cron="* * * * *")(self._app.task(name="retry_stalled")(_by_the_clock(self.retry_stalled)))
        self._app.periodic(cron="47 3 * * *")(self._app.task(name="forget_failed")(_by_the_clock(self.forget_failed)))

    async def defer(self, tx: Transaction, name: str, **arguments: Any) -> None:
        """Ask for a job within the caller's transaction: when it is undone, there is no job."""
        await self._app.configure_task(name, connection=tx.connection).defer_async(**arguments)

    async def work(self, stopping: asyncio.Event) -> None:
        """Run jobs until `stopping` is set; those that run then are finished first."""
        async with self._app.open_async():
            worker = asyncio.create_task(
                self._app.run_worker_async(
                    concurrency=_AT_ONCE,
                    listen_notify=False,
                    fetch_job_polling_interval=_POLL_S,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=20,
                )
            )
            stop = asyncio.create_task(stopping.wait())
            await asyncio.wait({worker, stop}, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker

    async def retry_stalled(self) -> None:
        """Jobs of a worker that died are given to another."""
        for job in await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_S):
            log.warning("job_stalled", task=job.task_name, job=job.id)
            await self._app.job_manager.retry_job(job)

    async def forget_failed(self) -> None:
        """Jobs that were given up are kept for a look at them, not for ever: they may name members."""
        await self._app.job_manager.delete_old_jobs(
            nb_hours=_KEEP_FAILED_H, include_failed=True, include_cancelled=True, include_aborted=True
        )


def _by_the_clock(task: Task) -> Task:
    async def run(timestamp: int) -> None:
        await task()

    return run
