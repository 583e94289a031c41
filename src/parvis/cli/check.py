"""Check the health of this server: named checks with hints."""

import argparse
import json
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import psycopg

from parvis.cli.database import embedded
from parvis.cli.folder import LAYOUT
from parvis.db.migrate import MigrationError, check_version, pending
from parvis.db.ring import Ring
from parvis.db.sql import load
from parvis.kernel.errors import ParvisError
from parvis.settings import Settings, load_settings

SQL = load(__package__)

_LITTLE_DISK = 1024**3
_NO_DISK = 128 * 1024**2


class Finding(NamedTuple):
    """What one check found. A hint says what to do."""

    check: str
    state: Literal["ok", "warn", "fail"]
    text: str
    hint: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace) -> int:
    """Print the findings; exit code 1 where one failed."""
    found = list(findings(load_settings(os.environ)))
    if options.json:
        print(json.dumps([finding._asdict() for finding in found], indent=2))
    else:
        for finding in found:
            print(f"{finding.state:<4}  {finding.check}: {finding.text}")
            if finding.hint:
                print(f"      → {finding.hint}")
    return 1 if any(finding.state == "fail" for finding in found) else 0


def findings(settings: Settings) -> Iterator[Finding]:
    """Every check, in order. The database's are left out where it cannot be reached."""
    for check in (data_folder, disk, keys, media, ring):
        yield check(settings)
    yield from database(settings)
    yield mail(settings)
    yield limits(settings)


