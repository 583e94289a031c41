"""Following, asking, blocking, muting: what is answered, counted, told and seen."""

import asyncio
from typing import Any

import pytest
from tests.cast import Member, Town


def do(who: Member, what: str, whom: Member, **body: Any) -> dict[str, Any]:
    """`POST /api/v1/accounts/{id}/{what}`; the Relationship."""
    answer = who.post(f"/api/v1/accounts/{whom.id}/{what}", json=body)
    assert answer.status == 200, answer.text
    return answer.json


def between(who: Member, whom: Member) -> dict[str, Any]:
    return who.get("/api/v1/accounts/relationships", query={"id[]": whom.id}).json[0]


def counts(town: Town, member: Member) -> tuple[int, int]:
    seen = town.visitor.get(f"/api/v1/accounts/{member.id}").json
    return seen["followers_count"], seen["following_count"]


def kinds(member: Member) -> list[str]:
    return [note["type"] for note in member.get("/api/v1/notifications").json]


def names(member: Member, path: str) -> list[str]:
    return [account["username"] for account in member.get(path).json]


def ask(town: Town) -> tuple[Member, Member]:
    """Someone locked, and someone who asked to follow them."""
    locked, asking = town.someone(), town.someone()
    locked.patch("/api/v1/accounts/update_credentials", json={"locked": True})
    do(asking, "follow", locked)
    return locked, asking


def test_following_counts_tells_and_shows_posts_at_once(town: Town) -> None:
    author, reader = town.someone(), town.someone()
    post = author.write("avant")
    assert reader.get("/api/v1/timelines/home").json == []
    answer = do(reader, "follow", author)
    assert (answer["following"], answer["showing_reblogs"], answer["notifying"], answer["requested"]) == (
        True, True, False, False,
    )  # fmt: skip
    assert do(reader, "follow", author) == answer
    assert (counts(town, author), counts(town, reader)) == ((1, 0), (0, 1))
    assert kinds(author) == ["follow"]
    assert [each["id"] for each in reader.get("/api/v1/timelines/home").json] == [post["id"]]
    assert between(author, reader)["followed_by"] is True
    assert do(reader, "unfollow", author) == do(reader, "unfollow", author)
    assert (counts(town, author), counts(town, reader)) == ((0, 0), (0, 0))
    assert kinds(author) == [] and reader.get("/api/v1/timelines/home").json == []


def test_wishes_change_one_by_one(town: Town) -> None:
    author, reader = town.someone(), town.someone()
    assert do(reader, "follow", author, reblogs=False, languages=["fr"])["languages"] == ["fr"]
    after = do(reader, "follow", author, notify=True)
    assert (after["showing_reblogs"], after["notifying"], after["languages"]) == (False, True, ["fr"])
    author.act(town.bruno.write("écho"), "reblog")
    assert reader.get("/api/v1/timelines/home").json == []


def test_of_who_is_followed_for_a_language_the_others_stay_away_from_home(town: Town) -> None:
    author, reader = town.someone(), town.someone()
    do(reader, "follow", author, languages=["fr", "de-AT"])
    kept = [author.write("texte", language=tag)["id"] for tag in ("fr", "fr-CA", "de-AT")]
    for tag in ("en", "de"):
        author.write("text", language=tag)
    home = [post["id"] for post in reader.get("/api/v1/timelines/home").json]
    assert home == kept[::-1]
    do(reader, "follow", author, languages=[])
    assert len(reader.get("/api/v1/timelines/home").json) == 5
    answer = reader.post(f"/api/v1/accounts/{author.id}/follow", json={"languages": ["fr", "not a language"]})
    assert answer.status == 422 and "languages" in answer.json["error"]


def test_nobody_follows_blocks_or_mutes_themself(town: Town) -> None:
    for what in ("follow", "block", "mute"):
        assert town.amina.post(f"/api/v1/accounts/{town.amina.id}/{what}").status == 403


