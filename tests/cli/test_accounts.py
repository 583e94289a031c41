"""The commands on accounts, beside a running site; advisory 25: a reset by the command line ends everything."""

from collections.abc import Callable

import pytest
from tests.browsing import Browser, join
from tests.cast import Town
from tests.client import Client

from parvis.cli.main import main

Command = Callable[..., str]


@pytest.fixture
def command(town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `parvis admin accounts …` on the town's database; returns the last line, the running site having heard of it."""
    monkeypatch.setenv("PARVIS_DATABASE_URL", town.settings.database.url)
    monkeypatch.setenv("PARVIS_SECRETS_KEY", town.settings.secrets.key)
    monkeypatch.setenv("PARVIS_PASSWORDS_MEMORY_KIB", "8")

    def run(*arguments: str, code: int = 0) -> str:
        assert main(["--data", str(town.settings.data_dir), "admin", "accounts", *arguments]) == code
        said = capsys.readouterr()
        return (said.out if code == 0 else said.err).strip().splitlines()[-1]

    return run


def _password(line: str) -> str:
    assert line.startswith("New password: ")
    return line.removeprefix("New password: ")


def test_a_member_is_made_and_their_password_is_the_last_line(town: Town, command: Command) -> None:
    password = _password(command("create", "otto", "--email", "otto@mail.test", "--role", "owner"))
    assert Browser(town).log_in("otto", password).status in (302, 303)
    assert town.rows("SELECT role FROM members WHERE email = 'otto@mail.test'") == [("owner",)]
    assert "taken" in command("create", "OTTO", "--email", "o@mail.test", code=1)
    assert "valid" in command("create", "oskar", "--email", "nobody", code=1)


def test_a_reset_ends_every_session_and_token_of_the_running_site(town: Town, command: Command) -> None:
    app = Client(town.app, town.loop, join(town, "pola").json["access_token"])
    browser = Browser(town)
    browser.log_in("pola")
    assert (app.get("/api/v1/timelines/home").status, browser.get("/settings/security").status) == (200, 200)
    password = _password(command("reset-password", "pola"))
    assert app.get("/api/v1/timelines/home").status == 401
    assert browser.get("/settings/security").status != 200
    assert Browser(town).log_in("pola", password).status in (302, 303)


def test_suspended_shown_again_disabled_deleted(town: Town, command: Command) -> None:
    token = join(town, "rasmus").json["access_token"]
    post = Client(town.app, town.loop, token).post("/api/v1/statuses", json={"status": "x"}).json["id"]
    seen = f"/api/v1/statuses/{post}"
    assert town.visitor.get(seen).status == 200
    command("suspend", "@rasmus")
    assert town.visitor.get(seen).status == 404
    command("unsuspend", "rasmus")
    assert town.visitor.get(seen).status == 200
    command("modify", "rasmus", "--disable", "--role", "moderator", "--email", "new@mail.test")
    assert Browser(town).log_in("new@mail.test").status == 422
    command("modify", "rasmus", "--enable")
    assert Browser(town).log_in("new@mail.test").status in (302, 303)
    command("delete", "rasmus", "--yes")
    assert town.visitor.get(seen).status == 404
    assert town.rows("SELECT 1 FROM accounts WHERE username = 'rasmus'") == []
    assert "no member" in command("suspend", "rasmus", code=1)


def test_who_waits_is_let_in_or_turned_away(town: Town, command: Command) -> None:
    for name in ("silke", "tomas"):
        join(town, name)
    with town.database() as db:
        db.execute("UPDATE members SET approved_at = NULL WHERE email ~ '^(silke|tomas)'")
        db.execute("UPDATE accounts SET state = 1 WHERE username IN ('silke', 'tomas')")
    command("approve", "silke")
    assert town.visitor.get("/api/v1/accounts/lookup?acct=silke").status == 200
    command("reject", "tomas")
    assert town.rows("SELECT 1 FROM accounts WHERE username = 'tomas'") == []
    assert "not found" in command("reject", "silke", code=1)
