"""Advisories 40, 41 and 69, and RFC 9700: codes, addresses to return to, forms from elsewhere, cookies, odd values."""

import asyncio
import re
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from tests.browsing import PASSWORD, Browser, app_token, credentials, join, register
from tests.cast import Town, open_town
from tests.client import Answer, Client

from parvis.auth.email import email_fault, email_key
from parvis.auth.oauth import AuthorizeParams, s256
from parvis.settings import Settings

BACK = "https://app.test/back"
VERIFIER = "v" * 43


@pytest.fixture(scope="module")
def app(town: Town) -> dict[str, Any]:
    return register(town, redirect_uris=BACK, scopes="read write:statuses")


def _code(town: Town, app: dict[str, Any], **more: str) -> str:
    params = msgspec.convert({"client_id": app["client_id"], "redirect_uri": BACK, **more}, AuthorizeParams)
    return town.run(town.parvis.oauth.approve(town.run(town.parvis.oauth.examine(params)), town.amina.id))


def _exchange(town: Town, app: dict[str, Any], code: str, **more: str) -> Answer:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **credentials(app), **more}
    return town.visitor.post("/oauth/token", form=form)


def test_69_a_code_works_once_and_its_replay_ends_the_token(town: Town, app: dict[str, Any]) -> None:
    code = _code(town, app)
    token = _exchange(town, app, code).json["access_token"]
    member = Client(town.app, town.loop, token)
    assert member.get("/api/v1/timelines/home").status == 200
    replayed = _exchange(town, app, code)
    assert (replayed.status, replayed.json["error"]) == (400, "invalid_grant")
    assert member.get("/api/v1/timelines/home").status == 401
    assert town.amina.get("/api/v1/timelines/home").status == 200


def test_69_of_two_uses_at_once_one_gets_a_token_and_loses_it(town: Town, app: dict[str, Any]) -> None:
    form = {"grant_type": "authorization_code", "code": _code(town, app), "redirect_uri": BACK, **credentials(app)}

    async def both() -> list[int]:
        calls = (town.visitor.call("POST", "/oauth/token", form=form) for _ in range(2))
        return sorted([answer.status for answer in await asyncio.gather(*calls)])

    assert town.run(both()) == [200, 400]


@pytest.mark.parametrize(
    ("asked", "brought"),
    [
        ({"code_challenge": s256(VERIFIER), "code_challenge_method": "S256"}, {}),
        ({"code_challenge": s256(VERIFIER), "code_challenge_method": "S256"}, {"code_verifier": "w" * 43}),
        ({"code_challenge": s256(VERIFIER), "code_challenge_method": "S256"}, {"code_verifier": s256(VERIFIER)}),
        ({"code_challenge": s256(VERIFIER), "code_challenge_method": "S256"}, {"code_verifier": "é" * 43}),
        ({}, {"code_verifier": VERIFIER}),
        ({}, {"redirect_uri": BACK + "/"}),
        ({}, {"redirect_uri": ""}),
    ],
)
def test_69_a_code_is_worth_nothing_without_what_belongs_to_it(
    town: Town, app: dict[str, Any], asked: dict[str, str], brought: dict[str, str]
) -> None:
    answer = _exchange(town, app, _code(town, app, **asked), **brought)
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


def test_69_a_code_is_for_its_app_and_for_a_while(town: Town, app: dict[str, Any]) -> None:
    code = _code(town, app)
    assert _exchange(town, app, code, **credentials(register(town))).status == 400
    assert _exchange(town, app, code, client_secret="x").status == 401
    town.rows("UPDATE codes SET expires_at = now() - interval '1 second' RETURNING 1")
    assert _exchange(town, app, code).json["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": BACK + "/more"}, {"redirect_uri": BACK + "?x"}, {"redirect_uri": "https://app.test.evil.test/back"},
        {"redirect_uri": "https://app.test/back/../x"}, {"redirect_uri": "https://APP.test/back"}, {"redirect_uri": ""},
        {"redirect_uri": "//evil.test"}, {"redirect_uri": "javascript:alert(1)"}, {"client_id": "unknown"},
        {"response_type": "token"}, {"scope": "read admin:read"}, {"scope": "write"}, {"scope": "everything"},
        {"code_challenge": "x" * 43}, {"code_challenge": "x" * 43, "code_challenge_method": "plain"},
        {"code_challenge": "x", "code_challenge_method": "S256"}, {"code_challenge": "", "code_challenge_method": "S256"},
        {"code_challenge": "x" * 43 + "\n", "code_challenge_method": "S256"},
    ],
)  # fmt: skip
def test_40_and_69_a_request_that_is_not_right_is_shown_and_goes_nowhere(
    town: Town, app: dict[str, Any], wrong: dict[str, str]
) -> None:
    asked = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": BACK, "scope": "read", **wrong}
    answer = town.visitor.get("/oauth/authorize", query=asked)
    assert answer.status == 422
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "following",
    ["//evil.test", "https://evil.test", "/\\evil.test", "\\\\evil.test", "/%2Fevil.test/..//", "javascript:alert(1)",
     "/\t/evil.test", "https:evil.test", "@evil.test", " //evil.test", "/%5Cevil.test", "http://parvis.test@evil.test/"],
)  # fmt: skip
def test_40_logging_in_leads_nowhere_else(town: Town, following: str) -> None:
    name = "zoe"
    if not town.rows("SELECT 1 FROM accounts WHERE username = %s", name):
        join(town, name)
    answer = Browser(town).log_in(name, following=following)
    assert answer.status in (302, 303)
    place = answer.headers["location"]
    assert place.startswith("/")
    assert not re.match(r"^[/\\\s]{2}", place)
    assert not urlsplit(place).netloc


