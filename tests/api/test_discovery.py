"""How others find accounts and the server: WebFinger, NodeInfo, host-meta, health."""

import re

import pytest
from tests.cast import Town

from parvis.db.pool import statements
from parvis.kernel.errors import Unavailable


@pytest.mark.parametrize(
    "resource",
    [
        "acct:amina@parvis.test",
        "acct:AMINA@Parvis.TEST",
        "acct:@amina@parvis.test",
        "amina@parvis.test",
        "http://parvis.test/@amina",
        "http://parvis.test/users/amina",
    ],
)
def test_webfinger_finds_an_account_however_it_is_named(town: Town, resource: str) -> None:
    answer = town.visitor.get("/.well-known/webfinger", query={"resource": resource})
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/jrd+json")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json["subject"] == "acct:amina@parvis.test"
    profile = [link for link in answer.json["links"] if link["rel"] == "http://webfinger.net/rel/profile-page"]
    assert profile[0]["href"] == "http://parvis.test/@amina"


@pytest.mark.parametrize(
    "resource",
    [
        "acct:nobody@parvis.test",
        "acct:amina@parvis.test.evil.example",
        "acct:amina@parvis.test:8000",
        "acct:amina@parvis.test.",
        "acct:amina@par\tvis.test",
        "acct:amina@ｐarvis.test",
        "acct:amina@xn--parvis-.test",
        "acct:amina",
        "acct:amina@",
        "acct:ami\u200bna@parvis.test",
        "acct:amına@parvis.test",
        "acct:amina%@parvis.test",
        "http://parvis.test.evil.example/@amina",
        "http://parvis.test@evil.example/@amina",
        "http://parvis.test/amina",
        "mailto:amina@parvis.test",
        "acct:amina@parvis.test" + "x" * 1000,
    ],
)
def test_webfinger_answers_for_ours_alone(town: Town, resource: str) -> None:
    assert town.visitor.get("/.well-known/webfinger", query={"resource": resource}).status == 404


def test_webfinger_without_a_resource(town: Town) -> None:
    assert town.visitor.get("/.well-known/webfinger").status == 400
    assert town.visitor.get("/.well-known/webfinger", query={"resource": "x" * 5000}).status in (400, 422)


def test_webfinger_does_not_know_a_suspended_account(town: Town) -> None:
    gone = town.someone()
    town.suspend(gone)
    query = {"resource": f"acct:{gone.name}@parvis.test"}
    assert town.visitor.get("/.well-known/webfinger", query=query).status == 404


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_nodeinfo(town: Town, version: str) -> None:
    links = town.visitor.get("/.well-known/nodeinfo").json["links"]
    href = next(link["href"] for link in links if link["rel"].endswith(f"/{version}"))
    assert href == f"http://parvis.test/nodeinfo/{version}"
    found = town.visitor.get(f"/nodeinfo/{version}").json
    assert found["version"] == version
    assert found["software"]["name"] == "parvis"
    assert re.fullmatch(r"\d+\.\d+\.\d+", found["software"]["version"])  # clients parse it, and fail log-in else
    assert found["usage"]["users"]["total"] >= 5
    assert found["openRegistrations"] is True


def test_nodeinfo_of_another_version(town: Town) -> None:
    assert town.visitor.get("/nodeinfo/3.0").status == 404


def test_host_meta_robots_and_change_password(town: Town) -> None:
    assert "http://parvis.test/.well-known/webfinger?resource={uri}" in town.visitor.get("/.well-known/host-meta").text
    assert "Disallow: /api/" in town.visitor.get("/robots.txt").text
    moved = town.visitor.get("/.well-known/change-password")
    assert moved.status == 302
    assert moved.headers["location"].endswith("/settings/account")


def test_health_asks_nothing_of_the_database(town: Town) -> None:
    counted: list[str] = []
    token = statements.set(counted)
    try:
        assert town.visitor.get("/health").text == "OK"
    finally:
        statements.reset(token)
    assert counted == []


def test_ready_says_what_is_away(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert town.visitor.get("/ready").json == {"ready": True}

    async def away() -> None:
        raise Unavailable("The database is not available right now")

    monkeypatch.setattr(town.parvis.site, "probe", away)
    answer = town.visitor.get("/ready")
    assert answer.status == 503
    assert "database" in answer.json["failed"]
