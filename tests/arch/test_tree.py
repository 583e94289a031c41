"""Rules of the house that no linter knows."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 600

# Where SQL may stand in Python: the loader, the migration runner, and what talks to a server before there is a database.
_SQL_ALLOWED = {"db/sql.py", "db/migrate.py", "db/embedded.py", "db/pool.py"}
_SQL = re.compile(
    r"^\s*(SELECT\s.+\sFROM\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(TABLE|INDEX|DATABASE)\s"
    r"|ALTER\s+TABLE\s|WITH\s+\w+\s+AS\s*\()",
    re.DOTALL,
)
# Spelled in parts, so that this file does not hold what it forbids.
_REGISTRIES = re.compile(
    r"pypi\.(org|python)|pythonhosted\.|npmjs\.|debian\.org|registry\.(npm|yarn)" "|crates" r"\.io"
)
_MACHINE_PATHS = re.compile(r"(?<![\w.$}/-])/(work|root|home/\w+|Users/\w+|opt/pypi|tmp/\w+/)(/|\b)")
_TEXT = {".py", ".sql", ".md", ".toml", ".txt", ".html", ".css", ".js", ".po", ".sh", ".yml", ".json", ""}


def tracked() -> list[Path]:
    """Every text file in the repository, new ones included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / line for line in listed.stdout.splitlines()]
    return [path for path in paths if path.is_file() and path.suffix in _TEXT]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def test_no_file_is_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): len(_lines(path))
        for path in tracked()
        if path.suffix in {".py", ".sql", ".html", ".css", ".js"} and "migrations" not in path.parts
    }
    assert {name: count for name, count in long.items() if count > LONGEST and "vendor" not in name} == {}


def test_sql_stands_in_sql_files() -> None:
    found: list[str] = []
    package = ROOT / "src" / "parvis"
    for path in package.rglob("*.py"):
        if str(path.relative_to(package)) in _SQL_ALLOWED:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                text = node.value.decode(errors="replace") if isinstance(node.value, bytes) else node.value
                if _SQL.match(text):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


@pytest.mark.parametrize(
    ("what", "forbidden"), [("a registry's address", _REGISTRIES), ("a path of one machine", _MACHINE_PATHS)]
)
def test_no_file_names(what: str, forbidden: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in tracked()
        for number, line in enumerate(_lines(path), 1)
        if forbidden.search(line) and path != Path(__file__)
    ]
    assert found == [], f"these lines name {what}"


def test_the_locks_hold_hashes_and_no_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text and "index-url" not in text
        entries = re.split(r"\n(?=[a-z])", text.strip())
        assert all("--hash=sha256:" in entry for entry in entries)


def test_what_is_declared_is_locked() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, wanted in (
        ("requirements.txt", project["dependencies"]),
        ("requirements-dev.txt", project["dependencies"] + project["optional-dependencies"]["dev"]),
    ):
        locked = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        missing = [one for one in wanted if re.split(r"[\[<>=~! ]", one)[0].lower().replace(".", "-") not in locked]
        assert missing == [], f"run script/lock: {name} lacks {missing}"


def test_the_versions_agree() -> None:
    import tomllib

    import parvis

    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert version == parvis.VERSION
