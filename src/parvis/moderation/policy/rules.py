"""What a policy is made of: house rules, each with its text for members, its ground, its condition and its effects."""

from typing import Literal

import msgspec

Texts = dict[str, str]
"""A text by language (ISO 639-1). French and English are always there in a policy that was checked."""

LANGUAGES = ("en", "fr")

EFFECTS = ("suspend", "refuse", "hold", "blur", "limit", "label", "queue", "publish")
"""What a rule may ask for, the strongest first.

publish: nothing but that the match is on record (to try a rule out); it never undoes what another rule asks for.
queue: published, and a person looks at it afterwards. label: published with the rule's label. limit: published, but shown
only to who follows the author or has the link. blur: published behind a click. hold: seen by its author only until a person
decides. refuse: not stored. suspend: held, and so is all that the author writes until a person has looked at the account.
"""

CATEGORIES = (
    "minors",
    "terrorism",
    "incitement",
    "threat",
    "glorification",
    "dehumanisation",
    "hate",
    "illegal",
    "harassment",
    "spam",
    "other",
)
"""What a rule is about, the gravest first: the order in which rules are shown that match the same subject."""


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule rests on: a law, with the jurisdiction it is the law of (ISO 3166-1, or EU), or the house's own rule."""

    kind: Literal["law", "house"]
    reference: Texts = {}
    jurisdiction: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One house rule. `when` and `review` are conditions in CEL over signals; see docs/howto/write-house-rules.md."""

    id: str
    category: str
    title: Texts
    text: Texts  # what members read
    ground: Ground
    effects: tuple[str, ...]
    when: str = ""  # empty: nothing matches by machine, people apply the rule
    review: str = ""  # published, and queued for a person, where `when` does not match already
    label: Texts = {}
    message: Texts = {}  # what the author is told beside the text of the rule
    minutes: float = 2.0  # of a reviewer's time, for each match
    enabled: bool = True
    procedure: bool = False  # it says how the house works: nobody can break it, so that no decision rests on it alone
    line: int = 0  # where the rule begins in the file; 0: not known


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What happens when a detector fails or is slow, on subjects that have something for it to look at."""

    effects: tuple[str, ...] = ("queue",)
    detectors: dict[str, tuple[str, ...]] = {}

    def of(self, detector: str) -> tuple[str, ...]:
        """The effects when this detector failed."""
        return self.detectors.get(detector, self.effects)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A set of house rules."""

    name: str
    note: str = ""  # for those who edit it
    failure: Failure = Failure()
    rules: tuple[Rule, ...] = ()

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    @property
    def breakable(self) -> tuple[Rule, ...]:
        """The rules that somebody can break: what members read as the rules, report for and are told that they broke."""
        return tuple(rule for rule in self.rules if rule.enabled and not rule.procedure)

    def broken(self, rule_id: str) -> Rule | None:
        """The rule of that id, where somebody can break it."""
        return next((rule for rule in self.breakable if rule.id == rule_id), None)


def said(texts: Texts, locale: str) -> str:
    """The text in a language, in English where it is not in that one."""
    return texts.get(locale.partition("-")[0]) or texts.get("en") or next(iter(texts.values()), "")
