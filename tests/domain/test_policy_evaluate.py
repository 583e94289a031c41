"""What a policy says of signals: the shipped rules, the laws of evaluation, and that nothing is ever lost."""

import math
from importlib import resources
from typing import Any

import cel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.signals import KNOWN, SIGNALS

from parvis.moderation.policy.check import examine
from parvis.moderation.policy.condition import Unreadable, read
from parvis.moderation.policy.evaluate import Compiled, compile_policy
from parvis.moderation.policy.kinds import check as check_kinds
from parvis.moderation.policy.program import prepare
from parvis.moderation.policy.rules import Failure, Ground, Policy, Rule
from parvis.moderation.types import SignalKind, Value
from parvis.posts.gate import Answer

TEXTS = {"en": "A text", "fr": "Un texte"}


def shipped() -> Compiled:
    source = resources.files("parvis.moderation.policy").joinpath("default.toml").read_text(encoding="utf-8")
    policy, problems = examine(source, KNOWN)
    assert problems == []
    assert policy is not None
    return compile_policy(policy, KNOWN)


DEFAULT = shipped()


def rule(
    rule_id: str, when: str = "", effects: tuple[str, ...] = ("hold",), category: str = "hate", **more: Any
) -> Rule:
    return Rule(
        id=rule_id,
        category=category,
        title=TEXTS,
        text=TEXTS,
        ground=Ground(kind="house"),
        when=when,
        effects=effects,
        **more,
    )


def compiled(*rules: Rule, failure: Failure = Failure()) -> Compiled:  # noqa: B008 - frozen
    return compile_policy(Policy(name="test", rules=rules, failure=failure), KNOWN)


# The shipped policy ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "answer", "rules"),
    [
        ({}, Answer.PUBLISH, ()),
        ({"text.length": 400, "author.age_hours": 9000.0, "links.count": 2}, Answer.PUBLISH, ()),
        ({"model.hate": 0.49}, Answer.PUBLISH, ()),
        ({"model.hate": 0.7}, Answer.PUBLISH, ("hate",)),
        ({"model.hate": 0.85}, Answer.HOLD, ("hate",)),
        ({"patterns.slur": 1}, Answer.PUBLISH, ("hate",)),
        ({"patterns.slur": 1, "model.hate": 0.6}, Answer.HOLD, ("hate",)),
        ({"patterns.slur_weak": 3}, Answer.PUBLISH, ()),
        ({"model.dehumanisation": 0.95}, Answer.HOLD, ("dehumanisation",)),
        ({"patterns.incitement": 1}, Answer.HOLD, ("incitement",)),
        ({"model.threat": 0.95}, Answer.HOLD, ("threat",)),
        ({"model.harassment": 0.98}, Answer.HOLD, ("harassment",)),
        ({"model.glorification": 0.96}, Answer.HOLD, ("glorification",)),
        ({"patterns.terrorism": 1}, Answer.HOLD, ("terrorism",)),
        ({"patterns.terrorism_weak": 1}, Answer.PUBLISH, ("terrorism",)),
        ({"patterns.minors": 1}, Answer.HOLD, ("minors",)),
        ({"patterns.illegal": 1}, Answer.HOLD, ("illegal-goods",)),
        ({"links.listed": ("terrorism",), "author.age_hours": 900.0}, Answer.HOLD, ("terrorism", "spam")),
        ({"hashes.category": "minors", "hashes.exact": True}, Answer.HOLD, ("minors-known-file", "minors")),
        ({"hashes.category": "minors", "hashes.distance": 20}, Answer.HOLD, ("minors",)),
        ({"hashes.category": "intimate", "hashes.distance": 4}, Answer.HOLD, ("intimate-images",)),
        ({"near.outcome": "violation", "near.likeness": 0.95}, Answer.HOLD, ("decided-before",)),
        ({"near.outcome": "violation", "near.likeness": 0.75}, Answer.PUBLISH, ("decided-before",)),
        ({"near.outcome": "allowed", "near.likeness": 1.0}, Answer.PUBLISH, ()),
        ({"near.outcome": "allowed", "near.likeness": 1.0, "model.hate": 0.7}, Answer.PUBLISH, ()),
        ({"near.outcome": "allowed", "near.likeness": 1.0, "model.hate": 0.95}, Answer.HOLD, ("hate",)),
        ({"links.listed": ("phishing",), "author.age_hours": 2.0}, Answer.REFUSE, ("listed-links", "spam")),
        ({"links.listed": ("phishing",), "author.age_hours": 2000.0}, Answer.HOLD, ("spam",)),
        ({"links.mismatched": 1, "author.age_hours": 2000.0}, Answer.PUBLISH, ("spam",)),
        ({"links.shortened": 1, "author.age_hours": 2.0}, Answer.PUBLISH, ("spam",)),
        ({"links.shortened": 1, "author.age_hours": 2000.0}, Answer.PUBLISH, ()),
        ({"author.age_hours": 5.0, "author.strangers": 4, "links.count": 1}, Answer.HOLD, ("new-account-wave",)),
        ({"author.age_hours": 5.0, "author.strangers": 4}, Answer.PUBLISH, ()),
        ({"author.age_hours": 500.0, "author.strangers": 9, "links.count": 1}, Answer.PUBLISH, ()),
        ({"author.on_hold": True}, Answer.HOLD, ("account-under-review",)),
        ({"reports.count": 1, "reports.weight": 0.2}, Answer.PUBLISH, ("reported",)),
        ({"reports.count": 90, "reports.weight": 3.5}, Answer.PUBLISH, ("reported",)),
    ],
)
def test_the_shipped_policy(values: dict[str, Value], answer: Answer, rules: tuple[str, ...]):
    judged = DEFAULT.judge(values)
    assert (judged.answer, judged.rules) == (answer, rules)
    assert judged.faults == ()
    assert judged.queued == bool(rules and answer is not Answer.REFUSE)


