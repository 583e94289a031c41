"""Every fault in a policy is named: with its rule, its line, and a sentence in both languages; and what is right passes."""

import time
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.signals import KNOWN

from parvis.moderation.policy.check import examine
from parvis.moderation.policy.evaluate import compile_policy
from parvis.moderation.policy.load import load
from parvis.moderation.policy.problems import Problem, problem
from parvis.moderation.policy.sentences import SENTENCES
from parvis.moderation.policy.versions import shipped

HEAD = '[policy]\nname = "Test"\n'
RULE = """
[[rule]]
id = "first"
category = "hate"
title = { en = "No hate", fr = "Pas de haine" }
text = { en = "Do not hate.", fr = "Ne haïssez pas." }
ground = { kind = "house" }
when = "model.hate >= 0.85"
effects = ["hold"]
"""


def problems(source: str) -> list[Problem]:
    return examine(source, KNOWN, detectors=("model", "hashes", "patterns"))[1]


def when(condition: str, **lines: str) -> str:
    """A policy of one rule with this condition; other lines of the rule by name, as TOML."""
    found = HEAD
    for line in RULE.splitlines(keepends=True):
        key = line.partition(" = ")[0]
        if key == "when":
            line = f"when = '''{condition}'''\n"
        found += f"{key} = {lines.pop(key)}\n" if key in lines else line
    return found + "".join(f"{key} = {value}\n" for key, value in lines.items())


def codes(source: str) -> list[str]:
    return [one.code for one in problems(source)]


def test_a_right_policy_has_no_problem():
    policy, found = examine(HEAD + RULE, KNOWN)
    assert found == []
    assert policy is not None
    assert policy.rules[0].line == 4


# The file -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "code", "field", "line"),
    [
        ('id = "first"\n', "", "key_missing", "", 4),
        ('id = "first"', 'id = "First rule"', "id", "id", 5),
        ('id = "first"', "id = 7", "type", "id", 5),
        ('category = "hate"', 'category = "hatred"', "choice", "category", 6),
        ('title = { en = "No hate", fr = "Pas de haine" }', 'title = { en = "No hate" }', "text_missing", "title", 7),
        ('fr = "Ne haïssez pas."', 'fr = "  "', "text_missing", "text", 8),
        ('text = { en = "Do not hate.", fr = "Ne haïssez pas." }', 'text = "Do not hate."', "type", "text", 8),
        ('en = "Do not hate."', "en = 3", "type", "text", 8),
        ('en = "Do not hate."', 'english = "x", en = "Do not hate."', "language", "text", 8),
        ('{ kind = "house" }', '{ kind = "habit" }', "choice", "ground", 9),
        ('{ kind = "house" }', '{ kind = "law" }', "law_reference", "ground", 9),
        ('{ kind = "house" }', '{ kind = "house", jurisdiction = "France" }', "jurisdiction", "ground", 9),
        ('{ kind = "house" }', '{ kind = "house", since = 3 }', "key_unknown", "ground", 9),
        ('effects = ["hold"]', 'effects = ["holds"]', "choice", "effects", 11),
        ('effects = ["hold"]', 'effects = "hold"', "type", "effects", 11),
        ('effects = ["hold"]', 'effects = ["hold"]\nminutes = -1', "minutes", "minutes", 12),
        ('effects = ["hold"]', "effects = ['hold']\nminutes = nan", "minutes", "minutes", 12),
        ('effects = ["hold"]', 'effects = ["hold"]\nenabled = "no"', "type", "enabled", 12),
        ('effects = ["hold"]', 'effects = ["hold"]\nwhenever = "x"', "key_unknown", "whenever", 12),
        ('effects = ["hold"]', 'effects = ["hold"]\nmessage = { en = "Hm" }', "text_missing", "message", 12),
        ('name = "Test"', "", "key_missing", "name", 1),
        ("[policy]", "[polity]", "key_unknown", "polity", 1),
    ],
)
def test_a_fault_of_the_file_is_named_with_its_line(old: str, new: str, code: str, field: str, line: int):
    assert old in HEAD + RULE
    policy, found = examine((HEAD + RULE).replace(old, new), KNOWN)
    assert policy is None
    matching = [one for one in found if one.code == code]
    assert [(one.field, one.line) for one in matching] == [(field, line)]


