"""Screen the archive again, under the policy and the model of now."""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import IO, Any

from parvis.cli.database import database
from parvis.cli.garbage import collect_seldom
from parvis.cli.lifeline import end_with_parent
from parvis.cli.stop import FAILED, Stop
from parvis.kernel.errors import ParvisError
from parvis.moderation.scan import Progress
from parvis.settings import Settings, load_settings

_EVERY_S = 1.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is scanned, and by how many."""
    parser.add_argument("--dry-run", action="store_true", help="only count what would be held or queued")
    parser.add_argument("--since", metavar="DATE", help="posts from this day on (YYYY-MM-DD); default: all")
    parser.add_argument("--resume", action="store_true", help="go on with the scan that was stopped")
    parser.add_argument("--end", action="store_true", help="end the scan that was stopped; what it did stays")
    parser.add_argument(
        "--processes", type=int, metavar="N", help="workers on this machine (default: one per core; with --ray also 0)"
    )
    parser.add_argument("--ray", metavar="ADDRESS", help="let the nodes of a Ray cluster work too (the extra `ray`)")
    parser.add_argument("--worker", type=int, default=None, help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Begin or resume a scan and wait for it, with a line of progress."""
    if options.child:
        end_with_parent(signal.SIGTERM)
    with database(load_settings(os.environ)) as settings:
        try:
            return asyncio.run(_work(settings, options.worker) if options.worker else _scan(settings, options))
        except ParvisError as error:
            raise Stop(FAILED, error.message) from error


async def _work(settings: Settings, scan_id: int) -> int:
    from parvis.app import build

    app = build(settings)
    collect_seldom()
    async with app.running():
        working = asyncio.create_task(app.scanner.work(scan_id, str(os.getpid())))
        # Who is told to end gives back the part that it had begun.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
        try:
            await working
        except asyncio.CancelledError:
            return 128 + signal.SIGTERM
    return 0


async def _scan(settings: Settings, options: argparse.Namespace) -> int:
    from parvis.app import build

    app = build(settings)
    async with app.running():
        scanner = app.scanner
        scan_id = await scanner.unended()
        if options.end:
            if scan_id is None:
                raise Stop(FAILED, "There is no scan to end.")
            await scanner.finish(scan_id, "ended by hand")
            print(f"OK: the scan {scan_id} is ended; what it did stays.")
            return 0
        if options.resume and scan_id is None:
            raise Stop(FAILED, "There is no scan to resume.")
        here = (os.cpu_count() or 1) if options.processes is None else options.processes
        if here < 0 or not (here or options.ray):
            raise Stop(FAILED, f"--processes {here}: nobody would work.")
        cluster = _cluster(options.ray, settings) if options.ray else None
        if not options.resume:
            scan_id = await scanner.begin(dry=options.dry_run, since_ms=_since(options.since))
        assert scan_id is not None
        print(f"Scan {scan_id}. Stopped, it goes on with: parvis moderation scan --resume", file=sys.stderr)
        began = time.monotonic()
        faults = await _together(settings, scanner, scan_id, here, cluster, began)
        found = await scanner.progress(scan_id)
        _show(found, began, last=True)
        if not found.done:
            held = f"workers that were cut off still hold parts: resume it in {settings.moderation.scan_patience_s} seconds"
            reason = found.stopped or next(iter(faults), held)
            raise Stop(FAILED, f"The scan is not complete: {reason}")
        for fault in dict.fromkeys(faults):
            print(f"A worker could not help: {fault}", file=sys.stderr)
        await scanner.finish(scan_id)
        _report(found)
    return 0


async def _together(settings: Settings, scanner: Any, scan_id: int, here: int, cluster: Any, began: float) -> list[str]:
    """Have so many workers of this machine and those of the cluster work until nothing is left to do; what went wrong."""
    with ExitStack() as stack:
        if cluster:
            stack.callback(cluster.close)
        # What workers say goes to a file: it fills no pipe that nobody reads.
        beside = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(here)]
        workers = [_start(settings, scan_id, said) for said in beside]
        try:
            if cluster:
                cluster.start(scan_id)
            found = await scanner.progress(scan_id)
            while not found.done and (_alive(workers) or (cluster and cluster.working())):
                await asyncio.sleep(_EVERY_S)
                found = await scanner.progress(scan_id)
                _show(found, began)
            faults = [
                await asyncio.to_thread(_fault, worker, said) for worker, said in zip(workers, beside, strict=True)
            ]
            if cluster:
                nodes, wrong = await asyncio.to_thread(cluster.result)
                print(f"Nodes of the cluster that worked too: {nodes}.", file=sys.stderr)
                faults += wrong
        except BaseException:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait()  # they give back what they had begun
            raise
    return [fault.splitlines()[-1].removeprefix("parvis: ") for fault in faults if fault]


def _since(day: str | None) -> int:
    if not day:
        return 0
    try:
        return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError as error:
        raise Stop(FAILED, f"--since {day}: not a day as in 2026-01-31.") from error


def _start(settings: Settings, scan_id: int, said: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "parvis", "--data", str(settings.data_dir), "moderation", "scan"]
    env = os.environ | {"PARVIS_DATABASE_URL": settings.database.url, "PARVIS_LOGS_LEVEL": "error"}
    return subprocess.Popen([*command, "--worker", str(scan_id)], env=env, stderr=said)


def _fault(worker: subprocess.Popen[bytes], said: IO[bytes]) -> str:
    """The last that a worker said, where it failed. Waits for its end."""
    if worker.wait() == 0:
        return ""
    said.seek(0)
    return said.read().decode(errors="replace").strip()


def _alive(workers: list[subprocess.Popen[bytes]]) -> bool:
    return any(worker.poll() is None for worker in workers)


def _cluster(address: str, settings: Settings) -> Any:
    try:
        from parvis.cli.ray_scan import Cluster
    except ImportError as error:
        raise Stop(FAILED, "--ray needs the extra `ray`: pip install 'parvis[ray]'.") from error
    try:
        return Cluster(address, settings)
    except OSError as error:
        raise Stop(FAILED, f"There is no Ray cluster at {address}: {str(error).splitlines()[0]}") from error


def _show(found: Progress, began: float, *, last: bool = False) -> None:
    seconds = max(time.monotonic() - began, 0.001)
    share = min(1.0, found.screened / found.posts) if found.posts else 1.0
    text = (
        f"{found.screened} posts ({100 * share:.0f} %), {found.screened / seconds:.0f}/s, "
        f"{found.held} to hold, {found.queued} to queue"
    )
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="\n" if last else "", file=sys.stderr, flush=True)
    elif last:
        print(text, file=sys.stderr)


def _report(found: Progress) -> None:
    word = "would be" if found.dry else "are now"
    print(f"OK: {found.screened} posts screened under policy {found.policy}, model {found.model or 'none'}.")
    print(f"{found.held} posts {word} held, {found.queued} {word} queued for a person.")
    for rule, count in sorted(found.rules.items(), key=lambda pair: -pair[1]):
        print(f"  {rule}: {count}")
    for example in found.examples[:10]:
        print(f"  {example['post']} ({', '.join(example['rules'])}): {example['text']}")
