"""Profiles by the API: showing, finding and changing them."""

import re

import pytest
from tests.cast import Town, picture

UPDATE = "/api/v1/accounts/update_credentials"


def test_a_profile_is_the_same_for_visitor_and_member(town: Town) -> None:
    seen = town.visitor.get(f"/api/v1/accounts/{town.amina.id}").json
    assert (seen["id"], seen["username"], seen["acct"]) == (str(town.amina.id), "amina", "amina")
    assert seen["url"] == "http://parvis.test/@amina"
    assert "source" not in seen and "role" not in seen
    assert town.bruno.get(f"/api/v1/accounts/{town.amina.id}").json == seen
    assert town.visitor.get("/api/v1/accounts/lookup", query={"acct": "@AMINA@parvis.test"}).json == seen


@pytest.mark.parametrize("acct", ["", "@", "nobody", "amina@elsewhere.test", "@@", "a" * 300])
def test_looking_up_nobody_finds_nobody(town: Town, acct: str) -> None:
    assert town.visitor.get("/api/v1/accounts/lookup", query={"acct": acct}).status == 404


def test_several_accounts_come_in_the_order_asked_without_strangers(town: Town) -> None:
    ids = [town.chloe.id, 7, town.amina.id]
    found = town.visitor.get("/api/v1/accounts", query=[("id[]", ident) for ident in ids]).json
    assert [account["username"] for account in found] == ["chloe", "amina"]


def test_who_is_suspended_or_absent_is_the_same_nothing(town: Town) -> None:
    banned = town.someone()
    town.suspend(banned)
    for path in ("", "/statuses", "/followers", "/following", "/featured_tags", "/lists"):
        answers = [town.bruno.get(f"/api/v1/accounts/{ident}{path}") for ident in (banned.id, 12345)]
        assert [answer.status for answer in answers] == [404, 404], path
        assert answers[0].body == answers[1].body
    assert town.bruno.get("/api/v1/accounts/lookup", query={"acct": banned.name}).status == 404
    assert town.bruno.get("/api/v1/accounts", query={"id[]": banned.id}).json == []


def test_credentials_hold_what_only_the_member_sees(town: Town) -> None:
    own = town.amina.get("/api/v1/accounts/verify_credentials").json
    assert own["source"]["privacy"] == "public" and own["source"]["fields"] == [] and own["source"]["note"] == ""
    assert own["source"]["follow_requests_count"] == 0
    assert own["role"]["id"] == "-99"
    assert town.visitor.get("/api/v1/accounts/verify_credentials").status == 401


def test_a_changed_profile_is_seen_at_once_by_everybody(town: Town) -> None:
    member = town.someone()
    town.visitor.get(f"/api/v1/accounts/{member.id}")  # warm
    form = {
        "display_name": " Nadia <b> ",
        "note": "Bonjour @amina & @nobody\n\nJ'aime #Pain https://a.example/x",
        "fields_attributes[0][name]": "Site",
        "fields_attributes[0][value]": "https://nadia.example/",
        "fields_attributes[1][name]": "",
        "fields_attributes[1][value]": "sans nom",
        "bot": "true",
        "discoverable": "false",
        "indexable": "0",
    }
    own = member.patch(UPDATE, form=form).json
    seen = town.visitor.get(f"/api/v1/accounts/{member.id}").json
    assert seen["display_name"] == own["display_name"] == "Nadia <b>"
    assert own["source"]["note"] == form["note"]
    assert '<a href="http://parvis.test/@amina" class="u-url mention">' in seen["note"]
    assert "</span> &amp; @nobody</p>" in seen["note"]
    assert 'href="http://parvis.test/tags/pain"' in seen["note"]
    assert [field["name"] for field in seen["fields"]] == ["Site"]
    assert own["source"]["fields"] == [{"name": "Site", "value": "https://nadia.example/", "verified_at": None}]
    assert (seen["bot"], seen["discoverable"], seen["indexable"], seen["noindex"]) == (True, False, False, True)
    stored = town.rows("SELECT body FROM accounts WHERE id = %s", member.id)[0][0]
    assert b"parvis.test" not in bytes(stored)