@pytest.mark.parametrize("what", ["follow", "unfollow", "block", "unblock", "mute", "unmute", "note"])
def test_what_is_done_to_nobody_is_not_found(town: Town, what: str) -> None:
    for ident in ("1", "x", "99999999999999999999"):
        assert town.amina.post(f"/api/v1/accounts/{ident}/{what}", json={"comment": "x"}).status == 404
    assert town.visitor.post(f"/api/v1/accounts/{town.amina.id}/{what}").status == 401


def test_the_suspended_cannot_be_followed_but_left(town: Town) -> None:
    banned, follower = town.someone(), town.someone()
    do(follower, "follow", banned)
    town.suspend(banned)
    assert town.amina.post(f"/api/v1/accounts/{banned.id}/follow").status == 404
    assert do(follower, "unfollow", banned)["following"] is False


def test_a_locked_account_is_asked_and_answers(town: Town) -> None:
    locked, asking = ask(town)
    private = locked.write("entre nous", visibility="private")
    assert between(asking, locked)["requested"] and between(locked, asking)["requested_by"]
    assert not between(asking, locked)["following"] and counts(town, locked) == (0, 0)
    assert kinds(locked) == ["follow_request"] and names(locked, "/api/v1/follow_requests") == [asking.name]
    assert locked.get("/api/v1/accounts/verify_credentials").json["source"]["follow_requests_count"] == 1
    assert asking.get(f"/api/v1/statuses/{private['id']}").status == 404
    answer = locked.post(f"/api/v1/follow_requests/{asking.id}/authorize")
    assert answer.json["followed_by"] is True and answer.json["requested_by"] is False
    assert kinds(locked) == ["follow"] and counts(town, locked) == (1, 0) and counts(town, asking) == (0, 1)
    assert asking.get(f"/api/v1/statuses/{private['id']}").status == 200
    assert locked.post(f"/api/v1/follow_requests/{asking.id}/authorize").status == 404


def test_the_request_of_someone_suspended_waits_for_their_return(town: Town) -> None:
    locked, asking = ask(town)
    town.suspend(asking)
    assert locked.post(f"/api/v1/follow_requests/{asking.id}/authorize").status == 404
    assert names(locked, "/api/v1/follow_requests") == [] and counts(town, locked) == (0, 0)
    town.suspend(asking, on=False)
    assert locked.post(f"/api/v1/follow_requests/{asking.id}/authorize").status == 200


def test_a_request_is_refused_or_withdrawn_without_a_trace(town: Town) -> None:
    locked, asking = ask(town)
    assert locked.post(f"/api/v1/follow_requests/{asking.id}/reject").json["requested_by"] is False
    assert locked.post(f"/api/v1/follow_requests/{asking.id}/reject").status == 404
    assert kinds(locked) == [] and counts(town, locked) == (0, 0)
    do(asking, "follow", locked)
    assert do(asking, "unfollow", locked)["requested"] is False
    assert kinds(locked) == [] and names(locked, "/api/v1/follow_requests") == []


def test_asking_again_changes_the_wishes_of_the_request(town: Town) -> None:
    locked, asking = ask(town)
    do(asking, "follow", locked, notify=True)
    locked.post(f"/api/v1/follow_requests/{asking.id}/authorize")
    assert between(asking, locked)["notifying"] is True and between(asking, locked)["showing_reblogs"] is True


def test_who_asked_and_then_may_follow_asks_no_longer(town: Town) -> None:
    locked, asking = ask(town)
    locked.patch("/api/v1/accounts/update_credentials", json={"locked": False})
    after = do(asking, "follow", locked)
    assert (after["following"], after["requested"]) == (True, False)
    assert kinds(locked) == ["follow"] and names(locked, "/api/v1/follow_requests") == []


def test_a_follower_is_removed(town: Town) -> None:
    author, reader = town.someone(), town.someone()
    do(reader, "follow", author)
    assert do(author, "remove_from_followers", reader)["followed_by"] is False
    assert between(reader, author)["following"] is False and counts(town, author) == (0, 0)


