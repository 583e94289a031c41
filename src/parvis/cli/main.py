"""The command `parvis`: what it offers, and how it ends."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from parvis import logs
from parvis.cli import admin, check, config, demo, migrate, moderation, serve, web, work
from parvis.cli.stop import Stop
from parvis.kernel.errors import ParvisError

_COMMANDS = (serve, web, work, migrate, check, config, demo, admin, moderation)


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(prog="parvis", description="A social network server.")
    top.add_argument("--data", type=Path, metavar="DIR", default=None, help="data folder (PARVIS_DATA_DIR; ./data)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in _COMMANDS:
        name = module.__name__.rsplit(".", 1)[-1]
        text = (module.__doc__ or "").strip().splitlines()[0]
        sub = commands.add_parser(name, help=text, description=text)
        # SUPPRESS: the option may stand before or after the command.
        sub.add_argument("--data", type=Path, metavar="DIR", default=argparse.SUPPRESS, help="data folder")
        module.arguments(sub)
        sub.set_defaults(run=module.run)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. What a person can mend ends in a sentence, not in a traceback."""
    options = parser().parse_args(argv)
    if options.data is not None:
        os.environ["PARVIS_DATA_DIR"] = str(options.data.absolute())
    try:
        with logs.for_command():
            return options.run(options) or 0
    except Stop as stop:
        print(f"parvis: {stop}", file=sys.stderr)
        return stop.code
    except ParvisError as error:
        print(f"parvis: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # `parvis config | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
