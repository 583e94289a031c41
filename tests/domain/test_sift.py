"""A scan screens many posts together and says of each what the gate says of it alone."""

import asyncio
from collections.abc import Sequence
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policies import policy
from tests.signals import SIGNALS

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.grammar.engine import generate
from parvis.moderation.model.load import load_model
from parvis.moderation.model.run import Model
from parvis.moderation.policy.evaluate import Compiled, Judgement, compile_policy
from parvis.moderation.policy.known import Known
from parvis.moderation.policy.load import load
from parvis.moderation.policy.rules import Policy
from parvis.moderation.policy.versions import shipped
from parvis.moderation.screen import Screener, Screening
from parvis.moderation.sift import Sifter
from parvis.moderation.signals.domains import load_domains
from parvis.moderation.signals.links import Links
from parvis.moderation.signals.load import load_lists
from parvis.moderation.signals.model import Judge, ModelDetector
from parvis.moderation.signals.patterns import Patterns
from parvis.moderation.signals.shape import Shape
from parvis.moderation.types import Findings, Passage, Signal, SignalKind, Subject

LISTS = load_lists().sure()
TEXTS = [
    *[text for entry in LISTS for text in (entry.matches[0], entry.spares[0])],
    *[sentence.text for language in ("en", "fr") for sentence in generate(language, "test", 3, 100)],
    "FREE MONEY at http://bit.ly/x and www.example.com, https://paypal.com@evil.example/login",
    "word " * 200,
    "",
    "🐒🐒🐒",
]


class Scored(Model):
    """The shipped model with a network that gives each window figures of its own, whatever it is judged together with:
    the figures of the real one depend a little on that."""

    batches: list[list[int]]  # the lengths of what it was given together

    def probabilities(self, batch: Sequence[Sequence[str]]) -> np.ndarray:
        assert 0 < len(batch) <= 32
        self.batches.append([self.length(words) for words in batch])
        return np.array(
            [[crc32(f"{category} {' '.join(words)}".encode()) / 2**32 for category in CATEGORIES] for words in batch],
            dtype=np.float32,
        )


@pytest.fixture(scope="module")
def model() -> Scored:
    made = load_model()
    made.__class__ = Scored
    assert isinstance(made, Scored)
    made.batches = []
    return made


@pytest.fixture(scope="module")
def screener(model: Scored) -> Screener:
    judge = Judge(model, most=16, queue=500)
    return Screener([Shape(), Patterns(LISTS), Links(load_domains().sure()), ModelDetector(judge)], 60_000)


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    rules, problems = load(shipped())
    assert rules is not None and not problems
    return compile_policy(rules, Known(SIGNALS))


def subject(at: int, *texts: str) -> Subject:
    passages = tuple(Passage("alt" if number else "text", text) for number, text in enumerate(texts) if text)
    return Subject(
        kind="scan", id=at + 1, account_id=1, at_ms=0, passages=passages, language=(None, "en", "fr")[at % 3]
    )


def same(screener: Screener, model: Scored, compiled: Compiled, subjects: Sequence[Subject]) -> list[Judgement]:
    async def go() -> list[Judgement]:
        found = await Sifter(screener, model, 60_000).sift(subjects, compiled)
        for one, (screening, judgement) in zip(subjects, found, strict=True):
            alone = await screener.measure(one)
            assert (screening.values, screening.evidence) == (alone.values, alone.evidence), one
            assert screening.failed == alone.failed == ()
            assert judgement == compiled.judge(alone.values, (), one.kind, one.audience, one.language)
        return [judgement for _, judgement in found]

    return asyncio.run(go())


def test_what_a_scan_says_of_a_post_is_what_the_gate_says(
    screener: Screener, model: Scored, compiled: Compiled
) -> None:
    subjects = [subject(at, text) for at, text in enumerate(TEXTS)]
    subjects += [subject(at, text, TEXTS[-at]) for at, text in enumerate(TEXTS[:100])]
    said = same(screener, model, compiled, subjects)
    assert 50 < sum(bool(judgement.effects) for judgement in said) < len(said) - 50


@settings(deadline=None, max_examples=30)
@given(st.lists(st.one_of(st.text(max_size=80), st.sampled_from(TEXTS)), max_size=8))
def test_whatever_stands_beside_it(screener: Screener, model: Scored, compiled: Compiled, texts: list[str]) -> None:
    same(screener, model, compiled, [subject(at, text) for at, text in enumerate(texts)])


def test_the_network_is_given_windows_of_one_length_together(screener: Screener, model: Scored) -> None:
    subjects = [subject(at, text) for at, text in enumerate(TEXTS)]
    model.batches.clear()
    asyncio.run(Sifter(screener, model, 60_000).sift(subjects, compile_policy(Policy(name="none"), Known(SIGNALS))))
    lengths = [length for batch in model.batches for length in batch]
    assert len(lengths) == sum(len(model.unclear(text)) for text in TEXTS)
    assert lengths == sorted(lengths)
    assert all(len(batch) == 32 for batch in model.batches[:-1])


class Slow:
    """A detector that waits, and knows how many wait for it at the same time."""

    name = "slow"
    waits = True
    signals = (Signal("slow.seen", SignalKind.COUNT, "seen", "vu"),)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked: list[int] = []
        self.most = self.here = 0

    async def detect(self, subject: Subject) -> Findings:
        self.asked.append(subject.id)
        self.here += 1
        self.most = max(self.most, self.here)
        await asyncio.sleep(self.seconds)
        self.here -= 1
        return Findings({"slow.seen": 1})


def loud(model: Scored, slow: Slow, texts: Sequence[str], *, gate_ms: int, scan_ms: int) -> list[Screening]:
    """What a scan finds that asks `slow` of what is written in capitals."""
    screener = Screener([Shape(), slow, ModelDetector(Judge(model, most=16, queue=500))], gate_ms)
    source = policy(("loud", "text.capitals > 0.9", "queue"))
    compiled = compile_policy(load(source)[0] or Policy(name="none"), Known(screener.signals.values()))
    subjects = [subject(at, text) for at, text in enumerate(texts)]
    found = asyncio.run(Sifter(screener, model, scan_ms).sift(subjects, compiled))
    return [screening for screening, _ in found]


def test_what_a_rule_asks_for_is_confirmed_by_those_who_were_not_asked_yet(model: Scored) -> None:
    slow = Slow(0.05)
    model.batches.clear()
    texts = ["A QUIET MORNING BY THE LAKE" if at % 3 == 0 else "a quiet morning by the lake" for at in range(60)]
    found = loud(model, slow, texts, gate_ms=1, scan_ms=5_000)
    assert sorted(slow.asked) == [at + 1 for at in range(60) if at % 3 == 0], (
        "each once, and none that no rule asks for"
    )
    assert 1 < slow.most <= 16, "several at the same time, not all of them"
    assert [screening.values.get("slow.seen") for screening in found] == [
        1 if at % 3 == 0 else None for at in range(60)
    ]
    assert all(screening.failed == () for screening in found), "a scan waits longer than the gate"
    assert sum(map(len, model.batches)) == sum(len(model.unclear(text)) for text in texts), "the network is asked once"


def test_a_detector_that_is_slower_than_a_scan_allows_has_failed(model: Scored) -> None:
    found = loud(model, Slow(30), ["A QUIET MORNING BY THE LAKE", "a quiet one"], gate_ms=60_000, scan_ms=20)
    assert [screening.failed for screening in found] == [("slow",), ()]
