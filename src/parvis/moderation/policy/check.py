"""Checks a policy before it is used: types, signals, conditions that say nothing, effects that are too strong."""

from collections.abc import Collection

from parvis.moderation.policy.cases import Case, Cases
from parvis.moderation.policy.condition import Node, Unreadable
from parvis.moderation.policy.guards import guard
from parvis.moderation.policy.kinds import check as check_kinds
from parvis.moderation.policy.known import ALWAYS_SET, Known, nearest
from parvis.moderation.policy.lines import Lines
from parvis.moderation.policy.load import load
from parvis.moderation.policy.problems import Problem, errors, problem
from parvis.moderation.policy.program import Program, at_rest, part, prepare
from parvis.moderation.policy.rules import Policy, Rule

Args = dict[str, str | int | float]

_SURE = ("hashes", "patterns.spam", "links.listed")
"""What may remove without a person: known files, known spam, listed links."""

_SAMPLED = (" (on the sample of cases that was tried)", " (sur l'échantillon de cas essayés)")


def examine(
    source: str, known: Known, *, detectors: Collection[str] = (), most_bytes: int = 262_144, most_rules: int = 500
) -> tuple[Policy | None, list[Problem]]:
    """Read and check a policy's file: the policy, None with errors; and all that is wrong, errors first."""
    policy, problems = load(source, most_bytes=most_bytes, most_rules=most_rules)
    if policy is not None:
        problems = [*problems, *check(policy, known, detectors=detectors, lines=Lines(source))]
    problems.sort(key=lambda one: (one.severity != "error", one.line))
    return (None if errors(problems) else policy), problems


def check(
    policy: Policy, known: Known, *, detectors: Collection[str] = (), lines: Lines | None = None
) -> list[Problem]:
    """What is wrong with a policy that was read, given the signals, the detectors' names and the lines of its file, the last
    two where they are known.

    Of a rule that is not enabled all is a warning: it may wait for a detector that is not there yet.
    """
    found = _failure(policy, detectors)
    for number, rule in enumerate(policy.rules):
        found += _Rule(rule, known, number, lines).check()
    return found


def _failure(policy: Policy, detectors: Collection[str]) -> list[Problem]:
    found: list[Problem] = []
    failure = policy.failure
    for name, effects in (("effects", failure.effects), *failure.detectors.items()):
        found += [
            problem("failure_effect", field=f"failure.{name}", args={"value": effect})
            for effect in effects
            if effect in ("refuse", "suspend", "label")
        ]
        if not effects:
            found.append(problem("empty", field=f"failure.{name}", args={"key": name}))
        if detectors and name != "effects" and name not in detectors:
            args = {"value": name, "hint": nearest(name, detectors)}
            found.append(problem("failure_detector", field="failure.detectors", warning=True, args=args))
    return found


class _Rule:
    """The check of one rule."""

    def __init__(self, rule: Rule, known: Known, number: int, lines: Lines | None) -> None:
        self._rule = rule
        self._known = known
        self._number = number
        self._lines = lines
        self._problems: list[Problem] = []

    def check(self) -> list[Problem]:
        rule = self._rule
        when = self._condition("when", rule.when) if rule.when else None
        review = self._condition("review", rule.review) if rule.review else None
        if when is not None and review is not None:
            self._review(when, review)
        self._effects(when)
        if rule.effects and not rule.when and not rule.review:
            self._say("condition_none", "when", warning=True)
        return self._problems

    def _say(self, code: str, field: str, args: Args | None = None, *, warning: bool = False) -> None:
        rule = self._rule
        warning = warning or not rule.enabled
        line = self._lines.rule(self._number, field) if self._lines else rule.line
        self._problems.append(problem(code, rule=rule.id, field=field, line=line, warning=warning, args=args))

    def _condition(self, field: str, source: str) -> Program | None:
        """The condition made ready, where there is no error in it."""
        try:
            program = prepare(source, self._known)
        except Unreadable as fault:
            self._say(fault.code, field, {"at": fault.at + 1, **fault.args_})
            return None
        except (ValueError, RuntimeError, TypeError) as error:
            self._say("condition_refused", field, {"reason": str(error)[:200]})
            return None
        before = len(self._problems)

        def report(code: str, node: Node, args: Args) -> None:
            self._say(code, field, {"at": node.start + 1, **args})

        check_kinds(program.root, source, self._known, report)
        if len(self._problems) > before:
            return None
        return program if self._sense(field, program) else None

    def _sense(self, field: str, program: Program) -> bool:
        """Whether the condition can be true, and can be false."""
        tried = self._cases(program)
        truth = tried.truth(program.root)
        if not truth.any():
            self._say("never", field, _sampled(tried), warning=not tried.exact)
            return False
        if truth.all():
            self._say("always", field, _sampled(tried))
            return False
        self._rest(field, program)
        return True

    def _cases(self, *programs: Program, rest: Collection[str] | None = None) -> Cases:
        parts: dict[Node, Program] = {}

        def ask(node: Node, case: Case) -> bool:
            if node not in parts:
                parts[node] = part(node, self._known)
            return parts[node].ask(case)

        return Cases([program.root for program in programs], self._known, ask, rest=rest)

    def _rest(self, field: str, program: Program) -> None:
        """A condition must not be true of a subject on which nothing was found, whatever it is."""
        tried = self._cases(program, rest=ALWAYS_SET)
        truth = tried.truth(program.root)
        if truth.any():
            case = tried.first(truth)
            where = ", ".join(f"{name} = {value}" for name, value in case.items() if name in ALWAYS_SET)
            args: Args = {"where_en": f" where {where}", "where_fr": f" où {where}"}
            self._say("at_default", field, args if where else {"where_en": "", "where_fr": ""})

    def _review(self, when: Program, review: Program) -> None:
        tried = self._cases(when, review)
        if not (tried.truth(review.root) & ~tried.truth(when.root)).any():
            self._say("review_idle", "review", _sampled(tried), warning=True)

    def _effects(self, when: Program | None) -> None:
        rule = self._rule
        if rule.when and not rule.effects:
            self._say("effects_none", "effects")
        if "publish" in rule.effects and len(rule.effects) > 1:
            self._say("effects_publish", "effects", warning=True)
        if rule.review and set(rule.effects) <= {"queue", "publish"} and rule.when:
            self._say("effects_review", "review", warning=True)
        for other in rule.effects:
            if "refuse" in rule.effects and other in ("hold", "blur", "limit", "label", "queue"):
                self._say("effects_refuse", "effects", {"other": other}, warning=True)
        if "label" in rule.effects and not rule.label:
            self._say("label_text", "label")
        if rule.label and "label" not in rule.effects:
            self._say("label_unused", "label", warning=True)
        if "refuse" in rule.effects and rule.category != "spam" and when is not None and not self._needs(when, _SURE):
            self._say("machine_alone", "effects")
        if "suspend" in rule.effects and when is not None:
            others = {name for name in self._known.signals if not name.startswith("model.")} - {"failed"}
            if not self._needs(when, others):
                self._say("machine_suspends", "effects")

    def _needs(self, program: Program, only: Collection[str]) -> bool:
        """Whether the condition cannot be true unless one of these signals says something."""
        return guard(program.root, lambda node: at_rest(node, self._known), only) is not None


def _sampled(tried: Cases) -> Args:
    english, french = ("", "") if tried.exact else _SAMPLED
    return {"sampled_en": english, "sampled_fr": french}
