"""The two pages of reference that are made from the code: settings and API."""

import types
import typing
from itertools import groupby
from pathlib import Path
from typing import Any

from parvis.api.routes import ROUTES
from parvis.settings import describe, sections

HERE = Path(__file__).parents[1] / "docs" / "reference"
_NOTE = "<!-- Written by script/docs from the code: do not edit. -->\n"


def settings_page() -> str:
    """Every setting: its names, default and meaning."""
    out = [
        "# Settings\n\n" + _NOTE,
        "Each is read from the environment, else from `<data>/parvis.toml`, else it has its default. `parvis config` shows\n"
        "the effective ones and where each comes from; `PARVIS_DATA_DIR` (or `--data`) is the data folder.\n",
    ]
    for name, kind in sections():
        out.append(f"\n## [{name}]\n\n{' '.join((kind.__doc__ or '').split())}\n")
        out.append("| setting | environment | default | meaning |\n|---|---|---|---|")
        for setting, bare, default, meaning in describe(kind):
            choices = f" ({' or '.join(typing.get_args(bare))})" if typing.get_origin(bare) is typing.Literal else ""
            row = (f"`{setting}`", f"`PARVIS_{name}_{setting}`".upper(), _default(default), meaning + choices)
            out.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def _default(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"`{one}`" for one in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"`{value}`" if value != "" else ""


def api_page() -> str:
    """Every route of the API, by resource."""
    rows = [
        (_resource(route.path), route.method, route.path, route.auth.value, route.scope, _parameters(route.params))
        for route in ROUTES
    ]
    own = sum(path.startswith("/api/parvis/") for _, _, path, *_ in rows)
    out = [
        "# API coverage\n\n" + _NOTE,
        f"{len(rows) - own} calls of the Mastodon client API are answered, and {own} of our own under `/api/parvis`.\n",
    ]
    for resource, found in groupby(sorted(rows, key=lambda row: row[0]), key=lambda row: row[0]):
        out.append(f"\n## {resource}\n")
        out.append("| call | who | scope | parameters |\n|---|---|---|---|")
        for _, method, path, auth, scope, parameters in found:
            out.append(f"| `{method} {path}` | {auth} | {scope} | {parameters} |")
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def _resource(path: str) -> str:
    parts = [part for part in path.split("/") if part and not part.startswith("{")]
    if parts[:2] == ["api", "parvis"]:
        return " ".join(parts[1:4:2])
    if parts[:1] == ["api"] and len(parts) > 2:
        return parts[2]
    return parts[0] if parts else "/"


def _parameters(kind: Any) -> str:
    fields = getattr(kind, "__struct_fields__", ()) if kind is not None else ()
    return ", ".join(f"`{name}`" for name in fields)


PAGES: dict[str, types.FunctionType] = {"settings.md": settings_page, "api.md": api_page}

if __name__ == "__main__":
    HERE.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
        print(f"docs/reference/{name}")
