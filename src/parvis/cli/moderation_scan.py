"""Screen the archive again, under the policy and the model of now."""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

from parvis.cli.database import database
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
        "--processes", type=int, default=0, metavar="N", help="workers on this machine; 0: one per core"
    )
    parser.add_argument("--ray", metavar="ADDRESS", help="let the nodes of a Ray cluster work too (the extra `ray`)")
    parser.add_argument("--worker", type=int, default=None, help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Begin or resume a scan and wait for it, with a line of progress."""
    with database(load_settings(os.environ)) as settings:
        try:
            return asyncio.run(_work(settings, options.worker) if options.worker else _scan(settings, options))
        except ParvisError as error:
            raise Stop(FAILED, error.message) from error


async def _work(settings: Settings, scan_id: int) -> int:
    from parvis.app import build

    app = build(settings)
    async with app.running():
        await app.scanner.work(scan_id, str(os.getpid()))
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
        if not options.resume:
            scan_id = await scanner.begin(dry=options.dry_run, since_ms=_since(options.since))
        assert scan_id is not None
        print(f"Scan {scan_id}. Stopped, it goes on with: parvis moderation scan --resume", file=sys.stderr)
        workers = [_start(settings, scan_id) for _ in range(options.processes or os.cpu_count() or 1)]
        away = _ray(options.ray, settings, scan_id) if options.ray else None
        began = time.monotonic()
        try:
            while any(worker.poll() is None for worker in workers):
                await asyncio.sleep(_EVERY_S)
                _show(await scanner.progress(scan_id), began)
        except BaseException:
            for worker in workers:
                worker.terminate()
            raise
        if away is not None:
            await asyncio.to_thread(away)
        found = await scanner.progress(scan_id)
        _show(found, began, last=True)
        if not found.done:
            faults = [(worker.stderr.read().decode() if worker.stderr else "").strip() for worker in workers]
            reason = found.stopped or next((fault.splitlines()[-1] for fault in faults if fault), "a worker failed")
            raise Stop(FAILED, f"The scan is not complete: {reason.removeprefix('parvis: ')}")
        await scanner.finish(scan_id)
        _report(found)
    return 0


def _since(day: str | None) -> int:
    if not day:
        return 0
    try:
        return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError as error:
        raise Stop(FAILED, f"--since {day}: not a day as in 2026-01-31.") from error


def _start(settings: Settings, scan_id: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "parvis", "--data", str(settings.data_dir), "moderation", "scan"]
    env = os.environ | {"PARVIS_DATABASE_URL": settings.database.url, "PARVIS_LOGS_LEVEL": "error"}
    return subprocess.Popen([*command, "--worker", str(scan_id)], env=env, stderr=subprocess.PIPE)


def _ray(address: str, settings: Settings, scan_id: int) -> Any:
    try:
        from parvis.cli.ray_scan import spread
    except ImportError as error:
        raise Stop(FAILED, "--ray needs the extra `ray`: pip install 'parvis[ray]'.") from error
    return spread(address, settings, scan_id)


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
