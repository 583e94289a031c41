"""Whatever stands in a parameter, the answer is a clear one: never a fault of ours, never half a thing (advisories 33, 52)."""

from typing import Any

import pytest
from tests.cast import Town

ODD: list[Any] = [
    [], {}, [[]], [{}], {"a": {"b": []}}, None, True, -1, 2**70, 1.5, "", "\x00", "\ufdd0", "x" * 200_000, "../../x",
    "' OR 1=1 --", ["x"] * 500, {"0": "x"}, "null", "1e999", "-0", "９", "\ud83d", "💥" * 50,
]  # fmt: skip

WRITES = [
    ("POST", "/api/v1/statuses", ["status", "spoiler_text", "visibility", "language", "media_ids", "in_reply_to_id"]),
    ("PUT", "/api/v1/statuses/{id}", ["status", "spoiler_text", "sensitive", "language", "media_ids", "media_attributes"]),
    ("POST", "/api/v1/statuses/{id}/reblog", ["visibility"]),
    ("DELETE", "/api/v1/statuses/1", ["delete_media"]),
    ("POST", "/api/v2/media", ["file", "description", "focus", "thumbnail"]),
    ("PUT", "/api/v1/media/1", ["description", "focus"]),
]  # fmt: skip

READS = [
    ("/api/v1/timelines/home", ["max_id", "min_id", "since_id", "limit"]),
    ("/api/v1/timelines/public", ["local", "remote", "only_media", "limit", "max_id"]),
    ("/api/v1/timelines/tag/x", ["any[]", "all", "none[a]", "only_media", "limit"]),
    ("/api/v1/statuses", ["id", "id[]", "id[a]"]),
    ("/api/v2/search", ["q", "type", "limit", "offset", "resolve", "account_id", "max_id", "following"]),
    ("/api/v1/favourites", ["max_id", "min_id", "limit"]),
    ("/api/v1/bookmarks", ["max_id", "limit"]),
    ("/api/v1/conversations", ["max_id", "limit"]),
    ("/api/v1/followed_tags", ["max_id", "limit"]),
    ("/api/v1/trends/tags", ["limit", "offset"]),
    ("/api/v1/statuses/{id}/favourited_by", ["max_id", "limit"]),
]


@pytest.mark.parametrize(("method", "path", "fields"), WRITES)
def test_no_value_in_a_body_breaks_a_write(town: Town, method: str, path: str, fields: list[str]) -> None:
    post_id = town.amina.write("cible")["id"]
    plain = {"status": "x"} if "statuses" in path else {}
    for field in fields:
        for value in ODD:
            answer = town.run(town.amina.call(method, path.replace("{id}", post_id), json={**plain, field: value}))
            assert answer.status < 500, (field, value, answer.text)
            if answer.status >= 400:
                assert answer.json["error"]
    media = town.rows("SELECT count(*) FROM media")
    assert media == [(0,)]
    assert town.visitor.get(f"/api/v1/statuses/{post_id}").status == 200


@pytest.mark.parametrize(("path", "fields"), READS)
def test_no_value_in_a_query_breaks_a_read(town: Town, path: str, fields: list[str]) -> None:
    post_id = town.amina.write("cible")["id"]
    for field in fields:
        for value in ODD:
            text = value if isinstance(value, str) else str(value)
            query = {"q": "x", field: text.encode("utf-8", "replace")}
            answer = town.chloe.get(path.replace("{id}", post_id), query=query)
            assert answer.status < 500, (field, value, answer.text)


@pytest.mark.parametrize(
    "number", ["0", "-1", "1" * 30, "x", "%00", "9223372036854775807", "9223372036854775808", "１"]
)
def test_an_id_that_is_none_is_just_not_found(town: Town, number: str) -> None:
    for what in ("", "/context", "/history", "/source", "/favourited_by"):
        assert town.chloe.get(f"/api/v1/statuses/{number}{what}").status == 404
    for what in ("reblog", "bookmark", "pin", "favourite"):
        assert town.chloe.post(f"/api/v1/statuses/{number}/{what}").status == 404
    assert town.chloe.delete(f"/api/v1/statuses/{number}").status == 404
    assert town.chloe.put(f"/api/v1/statuses/{number}", json={"status": "x"}).status == 404
