"""The thresholds that the model card measures are those of the shipped policy."""

import re

import pytest

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.train.card import THRESHOLDS
from parvis.moderation.policy.load import load
from parvis.moderation.policy.rules import Rule
from parvis.moderation.policy.versions import shipped


def least(condition: str, category: str) -> float:
    """The threshold of a category where its figure alone is enough."""
    return max(float(number) for number in re.findall(rf"model\.{category} >= ([0-9.]+)", condition))


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_policy_asks_at_the_thresholds_that_were_measured(category: str) -> None:
    policy, problems = load(shipped())
    assert policy is not None, problems
    rules: list[Rule] = [rule for rule in policy.rules if f"model.{category}" in rule.when]
    (rule,) = rules
    assert "hold" in rule.effects
    assert least(rule.when, category) == THRESHOLDS[category].hold
    assert least(rule.review, category) == THRESHOLDS[category].review
