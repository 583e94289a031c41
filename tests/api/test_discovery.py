"""How others find the server and its members, and how an operator's machines ask after its health."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.cast import Town, open_town
from tests.client import Answer
from tests.database import TestServer

from parvis.db.migrate import shipped
from parvis.settings import Settings

WEBFINGER = "/.well-known/webfinger"


def finger(town: Town, resource: str) -> Answer:
    return town.visitor.get(WEBFINGER, query={"resource": resource})


@pytest.mark.parametrize(
    "resource",
    ["acct:amina@parvis.test", "acct:AMINA@Parvis.Test", "amina@parvis.test", "http://parvis.test/@amina"],
)
def test_a_member_is_found_by_name_and_by_address(town: Town, resource: str) -> None:
    answer = finger(town, resource)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/jrd+json")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json["subject"] == "acct:amina@parvis.test"
    page = next(link for link in answer.json["links"] if link["rel"].endswith("profile-page"))
    assert page["href"] == "http://parvis.test/@amina"


@pytest.mark.parametrize(
    "resource",
    [
        "acct:nobody@parvis.test", "acct:amina@elsewhere.test", "acct:amina", "acct:@", "acct:amina@parvis.test.",
        "acct:amina@parvis\ttest", "acct:amina@ｐarvis.test", "acct:ａmina@parvis.test", "acct:amina@xn--prvis-6qa.test",
        "acct:amina\n@parvis.test", "http://elsewhere.test/@amina", "https://parvis.test.evil.test/@amina",
        "http://parvis.test@evil.test/@amina", "http://parvis.test/about", "http://[/@amina",
        "http://parvis.test/@amina/../admin", "x" * 2000,
    ],
)  # fmt: skip
def test_nobody_else_is_however_it_is_spelled(town: Town, resource: str) -> None:
    """Advisory 5."""
    assert finger(town, resource).status == 404


def test_a_resource_is_asked_for_and_bounded(town: Town) -> None:
    assert town.visitor.get(WEBFINGER).status == 400
    assert finger(town, "x" * 2001).status in (400, 422)
    assert finger(town, "\x00").status == 400


def test_who_is_suspended_is_not_found(town: Town) -> None:
    gone = town.someone()
    assert finger(town, f"acct:{gone.name}@parvis.test").status == 200
    town.suspend(gone)
    assert finger(town, f"acct:{gone.name}@parvis.test").status == 404


def test_nodeinfo_names_the_software_by_clean_numbers(town: Town) -> None:
    links = town.visitor.get("/.well-known/nodeinfo").json["links"]
    assert [link["rel"].rpartition("/")[2] for link in links] == ["2.0", "2.1"]
    for link in links:
        answer = town.visitor.get(link["href"].removeprefix("http://parvis.test"))
        assert f'schema/{answer.json["version"]}#"' in answer.headers["content-type"]
        assert link["href"].endswith(answer.json["version"])
        assert answer.json["software"]["name"] == "parvis"
        assert re.fullmatch(r"\d+\.\d+\.\d+", answer.json["software"]["version"])
        assert answer.json["usage"]["users"]["total"] >= 5
    assert town.visitor.get("/nodeinfo/3.0").status == 404


def test_host_meta_robots_and_the_way_to_a_new_password(town: Town) -> None:
    meta = town.visitor.get("/.well-known/host-meta")
    assert "http://parvis.test/.well-known/webfinger?resource={uri}" in meta.text
    assert "Disallow: /api/" in town.visitor.get("/robots.txt").text
    change = town.visitor.get("/.well-known/change-password")
    assert (change.status, change.headers["location"]) == (302, "/settings/account")


def test_health_asks_nobody_and_ready_asks_the_database(town: Town) -> None:
    assert town.visitor.get("/health").text == "OK"
    assert town.visitor.get("/ready").json == {"ready": True}


@pytest.fixture
def unmigrated(settings: Settings) -> Iterator[Town]:
    """A town whose database lacks the last migration that this release needs."""
    with open_town(settings) as town:
        last = [migration.name for migration in shipped() if migration.phase == "pre"][-1]
        with town.database() as db:
            db.execute("DELETE FROM migrations WHERE name = %s", (last,))
        yield town


def test_it_is_not_ready_before_it_is_migrated(unmigrated: Town) -> None:
    missing = unmigrated.visitor.get("/ready")
    assert missing.status == 503
    assert list(missing.json["failed"]) == ["migrations"]
    with unmigrated.database() as db:
        last = [migration for migration in shipped() if migration.phase == "pre"][-1]
        db.execute("INSERT INTO migrations (name, checksum) VALUES (%s, %s)", (last.name, last.checksum))
        db.execute("INSERT INTO migrations (name, checksum) VALUES ('9999_pre_next', 'x')")
    assert unmigrated.visitor.get("/ready").status == 200, "a newer release migrates before it starts"


def test_it_is_not_ready_without_its_database(pg_server: TestServer, tmp_path: Path, settings: Settings) -> None:
    name = pg_server.create()
    database = msgspec.structs.replace(settings.database, url=pg_server.url(name), pool_timeout_s=0.5)
    with open_town(msgspec.structs.replace(settings, database=database)) as town:
        assert town.visitor.get("/ready").status == 200
        pg_server.drop(name)
        assert town.visitor.get("/health").status == 200
        answer = town.visitor.get("/ready")
        assert answer.status == 503
        assert "database" in json.loads(answer.body)["failed"]
