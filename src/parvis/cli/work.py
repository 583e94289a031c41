"""Run jobs and periodic tasks: one process."""

import argparse
import asyncio
import os
import signal

from parvis.cli.lifeline import end_with_parent
from parvis.settings import Settings, load_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--child", action="store_true", help="end when the process that started this one ends")


def run(options: argparse.Namespace) -> int:
    """Work until told to stop; a job that runs then is finished first."""
    if options.child:
        end_with_parent()
    asyncio.run(_work(load_settings(os.environ)))
    return 0


async def _work(settings: Settings) -> None:
    from parvis import logs
    from parvis.app import build  # here: it loads everything, and the other commands start without it
    from parvis.jobs.worker import work

    logs.set_up(settings.logs)
    parvis = build(settings)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with parvis.running():
        await asyncio.gather(work(parvis.db, stopping), parvis.jobs.work(stopping))
