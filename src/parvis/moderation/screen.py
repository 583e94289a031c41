"""Measuring a subject: every detector is asked; what fails or is slow is said, and never stops the others."""

import asyncio
import math
import sys
import time
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import msgspec
import structlog

from parvis.moderation.language import UNKNOWN, Languages
from parvis.moderation.policy.known import FOUND_LANGUAGE
from parvis.moderation.types import Detector, Evidence, Findings, Signal, SignalKind, Subject, Value

log = structlog.get_logger()

_QUIET_S = 10.0
_MOST_COUNT = 2**53  # beyond it a whole number is no longer the same in every language of rules
_ROUNDING = 1e-6
_STOP = (KeyboardInterrupt, SystemExit, GeneratorExit)


class Screening(msgspec.Struct, frozen=True):
    """All that was measured on a subject. What is not in `values` has its default."""

    values: dict[str, Value]
    failed: tuple[str, ...] = ()  # detectors without an answer
    evidence: tuple[Evidence, ...] = ()


class Screener:
    """Asks the detectors."""

    def __init__(self, detectors: Sequence[Detector], detector_ms: int, languages: Languages | None = None) -> None:
        """Without `languages` no language is found. ValueError where two detectors give the same signal."""
        self._languages = languages
        self.detectors = tuple(detectors)
        self.signals: dict[str, Signal] = {}
        for detector in detectors:
            for signal in detector.signals:
                if signal.name in self.signals:
                    raise ValueError(f"two detectors give the signal {signal.name}; the second is {detector.name}")
                self.signals[signal.name] = signal
        self._own = {one.name: {signal.name: _own(signal) for signal in one.signals} for one in detectors}
        self._quick = [detector for detector in detectors if not detector.waits]
        self._waiting = [detector for detector in detectors if detector.waits]
        self._limit_s = detector_ms / 1000
        self._quiet: dict[str, float] = {}

    async def measure(self, subject: Subject) -> Screening:
        """What all detectors find. It always answers."""
        return await self._wait(self._ask_quick(subject), subject, self._waiting, self._limit_s)

    async def complete(self, subject: Subject, known: Screening, asked: Collection[str], limit_s: float) -> Screening:
        """What is known of a subject from the detectors that wait for nothing and from those `asked`, with what all others find
        within so many seconds."""
        left = [detector for detector in self._waiting if detector.name not in asked]
        return await self._wait(_Found(self, subject, known), subject, left, limit_s)

    async def _wait(
        self, found: "_Found", subject: Subject, detectors: Sequence[Detector], limit_s: float
    ) -> Screening:
        tasks = [asyncio.create_task(_ask(detector, subject)) for detector in detectors]
        if tasks:
            try:
                await asyncio.wait(tasks, timeout=limit_s)
            finally:
                # One that does not even end when it is told to is waited for no longer.
                for task in tasks:
                    if not task.done():
                        task.cancel()
                        task.add_done_callback(_ignore)
        for detector, task in zip(detectors, tasks, strict=True):
            found.take(detector.name, _answer(task))
        return found.screening()

    def measure_quick(self, subject: Subject) -> Screening:
        """What the detectors find that wait for nothing."""
        return self._ask_quick(subject).screening()

    async def with_language(self, subject: Subject, screening: Screening, *, judged: bool) -> Screening:
        """The screening with the language of the subject's words, as `text.language`. Where that cannot be had in time it is as
        before, or, where rules are to be `judged` by it, as `without_language` has it."""
        if FOUND_LANGUAGE in screening.values:
            return screening
        found = await self._languages.of(subject, keep=judged) if self._languages else None
        if found is None:
            return without_language(screening) if judged else screening
        return msgspec.structs.replace(screening, values={**screening.values, FOUND_LANGUAGE: found})

    def _ask_quick(self, subject: Subject) -> "_Found":
        found = _Found(self, subject)
        for detector in self._quick:
            found.take(detector.name, _at_once(detector, subject))
        return found

    def checked(self, name: str, answer: Any, subject: Subject) -> tuple[dict[str, Value], list[Evidence]]:
        """What a detector found. TypeError where it is not of the types that it declared: whatever it was meant to say, it
        cannot be judged by. Evidence that points nowhere is left out."""
        if not isinstance(answer, Findings):
            raise TypeError("it gave no Findings")
        known = self._own[name]
        values: dict[str, Value] = {}
        for key, value in answer.values.items():
            own = known.get(key)
            if own is None:
                raise TypeError(f"{key} is no signal of this detector")
            usual = type(value) is own.plain and 0 <= value <= own.most  # pyright: ignore[reportOperatorIssue]
            values[key] = value if usual else _value(own.signal, value)
        return values, [each for each in answer.evidence if _points(each, subject)]

    def say(self, name: str, error: BaseException) -> None:
        """A broken detector fails at every post: one line now and then says it."""
        if time.monotonic() >= self._quiet.get(name, 0.0):
            self._quiet[name] = time.monotonic() + _QUIET_S
            log.warning("detector_failed", detector=name, error=repr(error)[:300])


