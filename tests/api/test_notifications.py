"""Notifications and markers: what is told, to whom, and what no longer is."""

from typing import Any

import pytest
from tests.cast import Member, Town

from parvis.db.pool import statements
from parvis.db.ring import Kind
from parvis.notifications.fan_out import notify_followers

PATH = "/api/v1/notifications"


def told(member: Member, **query: Any) -> list[dict[str, Any]]:
    answer = member.get(PATH, query=query)
    assert answer.status == 200, answer.text
    return answer.json


def kinds(member: Member, **query: Any) -> list[str]:
    return [note["type"] for note in told(member, **query)]


def busy(town: Town) -> tuple[Member, Member, dict[str, Any]]:
    """Someone to whom another did one thing of each kind, about a post."""
    me, other = town.someone(), town.someone()
    post = me.write("une idée")
    other.post(f"/api/v1/accounts/{me.id}/follow")
    other.act(post, "favourite")
    other.act(post, "reblog")
    other.write(f"@{me.name} bien vu", in_reply_to_id=post["id"])
    return me, other, post


def test_each_thing_is_told_once_newest_first_with_who_and_what(town: Town) -> None:
    me, other, post = busy(town)
    other.act(post, "favourite")
    found = told(me)
    assert [note["type"] for note in found] == ["mention", "reblog", "favourite", "follow"]
    assert {note["account"]["id"] for note in found} == {str(other.id)}
    assert [note["status"]["id"] for note in found[1:3]] == [post["id"]] * 2
    assert "status" not in found[3] and found[0]["status"]["in_reply_to_id"] == post["id"]
    assert len({note["id"] for note in found}) == len({note["group_key"] for note in found}) == 4
    assert me.get(f"{PATH}/{found[0]['id']}").json == found[0]


def test_nothing_of_ones_own_is_told(town: Town) -> None:
    me = town.someone()
    post = me.write(f"moi @{me.name}")
    me.act(post, "favourite")
    me.act(post, "reblog")
    assert told(me) == []


def test_kinds_and_senders_are_chosen(town: Town) -> None:
    me, other, _ = busy(town)
    town.bruno.post(f"/api/v1/accounts/{me.id}/follow")
    assert kinds(me, **{"types[]": ["follow", "mention"]}) == ["follow", "mention", "follow"]
    assert kinds(me, **{"exclude_types[]": ["follow", "mention"]}) == ["reblog", "favourite"]
    assert kinds(me, **{"types[]": ["no such kind"]}) == []
    assert kinds(me, account_id=town.bruno.id) == ["follow"]
    assert len(told(me, account_id=other.id)) == 4
    assert kinds(me, account_id=5) == []


def test_pages_go_both_ways(town: Town) -> None:
    me, _, _ = busy(town)
    first = me.get(PATH, query={"limit": 2})
    second = me.get(first.link["next"])
    assert [note["type"] for note in first.json + second.json] == ["mention", "reblog", "favourite", "follow"]
    assert me.get(second.link["prev"]).json == first.json
    assert kinds(me, since_id=second.json[0]["id"]) == ["mention", "reblog"]


def test_what_is_taken_back_is_told_no_more(town: Town) -> None:
    me, other, post = busy(town)
    other.act(post, "unfavourite")
    other.act(post, "unreblog")
    other.post(f"/api/v1/accounts/{me.id}/unfollow")
    reply = told(me)[0]["status"]["id"]
    assert kinds(me) == ["mention"]
    other.delete(f"/api/v1/statuses/{reply}")
    assert told(me) == []


def test_what_is_about_a_deleted_post_or_from_someone_suspended_is_gone(town: Town) -> None:
    me, other, post = busy(town)
    me.delete(f"/api/v1/statuses/{post['id']}")
    assert kinds(me) == ["mention", "follow"]
    ident = told(me)[1]["id"]
    town.suspend(other)
    assert told(me) == [] and me.get(f"{PATH}/{ident}").status == 404
    assert me.get(f"{PATH}/unread_count").json == {"count": 0}


def test_who_is_muted_or_blocked_is_not_told_of_nor_counted(town: Town) -> None:
    me, other, _ = busy(town)
    ident = told(me)[0]["id"]
    assert me.get(f"{PATH}/unread_count").json == {"count": 4}
    me.post(f"/api/v1/accounts/{other.id}/mute")
    assert told(me) == [] and me.get(f"{PATH}/unread_count").json == {"count": 0}
    me.post(f"/api/v1/accounts/{other.id}/unmute")
    me.post(f"/api/v1/accounts/{other.id}/block")
    me.post(f"/api/v1/accounts/{other.id}/unblock")
    assert told(me) == [] and me.get(f"{PATH}/{ident}").status == 404


