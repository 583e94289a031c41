"""`parvis moderation …` beside a running site: what it prints is the answer alone, and what is wrong ends in a sentence."""

import tomllib

import pytest

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