def without_language(screening: Screening) -> Screening:
    """The screening where rules are to be judged by a language that was not found: as with a detector that failed."""
    if FOUND_LANGUAGE in screening.values:
        return screening
    values = {**screening.values, FOUND_LANGUAGE: UNKNOWN}
    return msgspec.structs.replace(screening, values=values, failed=(*screening.failed, "language"))


class _Found:
    """Collects the answers on one subject."""

    def __init__(self, screener: Screener, subject: Subject, known: Screening | None = None) -> None:
        self._screener = screener
        self._subject = subject
        self._values: dict[str, Value] = dict(known.values) if known else {}
        self._failed: list[str] = list(known.failed) if known else []
        self._evidence: list[Evidence] = list(known.evidence) if known else []

    def take(self, name: str, answer: Any) -> None:
        """One detector's answer, or what it raised."""
        error: BaseException
        if type(answer) is Findings and _is_empty(answer):
            return  # most detectors find nothing in most subjects
        if isinstance(answer, BaseException):
            error = answer
        else:
            try:
                values, evidence = self._screener.checked(name, answer, self._subject)
            except Exception as wrong:  # what others' code gives can be wrong in any way
                error = wrong
            else:
                self._values.update(values)
                self._evidence += evidence
                return
        self._failed.append(name)
        self._screener.say(name, error)

    def screening(self) -> Screening:
        """All of it."""
        return Screening(self._values, tuple(self._failed), tuple(self._evidence))


def _is_empty(answer: Findings) -> bool:
    """Whether nothing was found. What is of another type is not nothing: it is checked."""
    values, evidence = answer.values, answer.evidence
    return type(values) is dict and not values and type(evidence) is tuple and not evidence


def _at_once(detector: Detector, subject: Subject) -> Any:
    """The answer of a detector that says that it waits for nothing: one that does all the same would hold up every post."""
    try:
        running = detector.detect(subject)
        try:
            running.send(None)
        except StopIteration as done:
            return done.value
        running.close()
    except _STOP:
        raise
    except BaseException as error:  # a panic of a library in Rust is no Exception
        return error
    return TypeError("it waits, although it says that it does not")


async def _ask(detector: Detector, subject: Subject) -> Findings:
    return await detector.detect(subject)


def _answer(task: asyncio.Task[Findings]) -> Any:
    if not task.done():
        return TimeoutError("it took too long")
    if task.cancelled():
        return RuntimeError("it was cancelled")
    error = task.exception()
    return task.result() if error is None else error


def _ignore(task: asyncio.Task[Findings]) -> None:
    if not task.cancelled():
        task.exception()


class _Own(NamedTuple):
    """A detector's signal, and what its value mostly is: a number of this very type, up to this one."""

    signal: Signal
    plain: type[int | float] | None
    most: float


def _own(signal: Signal) -> _Own:
    if signal.kind is SignalKind.COUNT:
        return _Own(signal, int, _MOST_COUNT)
    if signal.kind in (SignalKind.NUMBER, SignalKind.SHARE):
        return _Own(signal, float, 1.0 if signal.kind is SignalKind.SHARE else sys.float_info.max)
    return _Own(signal, None, 0.0)


def _value(signal: Signal, value: Any) -> Value:
    """A signal's value in its own type."""
    kind = signal.kind
    if kind is SignalKind.FLAG:
        if isinstance(value, bool):
            return value
    elif kind is SignalKind.TEXT:
        if isinstance(value, str) and (not value or not signal.choices or value in signal.choices):
            return str(value)
    elif kind is SignalKind.LIST:
        if isinstance(value, tuple) and all(isinstance(part, str) for part in value):  # pyright: ignore[reportUnknownVariableType]
            parts = tuple(str(part) for part in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            if not signal.choices or all(part in signal.choices for part in parts):
                return parts
    elif isinstance(value, bool):
        pass
    elif kind is SignalKind.COUNT:
        if isinstance(value, int) and 0 <= value <= _MOST_COUNT:
            return int(value)
    elif isinstance(value, int | float) and math.isfinite(value) and value >= 0:
        if kind is SignalKind.NUMBER:
            return float(value)
        if value <= 1 + _ROUNDING:
            return min(float(value), 1.0)
    raise TypeError(f"{signal.name} cannot be {repr(value)[:80]}")


def _points(evidence: Any, subject: Subject) -> bool:
    """Whether evidence is of the right types and points into the subject."""
    return (
        isinstance(evidence, Evidence)
        and all(type(number) is int for number in (evidence.passage, evidence.start, evidence.end))
        and isinstance(evidence.signal, str)  # pyright: ignore[reportUnnecessaryIsInstance]
        and isinstance(evidence.note, str)  # pyright: ignore[reportUnnecessaryIsInstance]
        and isinstance(evidence.weight, int | float)  # pyright: ignore[reportUnnecessaryIsInstance]
        and math.isfinite(evidence.weight)
        and 0 <= evidence.passage < len(subject.passages)
        and 0 <= evidence.start <= evidence.end <= len(subject.passages[evidence.passage].text)
    )
