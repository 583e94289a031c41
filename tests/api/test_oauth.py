"""OAuth 2: codes, PKCE, client credentials, revocation; and what RFC 9700 warns of."""

import base64
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cast import Town
from tests.client import Answer, Client

from parvis.auth import scopes
from parvis.auth.oauth import s256

BACK = "https://client.example/back?x=1"
VERIFIER = "v" * 60


class Browser:
    """A member's browser: cookies and forms."""

    def __init__(self, town: Town) -> None:
        self.client = Client(town.app, town.loop)
        self.cookies: dict[str, str] = {}

    def _keep(self, answer: Answer) -> Answer:
        for line in answer.headers.get("set-cookie", "").split("\n"):
            name, _, rest = line.partition("=")
            if name:
                self.cookies[name] = rest.split(";")[0]
        return answer

    def _headers(self) -> dict[str, str]:
        return {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def get(self, path: str) -> Answer:
        return self._keep(self.client.get(path, headers=self._headers()))

    def send(self, path: str, page: Answer, **fields: str) -> Answer:
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        hidden = {name: value.replace("&amp;", "&") for name, value in hidden.items()}
        return self._keep(self.client.post(path, form=hidden | fields, headers=self._headers()))

    def log_in(self, name: str, password: str) -> Answer:
        return self.send("/auth/log-in", self.get("/auth/log-in"), login=name, password=password)


@pytest.fixture
def app(town: Town) -> dict[str, Any]:
    form = {"client_name": "Test", "redirect_uris": f"{BACK}\nurn:ietf:wg:oauth:2.0:oob", "scopes": "read write"}
    answer = town.visitor.post("/api/v1/apps", json=form)
    assert answer.status == 200, answer.text
    return answer.json


@pytest.fixture
def member(town: Town) -> tuple[str, str, int]:
    from parvis.auth.types import Role

    name = f"oauth{next(town._number)}"
    ident, password = town.run(town.parvis.members.create(name, f"{name}@mail.test", Role.MEMBER))
    return name, password, ident


def authorize(town: Town, app: dict[str, Any], member: tuple[str, str, int], **changes: str) -> str:
    """The code that a member gives to the app."""
    browser = Browser(town)
    assert browser.log_in(*member[:2]).status == 303
    asked = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": BACK, "scope": "read write"}
    page = browser.get(f"/oauth/authorize?{urlencode(asked | {'state': 's 1'} | changes)}")
    assert page.status == 200, page.text
    answer = browser.send("/oauth/authorize", page, decision="approve")
    assert answer.status == 302
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert answer.headers["location"].startswith(BACK) and query["state"] == ["s 1"] and query["x"] == ["1"]
    return query["code"][0]


def exchange(town: Town, app: dict[str, Any], code: str, **changes: str) -> Answer:
    form = {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": BACK,
        "code": code,
    }
    return town.visitor.post("/oauth/token", form=form | changes)


def me(town: Town, token: str) -> Answer:
    return Client(town.app, town.loop, token).get("/api/v1/accounts/verify_credentials")


def test_a_code_gives_a_token_once_and_a_copy_of_it_ends_the_token(town: Town, app: Any, member: Any):
    code = authorize(town, app, member)
    answer = exchange(town, app, code)
    assert answer.json["token_type"] == "Bearer" and answer.json["scope"] == "read write"
    token = answer.json["access_token"]
    assert me(town, token).json["id"] == str(member[2])
    again = exchange(town, app, code)
    assert again.status == 400 and again.json["error"] == "invalid_grant"
    assert me(town, token).status == 401


def test_pkce(town: Town, app: Any, member: Any):
    challenge = {"code_challenge": s256(VERIFIER), "code_challenge_method": "S256"}
    assert exchange(town, app, authorize(town, app, member, **challenge)).status == 400
    code = authorize(town, app, member, **challenge)
    assert exchange(town, app, code, code_verifier="w" * 60).status == 400
    assert exchange(town, app, code, code_verifier=VERIFIER).status == 200
    browser = Browser(town)
    browser.log_in(*member[:2])
    asked = {"client_id": app["client_id"], "redirect_uri": BACK, "code_challenge": VERIFIER}
    assert browser.get(f"/oauth/authorize?{urlencode(asked | {'code_challenge_method': 'plain'})}").status == 422
    assert browser.get(f"/oauth/authorize?{urlencode(asked)}").status == 422


@pytest.mark.parametrize(
    "uri", ["https://client.example/back", BACK + "2", "https://client.example.evil.test/back?x=1", "//evil", ""]
)
def test_only_a_registered_address_gets_the_code(town: Town, app: Any, member: Any, uri: str):
    browser = Browser(town)
    browser.log_in(*member[:2])
    page = browser.get(f"/oauth/authorize?{urlencode({'client_id': app['client_id'], 'redirect_uri': uri})}")
    assert page.status == 422 and "location" not in page.headers
    code = authorize(town, app, member)
    assert exchange(town, app, code, redirect_uri=uri).status == 400


def test_another_app_or_a_wrong_secret_gets_nothing(town: Town, app: Any, member: Any):
    other = town.visitor.post("/api/v1/apps", json={"client_name": "Other", "redirect_uris": [BACK]}).json
    code = authorize(town, app, member)
    wrong = exchange(town, app, code, client_secret="x")
    assert wrong.status == 401 and wrong.json["error"] == "invalid_client"
    assert exchange(town, other, code).status == 400
    basic = base64.b64encode(f"{app['client_id']}:{app['client_secret']}".encode()).decode()
    form = {"grant_type": "authorization_code", "redirect_uri": BACK, "code": code}
    assert town.visitor.post("/oauth/token", form=form, headers={"authorization": f"Basic {basic}"}).status == 200


def test_a_member_can_refuse(town: Town, app: Any, member: Any):
    browser = Browser(town)
    browser.log_in(*member[:2])
    page = browser.get(f"/oauth/authorize?{urlencode({'client_id': app['client_id'], 'redirect_uri': BACK})}")
    answer = browser.send("/oauth/authorize", page, decision="deny")
    assert "error=access_denied" in answer.headers["location"]


def test_the_consent_needs_the_form_of_our_own_page(town: Town, app: Any, member: Any):
    browser = Browser(town)
    browser.log_in(*member[:2])
    fields = {"client_id": app["client_id"], "redirect_uri": BACK, "decision": "approve"}
    answer = browser.client.post("/oauth/authorize", form=fields, headers=browser._headers())
    assert answer.status == 403


def test_an_app_in_its_own_name(town: Town, app: Any):
    form = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    token = town.visitor.post("/oauth/token", query=form).json["access_token"]  # as some clients send it
    client = Client(town.app, town.loop, token)
    assert client.get("/api/v1/apps/verify_credentials").json["name"] == "Test"
    assert client.get("/api/v1/timelines/home").status == 401
    too_much = town.visitor.post("/oauth/token", form=form | {"scope": "admin:write"})
    assert too_much.status == 400 and too_much.json["error"] == "invalid_scope"


def test_revocation(town: Town, app: Any, member: Any):
    token = exchange(town, app, authorize(town, app, member)).json["access_token"]
    other = town.visitor.post("/api/v1/apps", json={"client_name": "Other", "redirect_uris": BACK}).json

    def revoke(by: dict[str, Any]) -> int:
        form = {"client_id": by["client_id"], "client_secret": by["client_secret"], "token": token}
        return town.visitor.post("/oauth/revoke", form=form).status

    assert revoke(other) == 403
    assert me(town, token).status == 200
    assert revoke(app) == 200
    assert me(town, token).status == 401
    assert revoke(app) == 200  # an unknown token is no error


def test_the_password_grant_is_off(town: Town, app: Any, member: Any):
    form = {
        "grant_type": "password",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "username": member[0],
        "password": member[1],
    }
    assert town.visitor.post("/oauth/token", form=form).json["error"] == "unsupported_grant_type"


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "data:text/html,x", "/back", "https://a.test/#f", "", "x" * 3000]
)
def test_an_app_cannot_register_a_dangerous_address(town: Town, uri: str):
    assert town.visitor.post("/api/v1/apps", json={"client_name": "x", "redirect_uris": uri}).status == 422


def test_what_the_metadata_says_is_there(town: Town):
    found = town.visitor.get("/.well-known/oauth-authorization-server").json
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["token_endpoint"] == "http://parvis.test/oauth/token"
    assert "password" not in found["grant_types_supported"]


_scopes = st.lists(st.sampled_from(scopes.ALL), max_size=6)


@given(_scopes, _scopes)
def test_scopes_are_a_tree(asked: list[str], granted: list[str]):
    assert scopes.within(tuple(asked), granted) == all(scopes.within((one,), granted) for one in asked)
    assert scopes.expand(granted) >= set(granted)
    if scopes.within(tuple(asked), granted):
        assert scopes.expand(asked) <= scopes.expand(tuple(scopes.expand(granted)))


def test_no_scope_reaches_into_administration():
    assert not any(scope.startswith("admin") for scope in scopes.expand(("read", "write", "follow", "push", "profile")))