def test_all_faults_are_said_at_once():
    source = HEAD + RULE.replace('"hate"', '"x"').replace('["hold"]', '["y"]') + RULE.replace('"house"', '"z"')
    found = problems(source)
    assert [(one.code, one.rule, one.line) for one in found] == [
        ("choice", "first", 6),
        ("choice", "first", 11),
        ("id_twice", "first", 14),
        ("choice", "first", 18),
    ]


def test_lines_are_right_after_long_texts_and_tables():
    text = '[rule.text]\nen = """One\n[[rule]]\nid = "not-a-rule"\n"""\nfr = """Un"""\n'
    first = RULE.replace('text = { en = "Do not hate.", fr = "Ne haïssez pas." }\n', "") + text
    source = HEAD + first + RULE.replace('"first"', '"second"').replace("model.hate", "model.hat")
    (found,) = problems(source)
    assert (found.code, found.rule) == ("signal_unknown", "second")
    assert source.splitlines()[found.line - 1] == 'when = "model.hat >= 0.85"'


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("[[rule]\n", "toml"),
        ('[policy]\nname = "a\ud800"', "toml"),
        ("x = " + "[" * 100_000, "toml"),
        ("#" * 300_000, "file_long"),
        (HEAD, "rules_none"),
        (HEAD + "rule = 3\n", "key_unknown"),
        ("rule = 3\n" + HEAD, "type"),
        ("rule = [3]\n" + HEAD, "type"),
        (HEAD + RULE * 501, "rules_many"),
        ("", "key_missing"),
    ],
)
def test_a_file_that_is_none_is_refused(source: str, code: str):
    policy, found = examine(source, KNOWN)
    assert policy is None
    assert code in [one.code for one in found]


def test_texts_lose_what_is_no_character():
    policy, _ = load(HEAD + RULE.replace("No hate", r"No\u0000 \uFDD0hate\u202F!"))
    assert policy is not None
    assert policy.rules[0].title["en"] == "No hate\u202f!"


@pytest.mark.parametrize(
    ("failure", "code", "severity"),
    [
        ('effects = ["refuse"]', "failure_effect", "error"),
        ("effects = []", "empty", "error"),
        ('detectors = { hashes = ["suspend"] }', "failure_effect", "error"),
        ('detectors = { hash = ["hold"] }', "failure_detector", "warning"),
    ],
)
def test_what_happens_on_failure_is_checked(failure: str, code: str, severity: str):
    (found,) = problems(HEAD + f"[failure]\n{failure}\n" + RULE)
    assert (found.code, found.severity) == (code, severity)


