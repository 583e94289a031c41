"""Apps and OAuth as clients use them: registration, the code with PKCE, tokens, revocation, metadata."""

import base64
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from pyotp.totp import TOTP
from tests.browsing import PASSWORD, Browser, app_token, credentials, join, register
from tests.cast import Town, open_town
from tests.client import Answer, Client

from parvis.auth.apps import OUT_OF_BAND
from parvis.settings import Settings

# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
BACK = "https://app.test/back"


@pytest.fixture(scope="module")
def browser(town: Town) -> Browser:
    """Of a member who is logged in."""
    assert join(town, "farah").status == 200
    browser = Browser(town)
    assert browser.log_in("farah").status in (302, 303)
    return browser


@pytest.fixture(scope="module")
def app(town: Town) -> dict[str, Any]:
    return register(town, redirect_uris=f"{BACK}\n{OUT_OF_BAND}\nmyapp://oauth?a=1")


def _asked(app: dict[str, Any], **more: str) -> dict[str, str]:
    return {"response_type": "code", "client_id": app["client_id"], "redirect_uri": BACK, "scope": "read write", **more}


def _consent(browser: Browser, asked: dict[str, str], decision: str = "approve") -> Answer:
    page = browser.get("/oauth/authorize", query=asked)
    assert page.status == 200, page.text
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
    assert token
    return browser.send_bare("/oauth/authorize", {**asked, "decision": decision, "csrf": token[1]})


def _code(browser: Browser, asked: dict[str, str]) -> str:
    answer = _consent(browser, asked)
    assert answer.status == 302, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def _exchange(town: Town, app: dict[str, Any], code: str, **more: str) -> Answer:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **credentials(app), **more}
    return town.visitor.post("/oauth/token", form=form)


@pytest.mark.parametrize("uris", [f"{BACK}\nmyapp://x", [BACK, "myapp://x"]])
def test_an_app_registers_and_is_known_by_its_own_token(town: Town, uris: Any) -> None:
    made = register(town, redirect_uris=uris, website="https://app.test", scopes="read write:statuses")
    assert made["redirect_uris"] == [BACK, "myapp://x"]
    assert made["redirect_uri"] == f"{BACK}\nmyapp://x"
    assert made["client_secret_expires_at"] == 0
    assert made["vapid_key"] == ""
    known = app_token(town, made, "read").get("/api/v1/apps/verify_credentials").json
    assert (known["name"], known["website"], known["scopes"]) == (
        "Toot",
        "https://app.test",
        ["read", "write:statuses"],
    )
    assert "client_secret" not in known


def test_parameters_may_come_in_the_query(town: Town) -> None:
    made = town.visitor.post(
        "/api/v1/apps", query={"client_name": "Ice", "redirect_uris": "ice://", "scopes": "read write"}
    )
    assert made.json["redirect_uris"] == ["ice://"]
    answer = town.visitor.post(
        "/oauth/token", query={"grant_type": "client_credentials", "scope": "read", **credentials(made.json)}
    )
    assert answer.json["scope"] == "read"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_name", ""), ("client_name", "x" * 61), ("redirect_uris", ""), ("redirect_uris", "javascript:alert(1)"),
        ("redirect_uris", "data:text/html,x"), ("redirect_uris", "/back"), ("redirect_uris", "https://app.test/#x"),
        ("redirect_uris", " ".join(f"https://app.test/{i}" for i in range(30))), ("scopes", "everything"),
        ("website", "javascript:alert(1)"), ("redirect_uris", "JAVASCRIPT:alert(1)"), ("redirect_uris", "https:///x"),
    ],
)  # fmt: skip
def test_an_app_that_is_not_right_is_refused_by_field(town: Town, field: str, value: str) -> None:
    form = {"client_name": "Toot", "redirect_uris": BACK, "scopes": "read", field: value}
    answer = town.visitor.post("/api/v1/apps", json=form)
    assert answer.status == 422
    assert list(answer.json["details"]) == [field]


def test_the_code_becomes_a_token_of_the_member(town: Town, browser: Browser, app: dict[str, Any]) -> None:
    code = _code(browser, _asked(app, code_challenge=CHALLENGE, code_challenge_method="S256"))
    answer = _exchange(town, app, code, code_verifier=VERIFIER)
    assert answer.status == 200, answer.text
    assert (answer.json["token_type"], answer.json["scope"]) == ("Bearer", "read write")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    member = Client(town.app, town.loop, answer.json["access_token"])
    assert member.get("/api/v1/accounts/verify_credentials").json["username"] == "farah"
    assert member.post("/api/v1/statuses", json={"status": "bonjour"}).status == 200
    assert member.get("/api/v1/apps/verify_credentials").json["name"] == "Toot"