def test_fields_are_taken_as_a_list_and_as_numbered_parts(town: Town) -> None:
    member = town.someone()
    parts = [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    for given in (parts, {"0": parts[0], "1": parts[1]}):
        assert member.patch(UPDATE, json={"fields_attributes": given}).status == 200
        found = member.get("/api/v1/profile").json["fields"]
        assert [(field["name"], field["value"]) for field in found] == [("a", "1"), ("b", "2")]
    assert member.patch(UPDATE, json={"fields_attributes": []}).json["fields"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"display_name": "x" * 51}, "display_name"),
        ({"note": "x" * 801}, "note"),
        ({"fields_attributes": [{"name": "x", "value": "y"}] * 7}, "fields_attributes"),
        ({"fields_attributes": [{"name": "x", "value": "y" * 256}]}, "fields_attributes"),
        ({"fields_attributes": [{"name": "x" * 256, "value": "y"}]}, "fields_attributes"),
        ({"source": {"privacy": "everyone"}}, "source"),
        ({"source": {"privacy": "direct"}}, "source"),
        ({"source": {"language": "not a language"}}, "source"),
    ],
)
def test_what_is_out_of_bounds_is_named_and_nothing_is_written(
    town: Town, change: dict[str, object], field: str
) -> None:
    member = town.someone()
    whole = {"display_name": "Autre", "source": {"privacy": "unlisted"}} | change
    answer = member.patch(UPDATE, json=whole)
    assert answer.status == 422 and field in answer.json["error"]
    own = member.get("/api/v1/accounts/verify_credentials").json
    assert own["display_name"] == member.name.capitalize() and own["source"]["privacy"] == "public"


def test_defaults_of_posts_are_kept_and_used(town: Town) -> None:
    member = town.someone()
    form = {"source[privacy]": "private", "source[sensitive]": "true", "source[language]": "fr"}
    assert member.put(UPDATE, form=form).json["source"]["privacy"] == "private"
    found = member.get("/api/v1/preferences").json
    assert found["posting:default:visibility"] == "private"
    assert found["posting:default:sensitive"] is True and found["posting:default:language"] == "fr"
    assert member.write("entre nous")["visibility"] == "private"


def test_the_profile_to_edit_is_as_it_was_written(town: Town) -> None:
    member = town.someone()
    assert member.get("/api/v1/profile").json["avatar"] is None
    change = {"note": "<b>#Pain</b>", "fields_attributes": [{"name": "a", "value": "https://a.example"}]}
    found = member.patch("/api/v1/profile", json=change).json
    assert found == member.get("/api/v1/profile").json
    assert found["note"] == change["note"] and found["fields"][0]["value"] == "https://a.example"
    assert found["locked"] is False and "source" not in found
    assert member.patch("/api/v1/profile", json={"note": "x" * 801}).status == 422


def test_pictures_come_and_go_with_their_files(town: Town) -> None:
    member = town.someone()
    files = {"avatar": ("a.png", picture(), "image/png"), "header": ("h.png", picture(90, 30), "image/png")}
    own = member.patch(UPDATE, form={"avatar_description": "Un visage"}, files=files).json
    assert own["avatar_description"] == "Un visage"
    for picture_of in ("avatar", "header"):
        path = re.sub("^http://parvis.test", "", own[picture_of])
        assert path.startswith("/media/") and town.visitor.get(path).status == 200
    for what, missing in (("avatar", "/static/img/avatar.png"), ("header", "/static/img/header.png")):
        old = own[what].removeprefix("http://parvis.test")
        gone = member.delete(f"/api/v1/profile/{what}").json
        assert gone[what].endswith(missing)
        assert town.visitor.get(old).status == 404
    assert town.rows("SELECT count(*) FROM media_files") == [(0,)]


