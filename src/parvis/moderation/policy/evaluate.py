"""Signals in, the rules that match and what they ask for out. Pure: no I/O, no clock, safe in any thread."""

from collections.abc import Mapping, Sequence

import msgspec

from parvis.moderation.policy.condition import Unreadable
from parvis.moderation.policy.known import FOUND_LANGUAGE, Known
from parvis.moderation.policy.program import Program, prepare
from parvis.moderation.policy.rules import CATEGORIES, EFFECTS, Policy, Rule, Texts
from parvis.moderation.types import Value
from parvis.posts.gate import Answer

_FAULT = ("queue",)
"""What a rule asks for that could not be evaluated: a person looks, nothing is lost."""

_REVIEW = ("queue",)
_PLAIN = (float, int, bool, str)


class Match(msgspec.Struct, frozen=True):
    """A rule that matches, by which of its conditions, and what it asks for."""

    rule: str
    effects: tuple[str, ...]
    by: str = "when"  # when, review, or fault: it could not be evaluated


class Fault(msgspec.Struct, frozen=True):
    """A rule that could not be evaluated, and why."""

    rule: str
    reason: str


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy says of one subject."""

    answer: Answer
    effects: frozenset[str] = frozenset()
    matches: tuple[Match, ...] = ()  # the gravest first: by strongest effect, then by category
    labels: tuple[Texts, ...] = ()
    failed: tuple[str, ...] = ()  # detectors, whose effects by the policy's `[failure]` are in `effects`
    faults: tuple[Fault, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that match, the gravest first."""
        return tuple(match.rule for match in self.matches)

    @property
    def queued(self) -> bool:
        """Whether a person is to look at it (what is refused is not there to be looked at)."""
        return self.answer is not Answer.REFUSE and not self.effects.isdisjoint(("queue", "hold", "suspend"))


_NOTHING = Judgement(answer=Answer.PUBLISH)


class _Ready(msgspec.Struct, frozen=True):
    """One condition of a rule."""

    rule: Rule
    order: int
    by: str
    effects: tuple[str, ...]
    program: Program


class Compiled:
    """A policy made ready. One is made at each change of policy and shared by all that is screened."""

    def __init__(self, policy: Policy, known: Known, broken: Sequence[Fault], ready: Sequence[_Ready]) -> None:
        """See `compile_policy`."""
        self.policy = policy
        self.broken = tuple(broken)
        """Rules that cannot be read and are left out. There are none in a policy that was checked."""
        self._ready = tuple(ready)
        self._always = self._of_language = 0
        waking: dict[str, dict[float, int]] = {}
        for number, one in enumerate(self._ready):
            if one.program.guard is None:
                self._always |= 1 << number
            if FOUND_LANGUAGE in one.program.root.signals:
                self._of_language |= 1 << number
            for signal, limit in (one.program.guard or {}).items():
                limits = waking.setdefault(signal, {})
                limits[limit] = limits.get(limit, 0) | 1 << number
        self._waking = {name: (known.default(name), tuple(sorted(limits.items()))) for name, limits in waking.items()}

    def judge(
        self,
        values: Mapping[str, Value],
        failed: Sequence[str] = (),
        kind: str = "post",
        audience: str = "public",
        language: str | None = None,
    ) -> Judgement:
        """The judgement. `values` may leave out signals at their default; `failed` names the detectors that failed and had
        something to look at. Never raises: a rule that cannot be evaluated matches, with the effect `queue`."""
        waiting = self._waiting(values, failed)
        if not waiting and not failed:
            return _NOTHING
        given: dict[str, Value] = {**values, "kind": kind, "audience": audience, "language": language or ""}
        if failed:
            given["failed"] = tuple(failed)
        return self._judge(waiting, given, tuple(failed))

    def reads_language(self, values: Mapping[str, Value], failed: Sequence[str] = ()) -> bool:
        """Whether `judge` will evaluate a condition that names `text.language`: only then need it be found first."""
        return bool(self._of_language and self._of_language & self._waiting(values, failed))

    def _waiting(self, values: Mapping[str, Value], failed: Sequence[str]) -> int:
        """The conditions that have to be evaluated, a bit each."""
        waiting = self._always
        waking = self._waking
        for name, value in values.items():
            found = waking.get(name)
            if found is not None:
                waiting |= _woken(value, *found)
        if failed and "failed" in waking:
            waiting |= _woken(tuple(failed), *waking["failed"])
        return waiting

    def judge_all(
        self,
        values: Mapping[str, Value],
        failed: Sequence[str] = (),
        kind: str = "post",
        audience: str = "public",
        language: str | None = None,
    ) -> Judgement:
        """As `judge`, with every rule evaluated: what `judge` must agree with."""
        context: dict[str, Value] = {
            "kind": kind,
            "audience": audience,
            "language": language or "",
            "failed": tuple(failed),
        }
        return self._judge((1 << len(self._ready)) - 1, {**values, **context}, tuple(failed))

    def _judge(self, waiting: int, given: Mapping[str, Value], failed: tuple[str, ...]) -> Judgement:
        found: dict[str, tuple[int, Match]] = {}
        faults: list[Fault] = []
        while waiting:
            lowest = waiting & -waiting
            waiting ^= lowest
            one = self._ready[lowest.bit_length() - 1]
            before = found.get(one.rule.id)
            if before is not None and before[1].by == "when":
                continue
            match = _match(one, given, faults)
            if match is not None and (before is None or match.by != "fault"):
                found[one.rule.id] = (one.order, match)
        if not found and not failed:
            return _NOTHING
        return self._sum(list(found.values()), failed, faults)

    def _sum(self, found: list[tuple[int, Match]], failed: tuple[str, ...], faults: list[Fault]) -> Judgement:
        effects = {effect for _, match in found for effect in match.effects}
        for detector in failed:
            effects.update(self.policy.failure.of(detector))
        found.sort(key=lambda pair: (_strength(pair[1].effects), pair[0]))
        matches = tuple(match for _, match in found)
        labels = tuple(
            rule.label for match in matches if "label" in match.effects and (rule := self.policy.rule(match.rule))
        )
        return Judgement(
            answer=_answer(effects),
            effects=frozenset(effects),
            matches=matches,
            labels=labels,
            failed=failed,
            faults=tuple(faults),
        )