def test_the_secret_may_come_by_basic_authentication(town: Town, browser: Browser, app: dict[str, Any]) -> None:
    code = _code(browser, _asked(app))
    basic = base64.b64encode(f"{app['client_id']}:{app['client_secret']}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    answer = town.visitor.post("/oauth/token", form=form, headers={"authorization": f"Basic {basic}"})
    assert answer.status == 200


@pytest.mark.parametrize("header", ["Basic", "Basic !!", "Basic eA==", "Basic /////w==", "Bearer x"])
def test_a_client_that_does_not_say_who_it_is_gets_401(town: Town, header: str) -> None:
    answer = town.visitor.post(
        "/oauth/token", form={"grant_type": "client_credentials"}, headers={"authorization": header}
    )
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_state_comes_back_and_our_parameters_join_those_of_the_address(browser: Browser, app: dict[str, Any]) -> None:
    asked = _asked(app, redirect_uri="myapp://oauth?a=1", state="x y&z=é")
    place = urlsplit(_consent(browser, asked).headers["location"])
    query = parse_qs(place.query)
    assert place.scheme == "myapp"
    assert (query["a"], query["state"]) == (["1"], ["x y&z=é"])


def test_no_is_told_to_the_app(browser: Browser, app: dict[str, Any]) -> None:
    query = parse_qs(urlsplit(_consent(browser, _asked(app, state="s"), "deny").headers["location"]).query)
    assert (query["error"], query["state"]) == (["access_denied"], ["s"])
    assert "code" not in query


def test_out_of_band_shows_the_code(town: Town, browser: Browser, app: dict[str, Any]) -> None:
    page = _consent(browser, _asked(app, redirect_uri=OUT_OF_BAND))
    assert page.status == 200
    codes = re.findall(r"[A-Za-z0-9_-]{43}", page.text)
    answers = [_exchange(town, app, code, redirect_uri=OUT_OF_BAND).status for code in codes]
    assert 200 in answers


def test_a_token_is_revoked_by_its_app_alone(town: Town, app: dict[str, Any]) -> None:
    mine, other = app_token(town, app), register(town)
    form = {"token": mine.token}
    refused = town.visitor.post("/oauth/revoke", form={**form, **credentials(other)})
    assert (refused.status, refused.json["error"]) == (403, "unauthorized_client")
    wrong = {**credentials(app), "client_secret": "x"}
    assert town.visitor.post("/oauth/revoke", form={**form, **wrong}).status == 401
    assert mine.get("/api/v1/apps/verify_credentials").status == 200
    assert town.visitor.post("/oauth/revoke", form={**form, **credentials(app)}).json == {}
    assert mine.get("/api/v1/apps/verify_credentials").status == 401
    assert town.visitor.post("/oauth/revoke", form={"token": "unknown", **credentials(app)}).json == {}


def test_metadata_says_where_and_how(town: Town) -> None:
    found = town.visitor.get("/.well-known/oauth-authorization-server").json
    assert found["issuer"] == "http://parvis.test/"
    assert found["token_endpoint"] == "http://parvis.test/oauth/token"
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert {"read", "write:statuses", "profile", "admin:read"} <= set(found["scopes_supported"])
    assert "password" not in found["grant_types_supported"]


@pytest.mark.parametrize("grant", ["password", "refresh_token", "", "x"])
def test_other_grants_are_refused(town: Town, app: dict[str, Any], grant: str) -> None:
    form = {"grant_type": grant, "username": "farah", "password": "correct horse", **credentials(app)}
    answer = town.visitor.post("/oauth/token", form=form)
    assert (answer.status, answer.json["error"]) == (400, "unsupported_grant_type")


def test_an_app_can_have_somebody_else_log_in(town: Town, app: dict[str, Any]) -> None:
    for name in ("gilles", "hanna"):
        join(town, name)
    browser = Browser(town)
    browser.log_in("gilles")
    before = dict(browser.cookies)
    asked = {**_asked(app), "force_login": "true"}
    place = browser.get("/oauth/authorize", query=asked).headers["location"]
    page = browser.get(place)
    assert page.status == 200
    following = parse_qs(urlsplit(place).query)["next"][0]
    assert "force_login" not in following
    answer = browser.send("/auth/log-in", {"login": "hanna", "password": PASSWORD, "next": following}, page=place)
    assert answer.headers["location"] == following
    token = _exchange(town, app, _code(browser, _asked(app))).json["access_token"]
    assert Client(town.app, town.loop, token).get("/api/v1/accounts/verify_credentials").json["username"] == "hanna"
    browser.cookies = before
    assert browser.get("/settings/security").status != 200


def test_the_password_grant_is_for_who_has_no_second_factor(settings: Settings) -> None:
    sessions = msgspec.structs.replace(settings.sessions, password_grant=True)
    with open_town(msgspec.structs.replace(settings, sessions=sessions)) as town:
        join(town, "ines")
        app = register(town)
        form = {"grant_type": "password", "username": "ines", "password": PASSWORD, "scope": "read", **credentials(app)}
        token = town.visitor.post("/oauth/token", form=form).json["access_token"]
        assert Client(town.app, town.loop, token).get("/api/v1/timelines/home").status == 200
        wrong = town.visitor.post("/oauth/token", form={**form, "password": "wrong"})
        assert (wrong.status, wrong.json["error"]) == (400, "invalid_grant")
        more = town.visitor.post("/oauth/token", form={**form, "scope": "admin:read"})
        assert (more.status, more.json["error"]) == (400, "invalid_scope")
        member = town.run(town.parvis.members.by_login("ines"))
        setup = town.run(town.parvis.second_factor.begin(member.account_id, "ines"))
        town.run(town.parvis.second_factor.enable(member.account_id, TOTP(setup.secret).now()))
        refused = town.visitor.post("/oauth/token", form=form)
        assert (refused.status, refused.json["error"]) == (400, "invalid_grant")
