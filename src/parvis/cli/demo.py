"""Fill the network with a small living town, once."""

import argparse
import asyncio
import os
import sys
import time

from parvis.cli.database import database
from parvis.cli.lifeline import end_with_parent
from parvis.settings import Settings, load_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--child", action="store_true", help="end when the process that started this one ends")


def run(options: argparse.Namespace) -> int:
    """Load the town; nothing to do where it is there already."""
    if options.child:
        end_with_parent()
    with database(load_settings(os.environ), print) as settings:
        told = asyncio.run(_load(settings))
    print(told or "The demo town is already there.", flush=True)
    return 0


async def _load(settings: Settings) -> str | None:
    from parvis.app import build  # here: it loads everything, and the other commands start without it
    from parvis.demo.joined import Joined
    from parvis.demo.load import load

    parvis = build(settings)
    async with parvis.running():
        return await load(Joined(parvis), Progress())


class Progress:
    """One changing line on a terminal; elsewhere a line per stage."""

    def __init__(self) -> None:
        self._stage = ""
        self._shown = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` things of this stage are there."""
        if sys.stdout.isatty():
            now = time.monotonic()
            if done == total or now - self._shown > 0.1:
                self._shown = now
                end = "\n" if done == total else ""
                print(f"\r\033[K  Demo town: {stage} {done}/{total}", end=end, flush=True)
        elif stage != self._stage or done == total:
            print(f"  Demo town: {stage} {done}/{total}", flush=True)
        self._stage = stage
