"""The migration runner: SQL files in order, each once, under one lock, with checksums.

`NNNN_pre_*.sql` runs before the new release starts and must work under the previous one; `NNNN_post_*.sql` runs after.
A file that begins with `-- no-transaction` runs statement by statement (CREATE INDEX CONCURRENTLY); all others in one
transaction each.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any, Literal, NamedTuple

import psycopg

from parvis.kernel.errors import ParvisError

_FILE = re.compile(r"^(\d{4})_(pre|post)_([a-z0-9_]+)\.sql$")
_LOCK = 0x5041525649  # an arbitrary number of our own: two processes never migrate at once
_OLDEST = 160000

_CREATE_TABLE = (
    b"CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, checksum text NOT NULL,"
    b" applied_at timestamptz NOT NULL DEFAULT now())"
)


class MigrationError(ParvisError):
    """The database could not be brought up to date"""


class Migration(NamedTuple):
    """One file."""

    name: str
    phase: Literal["pre", "post"]
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def shipped() -> list[Migration]:
    """Every migration of this release, in order."""
    found: list[Migration] = []
    for file in resources.files("parvis.db").joinpath("migrations").iterdir():
        match = _FILE.match(file.name)
        if match:
            phase: Literal["pre", "post"] = "pre" if match[2] == "pre" else "post"
            found.append(Migration(file.name.removesuffix(".sql"), phase, file.read_text(encoding="utf-8")))
    return sorted(found)


def _applied(connection: psycopg.Connection[Any]) -> dict[str, str]:
    connection.execute(_CREATE_TABLE)
    return dict(connection.execute(b"SELECT name, checksum FROM migrations").fetchall())


def check_version(connection: psycopg.Connection[Any]) -> None:
    """MigrationError where the server is older than PostgreSQL 16."""
    version = connection.info.server_version
    if version < _OLDEST:
        raise MigrationError(
            f"PostgreSQL {version // 10000} is too old: Parvis needs 16 or newer. "
            "Upgrade the server, or unset PARVIS_DATABASE_URL to use the embedded one."
        )


def pending(url: str) -> list[Migration]:
    """What is shipped and not applied. MigrationError where an applied file was changed, or is newer than this release."""
    with psycopg.connect(url, autocommit=True) as connection:
        check_version(connection)
        return _pending(_applied(connection))


def _pending(applied: dict[str, str]) -> list[Migration]:
    ours = {migration.name: migration for migration in shipped()}
    for name, checksum in applied.items():
        if name not in ours:
            raise MigrationError(
                f"The database was migrated by a newer release of Parvis (it has {name}); use that one."
            )
        if ours[name].checksum != checksum:
            raise MigrationError(f"The migration {name} was changed after it had been applied.")
    return [migration for migration in ours.values() if migration.name not in applied]


def migrate(
    url: str,
    *,
    phase: Literal["pre", "post", "all"] = "all",
    lock_timeout_s: float = 5,
    statement_timeout_s: float = 600,
    progress: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Apply what is pending; returns the names. A second process waits, then finds nothing to do.

    A lock that is not had within `lock_timeout_s` undoes the migration rather than stall the running site.
    """
    done: list[str] = []
    with psycopg.connect(url, autocommit=True) as connection:
        check_version(connection)
        connection.execute(b"SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            connection.execute(b"SELECT set_config('lock_timeout', %s, false)", [f"{int(lock_timeout_s * 1000)}ms"])
            limit = f"{int(statement_timeout_s * 1000)}ms"
            connection.execute(b"SELECT set_config('statement_timeout', %s, false)", [limit])
            for migration in _pending(_applied(connection)):
                if phase not in ("all", migration.phase):
                    continue
                progress(migration.name)
                _apply(connection, migration)
                done.append(migration.name)
        finally:
            connection.execute(b"SELECT pg_advisory_unlock(%s)", [_LOCK])
    return done


def _apply(connection: psycopg.Connection[Any], migration: Migration) -> None:
    try:
        if migration.text.startswith("-- no-transaction"):
            for statement in _statements(migration.text):
                connection.execute(statement.encode())
            _note(connection, migration)
        else:
            with connection.transaction():
                connection.execute(migration.text.encode())
                _note(connection, migration)
    except psycopg.Error as error:
        raise MigrationError(f"The migration {migration.name} failed and was undone: {error}") from error


def _note(connection: psycopg.Connection[Any], migration: Migration) -> None:
    connection.execute(b"INSERT INTO migrations (name, checksum) VALUES (%s, %s)", [migration.name, migration.checksum])


def _statements(text: str) -> Iterator[str]:
    """Statements of a no-transaction file: they end with a semicolon at the end of a line."""
    for part in re.split(r";[ \t]*\n", text + "\n"):
        if re.sub(r"--[^\n]*", "", part).strip():
            yield part