def data_folder(settings: Settings) -> Finding:
    """The folder is there, ours, and of this version."""
    path = settings.data_dir
    try:
        layout = int((path / "version").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return Finding(
            "data folder", "fail", f"{path} is no data folder of Parvis", "Run parvis serve once, or give --data."
        )
    if layout > LAYOUT:
        return Finding("data folder", "fail", f"{path} is of a newer Parvis", "Use that release.")
    if not os.access(path, os.W_OK):
        return Finding("data folder", "fail", f"{path} is not writable", "Run as the user who made it.")
    return Finding("data folder", "ok", str(path))


def disk(settings: Settings) -> Finding:
    """Room where the database and the pictures are."""
    path = settings.data_dir if settings.data_dir.exists() else settings.data_dir.parent
    try:
        free = shutil.disk_usage(path).free
    except OSError as error:
        return Finding("disk", "fail", f"cannot be looked at: {error.strerror}")
    text = f"{free / 1024**3:.1f} GiB free"
    if free < _NO_DISK:
        return Finding("disk", "fail", text, "Nothing can be stored soon: make room or move the data folder.")
    if free < _LITTLE_DISK:
        return Finding("disk", "warn", text, "Make room before it is full.")
    return Finding("disk", "ok", text)


def keys(settings: Settings) -> Finding:
    """Secret files are for their owner's eyes only."""
    folder = settings.data_dir / "keys"
    try:
        files = [path for path in folder.iterdir() if path.is_file()]
    except OSError:
        files = []
    if not files and not settings.secrets.key:
        return Finding("keys", "fail", "there is no secret key", "Run parvis serve once, or set PARVIS_SECRETS_KEY.")
    opened = [path for path in files if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    if opened:
        names = " ".join(map(str, opened))
        return Finding("keys", "fail", "others on this machine can read a key", f"chmod 600 {names}")
    return Finding("keys", "ok", f"{len(files)} in {folder}")


def media(settings: Settings) -> Finding:
    """Pictures can be stored."""
    if settings.media.s3_bucket:
        return Finding("media store", "ok", f"bucket {settings.media.s3_bucket}")
    folder = settings.data_dir / "media"
    place = folder if folder.exists() else settings.data_dir
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"x")
    except OSError as error:
        return Finding(
            "media store", "fail", f"{place} cannot be written: {error.strerror}", "Check its owner and the disk."
        )
    return Finding("media store", "ok", str(folder))


def ring(settings: Settings) -> Finding:
    """The processes of this machine hear each other."""
    path: Path = settings.data_dir / "run" / "ring"
    try:
        opened = Ring(path)
    except FileNotFoundError:
        return Finding("ring", "warn", "there is none", "It is made when parvis serve or parvis web starts.")
    except (OSError, ValueError) as error:
        return Finding("ring", "fail", str(error), "Stop Parvis, delete the file, start again.")
    head = opened.head
    opened.close()
    return Finding("ring", "ok", f"{head} changes since the start")


def database(settings: Settings) -> Iterator[Finding]:
    """Reachable, new enough, migrated, its clock, and the worker's sign of life."""
    url = settings.database.url or embedded(settings).running_address()
    if not url:
        yield Finding("database", "fail", "the embedded PostgreSQL does not run", "Start parvis serve.")
        return
    try:
        with psycopg.connect(url, connect_timeout=5, autocommit=True) as connection:
            began = time.perf_counter()
            connection.execute(b"SELECT 1")
            took = (time.perf_counter() - began) * 1000
            yield Finding("database", "ok", f"answers in {took:.1f} ms")
            yield _guarded("database version", lambda: _version(connection))
            yield _guarded("migrations", lambda: _migrations(url))
            yield _guarded("clock", lambda: _clock(connection))
            yield _guarded("worker", lambda: _worker(connection))
            yield _guarded("jobs", lambda: _jobs(connection))
    except psycopg.Error as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[-1]
        yield Finding("database", "fail", reason, "Is PARVIS_DATABASE_URL right, and the server up?")


def _guarded(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except (psycopg.Error, ParvisError) as error:
        return Finding(name, "fail", (str(error).strip().splitlines() or [""])[0])


def _version(connection: psycopg.Connection) -> Finding:
    check_version(connection)
    return Finding("database version", "ok", f"PostgreSQL {connection.info.server_version // 10000}")


def _migrations(url: str) -> Finding:
    try:
        names = [found.name for found in pending(url)]
    except MigrationError as error:
        return Finding("migrations", "fail", str(error))
    if names:
        return Finding("migrations", "fail", f"{len(names)} are pending: {', '.join(names)}", "parvis migrate")
    return Finding("migrations", "ok", "all applied")


def _clock(connection: psycopg.Connection) -> Finding:
    row = connection.execute(SQL.clock).fetchone()
    apart = abs(time.time() - row[0]) if row else 0.0
    if apart > 2:
        return Finding(
            "clock", "fail", f"{apart:.1f} s apart from the database's", "Let NTP set both machines' clocks."
        )
    return Finding("clock", "ok", f"within {max(apart, 0.001):.3f} s of the database's")


def _worker(connection: psycopg.Connection) -> Finding:
    row = connection.execute(SQL.last_heartbeat).fetchone()
    if not row or row[0] is None:
        return Finding("worker", "warn", "none was ever seen", "parvis serve starts one; so does parvis work.")
    if row[0] > 60:
        return Finding("worker", "fail", f"last seen {row[0]:.0f} s ago", "Start parvis work, or look at its log.")
    return Finding("worker", "ok", f"seen {row[0]:.0f} s ago")


def _jobs(connection: psycopg.Connection) -> Finding:
    failed = connection.execute(SQL.failed_jobs).fetchall()
    if failed:
        names = ", ".join(f"{task} ({count})" for task, count in failed)
        return Finding("jobs", "warn", f"given up: {names}", "The worker's log says why.")
    return Finding("jobs", "ok", "none was given up")


def mail(settings: Settings) -> Finding:
    """Whether addresses are confirmed and passwords can be reset by mail."""
    if settings.mail_on:
        return Finding("mail", "ok", f"through {settings.mail.host}")
    return Finding("mail", "warn", "not configured: addresses are not confirmed", "Set PARVIS_MAIL_HOST.")


def limits(settings: Settings) -> Finding:
    """Off only for load tests."""
    if settings.limits.enabled:
        return Finding("rate limits", "ok", "on")
    return Finding("rate limits", "fail", "OFF", "Unset PARVIS_LIMITS_ENABLED: it is for load tests only.")