def test_a_block_severs_both_ways_and_hides_both(town: Town) -> None:
    one, other = town.someone(), town.someone()
    do(one, "follow", other)
    do(other, "follow", one)
    other.act(one.write("avant"), "favourite")
    post = one.write("visible ?")
    assert do(one, "block", other) == do(one, "block", other)
    assert (counts(town, one), counts(town, other)) == ((0, 0), (0, 0))
    assert kinds(one) == [] and names(one, "/api/v1/blocks") == [other.name]
    assert other.get(f"/api/v1/statuses/{post['id']}").status == 404
    assert other.get(f"/api/v1/accounts/{one.id}/statuses").json == []
    seen = between(other, one)
    assert seen["blocked_by"] is True and not seen["following"] and not seen["followed_by"]
    assert other.post(f"/api/v1/accounts/{one.id}/follow").status == 403
    assert one.post(f"/api/v1/accounts/{other.id}/follow").status == 403
    assert do(one, "unblock", other)["blocking"] is False
    assert other.get(f"/api/v1/statuses/{post['id']}").status == 200


def test_a_block_ends_requests_and_makes_the_answer_to_one_impossible(town: Town) -> None:
    locked, asking = ask(town)
    do(locked, "block", asking)
    assert locked.post(f"/api/v1/follow_requests/{asking.id}/authorize").status == 404
    assert between(asking, locked)["requested"] is False


def test_a_mute_hides_from_lists_but_not_the_post_and_ends_by_itself(town: Town) -> None:
    me, loud = town.someone(), town.someone()
    do(me, "follow", loud)
    post = loud.write(f"@{me.name} écoute")
    muted = do(me, "mute", loud)
    assert (muted["muting"], muted["muting_notifications"], muted["muting_expires_at"]) == (True, True, None)
    assert me.get("/api/v1/timelines/home").json == [] and kinds(me) == []
    assert me.get(f"/api/v1/statuses/{post['id']}").status == 200
    assert between(loud, me)["blocked_by"] is False and between(me, loud)["following"] is True
    assert names(me, "/api/v1/mutes") == [loud.name]
    assert do(me, "mute", loud, notifications=False)["muting_notifications"] is False
    assert kinds(me) == ["mention"]
    assert me.get("/api/v1/mutes").json[0]["mute_expires_at"] is None
    ends = do(me, "mute", loud, duration=3600)["muting_expires_at"]
    assert ends is not None and me.get("/api/v1/mutes").json[0]["mute_expires_at"] == ends
    town.rows("UPDATE mutes SET expires_at = now() - interval '1 s' WHERE account_id = %s RETURNING 1", me.id)
    assert between(me, loud)["muting"] is False and names(me, "/api/v1/mutes") == []
    town.run(town.parvis.hiding.end_mutes())
    assert len(me.get("/api/v1/timelines/home").json) == 1
    assert do(me, "unmute", loud)["muting"] is False


def test_a_note_is_private_bounded_and_removable(town: Town) -> None:
    assert do(town.amina, "note", town.bruno, comment=" Répare mon vélo ")["note"] == "Répare mon vélo"
    assert between(town.bruno, town.amina)["note"] == between(town.chloe, town.bruno)["note"] == ""
    answer = town.amina.post(f"/api/v1/accounts/{town.bruno.id}/note", json={"comment": "x" * 2001})
    assert answer.status == 422 and "comment" in answer.json["error"]
    assert between(town.amina, town.bruno)["note"] == "Répare mon vélo"
    assert do(town.amina, "note", town.bruno, comment="")["note"] == ""


def test_whole_servers_are_hidden_by_name(town: Town) -> None:
    me = town.someone()
    for domain in ("Bad.Example", "bad.example", "worse.example"):
        assert me.post("/api/v1/domain_blocks", form={"domain": domain}).status == 200
    assert me.get("/api/v1/domain_blocks").json == ["worse.example", "bad.example"]
    assert me.delete("/api/v1/domain_blocks", query={"domain": "bad.example"}).status == 200
    assert me.get("/api/v1/domain_blocks").json == ["worse.example"]
    for domain in ("", "x", "a b.example", "https://a.example", "x" * 300 + ".example"):
        assert me.post("/api/v1/domain_blocks", form={"domain": domain}).status == 422


