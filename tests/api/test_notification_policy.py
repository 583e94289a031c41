"""From whom a member hears: the policy, what it lets wait, and the requests."""

from typing import Any

import pytest
from tests.cast import Member, Town

PATH = "/api/v1/notifications"
POLICY = "/api/v2/notifications/policy"
RULES = ("for_not_following", "for_not_followers", "for_new_accounts", "for_private_mentions", "for_limited_accounts")


def kinds(member: Member) -> list[str]:
    return [note["type"] for note in member.get(PATH).json]


def ask(member: Member, **rules: str) -> dict[str, Any]:
    answer = member.patch(POLICY, json=rules)
    assert answer.status == 200, answer.text
    return answer.json


def waiting(member: Member) -> list[dict[str, Any]]:
    return member.get(f"{PATH}/requests").json


def met(town: Town) -> tuple[Member, Member, Member]:
    """Someone, a friend whom they follow and who follows them, and a stranger; both wrote to them."""
    me, friend, stranger = (town.someone() for _ in range(3))
    me.relate("follow", friend)
    friend.relate("follow", me)
    friend.write(f"@{me.name} salut")
    stranger.write(f"@{me.name} bonjour")
    stranger.write(f"@{me.name} achetez")
    return me, friend, stranger


def test_everything_is_accepted_at_first(town: Town) -> None:
    me, _, _ = met(town)
    assert me.get(POLICY).json == {
        **dict.fromkeys(RULES, "accept"),
        "summary": {"pending_requests_count": 0, "pending_notifications_count": 0},
    }
    assert kinds(me) == ["mention"] * 3 and waiting(me) == []


def test_whom_the_policy_lets_wait_is_among_the_requests_and_nowhere_else(town: Town) -> None:
    me, friend, stranger = met(town)
    last = town.rows("SELECT max(id) FROM notifications WHERE account_id = %s", me.id)[0][0]
    answer = ask(me, for_not_following="filter")
    assert answer["summary"] == {"pending_requests_count": 1, "pending_notifications_count": 2}
    assert [note["account"]["id"] for note in me.get(PATH).json] == [str(friend.id)]
    assert me.get(f"{PATH}/unread_count").json == {"count": 1}
    assert town.run(town.parvis.notifications.rendered(me.id, [last])) == []  # nor in streams
    (request,) = waiting(me)
    assert (request["id"], request["account"]["id"]) == (str(stranger.id), str(stranger.id))
    assert request["notifications_count"] == "2" and "achetez" in request["last_status"]["content"]
    assert me.get(f"{PATH}/requests/{request['id']}").json == request
    assert ask(me, for_not_following="accept")["summary"]["pending_requests_count"] == 0
    assert len(kinds(me)) == 3


def test_a_request_that_is_accepted_is_heard_from_then_on(town: Town) -> None:
    me, _, stranger = met(town)
    ask(me, for_not_following="filter")
    assert me.post(f"{PATH}/requests/{stranger.id}/accept").status == 200
    stranger.write(f"@{me.name} merci")
    assert len(kinds(me)) == 4 and waiting(me) == []
    assert me.get(f"{PATH}/requests/merged").json == {"merged": True}
    assert me.post(f"{PATH}/requests/{stranger.id}/accept").status == 404


def test_a_request_that_is_dismissed_is_forgotten_with_what_waited(town: Town) -> None:
    me, friend, stranger = met(town)
    ask(me, for_not_following="filter")
    for what in ("accept", "dismiss"):
        assert me.post(f"{PATH}/requests/{friend.id}/{what}").status == 404
        assert stranger.post(f"{PATH}/requests/{me.id}/{what}").status == 404
    assert me.post(f"{PATH}/requests/dismiss", json={"id": [str(stranger.id), str(friend.id), "x"]}).status == 200
    assert waiting(me) == []
    ask(me, for_not_following="accept")
    assert [note["account"]["id"] for note in me.get(PATH).json] == [str(friend.id)]


