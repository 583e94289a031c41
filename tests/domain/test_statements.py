"""Every named statement is one that PostgreSQL can plan on our schema, with parameters of types that it can tell."""

import re
from pathlib import Path

import psycopg
import pytest

from parvis.db.sql import parse

SOURCE = Path(__file__).parents[2] / "src" / "parvis"
FILES = sorted(path for path in SOURCE.rglob("*.sql") if "migrations" not in path.parts)
_PARAM = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_statements_can_be_planned(path: Path, database_url: str):
    statements = parse(path.read_text())
    assert statements
    with psycopg.connect(database_url, autocommit=True) as db:
        for name, query in statements.items():
            names: dict[str, int] = {}
            text = _PARAM.sub(lambda m: f"${names.setdefault(m[1], len(names) + 1)}", query.decode())  # noqa: B023
            text = text.replace("%%", "%")
            try:
                db.execute(f'PREPARE "{name}" AS {text}'.encode())
                if text.lstrip().upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
                    db.execute(f"EXPLAIN (GENERIC_PLAN) {text}".encode())
            except psycopg.Error as error:
                raise AssertionError(f"{path.name}: {name}: {error}") from error


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_statements_are_used_and_explained(path: Path):
    code = "\n".join(file.read_text() for file in SOURCE.rglob("*.py"))
    for name, query in parse(path.read_text()).items():
        assert re.search(rf"\b[A-Z_]+\.{name}\b", code), f"{path.name}: {name} is used nowhere"
        assert query.lstrip().startswith(b"--"), f"{path.name}: {name} has no comment"
