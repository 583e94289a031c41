"""What people decide on cases. Each decision takes effect in its own transaction, is one event, and teaches the gate: the
like of what was decided is recognised from the next post on."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from parvis.db.changes import Changes, Telling
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from parvis.kernel.text import clean
from parvis.moderation.events import Event, gravity
from parvis.moderation.gate import ground
from parvis.moderation.policy.rules import Policy, Rule
from parvis.moderation.policy.versions import Policies
from parvis.moderation.signals import near
from parvis.moderation.signals.images import remember_media
from parvis.posts.release import Releaser
from parvis.settings import Moderation

SQL = load(__package__, "decisions.sql")

_OUTCOMES = ("release", "uphold")


class Decisions:
    """Releases, upholds, hears who contests."""

    def __init__(
        self,
        changes: Changes,
        releaser: Releaser,
        policies: Policies,
        settings: Moderation,
        decided: Callable[[Telling, int, str, datetime | None], Awaitable[None]],
    ) -> None:
        """`settings` bound what a person writes; `decided(tx, subject, outcome, changed_at)` is told of each, in its
        transaction."""
        self._changes = changes
        self._releaser = releaser
        self._policies = policies
        self._settings = settings
        self._most_note = settings.max_note
        self._decided = decided

    async def decide(
        self, actor_id: int, kind: str, subject_id: int, outcome: str, note: str = "", rule: str = ""
    ) -> None:
        """Decide an open case: `release` (no violation: what is held is published with its original time) or `uphold` (a
        violation: what is held stays out of sight, what was published goes out of sight).

        `rule` is the one of the active policy that was broken; without it that of the case, where somebody can break that
        one. A release needs none.

        NotFound without an open case; Forbidden on a case of one's own; Invalid for another outcome, a rule that is none or
        not said, or a note that is too long; Conflict where the post changed meanwhile.
        """
        if outcome not in _OUTCOMES:
            raise Invalid("outcome", f"must be one of {', '.join(_OUTCOMES)}", "ERR_INCLUSION")
        note = self._noted(note)
        active = await self._policies.latest()
        policy = active.compiled.policy
        chosen = _broken(policy, rule) if outcome == "uphold" and rule else None
        async with self._changes.transaction() as tx:
            row = await tx.maybe(SQL.case_for_decision, {"kind": kind, "subject": subject_id})
            if row is None:
                raise NotFound
            if row.account_id == actor_id:
                raise Forbidden("Nobody decides on what is their own")
            if outcome == "uphold" and chosen is None:
                chosen = _broken(policy, row.rule, said=False)
            applied = chosen.id if chosen else row.rule
            category = chosen.category if chosen else row.category
            event_id = await Event(
                account_id=row.account_id,
                subject_kind=kind,
                subject_id=subject_id,
                kind="released" if outcome == "release" else "upheld",
                actor_id=actor_id,
                policy=active.version if chosen else None,
                rules=(applied,) if applied else (),
                note=note,
            ).write(tx)
            closed = {
                "account": row.account_id,
                "kind": kind,
                "subject": subject_id,
                "held": await self._apply(tx, row, chosen),
                "rule": applied,
                "category": category,
                "gravity": gravity(chosen) if chosen else row.gravity,
            }
            await tx.run(SQL.close_case, closed)
            await self._decided(tx, subject_id, outcome, row.changed_at)
            await self._remember(tx, row, outcome, category, event_id)
            tx.tell(Kind.MODERATED, row.account_id)

    async def _apply(self, tx: Telling, row: Any, broken: Rule | None) -> bool:
        """Whether the subject is held afterwards, for the rule that was broken."""
        if row.subject_kind != "post":
            return False
        if broken is None:
            if row.post_state == 1 and not await self._releaser.release(tx, row.subject_id):
                raise Conflict("This post was changed or deleted meanwhile")
            return False
        if row.post_state == 0:
            await self._releaser.hold(tx, row.subject_id, ground(broken))
        elif row.post_state == 1:
            await self._releaser.say(tx, row.subject_id, ground(broken))
        return True

    async def _remember(self, tx: Telling, row: Any, outcome: str, category: str, event_id: int) -> None:
        """What the post says is what was decided on. Only where it says nothing is it the pictures, and their words: beside a
        threat, the picture of a cat is innocent."""
        word = "allowed" if outcome == "release" else "violation"
        texts = [row.source] if row.source else [row.spoiler, *(row.descriptions or ())]
        for text in texts:
            if text:
                await near.remember(tx, text, word, category, event_id, row.subject_id)
        if not row.source and row.originals:
            files = [name for name in row.originals if name]
            await remember_media(tx, files, word, category, event_id, self._settings)

    async def contest(self, account_id: int, post_id: int, words: str) -> None:
        """The author contests that a post is held: a person looks (again). NotFound where nothing of theirs is held;
        Conflict where they did already; Invalid where nothing is said or too much."""
        words = self._noted(words)
        if not words:
            raise Invalid("words", "can't be blank", "ERR_BLANK")
        async with self._changes.transaction() as tx:
            mine = await tx.maybe(SQL.held_of_author, {"account": account_id, "subject": post_id})
            if mine is None or not mine.held:
                raise NotFound
            if await tx.maybe(SQL.contest_case, {"account": account_id, "subject": post_id}) is None:
                raise Conflict("This was contested already")
            await Event(
                account_id=account_id,
                subject_kind="post",
                subject_id=post_id,
                kind="contested",
                actor_id=account_id,
                rules=(mine.rule,) if mine.rule else (),
                note=words,
            ).write(tx)

    async def resume(self, actor_id: int, account_id: int, note: str = "") -> None:
        """A person has looked at an account that a rule suspended: what it writes is no longer held for that. NotFound
        where it is not suspended; Forbidden for one's own."""
        if actor_id == account_id:
            raise Forbidden("Nobody decides on what is their own")
        async with self._changes.transaction() as tx:
            row = await tx.maybe(SQL.resume_account, {"account": account_id})
            if row is None:
                raise NotFound
            await Event(
                account_id=account_id,
                subject_kind="account",
                subject_id=account_id,
                kind="resumed",
                actor_id=actor_id,
                rules=(row.rule,),
                note=self._noted(note),
            ).write(tx)
            tx.tell(Kind.MODERATED, account_id)

    def _noted(self, text: str) -> str:
        words = clean(text)
        if len(words) > self._most_note:
            raise Invalid("note", f"is too long (maximum is {self._most_note} characters)", "ERR_TOO_LONG")
        return words


def _broken(policy: Policy, rule_id: str, *, said: bool = True) -> Rule:
    """The rule that a violation breaks, as a person said or as the case has it."""
    rule = policy.broken(rule_id)
    if rule is None and said:
        raise Invalid("rule", f"holds {rule_id[:60]!r}, which is no rule that can be broken here", "ERR_INCLUSION")
    if rule is None:
        raise Invalid("rule", "must say which rule was broken: no such rule opened this case", "ERR_BLANK")
    return rule