# Conditions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "code", "says"),
    [
        ("model.hat > 0.5", "signal_unknown", "Did you mean `model.hate`?"),
        ("hate > 0.5", "signal_unknown", "no signal `hate`"),
        ("model.hate >", "condition_ends", "too early"),
        ("model.hate = 0.5", "condition_sign", "Did you mean `==`?"),
        ("model.hate => 0.5", "condition_sign", "Did you mean `>=`?"),
        ("model.hate ≥ 0.5", "condition_sign", "Did you mean `>=`?"),
        ("model.hate > 0.5 and author.on_hold", "condition_sign", "Did you mean `&&`?"),
        ("not author.on_hold", "condition_sign", "Did you mean `!`?"),
        ("kind == “post”", "condition_sign", 'Did you mean `"`?'),
        ("0.2 < model.hate < 0.5", "condition_chain", "a < b && b < c"),
        ("model['hate'] > 0.5", "condition_index", "family.name"),
        ("model.hate.high > 0.5", "condition_member", ".high"),
        ("max(model.hate, model.threat) > 0.5", "condition_function", "no function `max`"),
        ("kind.matches('p.*')", "condition_function", "no function `matches`"),
        ("size(links.listed, 2) > 1", "condition_arguments", "size"),
        ("patterns.slur > 99999999999999999999", "condition_number", "too large"),
        ("(" * 60 + "author.on_hold" + ")" * 60, "condition_deep", "too deeply"),
        ("!" * 60 + "author.on_hold", "condition_deep", "too deeply"),
        ("patterns.slur" + " + 1" * 300 + " > 400", "condition_deep", "too deeply"),
        ("author.on_hold || " * 200 + "author.on_hold", "condition_long", "at most 2000"),
        ("model.hate", "not_boolean", "`model.hate >= 0.5`"),
        ("patterns.slur", "not_boolean", "`patterns.slur > 0`"),
        ("links.listed", "not_boolean", "`size(links.listed) > 0`"),
        ("author.on_hold ? 1 : 2", "not_boolean", "a whole number"),
        ("model.hate + 1 > 1.5", "whole_and_fraction", "write `1.0`"),
        ("model.hate * patterns.slur > 1.5", "whole_and_fraction", "`double(patterns.slur)`"),
        ("model.hate > '0.5'", "operands", "between a number and a text"),
        ("patterns.slur && author.on_hold", "operand", "cannot be used on a whole number"),
        ("!model.hate", "operand", "cannot be used on a number"),
        ("near.outcome > 'a'", "operands", "between a text and a text"),
        ("'a' in near.outcome", "operands", "between a text and a text"),
        ("links.listed == 'a'", "operands", "a list of texts and a text"),
        ("kind in ['post', 3]", "operands", "`[ ]`"),
        ("patterns.slur / links.count > 1", "divisor", "is not 0"),
        ("patterns.slur % 0 == 1", "divisor", "is not 0"),
        ("author.on_hold ? true : 1", "operands", "`? :`"),
        ("model.hate > 85", "range_never", "Did you mean `model.hate > 0.85`?"),
        ("model.hate > 1", "range_never", "a share, from 0 to 1"),
        ("1 < model.hate", "range_never", "a share, from 0 to 1"),
        ("model.hate >= 0 && author.on_hold", "range_always", "always true"),
        ("patterns.slur < 0", "range_never", "a whole number from 0"),
        ("patterns.slur == 1.5", "range_never", "a whole number from 0"),
        ("near.outcome == 'violations'", "value_unknown", "Did you mean `violation`?"),
        ("kind in ['post', 'mail'] && author.on_hold", "value_unknown", "never `mail`"),
        ("model.hate > 0.8 && model.hate < 0.2", "never", "can never be true"),
        ("patterns.slur > 2 && patterns.slur < 3", "never", "can never be true"),
        ("near.outcome == 'violation' && near.outcome == 'allowed'", "never", "can never be true"),
        ("author.on_hold && !author.on_hold", "never", "can never be true"),
        ("false", "never", "can never be true"),
        ("model.hate >= 0.5 || model.hate < 0.6", "always", "true for everything"),
        ("true || author.on_hold", "always", "true for everything"),
        ("model.hate < 0.5", "at_default", "would match every post"),
        ("!author.on_hold", "at_default", "would match every post"),
        ("hashes.distance <= 31", "at_default", "would match every post"),
        ("author.age_hours < 24.0", "at_default", "would match every post"),
        ("kind == 'name'", "at_default", "where kind = name"),
        ("language == 'de' || model.hate > 0.9", "at_default", "where language = de"),
        ("size(failed) == 0", "at_default", "would match every post"),
    ],
)
def test_a_fault_of_a_condition_is_named(condition: str, code: str, says: str):
    found = problems(when(condition))
    assert [one.code for one in found] == [code]
    assert found[0].severity == "error"
    assert (found[0].rule, found[0].field, found[0].line) == ("first", "when", 10)
    assert says in found[0].said("en")
    assert found[0].said("fr").startswith("règle « first », when, ligne 10 : ")
    assert found[0].french != found[0].english


@pytest.mark.parametrize(
    "condition",
    [
        "model.hate > 0.5",
        "model.hate >= 1",
        "0.5 <= model.hate",
        "patterns.slur > 0.5",
        "patterns.slur + patterns.slur_weak >= 3",
        "model.hate + model.threat > 1.2",
        "model.hate * 2.0 > 1.5",
        "double(patterns.slur) * 0.2 + model.hate > 0.9",
        "size(links.listed) > 0",
        "language.contains('a') && language.contains('b') && model.hate > 0.5",
        "'a' in links.listed && 'b' in links.listed && !('c' in links.listed)",
        "links.listed.size() > 2",
        "'phishing' in links.listed",
        "'model' in failed && author.violations > 0",
        "kind == 'name' && patterns.slur_weak > 0",
        "language.startsWith('f') && model.hate > 0.4",
        "kind in ['post', 'edit'] ? model.hate > 0.9 : model.hate > 0.5",
        "author.on_hold // who waits",
        "near.outcome == 'violation' && !(near.category in ['spam', 'other'])",
        "hashes.list != '' && hashes.distance <= 20",
        "author.age_hours < 72.0 && author.strangers >= 4",
        "patterns.slur % 2 == 1",
        " || ".join(f"model.hate > 0.{number}" for number in range(10, 60)),
    ],
)
def test_a_right_condition_passes(condition: str):
    assert problems(when(condition)) == []


