"""Looking at a published post again, when something new is known of it. Measuring takes its time and is done before; what
follows from it takes effect in the transaction of what is new."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from parvis.db.changes import Telling
from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.moderation.events import ScreeningRecord
from parvis.moderation.gate import AUDIENCES, Explain, concerned, ground, risk
from parvis.moderation.policy.evaluate import Judgement
from parvis.moderation.policy.versions import Active
from parvis.moderation.screen import Screener, Screening, without_language
from parvis.moderation.types import Passage, Subject, Value
from parvis.posts.gate import Answer, Ground
from parvis.posts.release import Releaser
from parvis.posts.restrict import Marks, restrict
from parvis.posts.types import Audience

SQL = load(__package__, "recheck.sql")

_HOLD = ("hold", "suspend", "refuse")
_MILD = frozenset(("queue", "blur", "limit", "label"))


class Look(msgspec.Struct, frozen=True):
    """What was measured on a post, and which version of it that was."""

    subject: Subject
    screening: Screening
    edited_at: datetime | None


class Recheck:
    """Measures published posts and acts on what the policy says of them now."""

    def __init__(self, db: Database, screener: Screener, explain: Explain, releaser: Releaser, model: str) -> None:
        self._db = db
        self._screener = screener
        self._explain = explain
        self._releaser = releaser
        self._model = model

    async def look(self, post_ids: Sequence[int], kind: str) -> dict[int, Look]:
        """Measure posts, as subjects of this kind. Those that are not there are left out."""
        rows = await self._db.all(SQL.posts_as_written, {"ids": list(post_ids)})
        subjects = [_subject(row, kind) for row in rows]
        found = await asyncio.gather(*(self._measure(subject) for subject in subjects))
        return {
            row.id: Look(subject, screening, row.edited_at)
            for row, subject, screening in zip(rows, subjects, found, strict=True)
        }

    async def _measure(self, subject: Subject) -> Screening:
        return await self._screener.with_language(subject, await self._screener.measure(subject), judged=False)

    async def lock(self, tx: Telling, look: Look) -> bool:
        """Whether the post is still published as it was measured; then nothing changes it before the transaction ends."""
        return await tx.maybe(SQL.unchanged_post, {"id": look.subject.id, "seen": look.edited_at}) is not None

    async def act(
        self, tx: Telling, look: Look, active: Active, values: Mapping[str, Value], *, known: str
    ) -> tuple[str, ...]:
        """Do what the policy asks for, given fresh `values` of the detector `known`; returns the marks (see `restrict`) that
        the post got. The strongest is to hold it: a machine alone removes nothing."""
        subject = look.subject
        screening = msgspec.structs.replace(
            look.screening,
            values={**look.screening.values, **values},
            failed=tuple(name for name in look.screening.failed if name != known),
        )
        if active.compiled.reads_language(screening.values, screening.failed):
            screening = without_language(screening)  # unless it was found before: nothing is waited for here
        judgement = active.compiled.judge(
            screening.values,
            concerned(screening.failed, subject),
            subject.kind,
            subject.audience,
            subject.language,
        )
        if not judgement.effects:
            return ()
        hold = not judgement.effects.isdisjoint(_HOLD)
        if hold:
            words = await self._explain(subject, screening, judgement)
            screening = msgspec.structs.replace(screening, evidence=(*screening.evidence, *words))
        policy = active.compiled.policy
        rule = policy.rule(judgement.rules[0]) if judgement.rules else None
        await ScreeningRecord(
            subject=subject,
            screening=screening,
            judgement=msgspec.structs.replace(
                judgement,
                answer=Answer.HOLD if hold else Answer.PUBLISH,
                effects=frozenset(("hold",)) if hold else judgement.effects & _MILD,
            ),
            rule=rule,
            policy=active.version,
            model=self._model,
            risk=risk(screening),
            kind="rescreened",
        ).write(tx)
        if hold:
            await self._releaser.hold(tx, subject.id, ground(rule))
            return ()
        effects = judgement.effects
        marks = Marks(blur="blur" in effects, limit="limit" in effects, labels=_labels(active, judgement))
        return await restrict(tx, subject.id, marks)


def _labels(active: Active, judgement: Judgement) -> tuple[Ground, ...]:
    rules = [active.compiled.policy.rule(match.rule) for match in judgement.matches if "label" in match.effects]
    return tuple(Ground(rule.id, rule.label["en"], rule.label["fr"]) for rule in rules if rule and rule.label)


def _subject(row: Any, kind: str) -> Subject:
    texts = (("text", row.source), ("spoiler", row.spoiler), *(("alt", words) for words in row.descriptions or ()))
    return Subject(
        kind=kind,
        id=row.id,
        account_id=row.account_id,
        at_ms=round(row.created_at.timestamp() * 1000),
        passages=tuple(Passage(field, text) for field, text in texts if text),
        media=tuple(name for name in row.files or () if name),
        audience=AUDIENCES[Audience(row.audience)],
        language=row.language,
        reply_to_account_id=row.reply_to_account_id,
        mention_ids=tuple(row.mention_ids),
    )