def compile_policy(policy: Policy, known: Known) -> Compiled:
    """Make a policy ready. Rules that are not enabled or have no condition are left out; so are those that cannot be read,
    which `broken` then names. A signal that no detector gives now is no reason to stop: what else the condition asks for
    still counts."""
    ready: list[_Ready] = []
    broken: list[Fault] = []
    width = len(policy.rules)
    for number, rule in enumerate(policy.rules):
        if not rule.enabled or not (rule.when or rule.review):
            continue
        order = CATEGORIES.index(rule.category) * width + number
        conditions = (("when", rule.when, rule.effects), ("review", rule.review, _REVIEW))
        try:
            programs = [(by, effects, prepare(source, known)) for by, source, effects in conditions if source]
        except Unreadable as fault:
            broken.append(Fault(rule.id, f"{fault.code} at character {fault.at + 1}"))
            continue
        except (ValueError, RuntimeError, TypeError) as error:
            broken.append(Fault(rule.id, str(error)[:200]))
            continue
        ready += [_Ready(rule, order, by, effects, program) for by, effects, program in programs]
    return Compiled(policy, known, broken, ready)


def _match(one: _Ready, given: Mapping[str, Value], faults: list[Fault]) -> Match | None:
    try:
        return Match(one.rule.id, one.effects, one.by) if one.program.ask(given) else None
    except Exception as error:  # whatever CEL raises, the subject must be judged
        if one.program.unknown:
            return None
        faults.append(Fault(one.rule.id, f"{type(error).__name__}: {error}"[:200]))
        return Match(one.rule.id, _FAULT, "fault")


def _woken(value: Value, default: Value, limits: tuple[tuple[float, int], ...]) -> int:
    """The conditions that have to be evaluated because a signal has this value."""
    plain = type(value) in _PLAIN
    if (value == default) if plain else (isinstance(value, tuple | list) and not value):
        return 0
    woken = 0
    for limit, conditions in limits:
        # What is of no plain type is looked at when the condition is evaluated.
        if limit and plain and not isinstance(value, str) and value < limit:  # pyright: ignore[reportOperatorIssue]
            break
        woken |= conditions
    return woken


def _strength(effects: tuple[str, ...]) -> int:
    return min((EFFECTS.index(effect) for effect in effects), default=len(EFFECTS))


def _answer(effects: set[str]) -> Answer:
    if "refuse" in effects:
        return Answer.REFUSE
    if "hold" in effects or "suspend" in effects:
        return Answer.HOLD
    return Answer.PUBLISH
