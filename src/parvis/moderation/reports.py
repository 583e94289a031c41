"""What members report. A report opens the case of each post that it names, and the gate looks at the post again with all
reports so far: both take effect together. Who reported is for moderators alone to see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from parvis.accounts.cache import Accounts
from parvis.db.changes import Changes, Telling
from parvis.db.pool import Database
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.ids import new_id
from parvis.kernel.text import clean
from parvis.moderation.events import SQL as EVENTS
from parvis.moderation.events import Event
from parvis.moderation.policy.rules import CATEGORIES as GROUNDS
from parvis.moderation.policy.rules import Rule
from parvis.moderation.policy.versions import Active, Policies
from parvis.moderation.recheck import Look, Recheck
from parvis.moderation.signals.reports import Reported, weigh
from parvis.posts.cache import Posts
from parvis.posts.restrict import lift
from parvis.posts.visibility import may_see
from parvis.relations.viewer import Viewers
from parvis.settings import Moderation

SQL = load(__package__, "reports.sql")

CATEGORIES = ("spam", "legal", "violation", "other")
_GROUNDS = {"spam": "spam", "legal": "illegal"}
"""The category of the case where no rule is named that has one."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report, as its reporter sees it."""

    id: int
    account_id: int  # who reports
    target_id: int
    post_ids: tuple[int, ...]
    category: str
    rule_ids: tuple[str, ...]
    comment: str
    forwarded: bool
    outcome: str | None  # None: open; helpful, unhelpful
    decided_at: datetime | None
    created_at: datetime


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """A report, as a moderator sees it."""

    report: Report
    username: str  # of who reports
    weight: float  # the share of their decided reports that proved right, with one right and one wrong lent
    open: bool


class _Taken(Exception):
    """The same member reported the same at the same moment: the transaction is undone."""


