"""Signal (a): the statistical model. The first stage answers at once; only what it does not clear waits for the network."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from parvis.kernel.errors import Unavailable
from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.load import ModelError
from parvis.moderation.model.run import Model
from parvis.moderation.types import Findings, Signal, SignalKind, Subject, Value

_SAYS = {
    "hate": ("an attack on a protected group", "d'une attaque contre un groupe protégé"),
    "dehumanisation": ("people likened to vermin, filth or disease", "de personnes réduites à de la vermine"),
    "incitement": ("a call for violence against people", "d'un appel à la violence contre des personnes"),
    "threat": ("a threat against somebody", "d'une menace contre quelqu'un"),
    "harassment": ("abuse aimed at a person", "d'injures adressées à une personne"),
    "glorification": ("praise of violence or of those who did it", "d'un éloge de la violence ou de ses auteurs"),
    "spam": ("unwanted advertising or a scam", "de publicité indésirable ou d'arnaque"),
}


class Judge:
    """Runs the network in one thread. What arrives while it works is judged together next: batches grow with the load and
    add no delay without it."""

    def __init__(self, model: Model, *, most: int, queue: int) -> None:
        """`most` windows go into one batch; Unavailable where more than `queue` wait."""
        self.model = model
        self._most = most
        self._queue = queue
        self._waiting: list[tuple[list[str], asyncio.Future[Any]]] = []
        self._thread = ThreadPoolExecutor(1, "model")
        self._running: asyncio.Task[None] | None = None

    async def judge(self, windows: list[list[str]]) -> np.ndarray:
        """Probabilities (windows by categories)."""
        if len(self._waiting) + len(windows) > self._queue:
            raise Unavailable("Too many texts wait for the model")
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in windows]
        self._waiting += zip(windows, futures, strict=True)
        if self._running is None or self._running.done():
            self._running = loop.create_task(self._work())
        return np.stack(await asyncio.gather(*futures))

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            # Who stopped waiting (its time was up) needs no answer.
            batch = [(window, future) for window, future in batch if not future.done()]
            if not batch:
                continue
            try:
                found = await loop.run_in_executor(
                    self._thread, self.model.probabilities, [window for window, _ in batch]
                )
                for (_, future), row in zip(batch, found, strict=True):
                    if not future.done():
                        future.set_result(row)
            except Exception as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)

    def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class ModelDetector:
    """`model.<category>`: the calibrated probability of each category, the highest over all texts of a subject."""

    name = "model"
    waits = True
    signals = tuple(
        Signal(
            f"model.{category}",
            SignalKind.SHARE,
            f"the model's probability of {english}",
            f"la probabilité, selon le modèle, {french}",
        )
        for category, (english, french) in _SAYS.items()
    )

    def __init__(self, judge: Judge | None, fault: str = "") -> None:
        """Without a judge every subject fails, with `fault` as the reason."""
        self._judge = judge
        self._fault = fault

    async def detect(self, subject: Subject) -> Findings:
        """See the class. ModelError where there is no model."""
        if self._judge is None:
            raise ModelError(self._fault)
        model = self._judge.model
        left = [
            window.folded
            for passage in subject.passages
            for window in model.windows(passage.text)
            if not model.clears(window)
        ]
        if not left:
            return Findings()
        found = (await self._judge.judge(left)).max(axis=0)
        values: dict[str, Value] = {
            f"model.{category}": round(float(share), 4) for category, share in zip(CATEGORIES, found, strict=True)
        }
        return Findings(values)
