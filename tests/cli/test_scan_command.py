"""`parvis moderation scan`: by workers on this machine, and by the nodes of a Ray cluster (where Ray is installed)."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cast import Town
from tests.policies import policy

from parvis.cli.main import main

OPEN = policy(("never", "text.length > 9000", "hold"))
STRICT = policy(("long", "text.length >= 60", "hold"), ("middling", "text.length >= 40 && text.length < 60", "queue"))
POSTS = 90  # a third of them to hold, a third to queue

Command = Callable[..., tuple[str, str]]


@pytest.fixture
def command(town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `parvis moderation scan …` on the town's database; returns what it printed and what it said beside."""
    monkeypatch.setenv("PARVIS_DATABASE_URL", town.settings.database.url)
    monkeypatch.setenv("PARVIS_SECRETS_KEY", town.settings.secrets.key)
    monkeypatch.setenv("PARVIS_MODERATION_SCAN_BATCH", "4")

    def run(*arguments: str, code: int = 0) -> tuple[str, str]:
        capsys.readouterr()
        assert main(["--data", str(town.settings.data_dir), "moderation", "scan", *arguments]) == code
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return said.out, said.err

    return run


@pytest.fixture(scope="module")
def archive(town: Town) -> list[int]:
    """Posts of three lengths, published under rules that let all pass; then the rules become strict."""
    chief = town.someone(role="admin")

    async def follow(source: str) -> None:
        await town.parvis.policy.activate(await town.parvis.policy.save(source, chief.id), chief.id)

    town.run(follow(OPEN))
    author = town.someone()
    ids = [int(author.write("abc"[at % 3] * (70, 45, 9)[at % 3])["id"]) for at in range(POSTS)]
    town.run(follow(STRICT))
    return ids


def report(printed: str) -> tuple[int, int, int]:
    """Screened, held, queued."""
    found = re.search(r"OK: (\d+) posts screened.*\n(\d+) posts \S+ \S+ held, (\d+) ", printed)
    assert found, printed
    return int(found[1]), int(found[2]), int(found[3])


def done_once(town: Town, ids: list[int]) -> None:
    """Every post is as the rules have it, and has one event at the most."""
    states = dict(town.rows("SELECT id, state FROM posts WHERE id = ANY(%s)", ids))
    assert [states[post] for post in ids] == [1 if at % 3 == 0 else 0 for at in range(POSTS)]
    events = town.rows("SELECT subject_id, count(*) FROM moderation_events WHERE subject_id = ANY(%s) GROUP BY 1", ids)
    assert dict(events) == {post: 1 for at, post in enumerate(ids) if at % 3 < 2}
    cases = dict(town.rows("SELECT subject_id, held FROM cases WHERE open AND subject_id = ANY(%s)", ids))
    assert cases == {post: at % 3 == 0 for at, post in enumerate(ids) if at % 3 < 2}


def test_a_dry_run_says_what_would_be_and_changes_nothing(town: Town, command: Command, archive: list[int]) -> None:
    printed, beside = command("--dry-run", "--processes", "2")
    assert report(printed) == (POSTS, POSTS // 3, POSTS // 3)
    assert "would be held" in printed and "--resume" in beside
    assert town.rows("SELECT count(*) FROM moderation_events") == [(0,)]


def test_who_is_told_to_end_gives_its_part_back(town: Town, command: Command, archive: list[int]) -> None:
    scanner = town.parvis.scanner
    scan_id = town.run(scanner.begin(dry=True))
    arguments = ["--data", str(town.settings.data_dir), "moderation", "scan", "--worker", str(scan_id)]
    begun = "SELECT count(*) FROM scan_parts WHERE scan_id = %s AND worker <> '' AND NOT done"
    with town.database() as db, db.transaction():
        db.execute("LOCK TABLE posts IN ACCESS EXCLUSIVE MODE")  # the first batch does not come
        worker = subprocess.Popen([sys.executable, "-m", "parvis", *arguments], stderr=subprocess.PIPE)
        while town.rows(begun, scan_id) == [(0,)]:
            assert worker.poll() is None, worker.communicate()[1].decode()
            time.sleep(0.1)
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)
        assert town.rows(begun, scan_id) == [(0,)]
    assert report(command("--resume")[0])[0] == POSTS


def test_parts_of_who_was_cut_off_are_waited_for(town: Town, command: Command, archive: list[int]) -> None:
    scan_id = town.run(town.parvis.scanner.begin(dry=True))
    with town.database() as db:
        db.execute(
            "UPDATE scan_parts SET worker = 'gone', seen_at = now() WHERE scan_id = %s AND part = 63", (scan_id,)
        )
        assert "hold parts: resume it in 300 seconds" in command("--resume", "--processes", "1", code=1)[1]
        db.execute(
            "UPDATE scan_parts SET seen_at = now() - interval '301 s' WHERE scan_id = %s AND part = 63", (scan_id,)
        )
    assert report(command("--resume", "--processes", "1")[0])[0] == POSTS


def test_nobody_at_work_and_no_cluster_are_said_and_begin_nothing(town: Town, command: Command) -> None:
    assert "nobody would work" in command("--processes", "0", code=1)[1]
    assert "nobody would work" in command("--processes", "-1", code=1)[1]
    assert town.run(town.parvis.scanner.unended()) is None


# On a cluster ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster(town: Town) -> Iterator[Any]:
    """Two Ray nodes on this machine, of one core each."""
    pytest.importorskip("ray")
    utils = pytest.importorskip("ray.cluster_utils")
    given = {
        "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path if path),
        "PARVIS_SECRETS_KEY": town.settings.secrets.key,
        "PARVIS_MODERATION_SCAN_BATCH": "4",
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        small = {"num_cpus": 1, "object_store_memory": 80 * 1024 * 1024}
        made = utils.Cluster(initialize_head=True, head_node_args={**small, "include_dashboard": False})
        try:
            made.add_node(**small)
            made.wait_for_nodes()
            yield made
        finally:
            made.shutdown()


def test_two_nodes_of_a_cluster_screen_each_post_once_as_one_machine_does(
    town: Town, command: Command, archive: list[int], cluster: Any
) -> None:
    alone, _ = command("--dry-run", "--processes", "1")
    together, beside = command("--dry-run", "--processes", "0", "--ray", cluster.address)
    assert report(together) == report(alone) == (POSTS, POSTS // 3, POSTS // 3)
    assert "Nodes of the cluster that worked too: 2." in beside
    printed, _ = command("--processes", "1", "--ray", cluster.address)
    assert report(printed) == report(alone) and "are now held" in printed
    done_once(town, archive)


def test_a_node_with_other_word_lists_does_not_judge(
    town: Town, command: Command, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parvis.cli.ray_scan.lists_digest", lambda data: "what this machine has")
    said = command("--dry-run", "--processes", "0", "--ray", cluster.address, code=1)[1]
    assert "The scan is not complete" in said and "are not those of the machine that asks" in said
    scan_id = town.run(town.parvis.scanner.unended())
    assert town.run(town.parvis.scanner.progress(scan_id)).screened == 0
    assert "is ended" in command("--end")[0]


def test_a_cluster_that_is_not_there_is_said_and_begins_nothing(town: Town, command: Command) -> None:
    pytest.importorskip("ray")
    said = command("--ray", "127.0.0.1:1", code=1)[1]
    assert "no Ray cluster at 127.0.0.1:1" in said
    assert town.run(town.parvis.scanner.unended()) is None
