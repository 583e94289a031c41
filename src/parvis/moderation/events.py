"""What moderation saw and did, as events that are never changed, and the cases that they open."""

from typing import Any

import msgspec

from parvis.db.pool import Verbs
from parvis.db.sql import load
from parvis.kernel.ids import new_id
from parvis.moderation.policy.evaluate import Judgement
from parvis.moderation.policy.rules import CATEGORIES, Rule
from parvis.moderation.screen import Screening
from parvis.moderation.types import Subject

SQL = load(__package__, "events.sql")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event, before it is written."""

    account_id: int
    subject_kind: str
    subject_id: int
    kind: str  # screened, rescreened, reported, released, upheld, contested, deleted, suspended, resumed
    actor_id: int | None = None
    policy: int | None = None
    model: str = ""
    answer: str = ""
    effects: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    note: str = ""
    findings: dict[str, Any] = {}

    async def write(self, tx: Verbs) -> int:
        """Append it; returns its id."""
        event_id = new_id()
        await tx.run(
            SQL.insert_event,
            {
                "id": event_id,
                "account": self.account_id,
                "subject_kind": self.subject_kind,
                "subject_id": self.subject_id,
                "kind": self.kind,
                "actor": self.actor_id,
                "policy": self.policy,
                "model": self.model,
                "answer": self.answer,
                "effects": list(self.effects),
                "rules": list(self.rules),
                "note": self.note,
                "findings": msgspec.json.encode(self.findings).decode(),
            },
        )
        return event_id


def subject_kind(kind: str) -> str:
    """The kind of subject that a kind of screening is about."""
    return {"edit": "post", "scan": "post", "report": "post", "alt": "post"}.get(kind, kind)


def gravity(rule: Rule | None) -> int:
    """How grave a rule's category is: higher is graver, 0 without a rule."""
    return len(CATEGORIES) - CATEGORIES.index(rule.category) if rule is not None else 0


class ScreeningRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one screening that was not plainly harmless: the event, the case that it opens, and the hold on its
    author, in the transaction that stores the subject."""

    subject: Subject
    screening: Screening
    judgement: Judgement
    rule: Rule | None
    policy: int | None
    model: str
    risk: int
    kind: str = "screened"
    texts: bool = False  # keep the texts: where the subject itself is not stored

    async def write(self, tx: Verbs) -> None:
        """See the class."""
        subject, judgement = self.subject, self.judgement
        event_id = await Event(
            account_id=subject.account_id,
            subject_kind=subject_kind(subject.kind),
            subject_id=subject.id,
            kind=self.kind,
            policy=self.policy,
            model=self.model,
            answer=judgement.answer.value,
            effects=tuple(sorted(judgement.effects)),
            rules=judgement.rules,
            findings=self._findings(),
        ).write(tx)
        if judgement.queued:
            case = {
                "account": subject.account_id,
                "subject_kind": subject_kind(subject.kind),
                "subject_id": subject.id,
            }
            await tx.run(
                SQL.open_case,
                {
                    **case,
                    "held": not judgement.effects.isdisjoint(("hold", "suspend")),
                    "category": self.rule.category if self.rule else "other",
                    "rule": self.rule.id if self.rule else "",
                    "gravity": gravity(self.rule),
                    "risk": self.risk,
                },
            )
            if self.kind == "rescreened":
                await tx.run(SQL.close_orphan, case)
        if "suspend" in judgement.effects:
            rule = next(match.rule for match in judgement.matches if "suspend" in match.effects)
            await tx.run(SQL.suspend_account, {"account": subject.account_id, "rule": rule, "event": event_id})

    def _findings(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "signals": self.screening.values,
            "failed": self.screening.failed,
            "evidence": self.screening.evidence,
            "fields": [passage.field for passage in self.subject.passages],
        }
        if self.texts:
            found["texts"] = [passage.text[:2000] for passage in self.subject.passages]
        if self.judgement.faults:
            found["faults"] = self.judgement.faults
        return found
