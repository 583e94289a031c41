"""What the server says of itself to apps: in the shapes that they read, and true."""

import html
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from tests.cast import Town, open_town

from parvis import VERSION
from parvis.moderation.policy.versions import shipped
from parvis.settings import Settings

EMPTY = ["peers", "activity", "domain_blocks"]


def get(town: Town, path: str, **headers: str) -> Any:
    answer = town.visitor.get(path, headers=headers)
    assert answer.status == 200, answer.text
    return answer.json


def nulls(value: Any, path: str = "") -> list[str]:
    """Where null stands."""
    if isinstance(value, dict):
        return [found for name, inner in value.items() for found in nulls(inner, f"{path}.{name}")]
    if isinstance(value, list):
        return [found for inner in value for found in nulls(inner, f"{path}[]")]
    return [path] if value is None else []


def test_both_versions_have_what_their_readers_require(town: Town) -> None:
    new, old = get(town, "/api/v2/instance"), get(town, "/api/v1/instance")
    assert new.keys() >= {
        "api_versions", "configuration", "contact", "description", "domain", "icon", "languages", "registrations",
        "rules", "source_url", "thumbnail", "title", "usage", "version",
    }  # fmt: skip
    assert old.keys() >= {
        "approval_required", "configuration", "description", "email", "invites_enabled", "languages", "registrations",
        "rules", "short_description", "stats", "title", "uri", "urls", "version",
    }  # fmt: skip
    for answer in (new, old):
        # Apps read the digits at the front; some take three signs of it for a number.
        assert answer["version"].startswith("4.") and f"Parvis {VERSION}" in answer["version"]
        assert isinstance(answer["configuration"]["media_attachments"]["supported_mime_types"], list)
    assert old["uri"] == new["domain"] == "parvis.test", "a bare host: toot makes account names of it"
    assert old["urls"]["streaming_api"] == new["configuration"]["urls"]["streaming"] == "ws://parvis.test"
    # Those that the API says may be null.
    assert set(nulls(new)) <= {
        ".configuration.urls.privacy_policy", ".configuration.urls.terms_of_service", ".thumbnail.blurhash",
        ".registrations.message", ".registrations.min_age", ".contact.account", ".wrapstodon",
    }  # fmt: skip
    assert set(nulls(old)) <= {".contact_account"}


def test_the_limits_are_those_that_are_kept(town: Town) -> None:
    bounds = get(town, "/api/v2/instance")["configuration"]
    most = bounds["statuses"]["max_characters"]
    assert town.amina.post("/api/v1/statuses", json={"status": "x" * most}).status == 200
    assert town.amina.post("/api/v1/statuses", json={"status": "x" * (most + 1)}).status == 422
    name = bounds["accounts"]["max_display_name_length"]
    path = "/api/v1/accounts/update_credentials"
    assert town.amina.patch(path, json={"display_name": "x" * name}).status == 200
    assert town.amina.patch(path, json={"display_name": "x" * (name + 1)}).status == 422


def test_the_rules_come_in_the_readers_language(town: Town) -> None:
    english, french = (get(town, "/api/v1/instance/rules", **{"accept-language": tag}) for tag in ("en", "fr-CA,fr"))
    assert [rule["id"] for rule in english] == [rule["id"] for rule in french]
    assert len(english) >= 3
    assert all(rule["text"] and isinstance(rule["hint"], str) for rule in english + french)
    assert all(one["text"] != other["text"] for one, other in zip(english, french, strict=True))
    assert get(town, "/api/v2/instance", **{"accept-language": "fr"})["rules"] == french


def test_the_rules_are_those_that_one_is_held_to(town: Town) -> None:
    """What apps show, what members report for, and what a decision names are one list, from the moment that it holds."""
    policy = town.parvis.policy
    shown = get(town, "/api/v1/instance/rules")
    assert [rule["id"] for rule in shown] == [rule.id for rule in policy.current.compiled.policy.breakable]
    ids = {rule["id"] for rule in shown}
    assert {"hate", "threat", "spam", "privacy", "warnings"} <= ids and not {"reported", "decided-before"} & ids
    assert get(town, "/api/v1/instance")["rules"] == shown
    hate = next(rule for rule in shown if rule["id"] == "hate")
    assert hate["text"] == "No hate" and hate["hint"].startswith("Do not attack people for what they are")
    for tag, words in (("en", hate["hint"]), ("fr", "N'attaquez pas les gens pour ce qu'ils sont")):
        for path in ("/about", "/auth/sign-up"):
            page = html.unescape(town.visitor.get(path, headers={"accept-language": tag}).text)
            assert words in page and 'id="rule-hate"' in page and 'id="rule-reported"' not in page, (tag, path)

    source = (
        shipped()
        .replace('en = "No hate"', 'en = "No hate at all"')
        .replace('id = "spam"\ncategory = "spam"', 'id = "spam"\nenabled = false\ncategory = "spam"')
    )
    before = policy.current.version
    town.run(policy.activate(town.run(policy.save(source, town.amina.id)), town.amina.id))
    now = get(town, "/api/v2/instance")["rules"]
    assert [rule["id"] for rule in now] == [rule["id"] for rule in shown if rule["id"] != "spam"], "ids stay"
    assert next(rule["text"] for rule in now if rule["id"] == "hate") == "No hate at all"
    town.run(policy.activate(before, town.amina.id))
    assert get(town, "/api/v1/instance/rules") == shown


def test_what_nobody_wrote_is_cleanly_absent(town: Town) -> None:
    for name in ("privacy_policy", "terms_of_service"):
        answer = town.visitor.get(f"/api/v1/instance/{name}")
        assert (answer.status, list(answer.json)) == (404, ["error"])
    for name in EMPTY:
        assert get(town, f"/api/v1/instance/{name}") == []
    assert get(town, "/api/v1/instance/translation_languages") == {}
    assert get(town, "/api/v1/instance/extended_description").keys() == {"updated_at", "content"}


@pytest.fixture
def closed(settings: Settings) -> Iterator[Town]:
    """A town of its own: nobody joins, and Amina answers for it."""
    site = msgspec.structs.replace(settings.site, contact_account="amina", contact_email="hello@parvis.test")
    sign_up = msgspec.structs.replace(settings.sign_up, mode="closed", message="Complet")
    with open_town(msgspec.structs.replace(settings, site=site, sign_up=sign_up)) as town:
        yield town


def test_who_joins_who_answers_and_how_many_there_are(closed: Town) -> None:
    closed.bruno.write("premier")
    new, old = get(closed, "/api/v2/instance"), get(closed, "/api/v1/instance")
    assert (new["registrations"]["enabled"], old["registrations"]) == (False, False)
    assert new["registrations"]["message"] == "Complet"
    assert new["contact"]["account"]["acct"] == old["contact_account"]["acct"] == "amina"
    assert new["contact"]["email"] == old["email"] == "hello@parvis.test"
    assert old["stats"]["user_count"] == 5
    assert old["stats"]["status_count"] == 1


def test_the_figures_are_counted_once_for_many_askers(closed: Town) -> None:
    from parvis.db.pool import statements

    async def asked() -> list[str]:
        seen: list[str] = []
        statements.set(seen)
        for _ in range(3):
            await closed.visitor.call("GET", "/api/v1/instance")
            await closed.visitor.call("GET", "/nodeinfo/2.0")
        return seen

    get(closed, "/api/v1/instance")
    assert "figures" not in closed.run(asked())


def test_who_answers_is_no_longer_shown_once_suspended(closed: Town) -> None:
    closed.suspend(closed.amina)
    assert get(closed, "/api/v2/instance")["contact"]["account"] is None
