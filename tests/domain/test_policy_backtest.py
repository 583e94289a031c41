"""Trying a policy on what was written lately: the figures are right, private posts stay private, nothing is changed."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from tests.signals import KNOWN

from parvis.db.pool import Database
from parvis.kernel.clock import now
from parvis.kernel.ids import new_id
from parvis.moderation.policy import backtest as module
from parvis.moderation.policy.backtest import Report, backtest
from parvis.moderation.policy.evaluate import Compiled, compile_policy
from parvis.moderation.policy.rules import Ground, Policy, Rule
from parvis.moderation.types import Subject, Value

TEXTS = {"en": "A", "fr": "B"}


def rule(rule_id: str, when: str, effects: tuple[str, ...], **more: Any) -> Rule:
    return Rule(
        id=rule_id,
        category="hate",
        title=TEXTS,
        text=TEXTS,
        ground=Ground(kind="house"),
        when=when,
        effects=effects,
        **more,
    )


def compiled(*rules: Rule) -> Compiled:
    return compile_policy(Policy(name="test", rules=rules), KNOWN)


ACTIVE = compiled(rule("slur", "patterns.slur > 0", ("queue",)), rule("old", "patterns.spam > 0", ("hold",)))
TRIED = compiled(
    rule("slur", "patterns.slur > 1", ("hold",), review="patterns.slur > 0", minutes=6),
    rule("links", 'size(links.listed) > 0 && kind == "post"', ("refuse",)),
)


async def screen(subject: Subject) -> tuple[Mapping[str, Value], Sequence[str]]:
    """Counts words; a subject with media makes the detector of hashes fail."""
    await asyncio.sleep(0)
    words = " ".join(passage.text for passage in subject.passages).split()
    values: dict[str, Value] = {"patterns.slur": words.count("slur"), "patterns.spam": words.count("spam")}
    if "listed" in words:
        values["links.listed"] = ("spam",)
    return values, ("hashes",) if subject.media else ()


class Archive:
    """Posts in a database of the test's own."""

    def __init__(self, url: str, connection: psycopg.Connection[Any]) -> None:
        self.url = url
        self._db = connection
        self.account = new_id()
        self._db.execute("INSERT INTO accounts (id, username) VALUES (%s, 'ada')", (self.account,))

    def post(self, text: str, *, days_ago: float = 0.5, audience: int = 0, echo: bool = False, **more: Any) -> int:
        time.sleep(0.002)  # ids of one millisecond are in no order, and the newest come first
        at = now() - timedelta(days=days_ago)
        post_id = new_id(int(at.timestamp() * 1000))
        media = []
        for description in more.get("media", ()):
            medium = new_id()
            media.insert(0, medium)  # shown in another order than made
            self._db.execute(
                "INSERT INTO media (id, account_id, kind, original, description) VALUES (%s, %s, 'image', %s, %s)",
                (medium, self.account, f"{medium}.png", description),
            )
        self._db.execute(
            "INSERT INTO posts (id, account_id, audience, state, thread_id, echo_of_id, spoiler, source, media_ids, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (post_id, self.account, audience, more.get("state", 0), post_id, 5 if echo else None,
             more.get("spoiler", ""), text, media, at),
        )  # fmt: skip
        return post_id

    def run(self, tried: Compiled = TRIED, active: Compiled = ACTIVE, **options: Any) -> Report:
        async def run() -> Report:
            db = Database(self.url, size=2)
            await db.open()
            try:
                given = {"days": 30, "limit": 1000, "screen": screen} | options
                return await backtest(db, given.pop("screen"), tried, active, **given)
            finally:
                await db.close()

        return asyncio.run(run())


@pytest.fixture
def archive(database_url: str) -> Iterator[Archive]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield Archive(database_url, connection)


