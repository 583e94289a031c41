"""Check, save, try and activate house rules."""

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from parvis.cli import moderation_trial
from parvis.cli.database import database
from parvis.cli.stop import FAILED, Stop
from parvis.kernel.errors import ParvisError
from parvis.settings import Settings, load_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is done with which version."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return what.add_parser(name, help=text, description=text)

    add("list", "the versions, the newest first")
    add("show", "the text of a version (default: the active one)").add_argument("version", nargs="?", type=int)
    for name, text in (
        ("check", "say what is wrong with a file"),
        ("save", "save a file as a version; it does not hold by that"),
    ):
        sub = add(name, text)
        sub.add_argument("file", type=Path, help="a TOML file; - is standard input")
    sub.add_argument("--note", default="", help="why")
    _by(sub)
    moderation_trial.arguments(
        add("trial", "judge what was posted lately by it and by the one that holds, side by side")
    )
    activate = add("activate", "from now on this version holds")
    activate.add_argument("version", type=int)
    activate.add_argument("--reason", default="", help="why")
    _by(activate)


def _by(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", required=True, metavar="NAME", help="the administrator who does it")


def run(options: argparse.Namespace) -> int:
    """Run the chosen action."""
    with database(load_settings(os.environ)) as settings:
        try:
            return asyncio.run(_run(settings, options))
        except ParvisError as error:
            problems = getattr(error, "problems", None)
            raise Stop(FAILED, "\n".join(one.said() for one in problems) if problems else error.message) from error


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    from parvis.app import build

    app = build(settings)
    async with app.running():
        return await _ACTIONS[options.what](app, options) or 0


async def _list(app: Any, options: argparse.Namespace) -> int:
    for each in await app.policy.history():
        when = each.created_at.astimezone(UTC)
        mark = "*" if each.active else " "
        print(f"{mark} {each.version:>4}  {when:%Y-%m-%d %H:%M}  {'shipped' if each.shipped else 'own':7}  {each.note}")
    return 0


async def _show(app: Any, options: argparse.Namespace) -> int:
    version = options.version or (await app.policy.latest()).version
    print(await app.policy.source(version), end="")
    return 0


async def _check(app: Any, options: argparse.Namespace) -> int:
    policy, problems = app.policy.examine(_text(options.file))
    for one in problems:
        print(one.said())
    if policy is None:
        raise Stop(FAILED, f"{options.file} cannot be used.")
    print(f"OK: {len(policy.rules)} rules, as of {datetime.now(UTC):%Y-%m-%d}.")
    return 0


async def _save(app: Any, options: argparse.Namespace) -> int:
    version = await app.policy.save(_text(options.file), await _administrator(app, options.by), options.note)
    print(f"OK: this is version {version}. It holds from when it is activated.")
    return 0


async def _activate(app: Any, options: argparse.Namespace) -> int:
    await app.policy.activate(options.version, await _administrator(app, options.by), options.reason)
    print(f"OK: version {options.version} holds.")
    return 0


async def _trial(app: Any, options: argparse.Namespace) -> int:
    saved = options.policy.isascii() and options.policy.isdigit()
    return await moderation_trial.run(app, options, None if saved else _text(Path(options.policy)))


async def _administrator(app: Any, name: str) -> int:
    member = await app.members.by_login(name)
    if member is None or member.role not in ("admin", "owner"):
        raise Stop(FAILED, f"@{name.lstrip('@')} is no administrator here.")
    return int(member.account_id)


def _text(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(FAILED, f"{path} cannot be read: {error}") from error


_ACTIONS = {"list": _list, "show": _show, "check": _check, "save": _save, "trial": _trial, "activate": _activate}
