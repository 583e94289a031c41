"""Tries a policy on what was written lately: what it would have held, queued and refused, and what that costs people.

Both the tried policy and the one that holds judge the same signals, measured anew with the detectors of today: the age and
pace of an author are those at the time, decisions against them and reports are those of now. What was refused at the time was
never stored, so it is not among the posts. Nothing is changed by a trial.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.clock import now
from parvis.kernel.ids import MAX_ID, id_at, id_time
from parvis.kernel.text import shorten
from parvis.moderation.policy.evaluate import Compiled, Judgement
from parvis.moderation.policy.rules import Policy, Rule
from parvis.moderation.types import Passage, Subject, Value
from parvis.posts.gate import Answer
from parvis.posts.types import Audience

SQL = load(__package__, "backtest.sql")

Screen = Callable[[Subject], Awaitable[tuple[Mapping[str, Value], Sequence[str]]]]
"""Measures one subject: its signals, and the detectors that failed."""

_BATCH = 200  # posts read at once
_EXCERPT = 240
_AUDIENCES = ("public", "unlisted", "followers", "direct")


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A post that a rule matched."""

    post_id: int
    account_id: int
    at: datetime
    excerpt: str  # empty where the post is for followers or for those it mentions: the trial shows it to nobody
    answer: str  # publish, hold or refuse, by the policy that is tried
    before: str  # by the one that holds
    rules: tuple[str, ...]


