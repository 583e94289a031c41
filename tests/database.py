"""One embedded PostgreSQL for a whole test run, shared by its workers; a migrated template; a fresh database per test."""

import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from parvis.db.embedded import EmbeddedPostgres
from parvis.db.migrate import migrate

# Nothing in a test's database is worth a flush to disk.
_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "autovacuum": "off",
}
_TEMPLATE = "parvis_template"


class TestServer:
    """Where the server is, and the databases made on it."""

    __test__ = False

    def __init__(self, address: str) -> None:
        self.address = address

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return self.address.replace("/parvis?", f"/{name}?")

    def run(self, statement: sql.Composed) -> None:
        """One statement outside of any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, template: str = _TEMPLATE) -> str:
        """A fresh database; returns its name."""
        name = f"test_{secrets.token_hex(6)}"
        # FILE_COPY is quicker than WAL_LOG where nothing is flushed.
        self.run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def drop(self, name: str) -> None:
        """Drop it, whoever is still connected."""
        self.run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def shared_server(run_id: str) -> Iterator[TestServer]:
    """The run's server. The first worker starts it; the last one to leave stops it."""
    root = Path(tempfile.gettempdir()) / f"parvis-test-{os.getuid()}-{run_id}"
    root.mkdir(exist_ok=True, mode=0o711)
    state = root / "state.json"
    with (root / "users.lock").open("w") as users, (root / "state.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        server = None
        if state.exists():
            address = json.loads(state.read_text())["address"]
        else:
            server = EmbeddedPostgres(root / "postgres", _OPTIONS)
            address = server.start()
            made = TestServer(address)
            made.run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_TEMPLATE)))
            migrate(made.url(_TEMPLATE))
            state.write_text(json.dumps({"address": address}))
        # Shared while used: who started the server waits until it can have the lock alone.
        fcntl.flock(users, fcntl.LOCK_SH)
        fcntl.flock(guard, fcntl.LOCK_UN)
        try:
            yield TestServer(address)
        finally:
            if server:
                fcntl.flock(users, fcntl.LOCK_EX)
                server.stop()
                shutil.rmtree(root, ignore_errors=True)
