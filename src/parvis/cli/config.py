"""Show the effective settings and where each comes from."""

import argparse
import json
import os

from parvis.settings import trace_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--changed", action="store_true", help="only what is not a default")


def run(options: argparse.Namespace) -> int:
    """Print one line per setting; secrets are masked."""
    settings, trace = trace_settings(os.environ)
    rows = [(found.path, masked(found.value, found.secret), found.source) for found in trace]
    if options.changed:
        rows = [row for row in rows if row[2] != "default"]
    if options.json:
        print(json.dumps([{"setting": path, "value": value, "from": source} for path, value, source in rows], indent=2))
        return 0
    print(f"data folder: {settings.data_dir}")
    wide = max((len(path) for path, _, _ in rows), default=0)
    for path, value, source in rows:
        print(f"{path:<{wide}}  {json.dumps(value, ensure_ascii=False)}  ({source})")
    return 0


def masked(value: object, secret: bool) -> object:
    """The value as it may be shown. A password inside an address is hidden too."""
    if secret:
        return "********" if value else ""
    if isinstance(value, str) and "://" in value and "@" in value:
        scheme, _, rest = value.partition("://")
        login, _, place = rest.rpartition("@")
        if ":" in login:
            return f"{scheme}://{login.split(':')[0]}:********@{place}"
    return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType]
