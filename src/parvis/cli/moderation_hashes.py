"""Lists of hashes of known media: add, replace, remove, show; hash what was stored before there were any."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from parvis.cli.database import connected, database
from parvis.cli.stop import FAILED, Stop
from parvis.db.pool import Database
from parvis.kernel.errors import ParvisError
from parvis.moderation import hashes
from parvis.moderation.signals.images import CATEGORIES
from parvis.settings import Settings, load_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is done with which list."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    what.add_parser("list", help="every list", description="every list")
    add = what.add_parser("add", help="add a file's hashes to a list", description="add a file's hashes to a list")
    add.add_argument("name", help="name of the list")
    add.add_argument("file", type=Path, help="a hash a line (PDQ, SHA-256 or MD5), or CSV; - is standard input")
    add.add_argument("--category", required=True, choices=CATEGORIES, help="what the media show")
    add.add_argument(
        "--kind", choices=("pdq", "sha256", "md5"), help="what they are, where 64 digits could be PDQ or SHA-256"
    )
    add.add_argument("--source", default="", help="who keeps the list")
    add.add_argument("--replace", action="store_true", help="the list then holds what the file holds, and nothing else")
    text = "hash the pictures that were stored before uploads were hashed"
    what.add_parser("stored", help=text, description=text)
    remove = what.add_parser("remove", help="forget a list", description="forget a list")
    remove.add_argument("name", help="name of the list")


def run(options: argparse.Namespace) -> int:
    """Run the chosen action."""
    with database(load_settings(os.environ)) as settings:
        try:
            return asyncio.run(_run(settings, options))
        except ParvisError as error:
            raise Stop(FAILED, error.message) from error


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    if options.what == "stored":
        return await _stored(settings)
    async with connected(settings) as db:
        if options.what == "list":
            for each in await hashes.lists(db):
                kinds = f"{each.pdq} PDQ, {each.sha256} SHA-256, {each.md5} MD5"
                print(f"{each.name:24} {each.category:10} {kinds}  {each.source}")
        elif options.what == "add":
            await _add(db, settings, options)
        else:
            gone = await hashes.remove_list(db, options.name)
            print(f"OK: the list {options.name} and its {gone} hashes are forgotten.")
    return 0


async def _add(db: Database, settings: Settings, options: argparse.Namespace) -> None:
    try:
        lines = (sys.stdin if str(options.file) == "-" else options.file.open(encoding="utf-8")).readlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(FAILED, f"{options.file} cannot be read: {error}") from error
    added = await hashes.add_list(
        db,
        options.name,
        options.category,
        options.source,
        lines,
        kind=options.kind,
        quality=settings.moderation.pdq_quality,
        replace=options.replace,
    )
    low = f"; {added.low} of too low a quality were left out" if added.low else ""
    if options.replace:
        print(f"OK: the list {options.name} holds {added.new} hashes; before it held {added.gone}{low}.")
    else:
        print(f"OK: {added.new} new on the list {options.name}, {added.known} were there already{low}.")


async def _stored(settings: Settings) -> int:
    from parvis.app import build  # here: it loads everything

    app = build(settings)
    async with app.running():
        hashed, failed = await app.media.hash_stored(_show)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    lost = f"; {failed} are gone or cannot be read" if failed else ""
    print(f"OK: {hashed} were hashed{lost}. What lists know of them is found by: parvis moderation scan")
    return 0


def _show(hashed: int, failed: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{hashed} hashed, {failed} not", end="", file=sys.stderr, flush=True)
