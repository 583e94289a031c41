"""`parvis moderation …` beside a running site: what it prints is the answer alone, and what is wrong ends in a sentence."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cast import Town
from tests.moderators import staff
from tests.policies import policy

from parvis.cli.main import main

Capture = pytest.CaptureFixture[str]


def test_what_is_printed_is_the_policy_and_nothing_else(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("PARVIS_DATABASE_URL", database_url)
    monkeypatch.setenv("PARVIS_SECRETS_KEY", "00" * 32)
    assert main(["moderation", "policy", "show"]) == 0
    assert tomllib.loads(capsys.readouterr().out)["policy"]["name"]


def test_an_unprepared_database_ends_in_a_sentence(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("PARVIS_DATABASE_URL", empty_database_url)
    monkeypatch.setenv("PARVIS_SECRETS_KEY", "00" * 32)
    assert main(["moderation", "policy", "list"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and "parvis migrate" in said.err and "Traceback" not in said.err


# Trials ---------------------------------------------------------------------------------------------------------------

NEVER = policy(("never", "text.length > 9000", "hold"))
STRICT = policy(("long", "text.length >= 60", "hold"), ("middling", "text.length >= 40 && text.length < 60", "queue"))
LONG, MIDDLING, SHORT = "l" * 70, "m" * 45, "court"


@pytest.fixture
def command(town: Town, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Callable[..., str]:
    """Runs `parvis moderation …` on the town's database; returns what it printed."""
    monkeypatch.setenv("PARVIS_DATABASE_URL", town.settings.database.url)
    monkeypatch.setenv("PARVIS_SECRETS_KEY", town.settings.secrets.key)

    def run(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()  # what the site itself said before
        assert main(["--data", str(town.settings.data_dir), "moderation", *arguments]) == code
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return said.out if code == 0 else said.out + said.err

    return run


def test_a_trial_is_that_of_the_api(town: Town, command: Callable[..., str], tmp_path: Path) -> None:
    chief = staff(town, "chief", "admin")

    async def saved() -> int:
        await town.parvis.policy.activate(await town.parvis.policy.save(NEVER, chief.id), chief.id)
        return await town.parvis.policy.save(STRICT, chief.id)

    version = town.run(saved())
    author = town.someone()
    long, middling, short = (author.write(text) for text in (LONG, MIDDLING, SHORT))
    hidden = author.write(LONG + "!", visibility="private")
    asked = chief.post(f"/api/parvis/v1/moderation/policy/{version}/backtest", json={"days": 2})
    assert asked.status == 200, asked.text
    assert json.loads(command("policy", "trial", str(version), "--days", "2", "--json")) == asked.json
    file = tmp_path / "strict.toml"
    file.write_text(STRICT)
    said = command("policy", "trial", str(file), "--days", "2")
    assert said == command("policy", "trial", str(version), "--days", "2")
    assert said.startswith("4 posts were tried") and "publish to hold: 2 posts" in said
    assert "long: 2 posts (now 0), held 2, queued 0" in said and "middling: 1 posts (now 0), held 0, queued 1" in said
    assert f"{long['id']} publish -> hold: {LONG}" in said and f"{hidden['id']} publish -> hold: (not public)" in said
    assert middling["id"] in said and short["id"] not in said and "Nothing matched: never." in said
    assert LONG not in command("policy", "trial", str(file), "--examples", "0")
    assert town.rows("SELECT count(*) FROM cases") == [(0,)], "a trial changes nothing"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("9999",), "no version 9999"),
        (("99999999999999999999",), "no version 99999999999999999999"),
        (("missing.toml",), "missing.toml cannot be read"),
        (("1", "--days", "0"), "must be from 1 to"),
    ],
)
def test_a_trial_of_nothing_ends_in_a_sentence(command: Callable[..., str], arguments: tuple[str, ...], reason: str):
    assert reason in command("policy", "trial", *arguments, code=1)


def test_a_policy_with_a_mistake_is_not_tried(command: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(policy(("loud", "text.volume > 3", "hold")))
    said = command("policy", "trial", str(file), code=1)
    assert "rule “loud”" in said and "text.volume" in said


# Word lists -----------------------------------------------------------------------------------------------------------

ENTRY = """
language = "en"
category = "threat"

[[entry]]
id = "{id}"
pattern = "{pattern}"
matches = ["Someone should push him off the bridge", "throw them in the river"]
spares = ["Throw him the ball by the river.", "The bridge is open."]
"""
GOOD = "(throw|push) (him|her|them) ..2 (bridge|river)"


def lists(folder: Path, capsys: Capture, code: int) -> tuple[str, str]:
    assert main(["--data", str(folder), "moderation", "lists"]) == code
    said = capsys.readouterr()
    return said.out, said.err


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / "lists" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_lists_are_checked_without_a_database(tmp_path: Path, capsys: Capture) -> None:
    domains = 'category = "phishing"\ndomains = ["bad.example"]\n'
    write(tmp_path, {"town.toml": ENTRY.format(id="town-bridge", pattern=GOOD), "domains/bad.toml": domains})
    out, err = lists(tmp_path, capsys, 0)
    assert out.startswith("OK: ") and "(1 of your own)" in out and err == ""
    assert not (tmp_path / "postgres").exists()


def test_each_mistake_is_named_with_its_file_and_entry(tmp_path: Path, capsys: Capture) -> None:
    files = {
        "bracket.toml": ENTRY.format(id="open", pattern="(push him"),
        "broken.toml": "language = ",
        "off.toml": 'language = "en"\noff = ["nothing"]\n',
        "domains/dot.toml": 'category = "phishing"\ndomains = ["nodot", "fine.example"]\n',
        "domains/name.toml": 'category = "Phishing!"\n',
        "misses.toml": ENTRY.format(id="misses", pattern="bridge ..1 never"),
    }
    write(tmp_path, files)
    out, err = lists(tmp_path, capsys, 1)
    where = tmp_path / "lists"
    for said in (
        f"{where}/bracket.toml: open: ",
        f"{where}/broken.toml: ",
        f"{where}/off.toml: nothing: it is turned off",
        f"{where}/domains/dot.toml: nodot: it is no domain",
        f"{where}/domains/name.toml: category Phishing!",
        f"{where}/misses.toml: misses: it does not match: throw them in the river",
    ):
        assert [line for line in out.splitlines() if line.startswith(said)], (said, out)
    assert "Mistakes: 5." in err and "does not start" in err and "Traceback" not in err


def test_examples_that_do_not_hold_are_a_failure_too(tmp_path: Path, capsys: Capture) -> None:
    write(tmp_path, {"town.toml": ENTRY.format(id="town-bridge", pattern="(bridge|river)")})
    out, err = lists(tmp_path, capsys, 1)
    assert out.splitlines() == [
        f"{tmp_path}/lists/town.toml: town-bridge: it does not spare: Throw him the ball by the river.",
        f"{tmp_path}/lists/town.toml: town-bridge: it does not spare: The bridge is open.",
    ]
    assert "entry says: 2." in err
