"""Screening many subjects at once, for the archive: what waits for nothing and the model, in batches. What a rule then asks
for is confirmed by all detectors, one subject at a time."""

import asyncio
from collections.abc import Sequence

import numpy as np

from parvis.moderation.gate import concerned
from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.run import Model
from parvis.moderation.policy.evaluate import Compiled, Judgement
from parvis.moderation.screen import Screener, Screening
from parvis.moderation.types import Subject

_BATCH = 32  # windows that the network judges together
_TOGETHER = 16  # subjects of which all else is asked at the same time
_MODEL = ("model",)


class Sifter:
    """Measures and judges subjects in bulk."""

    def __init__(self, screener: Screener, model: Model | None, detector_ms: int) -> None:
        """Without a model every subject has it among the failed. A detector that waits may take so many milliseconds: nobody
        waits for a scan, and one that is cut off makes work for people."""
        self._screener = screener
        self._model = model
        self._limit_s = detector_ms / 1000

    async def sift(self, subjects: Sequence[Subject], compiled: Compiled) -> list[tuple[Screening, Judgement]]:
        """What was found on each, and what the policy says of it."""
        found: list[tuple[Screening, Judgement]] = []
        doubtful: list[int] = []
        for at, (subject, screening) in enumerate(zip(subjects, await self._measure(subjects), strict=True)):
            if compiled.reads_language(screening.values, screening.failed):
                screening = await self._screener.with_language(subject, screening, judged=True)
            judgement = _judged(compiled, subject, screening)
            # Decided twins, lists of pictures: asked of the few that need it, not of all.
            if judgement.effects or subject.media:
                doubtful.append(at)
            found.append((screening, judgement))
        for start in range(0, len(doubtful), _TOGETHER):
            some = doubtful[start : start + _TOGETHER]
            asked = [self._confirmed(compiled, subjects[at], found[at][0]) for at in some]
            for at, confirmed in zip(some, await asyncio.gather(*asked), strict=True):
                found[at] = confirmed
        return found

    async def _confirmed(
        self, compiled: Compiled, subject: Subject, screening: Screening
    ) -> tuple[Screening, Judgement]:
        """By all other detectors."""
        screening = await self._screener.complete(subject, screening, _MODEL, self._limit_s)
        if compiled.reads_language(screening.values, screening.failed):
            screening = await self._screener.with_language(subject, screening, judged=True)
        judgement = _judged(compiled, subject, screening)
        if judgement.effects:
            screening = await self._screener.with_language(subject, screening, judged=False)
        return screening, judgement

    async def _measure(self, subjects: Sequence[Subject]) -> list[Screening]:
        quick = [self._screener.measure_quick(subject) for subject in subjects]
        model = self._model
        if model is None:
            return [Screening(each.values, each.failed + _MODEL, each.evidence) for each in quick]
        # Some seconds of work for a large batch: the event loop goes on with the other jobs.
        for at, row in (await asyncio.to_thread(_scored, model, subjects)).items():
            quick[at].values.update(
                (f"model.{category}", round(float(share), 4)) for category, share in zip(CATEGORIES, row, strict=True)
            )
        return quick


def _judged(compiled: Compiled, subject: Subject, screening: Screening) -> Judgement:
    failed = concerned(screening.failed, subject) if screening.failed else ()
    return compiled.judge(screening.values, failed, subject.kind, subject.audience, subject.language)


def _scored(model: Model, subjects: Sequence[Subject]) -> dict[int, np.ndarray]:
    """The highest probabilities of the subjects that the first stage does not clear, by their place."""
    left = [
        (at, window)
        for at, subject in enumerate(subjects)
        for passage in subject.passages
        for window in model.unclear(passage.text)
    ]
    # Windows of about the same length together: none is padded much.
    left.sort(key=lambda each: model.length(each[1]))
    highest: dict[int, np.ndarray] = {}
    for start in range(0, len(left), _BATCH):
        batch = left[start : start + _BATCH]
        for (at, _), row in zip(batch, model.probabilities([window for _, window in batch]), strict=True):
            highest[at] = row if at not in highest else np.maximum(highest[at], row)
    return highest