class Reports:
    """Takes reports in, says what became of them."""

    def __init__(
        self,
        db: Database,
        changes: Changes,
        accounts: Accounts,
        posts: Posts,
        viewers: Viewers,
        policies: Policies,
        recheck: Recheck,
        limits: Moderation,
    ) -> None:
        self._db = db
        self._changes = changes
        self._accounts = accounts
        self._posts = posts
        self._viewers = viewers
        self._policies = policies
        self._recheck = recheck
        self._limits = limits

    async def file(
        self,
        reporter_id: int,
        target_id: int,
        post_ids: Sequence[int] = (),
        category: str = "other",
        rule_ids: Sequence[str] = (),
        comment: str = "",
        *,
        forward: bool = False,
    ) -> Report:
        """File a report; one that adds nothing to the member's own open ones is the newest of those.

        NotFound where the account is not there or the member may not see one of the posts (absent and forbidden alike);
        Invalid for a post of somebody else, for oneself, for a category or a rule that is none, for what is too long or too
        many.
        """
        words, category, rules = await self._check(category, rule_ids, comment)
        target = await self._accounts.find(target_id)
        if target is None or not target.active:
            raise NotFound
        if target_id == reporter_id:
            raise Invalid("account_id", "can't be your own")
        ids = await self._reported(reporter_id, target_id, post_ids)
        # Without posts, the subject is the account.
        subjects = ids or [target_id]
        before = await self._open(reporter_id, subjects)
        fresh = [subject for subject in subjects if subject not in before]
        if not fresh:
            return await self.find(max(before.values()))
        looks = await self._recheck.look(fresh, "report") if ids else {}
        active = await self._policies.latest()
        report_id = new_id()
        given: dict[str, Any] = {
            "id": report_id,
            "reporter": reporter_id,
            "target": target_id,
            "posts": fresh if ids else [],
            "category": category,
            "rules": list(dict.fromkeys(rule_ids)),
            "comment": words,
            "forwarded": forward and not target.local,
        }
        try:
            async with self._changes.transaction() as tx:
                await tx.run(SQL.insert_report, given)
                taken = await tx.all(SQL.insert_subjects, {**given, "subjects": fresh})
                if not taken:
                    raise _Taken
                # In one order everywhere: two reports that name the same posts wait for each other.
                for subject_id in sorted(row.subject_id for row in taken):
                    await self._raise(tx, given, subject_id, "post" if ids else "profile", rules)
                    if subject_id in looks:
                        await self._look_again(tx, report_id, looks[subject_id], active)
                tx.tell(Kind.MODERATED, target_id)
        except _Taken:
            return await self.find(max((await self._open(reporter_id, subjects)).values()))
        return await self.find(report_id)

    async def find(self, report_id: int) -> Report:
        """One report. NotFound."""
        row = await self._db.maybe(SQL.report, {"id": report_id})
        if row is None:
            raise NotFound
        return _report(row)

    async def of_subject(self, subject_id: int, most: int = 100) -> list[Weighed]:
        """The reports of a post or an account, newest first, for moderators."""
        rows = await self._db.all(SQL.reports_of_subject, {"subject": subject_id, "most": most})
        return [
            Weighed(
                report=_report(row),
                username=row.username,
                weight=(row.helpful + 1) / (row.helpful + row.unhelpful + 2),
                open=row.open,
            )
            for row in rows
        ]

    async def decided(self, tx: Telling, subject_id: int, outcome: str, changed_at: datetime | None) -> None:
        """A case was decided, in the caller's transaction: its reports proved right (`uphold`) or not (`release`), and what
        they did to the post is taken back in the second case. The last word counts, also for those that were decided
        otherwise before; not where the subject was changed since then (`changed_at`), for they were not about this."""
        given = {"subject": subject_id, "outcome": outcome, "changed": changed_at}
        # Two subjects of one report that are decided at the same time: the second waits, and then knows of the first.
        await tx.run(SQL.lock_reports, given)
        decided = await tx.all(SQL.decide_subjects, given)
        if decided:
            await tx.run(SQL.decide_reports, {"ids": [row.report_id for row in decided]})
        if outcome == "release":
            row = await tx.one(SQL.take_marks, {"subject": subject_id})
            if row.marks:
                await lift(tx, subject_id, row.marks, row.since)

    async def _check(self, category: str, rule_ids: Sequence[str], comment: str) -> tuple[str, str, list[Rule]]:
        words = clean(comment)
        if len(words) > self._limits.report_comment:
            most = self._limits.report_comment
            raise Invalid("comment", f"is too long (maximum is {most} characters)", "ERR_TOO_LONG")
        if category not in CATEGORIES:
            raise Invalid("category", f"must be one of {', '.join(CATEGORIES)}", "ERR_INCLUSION")
        policy = (await self._policies.latest()).compiled.policy
        rules: list[Rule] = []
        for rule_id in rule_ids:
            rule = policy.broken(rule_id)
            if rule is None:
                raise Invalid("rule_ids", f"holds {rule_id[:60]!r}, which is no rule of this server", "ERR_INCLUSION")
            rules.append(rule)
        return words, "violation" if rule_ids else category, rules

    async def _reported(self, reporter_id: int, target_id: int, post_ids: Sequence[int]) -> list[int]:
        """The posts that a report is about: of an echo, what it echoes."""
        if len(post_ids) > self._limits.report_posts:
            raise Invalid("status_ids", f"can't be more than {self._limits.report_posts}", "ERR_TOO_MANY")
        found = await self._posts.find_many(post_ids)
        viewer = await self._viewers.find(reporter_id)
        ids: dict[int, None] = {}
        for post_id in post_ids:
            post = found.get(post_id)
            if post is None or not may_see(post, viewer):
                raise NotFound
            post = post.echo or post
            if not may_see(post, viewer):
                raise NotFound
            if post.account_id != target_id:
                raise Invalid("status_ids", "holds a post that is not of this account")
            ids[post.id] = None
        return list(ids)

    async def _open(self, reporter_id: int, subjects: Sequence[int]) -> dict[int, int]:
        given = {"reporter": reporter_id, "subjects": list(subjects)}
        return {row.subject_id: row.report_id for row in await self._db.all(SQL.open_subjects, given)}

    async def _raise(
        self, tx: Telling, report: dict[str, Any], subject_id: int, kind: str, rules: Sequence[Rule]
    ) -> None:
        """Open the case, or make it as grave as the report says that it is."""
        rule = min(rules, key=lambda rule: GROUNDS.index(rule.category), default=None)
        ground = rule.category if rule else _GROUNDS.get(report["category"], "other")
        await Event(
            account_id=report["target"],
            subject_kind=kind,
            subject_id=subject_id,
            kind="reported",
            rules=tuple(report["rules"]),
            findings={"report": str(report["id"]), "category": report["category"]},
        ).write(tx)
        case = {"account": report["target"], "subject_kind": kind, "subject_id": subject_id}
        await tx.run(
            EVENTS.open_case,
            {
                **case,
                "held": False,
                "category": ground,
                "rule": rule.id if rule else "",
                "gravity": 0 if ground == "other" else len(GROUNDS) - GROUNDS.index(ground),
                "risk": 0,
            },
        )
        if await tx.run(EVENTS.close_orphan, case):
            raise NotFound

    async def _look_again(self, tx: Telling, report_id: int, look: Look, active: Active) -> None:
        # The case is locked before its post, as decisions lock them. What is counted then includes this report.
        if not await self._recheck.lock(tx, look):
            return
        values = await weigh(tx, look.subject.id, self._limits.report_weighed)
        marks = await self._recheck.act(tx, look, active, values, known=Reported.name)
        if marks:
            await tx.run(SQL.mark_subject, {"id": report_id, "subject": look.subject.id, "marks": list(marks)})


def _report(row: Any) -> Report:
    return Report(
        id=row.id,
        account_id=row.account_id,
        target_id=row.target_id,
        post_ids=tuple(row.post_ids),
        category=row.category,
        rule_ids=tuple(row.rule_ids),
        comment=row.comment,
        forwarded=row.forwarded,
        outcome=row.outcome,
        decided_at=row.decided_at,
        created_at=row.created_at,
    )
