"""Serve the network on this machine: database, web and work under one supervisor."""

import argparse
import errno
import os
import shutil
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg

from parvis.cli import folder
from parvis.cli.database import embedded, reach
from parvis.cli.stop import FAILED, PORT_TAKEN, Stop
from parvis.cli.supervisor import Child, Supervisor
from parvis.db.embedded import EmbeddedPostgres
from parvis.db.migrate import migrate
from parvis.db.ring import Event, Kind, Ring
from parvis.db.sql import load
from parvis.http.metrics import SHARED, forget_process
from parvis.kernel.ids import new_id
from parvis.settings import Settings, ensure_key, load_settings

SQL = load(__package__)
PARVIS = ["-m", "parvis"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--demo", action="store_true", help="fill the network with a small living town")
    parser.add_argument("--port", type=int, help="port to listen on (PARVIS_HTTP_PORT; 8000)")
    parser.add_argument("--host", help="address to listen on (PARVIS_HTTP_HOST; 127.0.0.1)")
    parser.add_argument(
        "--processes", type=int, help="web processes (PARVIS_HTTP_PROCESSES; one per core, four at most)"
    )


def run(options: argparse.Namespace) -> int:
    """Start everything, say where it is, watch over it until told to stop."""
    began = time.monotonic()
    for name in ("port", "host", "processes"):
        if getattr(options, name) is not None:
            os.environ[f"PARVIS_HTTP_{name.upper()}"] = str(getattr(options, name))
    settings = load_settings(os.environ)
    folder.prepare(settings.data_dir)
    held = folder.lock(settings.data_dir)
    listener = bind(settings.http.host, settings.http.port)
    ensure_key(settings.data_dir)
    server = None if settings.database.url else embedded(settings)
    supervisor = Supervisor()
    supervisor.catch_signals()
    try:
        url = _open_database(settings, server)
        Ring.create(settings.data_dir / "run" / "ring").close()
        _start_children(supervisor, settings, url, listener)
        _await_answer(supervisor, listener)
        if not supervisor.stopping:
            _greet(settings, url, listener, time.monotonic() - began)
        if options.demo and not supervisor.stopping:
            supervisor.add(
                Child("demo", [*PARVIS, "demo", "--child"], _environment(settings, url, listener), once=True)
            )
        return supervisor.watch(lambda: server is None or server.alive())
    finally:
        supervisor.stop_children()
        listener.close()
        if server:
            server.stop()
        os.close(held)
        if supervisor.stopping:
            print("Stopped.", flush=True)


def bind(host: str, port: int) -> socket.socket:
    """The listening socket that every web process shares. Stop where the port is taken or not ours to take."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if isinstance(error, PermissionError):
            reason = "needs the rights of root below 1024"
        elif isinstance(error, socket.gaierror):
            reason = "cannot be used: the address is unknown"
        else:
            reason = "is taken by another program" if error.errno == errno.EADDRINUSE else str(error.strerror)
        raise Stop(
            PORT_TAKEN, f"Port {port} on {host} {reason}. Stop that program, or choose another port: --port {port + 1}"
        ) from error
    listener.set_inheritable(True)
    return listener


def _open_database(settings: Settings, server: EmbeddedPostgres | None) -> str:
    if server:
        url = server.start(lambda line: print(line, flush=True))
    else:
        url = settings.database.url
        reach(url)
    migrate(url, progress=lambda name: print(f"Migrating: {name}", flush=True))
    return url


def process_count(settings: Settings) -> int:
    """Web processes of this machine."""
    return settings.http.processes or min(4, os.cpu_count() or 1)


def _environment(settings: Settings, url: str, listener: socket.socket) -> dict[str, str]:
    # The same number for every child: the counters of rate limits are shared by process index.
    return {
        **os.environ,
        "PARVIS_DATA_DIR": str(settings.data_dir),
        "PARVIS_DATABASE_URL": url,
        "PARVIS_HTTP_PORT": str(listener.getsockname()[1]),
        "PARVIS_HTTP_PROCESSES": str(process_count(settings)),
        "PARVIS_ORIGIN_ID": os.environ.setdefault("PARVIS_ORIGIN_ID", str(new_id())),
    }


def _start_children(supervisor: Supervisor, settings: Settings, url: str, listener: socket.socket) -> None:
    environment = _environment(settings, url, listener)
    figures = settings.data_dir / "run" / "metrics"
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir(parents=True)
    environment[SHARED] = str(figures)
    fd = listener.fileno()
    for index in range(process_count(settings)):
        command = [*PARVIS, "web", "--child", "--fd", str(fd)]
        child = Child(f"web {index}", command, {**environment, "PARVIS_PROCESS": str(index)}, fds=(fd,))
        child.on_death = lambda pid: _bury(pid, settings.data_dir, figures)
        supervisor.add(child)
    work = Child("work", [*PARVIS, "work", "--child"], environment)
    work.on_death = lambda pid: _bury(pid, settings.data_dir, figures)
    supervisor.add(work)


def _bury(pid: int, data_dir: Path, figures: Path) -> None:
    """What a dead process had committed may not have been announced: the others drop what they keep. And what it said of
    its state is no longer so."""
    forget_process(pid, figures)
    ring = Ring(data_dir / "run" / "ring")
    ring.append([Event(Kind.RESET)])
    ring.close()


def _await_answer(supervisor: Supervisor, listener: socket.socket, timeout_s: float = 60) -> None:
    """Wait for the first answer. Stop where the web processes die instead."""
    name = listener.getsockname()
    host, port = str(name[0]), int(name[1])
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host) or host  # noqa: S104
    address = f"http://[{host}]:{port}/health" if ":" in host else f"http://{host}:{port}/health"
    deadline = time.monotonic() + timeout_s
    while not supervisor.stopping and time.monotonic() < deadline:
        if supervisor.failures >= 2 * supervisor.count:
            raise Stop(FAILED, "The web processes end as soon as they start; the reason stands above.")
        supervisor.tend()
        try:
            # Any answer will do, a 404 too: it serves.
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    if not supervisor.stopping:
        raise Stop(FAILED, f"The web processes did not answer within {timeout_s:.0f} s.")


def _greet(settings: Settings, url: str, listener: socket.socket, seconds: float) -> None:
    port = listener.getsockname()[1]
    print(
        f"Parvis serves at {settings.site.origin or f'http://{settings.http.host}:{port}'} (ready in {seconds:.1f} s)"
    )
    if not settings.limits.enabled:
        print("WARNING: the rate limits are OFF (PARVIS_LIMITS_ENABLED). Only for load tests, never on the open net.")
    if not _has_owner(url):
        print("No administrator yet. Make the first one, in another terminal:")
        print(f"  {_command()} admin accounts create NAME --email YOU@EXAMPLE.ORG --role owner")
    print("Ctrl-C stops it.", flush=True)


def _command() -> str:
    here = Path(__file__).parents[3]
    data = os.environ.get("PARVIS_DATA_DIR", "")
    given = f" --data {data}" if data and Path(data) != Path("data").absolute() else ""
    script = here / "script" / "parvis"
    return f"{script if script.exists() else 'parvis'}{given}"


def _has_owner(url: str) -> bool:
    with psycopg.connect(url) as connection:
        row = connection.execute(SQL.has_owner).fetchone()
    return bool(row and row[0])