def test_several_requests_are_accepted_together_and_pages_go_on(town: Town) -> None:
    me, _, stranger = met(town)
    other = town.someone()
    other.write(f"@{me.name} moi aussi")
    ask(me, for_not_following="filter")
    first = me.get(f"{PATH}/requests", query={"limit": 1})
    second = me.get(first.link["next"])
    assert [each["id"] for each in first.json + second.json] == [str(other.id), str(stranger.id)]
    assert me.post(f"{PATH}/requests/accept", form={"id[]": [other.id, stranger.id]}).status == 200
    assert len(kinds(me)) == 4


def test_what_is_dropped_is_not_even_a_request(town: Town) -> None:
    me, _, _ = met(town)
    answer = ask(me, for_not_following="drop", for_new_accounts="filter")
    assert answer["summary"]["pending_requests_count"] == 0
    assert kinds(me) == ["mention"] and waiting(me) == []


def test_each_rule_looks_at_its_own_senders(town: Town) -> None:
    me, old, fan, silenced = (town.someone() for _ in range(4))
    fan.relate("follow", me)
    town.rows("UPDATE accounts SET created_at = now() - interval '40 days' WHERE id = %s RETURNING 1", old.id)
    town.rows("UPDATE accounts SET silenced = true WHERE id = %s RETURNING 1", silenced.id)
    people = {one.id: one for one in (old, fan, silenced)}
    for one in people.values():
        one.write(f"@{me.name} coucou")

    def heard(rule: str) -> set[int]:
        ask(me, **{**dict.fromkeys(RULES, "accept"), rule: "filter"})
        return {int(note["account"]["id"]) for note in me.get(PATH).json}

    assert heard("for_not_followers") == {fan.id}
    assert heard("for_new_accounts") == {old.id}
    assert heard("for_limited_accounts") == {old.id, fan.id}
    assert heard("for_private_mentions") == set(people)
    assert heard("for_not_following") == set()


def test_a_strangers_private_mention_waits_but_an_answer_does_not(town: Town) -> None:
    """Advisory 16."""
    me, stranger, asked = (town.someone() for _ in range(3))
    mine = me.write(f"@{asked.name} une question", visibility="direct")
    asked.write(f"@{me.name} une réponse", visibility="direct", in_reply_to_id=mine["id"])
    stranger.write(f"@{me.name} psst", visibility="direct")
    stranger.write(f"@{me.name} en public")
    ask(me, for_private_mentions="filter")
    assert [note["status"]["visibility"] for note in me.get(PATH).json] == ["public", "direct"]
    assert [each["id"] for each in waiting(me)] == [str(stranger.id)]


def test_older_and_newer_clients_change_the_same_policy(town: Town) -> None:
    me = town.someone()
    old = "/api/v1/notifications/policy"
    assert me.put(old, form={"filter_not_following": "true"}).json["filter_not_following"] is True
    found = me.put(POLICY, form={"for_new_accounts": "drop"}).json
    assert (found["for_not_following"], found["for_new_accounts"]) == ("filter", "drop")
    seen = me.get(old).json
    assert seen["filter_not_following"] and seen["filter_new_accounts"] and not seen["filter_not_followers"]
    assert me.patch(old, json={"filter_not_following": False}).json["filter_not_following"] is False
    assert me.get(POLICY).json["for_new_accounts"] == "drop"


@pytest.mark.parametrize("value", ["", "all", 1, ["filter"], {"a": 1}])
def test_a_rule_that_is_none_is_named_and_nothing_is_changed(town: Town, value: Any) -> None:
    me = town.someone()
    answer = me.patch(POLICY, json={"for_new_accounts": "drop", "for_not_following": value})
    assert answer.status == 422 and "for_not_following" in answer.json["error"]
    assert me.get(POLICY).json["for_new_accounts"] == "accept"