def test_a_scan_takes_nobody_for_new_because_the_author_was_not_measured():
    assert DEFAULT.judge({"links.shortened": 3}, kind="scan").rules == ()
    assert DEFAULT.judge({"links.listed": ("phishing",)}, kind="scan").answer is Answer.HOLD


def test_reports_alone_hide_behind_a_click_and_remove_nothing():
    judged = DEFAULT.judge({"reports.count": 300, "reports.weight": 250.0}, kind="report")
    assert judged.answer is Answer.PUBLISH
    assert judged.effects == {"blur", "queue"}


def test_an_exact_known_file_of_abuse_stops_the_account_until_a_person_looks():
    assert "suspend" in DEFAULT.judge({"hashes.category": "minors", "hashes.exact": True}).effects


@pytest.mark.parametrize(
    ("failed", "answer"),
    [
        (["model"], Answer.PUBLISH),
        (["hashes"], Answer.HOLD),
        (["model", "patterns"], Answer.HOLD),
        (["x"], Answer.PUBLISH),
    ],
)
def test_what_cannot_be_looked_at_is_never_lost(failed: list[str], answer: Answer):
    judged = DEFAULT.judge({}, failed)
    assert judged.answer is answer
    assert judged.queued
    assert judged.failed == tuple(failed)


# Order and strength ---------------------------------------------------------------------------------------------------


def test_the_strongest_effect_is_first_then_the_gravest_category_then_the_file():
    policy = compiled(
        rule("soft", "model.threat > 0.5", ("queue",), "minors"),
        rule("insult", "model.hate > 0.5", ("hold",), "harassment"),
        rule("second", "model.hate > 0.4", ("hold",), "hate"),
        rule("third", "model.hate > 0.4", ("hold",), "hate"),
        rule("junk", "patterns.spam > 0", ("refuse",), "spam"),
    )
    values: dict[str, Value] = {"model.hate": 0.9, "model.threat": 0.9, "patterns.spam": 1}
    assert policy.judge(values).rules == ("junk", "second", "third", "insult", "soft")
    assert policy.judge(values).answer is Answer.REFUSE
    del values["patterns.spam"]
    assert policy.judge(values).answer is Answer.HOLD


def test_a_label_is_carried_and_publish_undoes_nothing():
    label = {"en": "Graphic", "fr": "Cru"}
    policy = compiled(
        rule("try-out", "model.hate > 0.1", ("publish",)),
        rule("graphic", "patterns.slur > 0", ("label", "blur"), label=label),
        rule("hate", "model.hate > 0.8"),
    )
    tried = policy.judge({"model.hate": 0.2})
    assert (tried.answer, tried.rules, tried.queued) == (Answer.PUBLISH, ("try-out",), False)
    marked = policy.judge({"patterns.slur": 1})
    assert (marked.answer, marked.labels) == (Answer.PUBLISH, (label,))
    assert policy.judge({"model.hate": 0.9}).answer is Answer.HOLD


