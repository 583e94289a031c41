"""Every named statement is one that PostgreSQL can plan on our schema, with parameters of types that it can tell."""

import re
from pathlib import Path

import psycopg
import pytest
from tests.planning import FILES, SOURCE, faults

from parvis.db.sql import parse


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_statements_can_be_planned(path: Path, database_url: str):
    with psycopg.connect(database_url, autocommit=True) as db:
        assert faults(path, db) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_statements_are_used_and_explained(path: Path):
    code = "\n".join(file.read_text() for file in SOURCE.rglob("*.py"))
    for name, query in parse(path.read_text()).items():
        assert re.search(rf"\b[A-Z_]+\.{name}\b", code), f"{path.name}: {name} is used nowhere"
        assert query.lstrip().startswith(b"--"), f"{path.name}: {name} has no comment"