@pytest.mark.parametrize(
    "path", ["//evil.test", "/%2Fevil.test", "/%5Cevil.test", "/web/%2f%2fevil.test", "/@/..//evil.test"]
)
def test_40_no_path_leads_to_another_site(town: Town, path: str) -> None:
    answer = town.visitor.get(path)
    assert "evil.test" not in answer.headers.get("location", "")


@pytest.mark.parametrize(
    "address",
    ["a%b@c.test", "a,b@c.test", '"a"@c.test', "a@b@c.test", "a@c.test\r\nBcc: d@e.test", "a@c.test\n", "a" * 65 + "@c.test",
     "a@" + "b." * 158 + "test", "@c.test", "a@", "a@c", "a@.test", ".a@c.test", "a.@c.test", "a..b@c.test", "a b@c.test",
     "a@[127.0.0.1]", "a@c.test.", "<a@c.test>", "a;b@c.test", "a@c_d.test", "é@c.test", "a@-c.test", "a\x00@c.test"],
)  # fmt: skip
def test_41_an_address_that_mail_servers_read_in_several_ways_is_none(address: str) -> None:
    fault = email_fault(address, ())
    assert fault
    assert fault[0] == "ERR_INVALID"


def test_41_spellings_of_one_mailbox_are_one(town: Town) -> None:
    same = {email_key(text) for text in ("Jane.Doe+x@gmail.com", "janedoe@googlemail.com", "JANEDOE+y+z@Gmail.com")}
    assert same == {"janedoe@gmail.com"}
    assert email_key("j.d+x@mail.test") == "j.d@mail.test"


@pytest.mark.parametrize("header", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}])
def test_a_form_from_another_site_does_nothing(town: Town, header: dict[str, str]) -> None:
    browser = Browser(town)
    form = {"login": "zoe", "password": PASSWORD}
    assert browser.send("/auth/log-in", form, headers=header).status == 403
    assert browser.send_bare("/auth/log-in", form).status == 403
    assert browser.send_bare("/auth/log-in", {**form, "csrf": "0" * 64}).status == 403


def test_a_form_of_another_browser_or_session_does_nothing(town: Town) -> None:
    join(town, "yann")
    first, second = Browser(town), Browser(town)
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', first.get("/auth/log-in").text)
    assert token
    second.get("/auth/log-in")
    form = {"login": "yann", "password": PASSWORD, "csrf": token[1]}
    assert second.send_bare("/auth/log-in", form).status == 403
    assert Browser(town).send_bare("/auth/log-in", form).status == 403
    assert first.send_bare("/auth/log-in", form).status in (302, 303)
    assert first.send_bare("/auth/log-out", {"csrf": token[1]}).status == 403  # a visitor's, no longer good inside


def test_the_session_cookie_is_hidden_from_scripts_and_other_sites(town: Town, settings: Settings) -> None:
    join(town, "wanda")
    cookie = Browser(town).log_in("wanda").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    site = msgspec.structs.replace(settings.site, origin="https://parvis.test")
    with open_town(msgspec.structs.replace(settings, site=site)) as safe:
        join(safe, "wanda")
        assert all("Secure" in part for part in Browser(safe).log_in("wanda").headers["set-cookie"].split(", parvis"))


def test_a_session_is_no_token_and_a_token_no_session(town: Town) -> None:
    join(town, "vito")
    browser = Browser(town)
    browser.log_in("vito")
    session = browser.cookies["parvis_session"]
    assert Client(town.app, town.loop, session).get("/api/v1/timelines/home").status == 401
    browser.cookies["parvis_session"] = town.amina.token or ""
    assert browser.get("/settings/security").status != 200


FIELDS = ["grant_type", "client_id", "client_secret", "code", "redirect_uri", "code_verifier", "scope", "token",
          "username", "email", "password", "agreement", "locale", "reason", "client_name", "redirect_uris", "scopes",
          "website", "date_of_birth", "invite_code"]  # fmt: skip
ODD: list[Any] = [[], {}, [[]], {"a": {"b": []}}, None, True, -1, 2**70, 1.5, "\x00", "\ufdd0", "x" * 100_000,
                  "\ud83d", "💥" * 50, "' OR 1=1 --", ["x"] * 500, "%00", "../.."]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/oauth/token", "/oauth/revoke", "/api/v1/apps", "/api/v1/accounts", "/api/v1/emails/confirmations"]
)
def test_no_value_breaks_a_door(town: Town, app: dict[str, Any], path: str) -> None:
    caller = town.amina if "emails" in path else app_token(town, register(town)) if "accounts" in path else town.visitor
    plain = {"grant_type": "authorization_code", "redirect_uri": BACK, "code": "x", **credentials(app)}
    before = town.rows(
        "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM tokens WHERE account_id IS NOT NULL)"
    )
    for field in FIELDS:
        for value in ODD:
            answer = caller.post(path, json={**plain, field: value})
            assert answer.status < 500, (field, value, answer.text)
            assert answer.status == 200 or answer.json["error"]
    after = town.rows(
        "SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM tokens WHERE account_id IS NOT NULL)"
    )
    assert before == after