def test_rules_that_are_off_or_without_a_condition_do_not_match():
    policy = compiled(rule("off", "model.hate > 0.1", enabled=False), rule("by-people"))
    assert policy.judge({"model.hate": 1.0}).rules == ()


def test_what_a_post_is_and_its_language_count():
    policy = compiled(rule("names", 'kind == "name" && patterns.slur_weak > 0 && language in ["fr", "en"]'))
    assert policy.judge({"patterns.slur_weak": 1}, kind="name", language="fr").rules == ("names",)
    assert policy.judge({"patterns.slur_weak": 1}, kind="name").rules == ()
    assert policy.judge({"patterns.slur_weak": 1}, kind="post", language="fr").rules == ()


def test_a_condition_can_speak_of_a_detector_that_failed():
    policy = compiled(
        rule("blind", '"model" in failed && author.violations > 0'), failure=Failure(effects=("publish",))
    )
    assert policy.judge({"author.violations": 1}, ["model"]).rules == ("blind",)
    assert policy.judge({"author.violations": 1}, ["near"]).rules == ()


# Faults ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [math.nan, "high", None, ("a",), 3.5j])
def test_a_value_that_is_none_queues_the_subject_and_is_reported(value: Any):
    for signal in ("model.hate", "patterns.slur", "links.listed", "author.on_hold"):
        if signal == "links.listed" and isinstance(value, tuple):
            continue
        judged = DEFAULT.judge({signal: value})
        assert judged.answer is Answer.PUBLISH
        assert judged.queued
        assert judged.faults and all(fault.rule in judged.rules for fault in judged.faults)


def test_numbers_of_other_types_are_read_as_what_the_signal_is():
    import numpy as np

    policy = compiled(rule("sum", "model.hate * 2.0 + author.age_hours > 3.5 && patterns.slur + 1 > 1"))
    for share, hours, count in ((1, 2, True), (np.float32(1), np.int64(2), np.int32(1)), (1.7, 2, 2**70)):
        judged = policy.judge({"model.hate": share, "author.age_hours": hours, "patterns.slur": count})  # pyright: ignore
        assert (judged.rules, judged.faults) == (("sum",), ())


def test_a_condition_that_breaks_at_run_time_queues():
    # The check refuses such a condition; a policy from elsewhere must still lose nothing.
    policy = compiled(rule("broken", "patterns.slur % links.count > 0"), rule("fine", "patterns.slur > 0"))
    judged = policy.judge({"patterns.slur": 1})
    assert judged.answer is Answer.HOLD
    assert judged.rules == ("fine", "broken")
    assert [fault.rule for fault in judged.faults] == ["broken"]


def test_a_detector_that_is_gone_leaves_the_rest_of_its_rule():
    policy = compiled(rule("mixed", "plugin.score > 0.5 || patterns.slur > 0"))
    assert policy.judge({"model.hate": 1.0}).rules == ()
    assert policy.judge({"patterns.slur": 1}).rules == ("mixed",)


def test_a_rule_that_cannot_be_read_is_named_and_the_others_hold():
    policy = compiled(rule("bad", "model.hate >"), rule("good", "model.hate > 0.5"))
    assert [fault.rule for fault in policy.broken] == ["bad"]
    assert policy.judge({"model.hate": 0.9}).rules == ("good",)


# Laws -----------------------------------------------------------------------------------------------------------------

_NUMBERS = ["model.hate", "model.threat", "author.age_hours", "reports.weight", "near.likeness"]
_COUNTS = ["patterns.slur", "links.count", "author.strangers"]
_LITERALS = ["0.0", "0.25", "0.5", "0.85", "1.0", "72.0"]

