"""Joining by an app: who is taken in, what is refused and how it is said, and what follows."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.browsing import PASSWORD, Browser, app_token, join, register
from tests.cast import Town, open_town
from tests.client import Client

from parvis.auth.invites import invite
from parvis.settings import Settings


def _with(settings: Settings, **sign_up: Any) -> Settings:
    return msgspec.structs.replace(settings, sign_up=msgspec.structs.replace(settings.sign_up, **sign_up))


@pytest.fixture
def opened(settings: Settings) -> Iterator[Any]:
    """Opens a town of its own with these settings of sign-up."""
    towns: list[Any] = []

    def open_with(**sign_up: Any) -> Town:
        entering = open_town(_with(settings, **sign_up))
        towns.append(entering)
        return entering.__enter__()

    yield open_with
    for entering in towns:
        entering.__exit__(None, None, None)


def test_without_mail_a_new_member_acts_at_once(town: Town) -> None:
    answer = join(town, "Gita", locale="fr-CA")
    assert answer.status == 200
    assert answer.json["scope"] == "read write follow push"
    gita = Client(town.app, town.loop, answer.json["access_token"])
    assert gita.get("/api/v1/emails/check_confirmation").json is True
    me = gita.get("/api/v1/accounts/verify_credentials").json
    assert (me["username"], me["statuses_count"]) == ("Gita", 0)
    assert gita.post("/api/v1/statuses", json={"status": "hello"}).status == 200
    assert gita.get("/api/v1/timelines/home").json[0]["content"] == "<p>hello</p>"
    assert Browser(town).log_in("gita@mail.test").status in (302, 303)
    assert town.rows("SELECT locale, email FROM members WHERE account_id = %s", int(me["id"])) == [
        ("fr", "Gita@mail.test")
    ]


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("username", "", "ERR_BLANK"), ("username", "amina", "ERR_TAKEN"), ("username", "AMINA", "ERR_TAKEN"),
        ("username", "admin", "ERR_RESERVED"), ("username", "a" * 31, "ERR_TOO_LONG"), ("username", "é", "ERR_INVALID"),
        ("username", "a b", "ERR_INVALID"), ("username", "ab\n", "ERR_INVALID"), ("username", "a@b", "ERR_INVALID"),
        ("email", "", "ERR_BLANK"), ("email", "amina@mail.test", "ERR_TAKEN"), ("email", "AMINA+x@Mail.test", "ERR_TAKEN"),
        ("email", "nobody", "ERR_INVALID"), ("password", "", "ERR_BLANK"), ("password", "1234567", "ERR_TOO_SHORT"),
        ("password", "x" * 257, "ERR_TOO_LONG"), ("agreement", False, "ERR_ACCEPTED"),
        ("reason", "x" * 1001, "ERR_TOO_LONG"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_field_and_nothing_is_written(town: Town, field: str, value: Any, word: str) -> None:
    before = town.rows("SELECT count(*) FROM accounts")
    answer = join(town, "hugo", **{field: value})
    assert answer.status == 422
    assert answer.json["error"].startswith("Validation failed: ")
    details = answer.json["details"]
    assert [(name, fault["error"]) for name, faults in details.items() for fault in faults] == [(field, word)]
    assert details[field][0]["description"]
    assert town.rows("SELECT count(*) FROM accounts") == before


def test_every_fault_is_told_at_once(town: Town) -> None:
    answer = app_token(town, register(town)).post("/api/v1/accounts", json={})
    assert set(answer.json["details"]) == {"username", "email", "password", "agreement"}


def test_only_an_apps_own_token_with_the_scope_signs_up(town: Town) -> None:
    form = {"username": "iris", "email": "iris@mail.test", "password": PASSWORD, "agreement": True}
    assert town.visitor.post("/api/v1/accounts", json=form).status == 401
    assert town.amina.post("/api/v1/accounts", json=form).status == 403
    assert app_token(town, register(town), "read").post("/api/v1/accounts", json=form).status == 403


def test_of_two_at_once_one_gets_the_name(town: Town) -> None:
    clients = [app_token(town, register(town)) for _ in range(2)]

    async def both() -> list[Any]:
        return await asyncio.gather(*(
            client.call("POST", "/api/v1/accounts", json={
                "username": "jules", "email": f"jules{number}@mail.test", "password": PASSWORD, "agreement": True,
            })
            for number, client in enumerate(clients)
        ))  # fmt: skip

    answers = town.run(both())
    assert sorted(answer.status for answer in answers) == [200, 422]
    refused = next(answer for answer in answers if answer.status == 422)
    assert refused.json["details"]["username"][0]["error"] == "ERR_TAKEN"


def test_who_is_to_be_approved_waits_and_says_why(opened: Any) -> None:
    town = opened(mode="approval")
    assert join(town, "karim").json["details"]["reason"][0]["error"] == "ERR_BLANK"
    answer = join(town, "karim", reason="I bake")
    karim = Client(town.app, town.loop, answer.json["access_token"])
    assert karim.get("/api/v1/timelines/home").status == 403
    assert town.visitor.get("/api/v1/accounts/lookup?acct=karim").status == 404
    member = town.run(town.parvis.members.by_login("karim"))
    assert member.sign_up_reason == "I bake"
    town.run(town.parvis.members.approve(member.account_id))
    assert karim.get("/api/v1/timelines/home").status == 200
    assert town.visitor.get("/api/v1/accounts/lookup?acct=karim").status == 200


def test_who_is_rejected_is_gone_and_the_name_is_free(opened: Any) -> None:
    town = opened(mode="approval")
    lea = Client(town.app, town.loop, join(town, "lea", reason="spam").json["access_token"])
    assert lea.get("/api/v1/emails/check_confirmation").status == 200
    member = town.run(town.parvis.members.by_login("lea"))
    town.run(town.parvis.members.reject(member.account_id))
    assert lea.get("/api/v1/emails/check_confirmation").status == 401
    assert join(town, "lea", reason="a better one").status == 200
    with pytest.raises(Exception, match="not found"):
        town.run(town.parvis.members.reject(town.amina.id))
    assert town.amina.get("/api/v1/timelines/home").status == 200


def test_an_invitation_lets_in_as_often_as_it_says(opened: Any) -> None:
    town = opened(mode="invitation")
    code = town.run(invite(town.parvis.db, None, uses=1, days=1))
    assert join(town, "lou").json["details"]["invite_code"][0]["error"] == "ERR_BLANK"
    assert join(town, "lou", invite_code="x").json["details"]["invite_code"][0]["error"] == "ERR_INVALID"
    assert join(town, "lou", invite_code=code).status == 200
    assert join(town, "mia", invite_code=code).json["details"]["invite_code"][0]["error"] == "ERR_INVALID"
    assert town.rows("SELECT count(*) FROM accounts WHERE username = 'mia'") == [(0,)]


def test_closed_is_closed(opened: Any) -> None:
    assert join(opened(mode="closed"), "nils").status == 403


def test_an_age_is_asked_for_where_it_is_set(opened: Any) -> None:
    town = opened(min_age=16)
    year = datetime.now(UTC).year
    for birth, word in [("", "ERR_BLANK"), ("yesterday", "ERR_INVALID"), (f"{year - 15}-01-01", "ERR_BELOW_LIMIT"),
                        ("0001-01-01", "ERR_BELOW_LIMIT")]:  # fmt: skip
        assert join(town, "olga", date_of_birth=birth).json["details"]["date_of_birth"][0]["error"] == word
    assert join(town, "olga", date_of_birth=f"{year - 17}-12-31").status == 200


def test_a_mail_provider_can_be_refused_with_all_below_it(opened: Any) -> None:
    town = opened(blocked_mail_domains=("trash.test",))
    for address in ("p@trash.test", "p@x.TRASH.test"):
        assert join(town, "petra", email=address).json["details"]["email"][0]["error"] == "ERR_BLOCKED"
    assert join(town, "petra", email="p@nottrash.test").status == 200


def test_a_rush_keeps_its_place_in_line_and_what_is_too_much_is_told_to_come_back(opened: Any, tmp_path: Path) -> None:
    town = opened(queue=12, hashing_threads=1)
    app = app_token(town, register(town))

    async def rush() -> list[Any]:
        return await asyncio.gather(*(
            app.call("POST", "/api/v1/accounts", json={
                "username": f"rush{number}", "email": f"rush{number}@mail.test", "password": PASSWORD, "agreement": True,
            })
            for number in range(40)
        ))  # fmt: skip

    answers = town.run(rush())
    served = [answer for answer in answers if answer.status == 200]
    late = [answer for answer in answers if answer.status == 503]
    assert len(served) + len(late) == 40
    assert len(served) >= 12
    assert late
    assert all(int(answer.headers["retry-after"]) > 0 for answer in late)
    assert town.rows("SELECT count(*) FROM accounts WHERE username ~ '^rush'") == [(len(served),)]
    assert town.parvis.passwords.waiting == 0
