"""Echoing posts."""

import asyncio

from tests.cast import Town


def test_an_echo_holds_the_post_and_counts_once(town: Town) -> None:
    post = town.amina.write("à répéter")
    first, second = town.bruno.act(post, "reblog").json, town.bruno.act(post, "reblog").json
    assert first["id"] == second["id"] != post["id"]
    assert first["reblog"]["id"] == post["id"] and first["reblog"]["reblogged"] is True
    assert first["account"]["username"] == "bruno" and first["content"] == ""
    seen = town.visitor.get(f"/api/v1/statuses/{post['id']}").json
    assert seen["reblogs_count"] == 1
    assert town.bruno.get(f"/api/v1/statuses/{post['id']}").json["reblogged"] is True


def test_an_echo_of_an_echo_echoes_the_original(town: Town) -> None:
    post = town.amina.write("de loin en loin")
    echo = town.bruno.act(post, "reblog").json
    again = town.chloe.act(echo["id"], "reblog").json
    assert again["reblog"]["id"] == post["id"]
    assert town.visitor.get(f"/api/v1/statuses/{post['id']}").json["reblogs_count"] == 2


def test_an_echo_taken_back_is_gone_with_its_count_and_notification(town: Town) -> None:
    author, fan = town.someone(), town.someone()
    post = author.write("va et vient")
    echo = fan.act(post, "reblog").json
    notes = "SELECT kind FROM notifications WHERE account_id = %s"
    assert town.rows(notes, author.id) == [("reblog",)]
    back = fan.act(post, "unreblog").json
    assert back["id"] == post["id"] and back["reblogged"] is False and back["reblogs_count"] == 0
    assert town.visitor.get(f"/api/v1/statuses/{echo['id']}").status == 404
    assert town.rows(notes, author.id) == []
    assert town.rows("SELECT posts FROM account_stats WHERE account_id = %s", fan.id) == [(0,)]
    assert fan.act(post, "unreblog").status == 200


def test_deleting_an_echo_takes_it_back(town: Town) -> None:
    post, fan = town.amina.write("oui et non"), town.someone()
    echo = fan.act(post, "reblog").json
    assert fan.delete(f"/api/v1/statuses/{echo['id']}").status == 200
    assert fan.get(f"/api/v1/statuses/{post['id']}").json["reblogged"] is False


def test_only_what_is_for_everyone_can_be_echoed_or_ones_own(town: Town) -> None:
    author, follower = town.someone(), town.someone()
    follower.relate("follow", author)
    for_followers = author.write("entre nous", visibility="private")
    assert follower.act(for_followers, "reblog").status == 403
    own = author.act(for_followers, "reblog", json={"visibility": "public"}).json
    assert own["visibility"] == "private"
    direct = author.write(f"@{follower.name}", visibility="direct")
    assert author.act(direct, "reblog").status == 403
    assert follower.act(direct, "reblog").status == 403
    assert town.bruno.act(for_followers, "reblog").status == 404
    unlisted = author.write("discret", visibility="unlisted")
    assert follower.act(unlisted, "reblog", json={"visibility": "unlisted"}).json["visibility"] == "unlisted"
    assert follower.act(unlisted, "reblog", json={"visibility": "friends"}).status == 422


def test_many_echoes_at_the_same_moment_count_right(town: Town) -> None:
    post, fans = town.amina.write("tous ensemble"), [town.someone() for _ in range(6)]
    path = f"/api/v1/statuses/{post['id']}/reblog"

    async def together() -> list[int]:
        answers = await asyncio.gather(*(fan.call("POST", path) for fan in fans for _ in range(2)))
        return [answer.status for answer in answers]

    assert town.run(together()) == [200] * 12
    assert town.visitor.get(f"/api/v1/statuses/{post['id']}").json["reblogs_count"] == 6


def test_followers_see_an_echo_at_home_until_its_post_is_deleted(town: Town) -> None:
    author, fan, reader = town.someone(), town.someone(), town.someone()
    reader.relate("follow", fan)
    post = author.write("à voir")
    echo = fan.act(post, "reblog").json
    home = reader.get("/api/v1/timelines/home").json
    assert [(p["id"], p["reblog"]["id"]) for p in home] == [(echo["id"], post["id"])]
    author.delete(f"/api/v1/statuses/{post['id']}")
    assert reader.get("/api/v1/timelines/home").json == []
    assert town.visitor.get(f"/api/v1/statuses/{echo['id']}").status == 404


def test_an_echo_of_someone_suspended_is_shown_to_nobody(town: Town) -> None:
    author, fan, reader = town.someone(), town.someone(), town.someone()
    reader.relate("follow", fan)
    echo = fan.act(author.write("bientôt banni"), "reblog").json
    assert len(reader.get("/api/v1/timelines/home").json) == 1
    town.suspend(author)
    assert reader.get("/api/v1/timelines/home").json == []
    assert reader.get(f"/api/v1/statuses/{echo['id']}").status == 404
