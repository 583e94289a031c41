"""The gate: what is written is measured, judged by the policy, and let through, held or refused, before anything is stored."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from parvis.kernel.errors import Unavailable
from parvis.moderation.events import ScreeningRecord
from parvis.moderation.policy.evaluate import Judgement
from parvis.moderation.policy.rules import Rule, said
from parvis.moderation.policy.versions import Policies
from parvis.moderation.screen import Screener, Screening
from parvis.moderation.types import Evidence, Passage, Subject, Value
from parvis.posts.gate import Answer, Ground, Submission, Text, Verdict
from parvis.posts.types import Audience

log = structlog.get_logger()

_STOP = (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit)

Explain = Callable[[Subject, Screening, Judgement], Awaitable[tuple[Evidence, ...]]]
"""Which words weighed in what the model found: asked only where a person will look."""


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate would say of a text, and why. Nothing of it is stored."""

    answer: str
    effects: tuple[str, ...]
    rules: tuple[str, ...]
    signals: dict[str, Value]
    evidence: tuple[Evidence, ...]
    failed: tuple[str, ...]
    policy: int
    model: str


class Gate:
    """Answers submissions; see `posts.gate.PublishGate`."""

    def __init__(
        self,
        screener: Screener,
        policies: Policies,
        explain: Explain,
        locale: Callable[[int], Awaitable[str]],
        model: str,
        seen: Callable[[str, float], None] = lambda answer, seconds: None,
    ) -> None:
        """`locale(account_id)` is the language that a member is spoken to in; `model` the version that is judged with;
        `seen` is told each answer and how long it took, in seconds."""
        self._screener = screener
        self._policies = policies
        self._explain = explain
        self._locale = locale
        self._model = model
        self._seen = seen

    async def ask(self, submission: Submission) -> Verdict:
        """The verdict. Where screening itself breaks, what was submitted is held for a person: never lost, never shown
        unseen."""
        began = time.perf_counter()
        try:
            verdict = await self._judge(submission)
        except _STOP:
            raise
        except BaseException as error:  # a panic of a library in Rust is no Exception
            log.exception("gate_broken", kind=submission.kind, error=repr(error)[:300])
            verdict = self._unscreened(submission)
        self._seen(verdict.answer.value, time.perf_counter() - began)
        return verdict

    async def explain(self, text: str, *, kind: str = "post", language: str | None = None) -> Explained:
        """What it would say of a text by nobody."""
        texts = (Text("name" if kind == "name" else "text", text),)
        subject = subject_of(Submission(kind=kind, account_id=0, subject_id=0, texts=texts, language=language))
        active = await self._policies.latest()
        screening = await self._screener.measure(subject)
        read = active.compiled.reads_language(screening.values, screening.failed)
        screening = await self._screener.with_language(subject, screening, judged=read)
        judgement = active.compiled.judge(screening.values, screening.failed, kind, subject.audience, language)
        words = await self._explain(subject, screening, judgement)
        return Explained(
            answer=judgement.answer.value,
            effects=tuple(sorted(judgement.effects)),
            rules=judgement.rules,
            signals=screening.values,
            evidence=(*screening.evidence, *words),
            failed=screening.failed,
            policy=active.version,
            model=self._model,
        )

    async def _judge(self, submission: Submission) -> Verdict:
        subject = subject_of(submission)
        active = await self._policies.latest()
        screening = await self._screener.measure(subject)
        if active.compiled.reads_language(screening.values, screening.failed):
            screening = await self._screener.with_language(subject, screening, judged=True)
        judgement = active.compiled.judge(
            screening.values,
            concerned(screening.failed, subject),
            subject.kind,
            subject.audience,
            subject.language,
        )
        if not judgement.effects:
            return Verdict(answer=Answer.PUBLISH, submission=submission, risk=risk(screening))
        rules = [rule for name in judgement.rules if (rule := active.compiled.policy.rule(name)) is not None]
        screening = await self._screener.with_language(subject, screening, judged=False)
        if judgement.answer is not Answer.PUBLISH:
            words = await self._explain(subject, screening, judgement)
            screening = msgspec.structs.replace(screening, evidence=(*screening.evidence, *words))
        record = ScreeningRecord(
            subject=subject,
            screening=screening,
            judgement=judgement,
            rule=rules[0] if rules else None,
            policy=active.version,
            model=self._model,
            risk=risk(screening),
            texts=judgement.answer is Answer.REFUSE or subject.kind in ("profile", "name"),
        )
        reason = ""
        if judgement.answer is not Answer.PUBLISH:
            reason = await self._reason(subject, rules)
            log.info("gate", answer=judgement.answer.value, kind=subject.kind, rules=judgement.rules)
        return Verdict(
            answer=judgement.answer,
            submission=submission,
            reason=reason,
            held=ground(rules[0] if rules else None) if judgement.answer is Answer.HOLD else None,
            labels=tuple(
                Ground(rule.id, rule.label["en"], rule.label["fr"])
                for rule in rules
                if "label" in rule.effects and "label" in judgement.effects and rule.label
            ),
            blur="blur" in judgement.effects,
            limited="limit" in judgement.effects,
            risk=risk(screening),
            record=record,
        )

    def _unscreened(self, submission: Submission) -> Verdict:
        """Held without a rule, for a person to look."""
        try:
            policy = self._policies.current.version
        except Unavailable:
            policy = None
        record = ScreeningRecord(
            subject=subject_of(submission),
            screening=Screening({}, ("gate",)),
            judgement=Judgement(answer=Answer.HOLD, effects=frozenset(("hold",)), failed=("gate",)),
            rule=None,
            policy=policy,
            model=self._model,
            risk=0,
            texts=submission.kind in ("profile", "name"),
        )
        held = ground(None)
        return Verdict(answer=Answer.HOLD, submission=submission, reason=held.en, held=held, record=record)

    async def _reason(self, subject: Subject, rules: list[Rule]) -> str:
        locale = await self._locale(subject.account_id) if subject.account_id else "en"
        if not rules:
            held = {
                "en": "This could not be checked at the moment",
                "fr": "Cela n'a pas pu être vérifié pour l'instant",
            }
            return said(held, locale)
        rule = rules[0]
        parts = [said(rule.title, locale), said(rule.text, locale), said(rule.message, locale)]
        return ". ".join(part.rstrip(".") for part in parts if part) + "."


