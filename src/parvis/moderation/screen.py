"""Measuring a subject: every detector is asked; what fails or is slow is said, and never stops the others."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import msgspec
import structlog

from parvis.moderation.types import Detector, Evidence, Findings, Signal, SignalKind, Subject, Value

log = structlog.get_logger()


class Screening(msgspec.Struct, frozen=True):
    """All that was measured on a subject. What is not in `values` has its default."""

    values: dict[str, Value]
    failed: tuple[str, ...] = ()  # detectors without an answer
    evidence: tuple[Evidence, ...] = ()


class Screener:
    """Asks the detectors."""

    def __init__(self, detectors: Sequence[Detector], detector_ms: int) -> None:
        """ValueError where two detectors give the same signal."""
        self.detectors = tuple(detectors)
        self.signals: dict[str, Signal] = {}
        for detector in detectors:
            for signal in detector.signals:
                if signal.name in self.signals:
                    raise ValueError(f"two detectors give the signal {signal.name}; the second is {detector.name}")
                self.signals[signal.name] = signal
        self._quick = [detector for detector in detectors if not detector.waits]
        self._waiting = [detector for detector in detectors if detector.waits]
        self._limit_s = detector_ms / 1000

    async def measure(self, subject: Subject) -> Screening:
        """What all detectors find. It always answers."""
        values, failed, evidence = await self._ask_quick(subject)
        if len(self._waiting) == 1:
            found = [await self._bounded(self._waiting[0], subject)]
        else:
            found = await asyncio.gather(*(self._bounded(detector, subject) for detector in self._waiting))
        for detector, answer in zip(self._waiting, found, strict=True):
            self._take(detector.name, answer, values, failed, evidence)
        return Screening(values, tuple(failed), tuple(evidence))

    async def measure_quick(self, subject: Subject) -> Screening:
        """What the detectors find that wait for nothing."""
        values, failed, evidence = await self._ask_quick(subject)
        return Screening(values, tuple(failed), tuple(evidence))

    async def _ask_quick(self, subject: Subject) -> tuple[dict[str, Value], list[str], list[Evidence]]:
        values: dict[str, Value] = {}
        failed: list[str] = []
        evidence: list[Evidence] = []
        for detector in self._quick:
            self._take(detector.name, await _caught(detector.detect(subject)), values, failed, evidence)
        return values, failed, evidence

    async def _bounded(self, detector: Detector, subject: Subject) -> Findings | Exception:
        try:
            async with asyncio.timeout(self._limit_s):
                return await detector.detect(subject)
        except Exception as error:
            return error

    def _take(
        self,
        name: str,
        answer: Findings | Exception,
        values: dict[str, Value],
        failed: list[str],
        evidence: list[Evidence],
    ) -> None:
        if isinstance(answer, Findings):
            wrong = next((key for key, value in answer.values.items() if not self._fits(key, value)), None)
            if wrong is None:
                values.update(answer.values)
                evidence.extend(answer.evidence)
                return
            answer = TypeError(f"{wrong} is no signal of this detector, or has a value of another type")
        log.warning("detector_failed", detector=name, error=repr(answer)[:300])
        failed.append(name)

    def _fits(self, name: str, value: Value) -> bool:
        signal = self.signals.get(name)
        return signal is not None and isinstance(value, _TYPES[signal.kind])


_TYPES: dict[SignalKind, type | tuple[type, ...]] = {
    SignalKind.SHARE: (float, int),
    SignalKind.NUMBER: (float, int),
    SignalKind.COUNT: int,
    SignalKind.FLAG: bool,
    SignalKind.TEXT: str,
    SignalKind.LIST: tuple,
}


async def _caught(answer: Coroutine[Any, Any, Findings]) -> Findings | Exception:
    try:
        return await answer
    except Exception as error:
        return error
