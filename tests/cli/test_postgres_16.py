"""Parvis on a PostgreSQL of one's own, of the oldest version that it takes: 16, as hosts offer it."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from tests.cast import Town, open_town
from tests.planning import FILES, SOURCE, faults
from tests.site import ServedSite

from parvis.db.embedded import binaries
from parvis.db.passage import open_way, server_user
from parvis.settings import load_settings

# The wheel of the embedded server carries both versions.
BIN = binaries().parents[1] / "pginstall" / "bin"


@pytest.fixture(scope="module")
def old_server() -> Iterator[str]:
    """The address of a fresh PostgreSQL 16 on a socket of its own, with one empty database."""
    user = server_user()
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    with tempfile.TemporaryDirectory(prefix="pg16-") as made:
        home = Path(made)
        if user:
            open_way(user, BIN / "postgres")
            os.chown(home, user.pw_uid, user.pw_gid)
        cluster = home / "cluster"
        options = ["--username=owner", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        made_by = [str(BIN / "initdb"), "-D", str(cluster), *options]
        done = subprocess.run(made_by, env=env, cwd="/", capture_output=True, text=True, check=False, **who)
        assert done.returncode == 0, done.stderr
        flags = {"listen_addresses": "", "unix_socket_directories": made, "fsync": "off", "shared_buffers": "32MB"}
        command = [str(BIN / "postgres"), "-D", str(cluster)]
        command += [part for name, value in flags.items() for part in ("-c", f"{name}={value}")]
        with (home / "log").open("wb") as log:
            server = subprocess.Popen(command, env=env, cwd="/", stdout=log, stderr=log, **who)
        try:
            base = f"postgresql://owner@/{{}}?host={quote(made, safe='')}"
            _create(base.format("postgres"), server, home / "log")
            yield base.format("parvis")
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:  # who is still connected is put out
                server.send_signal(2)
                server.wait(20)


def _create(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        assert server.poll() is None, log.read_text()
        try:
            with psycopg.connect(address, autocommit=True) as db:
                assert db.info.server_version // 10000 == 16
                db.execute(b"CREATE DATABASE parvis")
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def site(old_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    """A site whose database was made by `parvis migrate`; not yet served."""
    settings = {"PARVIS_DATABASE_URL": old_server, "PARVIS_LIMITS_ENABLED": "yes"}
    made = ServedSite(tmp_path_factory.mktemp("site16") / "data", **settings)
    said = made.parvis("migrate")
    assert "migrations applied" in said
    assert made.parvis("migrate").strip() == "The database is up to date."
    yield made
    made.stop()


@pytest.fixture(scope="module")
def town(site: ServedSite, old_server: str) -> Iterator[Town]:
    settings = load_settings({"PARVIS_DATABASE_URL": old_server, "PARVIS_LIMITS_ENABLED": "no"}, site.data)
    with open_town(settings) as running:
        yield running


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_statement_can_be_planned(site: ServedSite, old_server: str, path: Path) -> None:
    with psycopg.connect(old_server, autocommit=True) as db:
        assert faults(path, db) == []


def test_people_post_answer_vote_and_find(town: Town) -> None:
    post = town.amina.write("Une chouette au marché #marché", language="fr")
    reply = town.bruno.write("@amina a bicycle bell, too", in_reply_to_id=post["id"])
    for what in ("favourite", "reblog", "bookmark"):
        assert town.chloe.act(post, what).status == 200
    assert town.bruno.post(f"/api/v1/accounts/{town.amina.id}/follow").status == 200
    found = town.bruno.get("/api/v2/search", query={"q": "chouettes", "type": "statuses"}).json
    assert [one["id"] for one in found["statuses"]] == [post["id"]]
    assert post["id"] in [one["id"] for one in town.bruno.get("/api/v1/timelines/home").json]
    context = town.visitor.get(f"/api/v1/statuses/{post['id']}/context").json
    assert [one["id"] for one in context["descendants"]] == [reply["id"]]
    told = town.amina.get("/api/v1/notifications").json
    assert {one["type"] for one in told} == {"mention", "favourite", "reblog", "follow"}


def test_it_is_served_with_its_worker(site: ServedSite) -> None:
    name, _ = site.member()
    site.start()
    assert name in site.parvis("admin", "accounts", "list")
    checks = site.parvis("check")
    assert "database version: PostgreSQL 16" in checks
    assert "worker: seen" in checks