def test_the_same_picture_again_stays(town: Town) -> None:
    member = town.someone()
    files = {"avatar": ("a.png", picture(color=(1, 2, 3)), "image/png")}
    first, second = (member.patch(UPDATE, files=files).json["avatar"] for _ in range(2))
    assert first == second and town.visitor.get(first.removeprefix("http://parvis.test")).status == 200
    assert member.delete("/api/v1/profile/avatar").status == 200


def test_what_is_no_picture_changes_nothing(town: Town) -> None:
    member = town.someone()
    files = {"avatar": ("a.png", b"not a picture", "image/png")}
    assert member.patch(UPDATE, form={"display_name": "Autre"}, files=files).status == 422
    assert member.get("/api/v1/profile").json["display_name"] == member.name.capitalize()


def test_a_members_posts_can_be_narrowed(town: Town) -> None:
    member = town.someone()
    plain = member.write("simple #pain")["id"]
    reply = member.write("à @amina", in_reply_to_id=town.amina.write("question")["id"])["id"]
    echo = member.act(town.bruno.write("d'un autre"), "reblog").json["id"]
    member.act(plain, "pin")
    path = f"/api/v1/accounts/{member.id}/statuses"

    def ids(**query: object) -> list[str]:
        return [post["id"] for post in town.visitor.get(path, query=query).json]

    assert ids() == [echo, reply, plain]
    assert ids(exclude_replies="true") == [echo, plain]
    assert ids(exclude_reblogs="true") == [reply, plain]
    assert ids(pinned="true") == ids(tagged="PAIN") == [plain]
    assert ids(only_media="true") == []
    first = town.visitor.get(path, query={"limit": 1})
    assert town.visitor.get(first.link["next"]).json[0]["id"] == reply


def test_hashtags_that_are_asked_for_are_not_all_kept_in_memory(town: Town) -> None:
    member = town.someone()
    path = f"/api/v1/accounts/{member.id}/statuses"
    for number in range(5):
        assert town.visitor.get(path, query={"tagged": f"x{number}"}).json == []
    assert town.visitor.get(path).json == []
    assert len(town.parvis.account_timeline._windows.get(member.id) or {}) == 1
    assert town.visitor.get(path, query={"tagged": "x1"}).json == []
    post = member.write("enfin #x1")
    assert [each["id"] for each in town.visitor.get(path, query={"tagged": "x1"}).json] == [post["id"]]


def test_what_is_not_built_yet_is_empty(town: Town) -> None:
    for name in ("lists", "featured_tags", "endorsements", "identity_proofs"):
        assert town.bruno.get(f"/api/v1/accounts/{town.amina.id}/{name}").json == []


def test_the_directory_and_suggestions_hold_whom_may_be_suggested(town: Town) -> None:
    reader, friend, hidden, shown = (town.someone() for _ in range(4))
    hidden.patch(UPDATE, json={"discoverable": False})
    shown.patch(UPDATE, json={"discoverable": True})
    reader.relate("follow", friend)
    for one in (hidden, shown):
        friend.relate("follow", one)
        one.write("me voici")
    found = [each["account"]["id"] for each in reader.get("/api/v2/suggestions").json]
    assert found[0] == str(shown.id) and str(hidden.id) not in found and str(friend.id) not in found
    popular = town.someone()
    popular.write("moi aussi")
    town.rows("UPDATE account_stats SET followers = 9 WHERE account_id = %s RETURNING 1", popular.id)
    for hides, first in ((False, shown), (True, popular)):
        friend.patch(UPDATE, json={"hide_collections": hides})
        assert reader.get("/api/v1/suggestions", query={"limit": 1}).json[0]["id"] == str(first.id)
    friend.patch(UPDATE, json={"hide_collections": False})
    assert reader.delete(f"/api/v1/suggestions/{shown.id}").status == 200
    assert str(shown.id) not in [each["id"] for each in reader.get("/api/v1/suggestions").json]
    for order in ("active", "new"):
        names = [each["id"] for each in town.visitor.get("/api/v1/directory", query={"order": order}).json]
        assert str(shown.id) in names and str(hidden.id) not in names
