"""Nothing that was acknowledged is lost, whatever dies."""

import contextlib
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import psutil
import psycopg
import pytest
from tests.cast import open_town

from parvis.auth.keys import digest
from parvis.db.embedded import EmbeddedPostgres
from parvis.db.migrate import MigrationError, migrate, pending, shipped
from parvis.kernel.ids import new_id
from parvis.settings import Settings


class Site:
    """A served site that can be killed."""

    def __init__(self, data: Path) -> None:
        self.data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    def start(self) -> None:
        """Start and wait until it answers."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("PARVIS_")} | {"PARVIS_LIMITS_ENABLED": "no"}
        command = [sys.executable, "-m", "parvis", "serve", "--data", str(self.data), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--processes", "2"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(300):
            with contextlib.suppress(OSError):
                if self.call("GET", "/api/v1/timelines/public")[0] == 200:
                    return
            time.sleep(0.1)
        raise AssertionError("the site did not start")

    def call(self, method: str, path: str, body: object = None, token: str = "") -> tuple[int, bytes]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def processes(self) -> list[psutil.Process]:
        """The supervisor, the web and work processes, the database."""
        return [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]

    def kill(self, *processes: psutil.Process) -> None:
        """SIGKILL, and wait until they are gone."""
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(processes, timeout=20)

    def stop(self) -> None:
        """An orderly end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def member(self) -> str:
        """A member's token, by rows."""
        address = EmbeddedPostgres(self.data / "postgres").running_address()
        assert address
        token, account = secrets.token_urlsafe(16), new_id()
        name = f"m{secrets.token_hex(4)}"
        with psycopg.connect(address) as db:
            db.execute("INSERT INTO accounts (id, username, body) VALUES (%s, %s, %s)", (account, name, b'{"id":"1"}'))
            db.execute("INSERT INTO account_stats (account_id) VALUES (%s)", (account,))
            db.execute(
                "INSERT INTO members (account_id, email, email_key, confirmed_at, approved_at, password_hash)"
                " VALUES (%s, %s, %s, now(), now(), 'x')",
                (account, name, name),
            )
            db.execute(
                "INSERT INTO tokens (id, token_hash, account_id, scopes) VALUES (%s, %s, %s, '{read,write}')",
                (new_id(), digest(token), account),
            )
        return token


def test_every_acknowledged_post_is_there_after_a_kill(tmp_path: Path):
    site = Site(tmp_path / "data")
    site.start()
    tokens = [site.member() for _ in range(6)]
    acknowledged: set[str] = set()
    over = threading.Event()

    def write(token: str) -> None:
        number = 0
        while not over.is_set():
            number += 1
            try:
                status, body = site.call("POST", "/api/v1/statuses", {"status": f"post {number}"}, token)
            except (OSError, http.client.HTTPException):
                continue
            if status == 200:
                acknowledged.add(json.loads(body)["id"])

    writers = [threading.Thread(target=write, args=(token,)) for token in tokens]
    for writer in writers:
        writer.start()
    time.sleep(2)
    # First one web process in the middle of its work: the other goes on, the supervisor brings a new one.
    webs = [p for p in site.processes() if "web" in p.cmdline()[-3:] or " web" in " ".join(p.cmdline())]
    assert len(webs) >= 2
    site.kill(webs[-1])
    before = len(acknowledged)
    time.sleep(2)
    assert len(acknowledged) > before
    # Then everything at once, the database included.
    site.kill(*site.processes())
    over.set()
    for writer in writers:
        writer.join(30)
    assert len(acknowledged) > 50
    site.start()
    try:
        missing = [i for i in sorted(acknowledged) if site.call("GET", f"/api/v1/statuses/{i}")[0] != 200]
        assert missing == []
    finally:
        site.stop()


def test_the_database_goes_away_and_comes_back(tmp_path: Path, settings: Settings):
    server = EmbeddedPostgres(tmp_path / "postgres")
    address = server.start()
    migrate(address)
    database = msgspec.structs.replace(settings.database, url=address, pool_timeout_s=1)
    try:
        with open_town(msgspec.structs.replace(settings, database=database)) as town:
            post = town.amina.write("before")
            assert town.amina.get("/api/v1/timelines/home").status == 200
            server.stop()
            # What is warm is still read; what needs the database says so, and nothing is half done.
            assert town.visitor.get(f"/api/v1/statuses/{post['id']}").json["id"] == post["id"]
            answer = town.bruno.post("/api/v1/statuses", json={"status": "meanwhile"})
            assert answer.status == 503 and "not available" in answer.json["error"]
            server = EmbeddedPostgres(tmp_path / "postgres")
            assert server.start() == address
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                if town.bruno.post("/api/v1/statuses", json={"status": "after"}).status == 200:
                    break
                time.sleep(0.2)
            texts = [row[0] for row in town.rows("SELECT source FROM posts ORDER BY id")]
            assert texts == ["before", "after"]
    finally:
        server.stop()


def test_two_processes_that_migrate_at_once_apply_each_file_once(empty_database_url: str):
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: migrate(empty_database_url), range(4)))
    assert sorted(name for names in done for name in names) == [m.name for m in shipped()]
    assert pending(empty_database_url) == []


def test_a_database_of_a_newer_release_is_not_touched(database_url: str):
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute("INSERT INTO migrations (name, checksum) VALUES ('9999_pre_from_the_future', 'x')")
    with pytest.raises(MigrationError, match="newer release"):
        migrate(database_url)


def test_a_changed_migration_is_refused(database_url: str):
    with psycopg.connect(database_url, autocommit=True) as db:
        db.execute("UPDATE migrations SET checksum = 'x'")
    with pytest.raises(MigrationError, match="was changed"):
        pending(database_url)
