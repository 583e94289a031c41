"""Trying a policy on what was written lately, for whoever is about to activate it."""

import asyncio
from collections.abc import Mapping, Sequence

from parvis.db.pool import Database
from parvis.kernel.errors import Conflict, Invalid
from parvis.moderation.gate import concerned
from parvis.moderation.policy.archive import Archive
from parvis.moderation.policy.backtest import Report, backtest
from parvis.moderation.policy.rules import Policy
from parvis.moderation.policy.versions import Policies, Unusable
from parvis.moderation.screen import Screener
from parvis.moderation.types import Subject, Value
from parvis.settings import Moderation


class Trials:
    """Runs trials, one at a time in a process: each costs a core for as long as it lasts."""

    def __init__(
        self, db: Database, screener: Screener, policies: Policies, archive: Archive, settings: Moderation
    ) -> None:
        self._db = db
        self._screener = screener
        self._policies = policies
        self._archive = archive
        self._settings = settings
        self._running = False

    async def of_version(self, version: int, days: int) -> Report:
        """Try a saved version. NotFound where there is none of that number; Invalid where `days` is out of bounds; Conflict
        while another trial runs."""
        return await self._run(await self._archive.policy(version), days)

    async def of_text(self, source: str, days: int) -> Report:
        """Try a policy that is not saved. Unusable where it has errors; else as `of_version`."""
        policy, problems = await asyncio.to_thread(self._policies.examine, source)
        if policy is None:
            raise Unusable(problems)
        return await self._run(policy, days)

    async def _run(self, policy: Policy, days: int) -> Report:
        s = self._settings
        if not 1 <= days <= s.trial_days:
            raise Invalid("days", f"must be from 1 to {s.trial_days}", "ERR_INCLUSION")
        if self._running:
            raise Conflict("Another trial is running: please try again when it is done")
        self._running = True
        try:
            active = (await self._policies.latest()).compiled
            tried = await asyncio.to_thread(self._policies.compile, policy)

            async def screen(subject: Subject) -> tuple[Mapping[str, Value], Sequence[str]]:
                found = await self._screener.measure(subject)
                if any(each.reads_language(found.values, found.failed) for each in (tried, active)):
                    found = await self._screener.with_language(subject, found, judged=True)
                return found.values, concerned(found.failed, subject)

            return await backtest(
                self._db,
                screen,
                tried,
                active,
                days=days,
                limit=s.trial_posts,
                examples=s.trial_examples,
                seconds=s.trial_s,
            )
        finally:
            self._running = False