_number = st.recursive(
    st.sampled_from(_NUMBERS) | st.sampled_from(_LITERALS),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
    max_leaves=3,
)
_atom = st.one_of(
    st.builds("{} {} {}".format, _number, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), _number),
    st.builds("{} {} {}".format, st.sampled_from(_COUNTS), st.sampled_from(["<", ">=", ">", "=="]), st.integers(0, 4)),
    st.builds("{} {} {}".format, st.integers(0, 4), st.sampled_from(["<", ">=", ">", "=="]), st.sampled_from(_COUNTS)),
    st.builds("{} {} {}".format, st.sampled_from(_NUMBERS), st.sampled_from(["<", ">=", ">"]), st.integers(0, 2)),
    st.sampled_from(
        [
            "author.on_hold", "!hashes.exact", "true", "false", '"a" in links.listed', "size(links.listed) > 1",
            "links.listed == []", 'near.outcome == "violation"', 'near.outcome in ["allowed", ""]', 'kind == "post"',
            'kind.startsWith("p")', '"model" in failed', "size(failed) == 0", 'language != "fr"', 'audience.contains("l")',
            "double(patterns.slur) / 2.0 > 0.6", "patterns.slur % 2 == 1", "-model.hate < -0.5",
        ]
    ),
)  # fmt: skip
_condition = st.recursive(
    _atom,
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("{} && {} || {}".format, inner, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
    ),
    max_leaves=6,
)
_VALUES = {
    SignalKind.SHARE: st.floats(0, 1) | st.sampled_from([0.25, 0.5, 0.85, 1.0]),
    SignalKind.NUMBER: st.floats(0, 1e9) | st.sampled_from([0.25, 72.0]),
    SignalKind.COUNT: st.integers(0, 5),
    SignalKind.FLAG: st.booleans(),
    SignalKind.TEXT: st.sampled_from(["", "violation", "allowed", "minors"]),
    SignalKind.LIST: st.lists(st.sampled_from(["a", "b"]), max_size=3).map(tuple),
}
_values = st.fixed_dictionaries({}, optional={one.name: _VALUES[one.kind] for one in SIGNALS})
_failed = st.lists(st.sampled_from(["model", "hashes"]), max_size=2, unique=True)
_subject = st.tuples(
    st.sampled_from(["post", "name"]), st.sampled_from(["public", "direct"]), st.sampled_from(["fr", None])
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_condition, _condition), min_size=1, max_size=4), _values, _failed, _subject)
def test_leaving_out_what_is_at_rest_changes_nothing(
    conditions: list[tuple[str, str]], values: dict[str, Value], failed: list[str], subject: tuple[str, str, str | None]
):
    policy = compiled(*(rule(f"r{number}", when, review=review) for number, (when, review) in enumerate(conditions)))
    assert policy.broken == ()
    assert policy.judge(values, failed, *subject) == policy.judge_all(values, failed, *subject)


@settings(max_examples=200, deadline=None)
@given(_values, _failed, _subject)
def test_the_shipped_policy_is_the_same_with_everything_evaluated(
    values: dict[str, Value], failed: list[str], subject: tuple[str, str, str | None]
):
    assert DEFAULT.judge(values, failed, *subject) == DEFAULT.judge_all(values, failed, *subject)


@settings(max_examples=150, deadline=None)
@given(_condition, _values, _failed, _subject)
def test_what_the_check_passes_means_what_cel_means_by_it(
    condition: str, values: dict[str, Value], failed: list[str], subject: tuple[str, str, str | None]
):
    """Our reading of a condition, and CEL's own of the same text on nested values, agree; and neither ever raises."""
    faults: list[str] = []
    program = prepare(condition, KNOWN)
    check_kinds(program.root, condition, KNOWN, lambda code, *_: faults.append(code))
    if set(faults) - {"range_never", "range_always"}:
        return
    nested: dict[str, Any] = {}
    for one in SIGNALS:
        family, _, name = one.name.partition(".")
        value = values.get(one.name, one.kind.default)
        nested.setdefault(family, {})[name] = list(value) if isinstance(value, tuple) else value
    context = {"kind": subject[0], "audience": subject[1], "language": subject[2] or "", "failed": failed}
    theirs = cel.compile(condition).execute({**nested, **context})
    assert program.ask({**values, **context, "failed": tuple(failed)}) is theirs


@given(st.text(max_size=80) | st.text("()!&|<>=.\"' model.hate0123456789[],?:-+*/%in", max_size=60))
def test_reading_never_breaks(source: str):
    try:
        root = read(source)
    except Unreadable as fault:
        assert 0 <= fault.at <= len(source)
    else:
        assert root.end <= len(source)
