"""Work in one thread, for many who wait: what arrives while it works is worked on together next. Batches grow with the load
and add no delay without it."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from parvis.kernel.errors import Unavailable

T = TypeVar("T")
R = TypeVar("R")


class Batches(Generic[T, R]):
    """Hands items to a function that takes several, in a thread of its own."""

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]], *, most: int, queue: int, name: str) -> None:
        """`work` gives one result for each item, in order; it gets `most` at once, and `queue` may wait."""
        self._work = work
        self._most = most
        self._queue = queue
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._thread = ThreadPoolExecutor(1, name)
        self._running: asyncio.Task[None] | None = None

    async def run(self, items: Sequence[T]) -> list[R]:
        """The results for some items. Unavailable where too many wait; whatever `work` raises."""
        if len(self._waiting) + len(items) > self._queue:
            raise Unavailable("Too many texts wait to be judged")
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[R]] = [loop.create_future() for _ in items]
        self._waiting += zip(items, futures, strict=True)
        if self._running is None or self._running.done():
            self._running = loop.create_task(self._empty())
        return list(await asyncio.gather(*futures))

    async def _empty(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            # Who stopped waiting (its time was up) needs no answer.
            batch = [(item, future) for item, future in batch if not future.done()]
            if not batch:
                continue
            try:
                found = await loop.run_in_executor(self._thread, self._work, [item for item, _ in batch])
                for (_, future), result in zip(batch, found, strict=True):
                    if not future.done():
                        future.set_result(result)
            except Exception as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)

    def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)