def test_what_is_only_tried_on_a_sample_is_said_to_be():
    # More signals than can be tried in all combinations, of which one combination only is true.
    names = (
        "model.hate",
        "model.threat",
        "model.harassment",
        "model.spam",
        "model.incitement",
        "near.likeness",
        "text.capitals",
    )
    every = " && ".join(
        f"{name} > 0.1 && {name} < 0.10000001 && {name} > 0.100000001 && {name} < 0.9" for name in names
    )
    for source in (when(every), when("model.hate + model.threat > 1.9 && model.hate < 0.8")):
        (found,) = problems(source)
        assert (found.code, found.severity) == ("never", "warning")
        assert "on the sample" in found.english and "échantillon" in found.french
    # Reckoning with lists, texts and sums is never certain.
    for condition in (
        "'a' in links.listed && size(links.listed) == 0",
        "language.startsWith('fr') && language.startsWith('de') && author.on_hold",
        "links.listed == ['b', 'a'] && !('a' in links.listed)",
    ):
        assert [one.severity for one in problems(when(condition))] == ["warning"]


@pytest.mark.parametrize(
    "source", [when(" || ".join(["(" * 30 + "model.hate > 0.9" + ")" * 30] * 20)), HEAD + RULE * 400]
)
def test_checking_takes_no_long(source: str):
    began = time.process_time()
    examine(source, KNOWN)
    assert time.process_time() - began < 5


def test_many_heavy_rules_are_checked_in_seconds():
    names = (
        "model.hate",
        "model.threat",
        "model.spam",
        "near.likeness",
        "text.capitals",
        "model.harassment",
        "reports.weight",
    )
    heavy = " && ".join(f"{name} > 0.3 && {name} < 0.2" for name in names)
    source = HEAD + "".join(
        RULE.replace("first", f"rule-{number}").replace("model.hate >= 0.85", heavy) for number in range(100)
    )
    began = time.process_time()
    found = problems(source)
    assert [one.code for one in found] == ["never"] * 100
    assert time.process_time() - began < 15


# Effects --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "lines", "code", "severity"),
    [
        ("model.hate > 0.99", {"effects": '["refuse"]'}, "machine_alone", "error"),
        ("patterns.slur > 0 && model.hate > 0.99", {"effects": '["refuse"]'}, "machine_alone", "error"),
        ("patterns.spam > 0 || model.spam > 0.9", {"effects": '["refuse"]'}, "machine_alone", "error"),
        ("!hashes.exact && model.hate > 0.5", {"effects": '["refuse"]'}, "machine_alone", "error"),
        ("hashes.exact && model.hate > 0.5", {"effects": '["refuse"]'}, None, ""),
        ("hashes.category == 'terrorism'", {"effects": '["refuse"]'}, None, ""),
        ("size(links.listed) > 0 && author.age_hours < 9.0", {"effects": '["refuse"]'}, None, ""),
        ("patterns.spam > 1 || hashes.exact", {"effects": '["refuse"]'}, None, ""),
        ("model.spam > 0.9", {"effects": '["refuse"]', "category": '"spam"'}, None, ""),
        ("model.hate > 0.9", {"effects": '["suspend"]'}, "machine_suspends", "error"),
        ("model.hate > 0.9 || author.violations > 3", {"effects": '["suspend"]'}, "machine_suspends", "error"),
        ("model.hate > 0.9 && author.violations > 3", {"effects": '["suspend"]'}, None, ""),
        ("model.hate > 0.9", {"effects": '["label"]'}, "label_text", "error"),
        ("model.hate > 0.9", {"label": '{ en = "a", fr = "b" }'}, "label_unused", "warning"),
        ("model.hate > 0.9", {"effects": '["label"]', "label": '{ en = "a", fr = "b" }'}, None, ""),
        ("model.hate > 0.9", {"effects": "[]"}, "effects_none", "error"),
        ("model.hate > 0.9", {"effects": '["publish", "queue"]'}, "effects_publish", "warning"),
        ("hashes.exact", {"effects": '["refuse", "blur"]'}, "effects_refuse", "warning"),
        ("model.hate > 0.9", {"effects": '["queue"]', "review": '"model.hate > 0.5"'}, "effects_review", "warning"),
        ("model.hate > 0.5", {"review": '"model.hate > 0.9"'}, "review_idle", "warning"),
        ("model.hate > 0.9", {"review": '"model.hate > 0.5"'}, None, ""),
        ("model.hate > 0.9", {"review": '"model.hate > 5"'}, "range_never", "error"),
    ],
)
def test_effects_are_as_strong_as_their_reason(condition: str, lines: dict[str, str], code: str | None, severity: str):
    found = problems(when(condition, **lines))
    assert [(one.code, one.severity) for one in found] == ([(code, severity)] if code else [])


