"""Versions of the policy: what is saved, which one holds, in every process, and what happens where something is wrong."""

import asyncio
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from tests.signals import SIGNALS

from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Ring
from parvis.kernel.errors import Invalid, NotFound, Unavailable
from parvis.moderation.policy import versions
from parvis.moderation.policy.versions import Policies, Unusable, shipped
from parvis.moderation.types import Signal
from parvis.posts.gate import Answer
from parvis.settings import Moderation

OTHER = """
[policy]
name = "Other"
[[rule]]
id = "slurs"
category = "hate"
title = { en = "No slurs", fr = "Pas d'injures" }
text = { en = "No slurs.", fr = "Pas d'injures." }
ground = { kind = "house" }
when = "patterns.slur > 0"
effects = ["hold"]
"""
THIRD = OTHER.replace("patterns.slur > 0", "patterns.slur > 5")
BY = 77


class Site:
    """A database, and processes that keep the policy of it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.path = folder / "ring"
        self.ring = Ring.create(self.path)

    @asynccontextmanager
    async def process(self, *, origin: int = 1, signals: tuple[Signal, ...] = SIGNALS, opened: bool = True) -> Any:
        db = Database(self.url, size=2)
        await db.open()
        changes = Changes(
            db, Ring(self.path) if origin == 1 else Ring.create(self.path.with_name(f"ring{origin}")), origin
        )
        policies = Policies(
            db, changes, signals, ("model", "patterns", "hashes"), Moderation(max_note=50, policy_rules=20)
        )
        try:
            if opened:
                await policies.open()
            yield policies, changes
        finally:
            await policies.close()
            await db.close()

    def rows(self, statement: str, *params: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), params)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    yield Site(database_url, tmp_path)


def test_the_shipped_policy_holds_from_the_first_start(site: Site):
    async def run() -> None:
        async with site.process(opened=False) as (policies, _):
            with pytest.raises(Unavailable):
                _ = policies.current
            await policies.open()
            assert policies.current.version == 1
            assert policies.current.problems == ()
            assert policies.current.compiled.judge({"patterns.incitement": 1}).answer is Answer.HOLD
            assert await policies.source(1) == shipped()
            (only,) = await policies.history()
            assert (only.version, only.shipped, only.account_id, only.active) == (1, True, None, True)
        async with site.process() as (policies, _):
            assert policies.current.version == 1
            assert len(await policies.history()) == len(await policies.activations()) == 1

    asyncio.run(run())


def test_many_processes_that_start_at_once_make_one_version(site: Site):
    async def run() -> None:
        async with (
            site.process(opened=False) as (a, _),
            site.process(opened=False) as (b, _),
            site.process(opened=False) as (c, _),
        ):
            await asyncio.gather(a.open(), b.open(), c.open())
            assert [len(await a.history()), len(await a.activations())] == [1, 1]
            assert {p.current.version for p in (a, b, c)} == {1}

    asyncio.run(run())


def test_a_saved_policy_holds_when_it_is_activated_and_any_can_come_back(site: Site):
    async def run() -> None:
        async with site.process() as (policies, _):
            assert await policies.save(OTHER, BY, "stricter") == 2
            assert policies.current.version == 1
            assert await policies.save(OTHER, BY, "the same text") == 2
            await policies.activate(2, BY, "as agreed")
            assert policies.current.version == 2
            assert policies.current.compiled.judge({"patterns.slur": 1}).rules == ("slurs",)
            assert policies.current.compiled.policy.rule("slurs").title["fr"] == "Pas d'injures"
            await policies.activate(2, BY, "again: nothing new")
            await policies.activate(1, BY)
            assert policies.current.compiled.judge({"patterns.slur": 1}).rules == ("hate",)
            history = await policies.history()
            assert [(one.version, one.active, one.account_id, one.note) for one in history] == [
                (2, False, BY, "stricter"),
                (1, True, None, ""),
            ]
            assert [(one.version, one.account_id, one.reason) for one in await policies.activations()] == [
                (1, BY, ""),
                (2, BY, "as agreed"),
                (1, None, ""),
            ]
            assert [one.version for one in await policies.history(before=2)] == [1]
            newest = (await policies.activations(limit=1))[0]
            assert [one.version for one in await policies.activations(before=newest.id)] == [2, 1]

    asyncio.run(run())


def test_every_process_and_every_machine_takes_it(site: Site):
    async def run() -> None:
        async with (
            site.process() as (first, _),
            site.process() as (second, there),
            site.process(origin=2) as (far, table),
        ):
            await table.poll()
            await first.activate(await first.save(OTHER, BY), BY)
            assert first.current.version == 2
            there.drain()  # as before each request
            assert (await second.latest()).version == 2
            assert second.current.version == 2
            await table.poll()
            assert (await far.latest()).version == 2

    asyncio.run(run())


def test_a_process_that_is_not_asked_reads_by_itself(site: Site):
    async def run() -> None:
        async with site.process() as (first, _), site.process() as (second, there):
            await first.activate(await first.save(OTHER, BY), BY)
            there.drain()
            async with asyncio.timeout(20):
                while second.current.version != 2:
                    await asyncio.sleep(0.01)

    asyncio.run(run())


def test_a_process_that_fell_behind_the_ring_reads_again(site: Site):
    async def run() -> None:
        async with site.process() as (first, changes):
            site.rows("UPDATE policies SET version = version")
            version = await first.save(OTHER, BY)
            site.rows(
                "INSERT INTO policy_activations (id, version) SELECT max(id) + 1, %s FROM policy_activations", version
            )
            assert (await first.latest()).version == 1
            changes.reset()
            assert (await first.latest()).version == 2

    asyncio.run(run())


def test_the_newest_activation_counts_whatever_the_clocks_say(site: Site):
    async def run() -> None:
        async with site.process() as (policies, _):
            site.rows("UPDATE policy_activations SET id = 9000000000000000000")
            await policies.activate(await policies.save(OTHER, BY), BY)
            assert policies.current.version == 2

    asyncio.run(run())


def test_where_the_database_is_away_the_rules_before_hold(site: Site):
    async def run() -> None:
        async with site.process() as (policies, changes):
            with patch.object(policies, "_read", side_effect=Unavailable("gone")):
                changes.reset()
                assert (await policies.latest()).version == 1

    asyncio.run(run())


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (OTHER.replace("patterns.slur", "patterns.slurs"), "Did you mean `patterns.slur`?"),
        (OTHER.replace('effects = ["hold"]', 'effects = ["refuse"]\ncolour = 3'), "is not a known field"),
        ("", "`policy` is missing. (and 1 more)"),
        ("nonsense", "not valid TOML"),
    ],
)
def test_a_policy_with_errors_is_not_saved(site: Site, source: str, says: str):
    async def run() -> None:
        async with site.process() as (policies, _):
            with pytest.raises(Unusable) as caught:
                await policies.save(source, BY)
            assert says in caught.value.message
            assert caught.value.problems
            assert len(await policies.history()) == 1

    asyncio.run(run())


def test_what_cannot_be_is_refused(site: Site):
    async def run() -> None:
        async with site.process() as (policies, _):
            with pytest.raises(Invalid, match="note is too long"):
                await policies.save(OTHER, BY, "x" * 51)
            with pytest.raises(Invalid, match="reason is too long"):
                await policies.activate(1, BY, "x" * 51)
            for version in (0, -1, 2, 2**31, 2**70):
                with pytest.raises(NotFound):
                    await policies.activate(version, BY)
            with pytest.raises(Unusable, match="at most 20"):
                await policies.save(
                    OTHER + "".join(OTHER[OTHER.index("[[") :].replace("slurs", f"r{n}") for n in range(30)), BY
                )
            assert policies.current.version == 1

    asyncio.run(run())


# A newer package ------------------------------------------------------------------------------------------------------


def test_a_newer_shipped_policy_holds_only_where_nobody_chose(site: Site):
    newer, newest = shipped() + "# newer\n", shipped() + "# newest\n"

    async def run() -> None:
        async with site.process() as (policies, _):
            assert policies.current.version == 1
        with patch.object(versions, "shipped", lambda: newer):
            async with site.process() as (policies, _):
                assert policies.current.version == 2
                assert (await policies.history())[0].shipped
        # The older release runs beside it, or comes back: what holds stays.
        async with site.process() as (policies, _):
            assert policies.current.version == 2
            await policies.activate(await policies.save(OTHER, BY), BY)
        with patch.object(versions, "shipped", lambda: newest):
            async with site.process() as (policies, _):
                assert policies.current.version == 3
                assert [one.version for one in await policies.history()] == [4, 3, 2, 1]
                await policies.activate(1, BY, "the shipped one, by choice")
        with patch.object(versions, "shipped", lambda: newest + "# still\n"):
            async with site.process() as (policies, _):
                assert policies.current.version == 1

    asyncio.run(run())


def test_a_detector_that_is_gone_stops_nothing_and_is_said(site: Site):
    async def run() -> None:
        async with site.process() as (policies, _):
            mixed = OTHER.replace("patterns.slur > 0", "patterns.slur > 0 || reports.count > 90")
            await policies.activate(await policies.save(mixed, BY), BY)
        fewer = tuple(one for one in SIGNALS if not one.name.startswith("reports."))
        async with site.process(signals=fewer) as (policies, _):
            assert policies.current.version == 2
            assert [one.code for one in policies.current.problems] == ["signal_unknown"]
            assert policies.current.compiled.judge({"patterns.slur": 1}).answer is Answer.HOLD
            assert policies.current.compiled.judge({}).rules == ()
            with pytest.raises(Unusable):
                await policies.activate(2, BY)

    asyncio.run(run())


def test_a_policy_that_cannot_be_read_gives_way_to_the_shipped_one(site: Site):
    async def run() -> None:
        async with site.process() as (policies, _):
            await policies.activate(await policies.save(OTHER, BY), BY)
        site.rows("UPDATE policies SET source = replace(source, 'effects', 'consequences') WHERE version = 2")
        async with site.process() as (policies, _):
            assert policies.current.version == 2
            assert "key_unknown" in [one.code for one in policies.current.problems]
            assert policies.current.compiled.judge({"patterns.incitement": 1}).answer is Answer.HOLD

    asyncio.run(run())


def test_versions_of_the_policy_outlive_who_wrote_them(site: Site):
    """No account needs to exist: who leaves stays on record as a number."""

    async def run() -> None:
        async with site.process() as (policies, _):
            await policies.save(THIRD, 123456789)
            assert (await policies.history())[0].account_id == 123456789

    asyncio.run(run())
