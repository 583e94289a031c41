"""What the server says of itself, as clients depend on it."""

import re
from typing import Any

import pytest
from tests.cast import Town

from parvis.db.pool import statements


def _nulls(value: Any, at: str = "") -> list[str]:
    if value is None:
        return [at]
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in _nulls(inner, f"{at}.{key}")]
    if isinstance(value, list):
        return [found for inner in value for found in _nulls(inner, f"{at}[]")]
    return []


def test_v1_has_what_every_family_of_clients_reads(town: Town) -> None:
    found = town.visitor.get("/api/v1/instance").json
    assert found["uri"] == "parvis.test"  # toot takes it for the domain: no scheme
    assert re.match(r"^\d+\.\d+\.\d+ \(compatible; Parvis \d", found["version"])
    assert found["urls"]["streaming_api"] == "ws://parvis.test"
    assert found["stats"].keys() >= {"user_count", "status_count", "domain_count"}
    assert found["registrations"] is True
    for field in ("title", "description", "short_description", "email", "version", "languages", "rules", "thumbnail"):
        assert found[field] is not None, field


def test_v2_has_required_fields_and_only_what_is_built(town: Town) -> None:
    found = town.visitor.get("/api/v2/instance").json
    assert found["domain"] == "parvis.test"
    configuration = found["configuration"]
    assert configuration["urls"]["streaming"] == "ws://parvis.test"
    assert configuration["statuses"].keys() >= {
        "max_characters", "max_media_attachments", "characters_reserved_per_url",
    }  # fmt: skip
    assert configuration["media_attachments"].keys() >= {
        "supported_mime_types", "image_size_limit", "image_matrix_limit", "video_size_limit", "video_frame_rate_limit",
        "video_matrix_limit", "description_limit",
    }  # fmt: skip
    assert configuration["polls"].keys() >= {
        "max_options", "max_characters_per_option", "min_expiration", "max_expiration",
    }  # fmt: skip
    assert configuration["accounts"].keys() >= {
        "max_featured_tags", "max_pinned_statuses", "max_profile_fields", "profile_field_name_limit",
        "profile_field_value_limit",
    }  # fmt: skip
    assert configuration["translation"] == {"enabled": False}
    assert "timelines_access" in configuration
    assert found["api_versions"] == {"mastodon": 1}  # 2 would promise grouped notifications
    assert found["registrations"].keys() >= {"enabled", "approval_required", "message", "url", "min_age"}
    assert "image/avif" in configuration["media_attachments"]["supported_mime_types"]
    may_be_null = {
        ".registrations.message", ".registrations.min_age", ".contact.account", ".wrapstodon", ".thumbnail.blurhash",
        ".configuration.urls.privacy_policy", ".configuration.urls.terms_of_service",
    }  # fmt: skip
    assert set(_nulls(found)) <= may_be_null


def test_rules_speak_the_readers_language(town: Town) -> None:
    rules = town.visitor.get("/api/v1/instance/rules").json
    assert rules
    assert all(rule["id"] and rule["text"] for rule in rules)
    french = town.someone()
    with town.database() as db:
        db.execute("UPDATE members SET locale = 'fr' WHERE account_id = %s", (french.id,))
    assert french.get("/api/v1/instance/rules").json[0]["text"] != rules[0]["text"]


def test_limits_are_those_that_hold(town: Town) -> None:
    limits = town.visitor.get("/api/v2/instance").json["configuration"]["statuses"]
    most = limits["max_characters"]
    assert town.amina.post("/api/v1/statuses", json={"status": "x" * most}).status == 200
    assert town.amina.post("/api/v1/statuses", json={"status": "x" * (most + 1)}).status == 422
    link = "https://example.org/" + "y" * 200
    text = "x" * (most - limits["characters_reserved_per_url"] - 1) + " " + link
    assert town.amina.post("/api/v1/statuses", json={"status": text}).status == 200


def test_figures_are_not_counted_for_each_request(town: Town) -> None:
    town.visitor.get("/api/v2/instance")
    counted: list[str] = []
    token = statements.set(counted)
    try:
        town.visitor.get("/api/v2/instance")
        town.visitor.get("/api/v1/instance")
        town.visitor.get("/nodeinfo/2.0")
    finally:
        statements.reset(token)
    assert "figures" not in counted


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("peers", []),
        ("activity", []),
        ("domain_blocks", []),
        ("translation_languages", {}),
    ],
)
def test_lists_that_are_empty(town: Town, path: str, expected: Any) -> None:
    assert town.visitor.get(f"/api/v1/instance/{path}").json == expected


@pytest.mark.parametrize("path", ["privacy_policy", "terms_of_service"])
def test_texts_that_nobody_wrote_yet(town: Town, path: str) -> None:
    assert town.visitor.get(f"/api/v1/instance/{path}").status == 404


def test_extended_description(town: Town) -> None:
    found = town.visitor.get("/api/v1/instance/extended_description").json
    assert found.keys() == {"updated_at", "content"}
    assert None not in found.values()