def subject_of(submission: Submission) -> Subject:
    """What the detectors are shown of a submission."""
    return Subject(
        kind=submission.kind,
        id=submission.subject_id,
        account_id=submission.account_id,
        at_ms=time.time_ns() // 1_000_000 if submission.at_ms is None else submission.at_ms,
        passages=tuple(Passage(text.field, text.text) for text in submission.texts),
        media=tuple(name for name in submission.media_hashes if name),
        audience=AUDIENCES[Audience(submission.audience)],
        language=submission.language,
        reply_to_account_id=submission.reply_to_account_id,
        mention_ids=submission.mention_ids,
    )


AUDIENCES = {
    Audience.PUBLIC: "public",
    Audience.UNLISTED: "unlisted",
    Audience.FOLLOWERS: "followers",
    Audience.DIRECT: "direct",
}


def concerned(failed: tuple[str, ...], subject: Subject) -> tuple[str, ...]:
    """The failed detectors that had something to look at: where there is no picture, no list of pictures is missed."""
    return tuple(name for name in failed if (subject.media if name == "hashes" else subject.passages))


def risk(screening: Screening) -> int:
    """The highest probability that the model found, in thousandths."""
    shares = [value for name, value in screening.values.items() if name.startswith("model.")]
    return round(1000 * max((float(value) for value in shares if isinstance(value, float)), default=0.0))


def ground(rule: Rule | None) -> Ground:
    """A rule as those see it whose post it concerns."""
    if rule is None:
        return Ground("", "It could not be checked at the moment.", "Cela n'a pas pu être vérifié pour l'instant.")
    return Ground(rule.id, rule.title["en"], rule.title["fr"])
