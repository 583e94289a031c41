"""Rules as they stood in the version of the policy that a decision was made under."""

import asyncio
from collections import OrderedDict

from parvis.kernel.errors import NotFound
from parvis.moderation.policy.load import load
from parvis.moderation.policy.rules import Policy, Rule
from parvis.moderation.policy.versions import Policies

_KEPT = 16  # versions made ready; they never change


class Archive:
    """Reads old versions, and keeps the last ones that were asked for."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._kept: OrderedDict[int, Policy] = OrderedDict()

    async def policy(self, version: int) -> Policy:
        """A version, readable even where it could not be used any more. NotFound where there is none, or where nothing
        of it can be read."""
        active = await self._policies.latest()
        if version == active.version:
            return active.compiled.policy
        kept = self._kept.get(version)
        if kept is None:
            kept = (await asyncio.to_thread(load, await self._policies.source(version)))[0]
            if kept is None:
                raise NotFound(f"Version {version} of the policy cannot be read by this release")
            self._kept[version] = kept
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return kept

    async def rule(self, rule_id: str, version: int | None) -> Rule | None:
        """A rule as it stood in a version; where it is not to be had from that one, as it stands now; None where there is
        none of that id."""
        if not rule_id:
            return None
        active = await self._policies.latest()
        if version is not None and version != active.version:
            try:
                rule = (await self.policy(version)).rule(rule_id)
            except NotFound:
                rule = None
            if rule is not None:
                return rule
        return active.compiled.policy.rule(rule_id)
