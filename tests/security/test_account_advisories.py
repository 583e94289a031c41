"""Flaws that other servers had around accounts (advisories 4, 33, 47, 50, 52), and that this one is free of."""

import re
import time
from html.parser import HTMLParser
from typing import Any

import pytest
from tests.cast import Town
from tests.security.test_odd_values import ODD

UPDATE = "/api/v1/accounts/update_credentials"
TEXTS = ("display_name", "note", "avatar_description", "header_description")
ACCOUNT = "/api/v1/accounts/{id}"

WRITES = [
    ("PATCH", UPDATE, [*TEXTS, "avatar", "header", "locked", "bot", "discoverable", "indexable", "hide_collections"]),
    ("PATCH", UPDATE, ["fields_attributes", "source", "source[privacy]", "source[sensitive]", "source[language]"]),
    ("PUT", "/api/v1/profile", ["fields_attributes[0]", "fields_attributes[0][name]", "fields_attributes[x][value]"]),
    ("POST", f"{ACCOUNT}/follow", ["reblogs", "notify", "languages", "languages[]"]),
    ("POST", f"{ACCOUNT}/mute", ["notifications", "duration"]),
    ("POST", f"{ACCOUNT}/note", ["comment"]),
    ("POST", "/api/v1/domain_blocks", ["domain"]),
    ("DELETE", "/api/v1/domain_blocks", ["domain"]),
    ("POST", "/api/v1/markers", ["home", "home[last_read_id]", "notifications"]),
    ("PATCH", "/api/v2/notifications/policy", ["for_not_following", "for_limited_accounts"]),
    ("PUT", "/api/v1/notifications/policy", ["filter_not_following", "filter_private_mentions"]),
    ("POST", "/api/v1/notifications/requests/accept", ["id", "id[]"]),
    ("POST", "/api/v1/notifications/requests/dismiss", ["id", "id[]"]),
]

READS = [
    ("/api/v1/accounts", ["id", "id[]", "id[a]"]),
    ("/api/v1/accounts/relationships", ["id", "id[]", "with_suspended"]),
    ("/api/v1/accounts/familiar_followers", ["id", "id[]"]),
    ("/api/v1/accounts/lookup", ["acct", "acct[]"]),
    ("/api/v1/accounts/search", ["q", "limit", "offset", "following", "resolve"]),
    (
        f"{ACCOUNT}/statuses",
        ["max_id", "limit", "pinned", "tagged", "only_media", "exclude_replies", "exclude_reblogs"],
    ),
    (f"{ACCOUNT}/followers", ["max_id", "min_id", "since_id", "limit"]),
    (f"{ACCOUNT}/following", ["max_id", "limit"]),
    ("/api/v1/follow_requests", ["max_id", "limit"]),
    ("/api/v1/blocks", ["max_id", "limit"]),
    ("/api/v1/mutes", ["min_id", "limit"]),
    ("/api/v1/domain_blocks", ["max_id", "limit"]),
    ("/api/v1/suggestions", ["limit"]),
    ("/api/v2/suggestions", ["limit"]),
    ("/api/v1/directory", ["order", "offset", "limit", "local"]),
    ("/api/v1/notifications", ["types", "types[]", "exclude_types[]", "account_id", "max_id", "limit"]),
    ("/api/v1/notifications/requests", ["max_id", "min_id", "limit"]),
    ("/api/v1/markers", ["timeline", "timeline[]"]),
]


VECTORS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", '"><svg onload=alert(1)>',
    "<a href='javascript:alert(1)'>x</a>", "javascript:alert(1)", "https://a.example/\"onmouseover=\"alert(1)",
    "https://a.example/'><script>alert(1)</script>", "<iframe srcdoc='<script>alert(1)</script>'>", "data:text/html,<b>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>", "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "<style>@import'//evil.example'</style>", "#<img/src/onerror=alert(1)>",
    "@amina<img src=x onerror=alert(1)>", "\u2028<script\u2029>alert(1)</script>", "</p></div><form action=//evil.example>",
    "https://a.example/?x=<script>alert(1)</script>#@amina", "http://<b>@evil.example/",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]  # fmt: skip