def test_a_rule_without_a_condition_is_for_people():
    source = HEAD + RULE.replace('when = "model.hate >= 0.85"\n', "")
    policy, found = examine(source, KNOWN)
    assert [(one.code, one.severity) for one in found] == [("condition_none", "warning")]
    assert policy is not None
    policy, found = examine(source.replace('effects = ["hold"]\n', ""), KNOWN)
    assert found == [] and policy is not None, "without effects it does not look as if a machine applied it"


def test_a_rule_that_is_off_may_wait_for_its_detector():
    policy, found = examine(when("plugin.toxicity > 0.5", enabled="false"), KNOWN)
    assert policy is not None
    assert [(one.code, one.severity) for one in found] == [("signal_unknown", "warning")]


# The shipped policy ---------------------------------------------------------------------------------------------------


def test_the_shipped_policy_has_no_problem_and_covers_what_it_must():
    policy, found = examine(shipped(), KNOWN, detectors=("model", "patterns", "hashes"))
    assert found == []
    assert policy is not None
    assert {one.category for one in policy.rules} == {
        "minors", "terrorism", "incitement", "threat", "glorification", "dehumanisation", "hate", "illegal", "harassment",
        "spam", "other",
    }  # fmt: skip
    removing = [one.id for one in policy.rules if "refuse" in one.effects]
    assert removing == ["listed-links"]
    for one in policy.rules:
        texts = [one.title, one.text, *([one.message] if one.message else [])]
        assert all(text["fr"] != text["en"] for text in texts)
        if one.ground.kind == "law":
            assert "art." in one.ground.reference["fr"] and one.ground.jurisdiction in ("FR", "EU")


def test_every_sentence_is_there_in_both_languages():
    for code, (english, french) in SENTENCES.items():
        assert english and french and english != french, code
        fields = [{part.split("}")[0] for part in text.replace("{{", "").split("{")[1:]} for text in (english, french)]
        assert {name.removesuffix("_en") for name in fields[0]} == {name.removesuffix("_fr") for name in fields[1]}, (
            code
        )


def test_a_problem_says_where_it_is():
    found = problem("empty", rule="first", field="when", line=7, args={"key": "when"})
    assert found.said("en") == "rule “first”, when, line 7: `when` is empty."
    assert found.said("fr") == "règle « first », when, ligne 7 : « when » est vide."


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 5000),
    st.sampled_from(["", '"', "[", "]]", "\n", "0", "=", "é", "rule", "'''", " = 3\n"]),
    st.integers(0, 40),
)
def test_a_damaged_file_is_refused_or_means_something(at: int, put: str, cut: int):
    """Whatever happens to the file, the answer is a list of problems or a policy that can be used; never an error."""
    source = shipped()
    at %= len(source)
    policy, found = examine(source[:at] + put + source[at + cut :], KNOWN)
    assert (policy is None) == any(one.severity == "error" for one in found)
    assert all(one.english and one.french for one in found)
    if policy is not None:
        assert compile_policy(policy, KNOWN).broken == ()


def test_the_policy_is_in_the_package():
    assert resources.files("parvis.moderation.policy").joinpath("default.toml").is_file()
