"""Writing one setting into the file leaves the rest as it was."""

import tomllib
from pathlib import Path

import pytest

from parvis.cli.admin_settings import put
from parvis.cli.config import masked
from parvis.cli.main import main


@pytest.mark.parametrize(
    "before",
    ["", "[site]\ntitle = 'A'  # ours\n", "# top\n[http]\nport = 1\n[site]\ntitle = 'A'\n\n[mail]\nhost = 'm'\n"],
)
def test_put(before: str) -> None:
    after = put(before, "http", "port", "9000")
    assert tomllib.loads(after) == tomllib.loads(before) | {"http": {"port": 9000}}
    assert put(after, "http", "port", "9000") == after
    assert all(line in after for line in before.splitlines() if line.startswith("#"))


def test_a_refused_value_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARVIS_DATA_DIR", str(tmp_path))
    assert main(["admin", "settings", "set", "sign_up.mode", "approval"]) == 0
    before = (tmp_path / "parvis.toml").read_text()
    assert main(["admin", "settings", "set", "sign_up.mode", "whenever"]) == 1
    assert main(["admin", "settings", "set", "no.such", "1"]) == 1
    assert "sign_up.mode" in capsys.readouterr().err
    assert (tmp_path / "parvis.toml").read_text() == before
    assert main(["admin", "settings", "get", "sign_up.mode"]) == 0
    assert capsys.readouterr().out.strip() == '"approval"'


def test_secrets_are_masked() -> None:
    assert masked("abc", True) == "********"
    assert masked("postgresql://me:secret@host/db", False) == "postgresql://me:********@host/db"
    assert masked("postgresql://me@host/db", False) == "postgresql://me@host/db"