def test_the_figures_of_a_trial(archive: Archive):
    for _ in range(3):
        archive.post("calm")
    once = archive.post("a slur")
    twice = archive.post("slur", spoiler="slur")
    archive.post("spam")
    listed = archive.post("listed slur")
    archive.post("slur slur", echo=True)  # has no words of its own
    archive.post("slur slur", days_ago=31)
    report = archive.run()
    assert (report.posts, report.days, report.whole) == (7, 30, True)
    assert report.changed == {"publish to hold": 1, "publish to refuse": 1, "hold to publish": 1}
    before, tried = report.before, report.tried
    assert (before.published, before.queued, before.held, before.refused) == (6, 3, 1, 0)
    assert (tried.published, tried.queued, tried.held, tried.refused) == (5, 1, 1, 1)
    assert before.hours_a_day == pytest.approx(4 * 2 / 60 / 30)
    assert tried.hours_a_day == pytest.approx(2 * 6 / 60 / 30)
    slur, links, old = report.rules
    assert (slur.rule, slur.before, slur.matches, slur.held, slur.queued, slur.refused) == ("slur", 3, 3, 1, 2, 0)
    assert slur.hours_a_day == pytest.approx(3 * 6 / 60 / 30)
    assert (links.rule, links.before, links.matches, links.refused, links.hours_a_day) == ("links", 0, 1, 1, 0)
    assert (old.rule, old.before, old.matches) == ("old", 1, 0)
    # First those whose answer would change, the newest first.
    assert [one.post_id for one in slur.examples] == [listed, twice, once]
    assert [(one.before, one.answer, one.rules) for one in slur.examples] == [
        ("publish", "refuse", ("links", "slur")),
        ("publish", "hold", ("slur",)),
        ("publish", "publish", ("slur",)),
    ]
    assert slur.examples[1].excerpt == "slur slur"
    assert report.failed == {}


def test_what_is_not_public_is_counted_and_not_shown(archive: Archive):
    for audience in range(4):
        archive.post(f"slur for audience {audience}", audience=audience)
    archive.post("a slur that is held", state=1)
    (slur, *_) = archive.run().rules
    assert slur.matches == 5
    assert {one.excerpt for one in slur.examples} == {
        "slur for audience 0", "slur for audience 1", "", "a slur that is held",
    }  # fmt: skip


def test_it_reads_in_batches_each_post_once_with_the_words_of_its_media_in_order(archive: Archive):
    made = [
        archive.post(f"post {number}", media=("second", "first") if number % 3 == 0 else ()) for number in range(25)
    ]
    seen: list[Subject] = []
    steps: list[tuple[int, int]] = []

    async def look(subject: Subject) -> tuple[Mapping[str, Value], Sequence[str]]:
        seen.append(subject)
        return await screen(subject)

    with patch.object(module, "_BATCH", 7):
        report = archive.run(screen=look, together=3, progress=lambda done, total: steps.append((done, total)))
    assert [one.id for one in seen] == sorted(made, reverse=True)
    assert report.posts == 25
    assert steps == [(7, 25), (14, 25), (21, 25), (25, 25)]
    pictured = next(one for one in seen if one.id == made[0])
    assert [(one.field, one.text) for one in pictured.passages] == [
        ("text", "post 0"),
        ("alt", "first"),
        ("alt", "second"),
    ]
    assert len(pictured.media) == 2
    assert report.failed == {"hashes": 9}
    # A case without a rule is there because a detector failed.
    assert report.tried.queued == 9


def test_a_limit_shortens_the_time_that_is_reckoned_with(archive: Archive):
    for day in range(20):
        archive.post("slur", days_ago=day + 0.5)
    report = archive.run(limit=5)
    assert (report.posts, report.whole) == (5, False)
    assert report.days == pytest.approx(4.5, abs=0.01)
    assert report.before.hours_a_day == pytest.approx(5 * 2 / 60 / 4.5, rel=0.01)
    assert archive.run(limit=20).posts == 20


def test_examples_are_few_and_short(archive: Archive):
    for _ in range(12):
        archive.post("slur " + "long " * 200)
    (slur, *_) = archive.run(examples=4).rules
    assert slur.matches == 12
    assert len(slur.examples) == 4
    assert all(len(one.excerpt) <= 240 and one.excerpt.endswith("…") for one in slur.examples)


def test_an_empty_archive_and_a_rule_that_breaks(archive: Archive):
    assert archive.run().posts == 0
    archive.post("slur")
    broken = compiled(rule("broken", "patterns.slur % links.count > 0", ("hold",)))
    report = archive.run(broken)
    assert report.faults == ("broken",)
    assert (report.tried.published, report.tried.queued) == (1, 1)


def test_what_the_detectors_raise_ends_the_trial(archive: Archive):
    archive.post("x")

    async def burst(_: Subject) -> tuple[Mapping[str, Value], Sequence[str]]:
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError, match="gone"):
        archive.run(screen=burst)
