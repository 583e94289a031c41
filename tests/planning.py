"""Whether a server can plan the named statements of a file, with parameters of types that it can tell."""

import re
from pathlib import Path
from typing import Any

import psycopg

from parvis.db.sql import parse

SOURCE = Path(__file__).parents[1] / "src" / "parvis"
FILES = sorted(path for path in SOURCE.rglob("*.sql") if "migrations" not in path.parts)
_PARAM = re.compile(r"%\((\w+)\)s")
_EXPLAINED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")


def faults(path: Path, db: psycopg.Connection[Any]) -> list[str]:
    """What the server says against the statements of a file; `db` is in autocommit."""
    statements = parse(path.read_text(encoding="utf-8"))
    assert statements, f"{path} holds no statement"
    found: list[str] = []
    for name, query in statements.items():
        names: dict[str, int] = {}
        text = _PARAM.sub(lambda m: f"${names.setdefault(m[1], len(names) + 1)}", query.decode())  # noqa: B023
        text = text.replace("%%", "%")
        try:
            if _body(text).startswith("LOCK"):  # a command that cannot be prepared: it is tried
                with db.transaction():
                    db.execute(text.encode())
                continue
            db.execute(f'PREPARE "{name}" AS {text}'.encode())
            if text.lstrip().upper().startswith(_EXPLAINED):
                db.execute(f"EXPLAIN (GENERIC_PLAN) {text}".encode())
        except psycopg.Error as error:
            found.append(f"{path.name}: {name}: {error}")
    db.execute(b"DEALLOCATE ALL")
    return found


def _body(text: str) -> str:
    """A statement without the comment before it."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("--")).lstrip().upper()
