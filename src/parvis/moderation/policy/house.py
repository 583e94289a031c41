"""The rules of the house as everybody reads them: before joining, in apps, on the page of the server. They are those of the
policy that holds, so that nobody is held to another text than the one that they could read."""

from typing import NamedTuple

from parvis.moderation.policy.rules import Policy, said


class HouseRule(NamedTuple):
    """A rule in one language. Its id is that of the policy, which stays when the rule is changed."""

    id: str
    text: str  # its title
    hint: str  # what it says


def house_rules(policy: Policy, locale: str) -> list[HouseRule]:
    """The rules that somebody can break, in the order of the policy; English where one is not in that language."""
    return [HouseRule(rule.id, said(rule.title, locale), said(rule.text, locale)) for rule in policy.breakable]
