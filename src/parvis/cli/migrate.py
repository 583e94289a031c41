"""Bring the database up to date."""

import argparse
import os

from parvis.cli import folder
from parvis.cli.database import database
from parvis.db.migrate import migrate, pending
from parvis.settings import load_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "--phase", choices=("pre", "post", "all"), default="all", help="pre: before the new release runs"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what is pending")


def run(options: argparse.Namespace) -> int:
    """Apply what is pending, one line each."""
    settings = load_settings(os.environ)
    folder.prepare(settings.data_dir)
    with database(settings, print) as ready:
        if options.dry_run:
            names = [found.name for found in pending(ready.database.url)]
            print("\n".join(names) if names else "Nothing is pending.")
            return 0
        done = migrate(ready.database.url, phase=options.phase, progress=lambda name: print(f"  {name}", flush=True))
    print(f"{len(done)} migrations applied." if done else "The database is up to date.")
    return 0