def test_relationships_come_in_the_order_asked_for_those_that_exist(town: Town) -> None:
    ids = [town.chloe.id, 4, town.bruno.id, town.chloe.id]
    found = town.amina.get("/api/v1/accounts/relationships", query=[("id[]", i) for i in ids]).json
    assert [each["id"] for each in found] == [str(town.chloe.id), str(town.bruno.id)]
    assert town.amina.get("/api/v1/accounts/relationships").json == []


def test_lists_of_people_page_both_ways(town: Town) -> None:
    author, fans = town.someone(), [town.someone() for _ in range(5)]
    for fan in fans:
        do(fan, "follow", author)
    path = f"/api/v1/accounts/{author.id}/followers"
    first = town.visitor.get(path, query={"limit": 2})
    second = town.visitor.get(first.link["next"])
    got = [account["username"] for answer in (first, second) for account in answer.json]
    assert got == [fan.name for fan in fans[:0:-1]]
    assert town.visitor.get(second.link["prev"]).json == first.json
    assert names(fans[0], f"/api/v1/accounts/{fans[0].id}/following") == [author.name]
    do(author, "block", fans[0])
    assert fans[0].get(path).json == []


def test_collections_that_are_hidden_are_seen_by_their_member_only(town: Town) -> None:
    shy, fan, me = town.someone(), town.someone(), town.someone()
    do(fan, "follow", shy)
    do(me, "follow", fan)
    do(shy, "follow", town.bruno)
    familiar = "/api/v1/accounts/familiar_followers"
    known = me.get(familiar, query={"id[]": shy.id}).json
    assert [(each["id"], [a["id"] for a in each["accounts"]]) for each in known] == [(str(shy.id), [str(fan.id)])]
    shy.patch("/api/v1/accounts/update_credentials", json={"hide_collections": True})
    assert me.get(familiar, query={"id[]": shy.id}).json == [{"id": str(shy.id), "accounts": []}]
    for what, own in (("followers", [fan.name]), ("following", ["bruno"])):
        assert names(me, f"/api/v1/accounts/{shy.id}/{what}") == []
        assert names(shy, f"/api/v1/accounts/{shy.id}/{what}") == own


def test_who_follows_as_many_as_allowed_is_told_so(town: Town) -> None:
    me, other = town.someone(), town.someone()
    most = town.settings.posting.max_follows
    town.rows("UPDATE account_stats SET following = %s WHERE account_id = %s RETURNING 1", most, me.id)
    answer = me.post(f"/api/v1/accounts/{other.id}/follow")
    assert answer.status == 422 and str(most) in answer.json["error"]
    assert between(me, other)["following"] is False


def test_many_follows_at_the_same_moment_count_right(town: Town) -> None:
    people = [town.someone() for _ in range(5)]

    async def together() -> list[int]:
        calls = [
            who.call("POST", f"/api/v1/accounts/{whom.id}/follow")
            for who in people
            for whom in people
            if who is not whom
        ]
        return [answer.status for answer in await asyncio.gather(*calls)]

    assert set(town.run(together())) == {200}
    assert [counts(town, one) for one in people] == [(4, 4)] * 5


def test_follow_and_block_at_the_same_moment_leave_no_follow_across_the_block(town: Town) -> None:
    for _ in range(5):
        one, other = town.someone(), town.someone()

        async def together(one: Member = one, other: Member = other) -> None:
            await asyncio.gather(
                other.call("POST", f"/api/v1/accounts/{one.id}/follow"),
                one.call("POST", f"/api/v1/accounts/{other.id}/block"),
                one.call("POST", f"/api/v1/accounts/{other.id}/follow"),
            )

        town.run(together())
        assert between(one, other)["blocking"] and not between(one, other)["followed_by"]
        assert not between(one, other)["following"]
        assert counts(town, one) == counts(town, other) == (0, 0)
