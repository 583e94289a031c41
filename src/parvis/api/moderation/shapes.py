"""What the moderation calls answer with: ids are strings, moments ISO 8601, as in the rest of the API."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from parvis.kernel.clock import iso
from parvis.moderation.policy.backtest import Example, Report
from parvis.moderation.policy.problems import Problem
from parvis.moderation.policy.rules import Rule
from parvis.moderation.policy.versions import Version
from parvis.moderation.queue import Case, Happening, Waiting
from parvis.moderation.reports import Weighed
from parvis.moderation.scan import Progress
from parvis.moderation.scans import Scan
from parvis.moderation.statement import Statement
from parvis.moderation.types import Evidence, Passage


def when(moment: datetime | None) -> str | None:
    """A moment, or nothing."""
    return None if moment is None else iso(moment)


def ident(number: int | None) -> str | None:
    """An id, or nothing."""
    return None if number is None else str(number)


def waiting(case: Waiting) -> dict[str, Any]:
    """A case in the queue."""
    return {
        "kind": case.kind,
        "id": str(case.subject_id),
        "account": {"id": str(case.account_id), "username": case.username, "display_name": case.display_name},
        "held": case.held,
        "category": case.category,
        "rule": case.rule or None,
        "gravity": case.gravity,
        "risk": case.risk / 1000,
        "contested_at": when(case.contested_at),
        "opened_at": when(case.opened_at),
        "visibility": case.audience,
        "language": case.language,
        "media_count": case.media,
        "excerpt": case.excerpt,
    }


def whole_case(case: Case, rules: Iterable[Rule], reports: Iterable[Weighed]) -> dict[str, Any]:
    """A case with all that is known of it."""
    author, post, parent = case.author, case.post, case.parent
    return {
        "kind": case.kind,
        "id": str(case.subject_id),
        "open": case.open,
        "held": case.held,
        "category": case.category,
        "rule": case.rule or None,
        "gravity": case.gravity,
        "risk": case.risk / 1000,
        "contested_at": when(case.contested_at),
        "opened_at": when(case.opened_at),
        "updated_at": when(case.updated_at),
        "texts": texts(case.passages, case.evidence),
        "changed": case.changed,
        "post": None
        if post is None
        else {
            "visibility": post.audience,
            "language": post.language,
            "held": post.held,
            "created_at": when(post.created_at),
            "edited_at": when(post.edited_at),
            "media": [
                {"description": one.description, "file": one.original, "preview": one.small} for one in post.pictures
            ],
        },
        "in_reply_to": None
        if parent is None
        else {
            "id": str(parent.id),
            "username": parent.username,
            "text": parent.text,
            "created_at": when(parent.at),
        },
        "rules": [rule(one) for one in rules],
        "signals": case.found.signals,
        "failed": case.found.failed,
        "policy": case.policy,
        "model": case.model or None,
        "events": [happening(event) for event in case.happenings],
        "reports": [report_of(one) for one in reports],
        "account": {
            "id": str(author.id),
            "username": author.username,
            "display_name": author.display_name,
            "created_at": when(author.joined),
            "active": author.active,
            "statuses_count": author.posts,
            "upheld": author.upheld,
            "released": author.released,
            "contested": author.contested,
            "refused": author.refused,
            "open_cases": author.open,
            "stopped_by": author.hold_rule,
            "stopped_at": when(author.hold_since),
            "other_cases": [
                {
                    "kind": one.kind,
                    "id": str(one.subject_id),
                    "held": one.held,
                    "category": one.category,
                    "rule": one.rule or None,
                    "opened_at": when(one.opened_at),
                }
                for one in author.others
            ],
        },
    }


def texts(passages: Iterable[Passage], evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    """Passages with what weighed in each: places are in characters (code points)."""
    pieces = list(evidence)
    return [
        {
            "field": passage.field,
            "text": passage.text,
            "evidence": [
                {"signal": one.signal, "start": one.start, "end": one.end, "weight": one.weight, "note": one.note}
                for one in pieces
                if one.passage == number
            ],
        }
        for number, passage in enumerate(passages)
    ]


def happening(event: Happening) -> dict[str, Any]:
    """An event of a case."""
    return {
        "id": str(event.id),
        "kind": event.kind,
        "at": when(event.at),
        "by": None if event.actor_id is None else {"id": str(event.actor_id), "username": event.actor},
        "policy": event.policy,
        "model": event.model or None,
        "answer": event.answer or None,
        "effects": event.effects,
        "rules": event.rules,
        "note": event.note,
    }


def report_of(one: Weighed) -> dict[str, Any]:
    """A member's report, for moderators."""
    return {
        "id": str(one.report.id),
        "by": {"id": str(one.report.account_id), "username": one.username},
        "category": one.report.category,
        "rules": one.report.rule_ids,
        "comment": one.report.comment,
        "weight": one.weight,
        "open": one.open,
        "created_at": when(one.report.created_at),
    }


def rule(one: Rule) -> dict[str, Any]:
    """A house rule."""
    return msgspec.to_builtins(one)


def problem(one: Problem) -> dict[str, Any]:
    """What is wrong with a policy."""
    return {
        "severity": one.severity,
        "code": one.code,
        "rule": one.rule or None,
        "field": one.field or None,
        "line": one.line or None,
        "english": one.english,
        "french": one.french,
    }


def version(one: Version) -> dict[str, Any]:
    """A saved version, without its text."""
    return {
        "version": one.version,
        "active": one.active,
        "shipped": one.shipped,
        "saved_by": ident(one.account_id),
        "note": one.note,
        "created_at": when(one.created_at),
        "bytes": one.bytes,
        "activated_at": when(one.activated_at),
        "activated_by": ident(one.activated_by),
        "reason": one.reason,
    }


def trial(report: Report) -> dict[str, Any]:
    """The outcome of a trial."""
    shown: dict[str, Any] = msgspec.to_builtins(report)
    for row, one in zip(shown["rules"], report.rules, strict=True):
        row["examples"] = [_example(example) for example in one.examples]
    return shown


def _example(example: Example) -> dict[str, Any]:
    return {
        "id": str(example.post_id),
        "account_id": str(example.account_id),
        "created_at": when(example.at),
        "excerpt": example.excerpt,
        "answer": example.answer,
        "before": example.before,
        "rules": example.rules,
    }


def scan(one: Scan, progress: Progress | None = None) -> dict[str, Any]:
    """A scan of the archive, with how far it came."""
    shown: dict[str, Any] = {
        "id": str(one.id),
        "policy": one.policy,
        "model": one.model or None,
        "dry": one.dry,
        "started_at": when(one.started_at),
        "ended_at": when(one.ended_at),
        "stopped": one.stopped or None,
    }
    if progress is not None:
        shown |= {
            "posts": progress.posts,
            "screened": progress.screened,
            "held": progress.held,
            "queued": progress.queued,
            "rules": progress.rules,
            "examples": progress.examples,
            "done": progress.done,
        }
    return shown


def statement(one: Statement) -> dict[str, Any]:
    """What the author of a held post is told."""
    found = one.rule
    return {
        "id": str(one.post_id),
        "state": one.state,
        "rule": None
        if found is None
        else {
            "id": found.id,
            "title": found.title,
            "text": found.text,
            "message": found.message,
            "ground": msgspec.to_builtins(found.ground),
        },
        "by_machine": one.by_machine,
        "may_contest": one.may_contest,
        "opened_at": when(one.opened_at),
        "contested_at": when(one.contested_at),
        "decided_at": when(one.decided_at),
        "texts": texts(one.passages, one.evidence),
    }