class Tags(HTMLParser):
    """What a text becomes in a browser: tags, attributes, addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


@pytest.mark.parametrize("vector", VECTORS)
def test_no_text_of_a_profile_becomes_markup(town: Town, vector: str) -> None:
    """22: neither in what the API gives as HTML, nor on the page."""
    member = town.someone()
    fields = [{"name": vector[:255], "value": vector[:255]}]
    change = {"note": vector, "display_name": vector[:50], "fields_attributes": fields, "avatar_description": vector}
    assert member.patch(UPDATE, json=change).status == 200
    seen = town.visitor.get(f"/api/v1/accounts/{member.id}").json
    for html in (seen["note"], seen["fields"][0]["value"]):
        found = Tags(html)
        assert found.tags <= {"p", "br", "a", "span"}, html
        assert found.attributes <= {"href", "class", "rel", "target", "translate"}, html
        assert all(link.startswith(("https://", "http://")) for link in found.links), html
    page = Tags(town.visitor.get(f"/@{member.name}").text)
    assert not {"iframe", "math", "style", "noscript"} & page.tags
    assert not {name for name in page.attributes if name.startswith("on")}
    assert not [link for link in page.links if link.lower().startswith(("javascript:", "data:"))]


@pytest.mark.parametrize(
    "piece", ["@", "@a@", "#", "https://", "http://a.b/(", ":a", "<", "&", "\n", "a.b", "﷽", "é\u0301"]
)
def test_no_text_of_a_profile_takes_long_to_read(town: Town, piece: str) -> None:
    """18: half a megabyte of what parsers dislike is refused or done at once."""
    member = town.someone()
    began = time.perf_counter()
    for size in (500_000, 800, 500):
        text = (piece * size)[:size]
        for change in ({"note": text}, {"display_name": text}, {"fields_attributes": [{"name": "x", "value": text}]}):
            assert member.patch(UPDATE, json=change).status in (200, 413, 422)
    assert time.perf_counter() - began < 5


def test_a_field_shows_the_whole_address_that_it_leads_to(town: Town) -> None:
    """4: nothing of a link in a profile field is hidden or dressed up, whatever the member writes."""
    member = town.someone()
    long = "https://bank.example.evil.example/" + "a" * 120 + "/login?next=x"
    markup = (
        '<span class="invisible">https://evil.example/</span><a href="https://evil.example" style="x">bank.example</a>'
    )
    fields = [{"name": "Site", "value": long}, {"name": "<b>x</b>", "value": markup}]
    assert member.patch(UPDATE, json={"fields_attributes": fields}).status == 200
    site, dressed = town.visitor.get(f"/api/v1/accounts/{member.id}").json["fields"]
    assert f'href="{long}"' in site["value"] and "ellipsis" not in site["value"]
    shown = re.sub("<[^>]*>", "", site["value"].replace('<span class="invisible">https://</span>', ""))
    assert shown == long.removeprefix("https://")
    assert re.findall('class="invisible">([^<]*)<', dressed["value"]) == ["https://"] * 2
    assert "style" not in re.sub("&[^;]*;", "", "".join(re.findall("<[^>]*>", dressed["value"])))
    assert "&lt;span" in dressed["value"] and "bank.example&lt;/a&gt;" in dressed["value"]
    page = town.visitor.get(f"/@{member.name}").text
    assert "<b>x</b>" not in page and 'style="x"' not in page
    assert site["verified_at"] is None and dressed["verified_at"] is None


def test_no_text_is_stored_beyond_its_bound(town: Town) -> None:
    """33: a megabyte in any text is refused, and nothing of it is stored."""
    member, big = town.someone(), "x" * 1_000_000
    before = town.rows("SELECT * FROM accounts WHERE id = %s", member.id)
    changes: list[dict[str, Any]] = [{text: big} for text in TEXTS]
    changes += [
        {"fields_attributes": [{"name": big, "value": "x"}]},
        {"fields_attributes": [{"name": "x", "value": big}]},
    ]
    changes += [{"source": {"language": big}}, {"source": {"privacy": big}}]
    for change in changes:
        assert member.patch(UPDATE, json=change).status in (413, 422), list(change)
    for path, body in (
        (f"/api/v1/accounts/{town.bruno.id}/note", {"comment": big}),
        (f"/api/v1/accounts/{town.bruno.id}/follow", {"languages": [big]}),
        (f"/api/v1/accounts/{town.bruno.id}/follow", {"languages": ["fr"] * 1000}),
        ("/api/v1/domain_blocks", {"domain": big}),
        ("/api/v1/markers", {"home": {"last_read_id": big}}),
    ):
        assert member.post(path, json=body).status in (413, 422), path
    assert town.rows("SELECT * FROM accounts WHERE id = %s", member.id) == before
    for table in ("account_notes", "follows", "domain_blocks", "markers"):
        assert town.rows(f"SELECT 1 FROM {table} WHERE account_id = %s", member.id) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/accounts/verify_credentials"),
        ("GET", "/api/v1/timelines/home"),
        ("GET", "/api/v1/timelines/public"),
        ("GET", "/api/v1/notifications"),
        ("GET", "/api/v1/apps/verify_credentials"),
        ("POST", "/api/v1/statuses"),
        ("PATCH", UPDATE),
        ("POST", f"{ACCOUNT}/follow"),
    ],
)
def test_the_suspended_can_do_nothing_with_their_tokens(town: Town, method: str, path: str) -> None:
    """47: not even what asks for an app only."""
    banned = town.someone()
    assert banned.get("/api/v1/timelines/home").status == 200  # the token is known and warm
    town.run(town.parvis.members.suspend(banned.id))
    answer = town.run(banned.call(method, path.replace("{id}", str(town.bruno.id)), json={"status": "x"}))
    assert answer.status in (401, 403)
    assert town.rows("SELECT 1 FROM posts WHERE account_id = %s", banned.id) == []


def test_a_locked_account_is_locked_to_everybody_until_it_says_so(town: Town) -> None:
    """50: neither asking, nor asking twice, nor being asked by the locked one opens followers-only posts."""
    locked, asking = town.someone(), town.someone()
    locked.patch(UPDATE, json={"locked": True})
    post = locked.write("entre nous", visibility="private")
    paths = [f"/api/v1/statuses/{post['id']}", f"/api/v1/statuses/{post['id']}/context"]
    for _ in range(2):
        answer = asking.post(f"/api/v1/accounts/{locked.id}/follow", json={"notify": True, "reblogs": True}).json
        assert (answer["following"], answer["requested"]) == (False, True)
    locked.post(f"/api/v1/accounts/{asking.id}/follow")
    assert asking.post(f"/api/v1/follow_requests/{asking.id}/authorize").status == 404
    assert asking.post(f"/api/v1/follow_requests/{locked.id}/authorize").status == 404
    assert [asking.get(path).status for path in paths] == [404, 404]
    assert asking.get(f"/api/v1/accounts/{locked.id}/statuses").json == []
    assert asking.get("/api/v1/timelines/home").json == []
    assert asking.act(post, "favourite").status == asking.act(post, "reblog").status == 404
    locked.post(f"/api/v1/follow_requests/{asking.id}/authorize")
    assert [asking.get(path).status for path in paths] == [200, 200]
    locked.post(f"/api/v1/accounts/{asking.id}/remove_from_followers")
    assert [asking.get(path).status for path in paths] == [404, 404]


@pytest.mark.parametrize(("method", "path", "fields"), WRITES)
def test_no_value_in_a_body_breaks_a_change_of_relations_or_profile(
    town: Town, method: str, path: str, fields: list[str]
) -> None:
    """52: whatever type stands in a parameter."""
    member, other = town.someone(), town.someone()
    for field in fields:
        for value in ODD:
            answer = town.run(member.call(method, path.replace("{id}", str(other.id)), json={field: value}))
            assert answer.status < 500, (field, value, answer.text)
            if answer.status >= 400:
                assert answer.json["error"]
    assert town.visitor.get(f"/api/v1/accounts/{member.id}").json["username"] == member.name
    assert town.visitor.get(f"/@{member.name}").status == 200


@pytest.mark.parametrize(("path", "fields"), READS)
def test_no_value_in_a_query_breaks_a_reading_of_accounts(town: Town, path: str, fields: list[str]) -> None:
    """52, for queries."""
    for field in fields:
        for value in ODD:
            text = value if isinstance(value, str) else str(value)
            query = {field: text.encode("utf-8", "replace")}
            answer = town.chloe.get(path.replace("{id}", str(town.amina.id)), query=query)
            assert answer.status < 500, (field, value, answer.text)


@pytest.mark.parametrize("number", ["0", "-1", "1" * 30, "x", "%00", "9223372036854775808", "１"])
def test_an_account_id_that_is_none_is_just_not_found(town: Town, number: str) -> None:
    for what in ("", "/statuses", "/followers", "/following", "/lists"):
        assert town.chloe.get(f"/api/v1/accounts/{number}{what}").status == 404
    for what in ("follow", "block", "mute", "note", "remove_from_followers"):
        assert town.chloe.post(f"/api/v1/accounts/{number}/{what}").status == 404
    for path in ("follow_requests/{}/authorize", "follow_requests/{}/reject"):
        assert town.chloe.post("/api/v1/" + path.format(number)).status == 404