def test_one_is_dismissed_then_all(town: Town) -> None:
    me, _, _ = busy(town)
    ident = told(me)[0]["id"]
    assert town.bruno.get(f"{PATH}/{ident}").status == 404
    assert town.bruno.post(f"{PATH}/{ident}/dismiss").status == 200
    assert len(told(me)) == 4
    assert me.post(f"{PATH}/{ident}/dismiss").status == 200
    assert kinds(me) == ["reblog", "favourite", "follow"]
    assert me.post(f"{PATH}/clear").status == 200
    assert told(me) == []


def test_who_asked_for_it_hears_of_each_post(town: Town) -> None:
    author, fan, other = town.someone(), town.someone(), town.someone()
    fan.post(f"/api/v1/accounts/{author.id}/follow", json={"notify": True})
    other.post(f"/api/v1/accounts/{author.id}/follow")
    post = author.write("enfin")
    for _ in range(2):
        town.run(notify_followers(town.parvis.changes, author.id, int(post["id"])))
    assert [(note["type"], note["status"]["id"]) for note in told(fan)] == [("status", post["id"])]
    assert told(other) == []


def test_who_muted_an_author_hears_no_more_of_their_posts(town: Town) -> None:
    author, fan = town.someone(), town.someone()
    fan.post(f"/api/v1/accounts/{author.id}/follow", json={"notify": True})
    fan.post(f"/api/v1/accounts/{author.id}/mute")
    town.run(notify_followers(town.parvis.changes, author.id, int(author.write("bruit")["id"])))
    assert town.rows("SELECT 1 FROM notifications WHERE account_id = %s", fan.id) == []


def test_a_page_of_notifications_needs_three_statements_at_most(town: Town) -> None:
    me, _, _ = busy(town)

    async def asked() -> list[str]:
        seen: list[str] = []
        statements.set(seen)
        assert len((await me.call("GET", PATH)).json) == 4
        return seen

    town.tell((Kind.RESET,))
    me.get("/api/v1/accounts/verify_credentials")  # the token
    cold = town.run(asked())
    assert len(cold) <= 3, cold
    assert len(town.run(asked())) == 1


def test_a_marker_goes_forward_only_and_counts_what_is_unread(town: Town) -> None:
    me, _, _ = busy(town)
    last, *_, first = (note["id"] for note in told(me))
    set_to = me.post("/api/v1/markers", json={"notifications": {"last_read_id": last}}).json
    assert set_to["notifications"]["last_read_id"] == last and set_to["notifications"]["version"] == 1
    assert me.get(f"{PATH}/unread_count").json == {"count": 0}
    again = me.post("/api/v1/markers", form={"notifications[last_read_id]": first}).json
    assert again["notifications"]["last_read_id"] == last
    read = me.get("/api/v1/markers", query={"timeline[]": ["notifications", "home", "x"]}).json
    assert list(read) == ["notifications"]
    assert me.get("/api/v1/markers").json == {} == town.bruno.get("/api/v1/markers?timeline[]=home").json


@pytest.mark.parametrize("value", ["x", "", "-1", "1e9", str(2**63), ["1"], {"a": 1}])
def test_a_marker_that_is_no_id_is_refused(town: Town, value: Any) -> None:
    me = town.someone()
    answer = me.post("/api/v1/markers", json={"home": {"last_read_id": "5"}, "notifications": {"last_read_id": value}})
    assert answer.status == 422 and "notifications" in answer.json["error"]
    assert me.get("/api/v1/markers?timeline[]=home").json == {}


def test_policies_and_requests_have_their_shape(town: Town) -> None:
    assert town.amina.get("/api/v2/notifications/policy").json["for_not_following"] == "accept"
    assert town.amina.get("/api/v1/notifications/policy").json["filter_not_following"] is False
    for version in ("v1", "v2"):
        for change in (town.amina.put, town.amina.patch):
            assert change(f"/api/{version}/notifications/policy", json={}).json["summary"]
    assert town.amina.get(f"{PATH}/requests").json == []


@pytest.mark.parametrize("path", [PATH, f"{PATH}/unread_count", f"{PATH}/1", "/api/v1/markers"])
def test_visitors_have_none(town: Town, path: str) -> None:
    assert town.visitor.get(path).status == 401
