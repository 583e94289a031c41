"""The policy in the running application: its signals are those of the detectors, and of the page that explains them."""

import re
from pathlib import Path

from tests.cast import Town
from tests.signals import SIGNALS

from parvis.moderation.policy.check import examine
from parvis.moderation.policy.known import CONTEXT, Known
from parvis.moderation.policy.versions import shipped

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "write-house-rules.md"
_ROW = re.compile(r"^\| `([a-z_.]+)` \| (share|number|count|flag|text|list) \|", re.MULTILINE)
_RULE = re.compile(r"```toml\n((?:(?!```).)*?when = .*?|review = .*?)```", re.DOTALL)


def test_the_page_has_every_signal_with_its_type(town: Town):
    signals = [*town.parvis.screener.signals.values(), *CONTEXT]
    rows = _ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert len(rows) == len(dict(rows))
    assert dict(rows) == {one.name: one.kind.value for one in signals}


def test_what_other_tests_take_for_the_signals_are_the_signals(town: Town):
    assert {one.name: one.kind for one in SIGNALS} == {n: one.kind for n, one in town.parvis.screener.signals.items()}


def test_the_shipped_policy_has_no_problem_with_the_detectors_in_use(town: Town):
    detectors = [one.name for one in town.parvis.screener.detectors]
    policy, problems = examine(shipped(), Known(town.parvis.screener.signals.values()), detectors=detectors)
    assert problems == []
    assert policy is not None


def test_every_example_of_the_page_can_be_used(town: Town):
    known = Known(town.parvis.screener.signals.values())
    found = _RULE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(found) >= 7
    for number, example in enumerate(found):
        rule = example if example.startswith("[[rule]]") else _whole(number, example)
        _, problems = examine(f'[policy]\nname = "Page"\n{rule}', known)
        assert problems == [], example


def _whole(number: int, lines: str) -> str:
    effects = "" if "effects" in lines else 'effects = ["hold"]\n'
    return (
        f'[[rule]]\nid = "example-{number}"\ncategory = "hate"\ntitle = {{ en = "A", fr = "B" }}\n'
        f'text = {{ en = "A", fr = "B" }}\nground = {{ kind = "house" }}\n{lines}{effects}'
    )
