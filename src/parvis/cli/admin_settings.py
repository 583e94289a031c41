"""Show and change settings of the file `<data>/parvis.toml`."""

import argparse
import json
import os
import re
import tomllib
from pathlib import Path

from parvis.cli import config, folder
from parvis.cli.stop import FAILED, Stop
from parvis.settings import Found, describe, load_settings, sections, trace_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Actions on settings."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every setting, its value and where it comes from")
    config.arguments(listing)
    listing.set_defaults(act=config.run)
    get = actions.add_parser("get", help="one value")
    get.add_argument("name", help="such as sign_up.mode")
    get.set_defaults(act=show)
    change = actions.add_parser("set", help="write one value into the file; it counts from the next start on")
    change.add_argument("name", help="such as sign_up.mode")
    change.add_argument("value", help="text, number, true or false; several with commas")
    change.set_defaults(act=write)


def show(options: argparse.Namespace) -> int:
    """Print the effective value."""
    found = _find(options.name)
    print(json.dumps(config.masked(found.value, found.secret), ensure_ascii=False))
    return 0


def write(options: argparse.Namespace) -> int:
    """Change the file; what is not valid is refused and the file stays as it was."""
    found = _find(options.name)
    if found.secret:
        raise Stop(FAILED, f"{options.name} is a secret: give it in the environment, not in a file of settings.")
    section, _, name = options.name.partition(".")
    kind = next(kind for title, kind in sections() if title == section)
    default = next(default for title, _, default, _ in describe(kind) if title == name)
    data_dir = load_settings(os.environ).data_dir
    folder.prepare(data_dir)
    path = data_dir / "parvis.toml"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    after = put(before, section, name, _literal(options.value, default))
    tomllib.loads(after)
    _replace(path, after)
    try:
        load_settings({}, data_dir)
    except Exception:
        _replace(path, before)
        raise
    print(f"{options.name} = {_literal(options.value, default)} (in {path}; restart Parvis for it to count)")
    if found.source.startswith("environment"):
        print(f"Note: the {found.source} overrules the file.")
    return 0


def put(text: str, section: str, name: str, literal: str) -> str:
    """The text of a TOML file with one value changed or added; all else, comments too, stays."""
    line = f"{name} = {literal}"
    head = re.search(rf"^\[{re.escape(section)}\][ \t]*(#.*)?$", text, re.MULTILINE)
    if head is None:
        return f"{text.rstrip()}\n\n[{section}]\n{line}\n".lstrip("\n")
    following = re.search(r"^\[", text[head.end() :], re.MULTILINE)
    end = head.end() + (following.start() if following else len(text) - head.end())
    body = text[head.end() : end]
    known = re.compile(rf"^{re.escape(name)}[ \t]*=.*$", re.MULTILINE)
    if known.search(body):
        body = known.sub(lambda _: line, body, count=1)
    else:
        body = f"\n{line}{body}"
    return text[: head.end()] + body + text[end:]


def _find(name: str) -> Found:
    for found in trace_settings(os.environ)[1]:
        if found.path == name:
            return found
    raise Stop(FAILED, f"There is no setting {name}; parvis admin settings list shows them all.")


def _literal(value: str, default: object) -> str:
    if isinstance(default, bool):
        return "true" if value.lower() in ("true", "yes", "on", "1") else "false"
    if isinstance(default, int):
        return value
    if isinstance(default, tuple):
        return json.dumps([part.strip() for part in value.split(",") if part.strip()], ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)


def _replace(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o600)
    fresh.replace(path)