class RuleTrial(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule did. A post counts once, under what the rule itself asks for."""

    rule: str
    matches: int = 0
    held: int = 0
    queued: int = 0  # published, and seen by a person afterwards
    refused: int = 0
    before: int = 0  # matches of the rule of that id in the policy that holds
    hours_a_day: float = 0.0  # of reviewers
    examples: tuple[Example, ...] = ()  # first those whose answer would change


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What one policy did with all posts."""

    published: int = 0
    queued: int = 0  # published, and seen by a person afterwards
    held: int = 0
    refused: int = 0
    hours_a_day: float = 0.0  # of reviewers: one case a post, as long as its longest rule


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a trial."""

    posts: int
    days: float  # that the posts span
    asked_days: int
    whole: bool  # whether all posts of the days that were asked for were tried
    tried: Totals
    before: Totals
    changed: dict[str, int]  # `publish to hold` and so on: how many posts would have had another answer
    rules: tuple[RuleTrial, ...]  # in the order of the policy, then those that only the policy that holds has
    failed: dict[str, int]  # posts on which a detector failed, by detector
    faults: tuple[str, ...]  # rules of the tried policy that could not be evaluated on some post


async def backtest(
    db: Database,
    screen: Screen,
    tried: Compiled,
    active: Compiled,
    *,
    days: int,
    limit: int,
    examples: int = 10,
    together: int = 16,
    seconds: float = math.inf,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Try `tried` against `active` on the posts of the last `days`, from the newest back, at most `limit` of them and no longer
    than about so many seconds.

    `together` posts are measured at a time. `progress` is told how many posts are done, of how many. May be cancelled at
    any time. Raises what `screen` raises, and Unavailable where the database is away.
    """
    began = now()
    since = id_at(began - timedelta(days=days))
    total = int((await db.one(SQL.posts_to_try, {"since": since, "limit": limit})).posts)
    count = _Count(tried.policy, active.policy, examples)
    done, before = 0, MAX_ID
    ends = time.monotonic() + seconds
    while done < total and (not done or time.monotonic() < ends):
        rows = await db.all(SQL.try_batch, {"since": since, "before": before, "limit": min(_BATCH, total - done)})
        if not rows:
            break
        for start in range(0, len(rows), together):
            some = rows[start : start + together]
            subjects = [_subject(row) for row in some]
            measured = await asyncio.gather(*(screen(subject) for subject in subjects))
            for row, subject, (values, failed) in zip(some, subjects, measured, strict=True):
                facts = (values, failed, "post", subject.audience, subject.language)
                count.add(row, tried.judge(*facts), active.judge(*facts))
        done += len(rows)
        before = rows[-1].id
        progress(done, max(total, done))
        await asyncio.sleep(0)
    whole = done < limit and (done >= total or time.monotonic() < ends)
    spanned = days if whole else max((began - id_time(before)).total_seconds() / 86400, 1 / 24)
    return count.report(spanned, days, whole)


def _subject(row: Any) -> Subject:
    """A post as detectors see it. As an edit, so that the record and the reports of its author are read, but it is not
    counted once more among their posts."""
    passages = [Passage("text", row.source), Passage("spoiler", row.spoiler)]
    passages += [Passage("alt", text) for text in row.descriptions or ()]
    return Subject(
        kind="edit",
        id=row.id,
        account_id=row.account_id,
        at_ms=int(row.created_at.timestamp() * 1000),
        passages=tuple(passage for passage in passages if passage.text),
        media=tuple(name for name in row.files or () if name),
        audience=_AUDIENCES[row.audience],
        language=row.language,
        reply_to_account_id=row.reply_to_account_id,
        mention_ids=tuple(row.mention_ids),
    )


class _RuleCount:
    def __init__(self) -> None:
        self.matches = self.held = self.queued = self.refused = self.before = 0
        self.new: list[Example] = []
        self.same: list[Example] = []


class _PolicyCount:
    """Counts what one policy does."""

    def __init__(self, policy: Policy) -> None:
        self._minutes = {rule.id: rule.minutes for rule in policy.rules}
        self.published = self.queued = self.held = self.refused = 0
        self.minutes = 0.0

    def add(self, judgement: Judgement) -> None:
        if judgement.answer is Answer.REFUSE:
            self.refused += 1
        elif judgement.answer is Answer.HOLD:
            self.held += 1
        else:
            self.published += 1
            self.queued += judgement.queued
        if judgement.queued:
            # A case without a rule is there because a detector failed.
            self.minutes += max((self._minutes[rule] for rule in judgement.rules), default=2.0)

    def totals(self, days: float) -> Totals:
        return Totals(
            published=self.published,
            queued=self.queued,
            held=self.held,
            refused=self.refused,
            hours_a_day=self.minutes / 60 / days,
        )


class _Count:
    """Sums up a trial."""

    def __init__(self, tried: Policy, active: Policy, most_examples: int) -> None:
        self._rules: dict[str, Rule] = {rule.id: rule for rule in (*active.rules, *tried.rules)}
        self._order = [*dict.fromkeys(rule.id for rule in (*tried.rules, *active.rules))]
        self._counts = {rule_id: _RuleCount() for rule_id in self._order}
        self._tried, self._active = _PolicyCount(tried), _PolicyCount(active)
        self._most = most_examples
        self._changed: dict[str, int] = {}
        self._failed: dict[str, int] = {}
        self._faults: set[str] = set()
        self._posts = 0

    def add(self, row: Any, tried: Judgement, active: Judgement) -> None:
        self._posts += 1
        self._tried.add(tried)
        self._active.add(active)
        if tried.answer is not active.answer:
            change = f"{active.answer.value} to {tried.answer.value}"
            self._changed[change] = self._changed.get(change, 0) + 1
        for name in tried.failed:
            self._failed[name] = self._failed.get(name, 0) + 1
        self._faults |= {fault.rule for fault in tried.faults}
        for rule in active.rules:
            self._counts[rule].before += 1
        for match in tried.matches:
            count = self._counts[match.rule]
            count.matches += 1
            count.refused += "refuse" in match.effects
            count.held += "refuse" not in match.effects and not {"hold", "suspend"}.isdisjoint(match.effects)
            count.queued += "queue" in match.effects and {"hold", "suspend", "refuse"}.isdisjoint(match.effects)
            kept = count.new if tried.answer is not active.answer else count.same
            if len(kept) < self._most:
                kept.append(_example(row, tried, active))

    def report(self, days: float, asked_days: int, whole: bool) -> Report:
        return Report(
            posts=self._posts,
            days=days,
            asked_days=asked_days,
            whole=whole,
            tried=self._tried.totals(days),
            before=self._active.totals(days),
            changed=dict(sorted(self._changed.items())),
            rules=tuple(self._rule(rule_id, days) for rule_id in self._order),
            failed=dict(sorted(self._failed.items())),
            faults=tuple(sorted(self._faults)),
        )

    def _rule(self, rule_id: str, days: float) -> RuleTrial:
        count = self._counts[rule_id]
        return RuleTrial(
            rule=rule_id,
            matches=count.matches,
            held=count.held,
            queued=count.queued,
            refused=count.refused,
            before=count.before,
            hours_a_day=(count.held + count.queued) * self._rules[rule_id].minutes / 60 / days,
            examples=tuple([*count.new, *count.same][: self._most]),
        )


def _example(row: Any, tried: Judgement, active: Judgement) -> Example:
    text = f"{row.spoiler} {row.source}".strip() if row.audience <= Audience.UNLISTED else ""
    return Example(
        post_id=row.id,
        account_id=row.account_id,
        at=row.created_at.astimezone(UTC),
        excerpt=shorten(text, _EXCERPT),
        answer=tried.answer.value,
        before=active.answer.value,
        rules=tried.rules,
    )
