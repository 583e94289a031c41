"""Posts: publish, read, mark, delete."""

import pytest
from tests.cast import Town, picture


def test_a_published_post_is_read_back_whole(town: Town) -> None:
    post = town.amina.write("Bonjour #Paris ! @bruno", spoiler_text="matin", language="fr")
    seen = town.visitor.get(f"/api/v1/statuses/{post['id']}").json
    assert seen["content"].startswith("<p>Bonjour <a")
    assert (seen["spoiler_text"], seen["language"], seen["visibility"]) == ("matin", "fr", "public")
    assert [tag["name"] for tag in seen["tags"]] == ["paris"]
    assert [person["username"] for person in seen["mentions"]] == ["bruno"]
    assert seen["account"]["username"] == "amina"
    assert "favourited" not in seen and post["favourited"] is False


def test_the_same_key_gives_the_same_post(town: Town) -> None:
    headers = {"idempotency-key": "once"}
    first = town.amina.post("/api/v1/statuses", json={"status": "une fois"}, headers=headers).json
    second = town.amina.post("/api/v1/statuses", json={"status": "une fois"}, headers=headers).json
    assert first["id"] == second["id"]


def test_many_posts_at_once_come_in_the_order_asked_for(town: Town) -> None:
    one, two = town.amina.write("un"), town.amina.write("deux")
    hidden = town.bruno.write("entre nous", visibility="direct")
    asked = [("id[]", two["id"]), ("id[]", hidden["id"]), ("id[]", "nonsense"), ("id[]", one["id"])]
    found = town.chloe.get("/api/v1/statuses", query=asked).json
    assert [post["id"] for post in found] == [two["id"], one["id"]]


def test_bookmarks_are_the_members_own_and_can_be_taken_away(town: Town) -> None:
    post = town.amina.write("à relire")
    assert town.chloe.act(post, "bookmark").json["bookmarked"] is True
    assert town.chloe.act(post, "bookmark").status == 200
    assert town.bruno.get(f"/api/v1/statuses/{post['id']}").json["bookmarked"] is False
    assert town.chloe.act(post, "unbookmark").json["bookmarked"] is False
    assert town.rows("SELECT 1 FROM bookmarks WHERE post_id = %s", int(post["id"])) == []


def test_pins_are_bounded_and_only_of_ones_own(town: Town) -> None:
    author = town.someone()
    posts = [author.write(f"à garder {n}") for n in range(6)]
    for post in posts[:5]:
        assert author.act(post, "pin").json["pinned"] is True
    refused = author.act(posts[5], "pin")
    assert refused.status == 422 and "maximum" in refused.json["error"]
    assert town.bruno.act(posts[0], "pin").status == 422
    assert author.act(author.write("@amina", visibility="direct"), "pin").status == 422
    assert author.act(posts[0], "unpin").json["pinned"] is False
    assert author.act(posts[5], "pin").status == 200


def test_a_muted_conversation_tells_nothing_more(town: Town) -> None:
    author = town.someone()
    post = author.write("trop de réponses")
    assert author.act(post, "mute").json["muted"] is True
    town.bruno.write(f"@{author.name} encore", in_reply_to_id=post["id"])
    assert town.rows("SELECT kind FROM notifications WHERE account_id = %s", author.id) == []
    assert author.act(post, "unmute").json["muted"] is False
    town.bruno.write(f"@{author.name} et encore", in_reply_to_id=post["id"])
    assert town.rows("SELECT kind FROM notifications WHERE account_id = %s", author.id) == [("mention",)]


def test_voters_and_echoers_page_by_their_own_ids(town: Town) -> None:
    post = town.amina.write("qui aime ?")
    fans = [town.someone() for _ in range(7)]
    for fan in fans:
        town.loop.run_until_complete(fan.call("POST", f"/api/v1/statuses/{post['id']}/favourite"))
        fan.act(post, "reblog")
    for path in ("favourited_by", "reblogged_by"):
        seen: list[str] = []
        page = town.visitor.get(f"/api/v1/statuses/{post['id']}/{path}", query={"limit": 3})
        pages = [page]
        while "next" in page.link:
            seen += [account["id"] for account in page.json]
            page = town.visitor.get(page.link["next"])
            pages.append(page)
        seen += [account["id"] for account in page.json]
        assert seen == [str(fan.id) for fan in reversed(fans)]
        back = town.visitor.get(pages[2].link["prev"])
        assert [account["id"] for account in back.json] == seen[3:6]


def test_those_who_are_away_or_blocked_are_not_among_the_voters(town: Town) -> None:
    post, gone, blocked = town.amina.write("qui aime encore ?"), town.someone(), town.someone()
    gone.act(post, "favourite")
    blocked.act(post, "favourite")
    town.suspend(gone)
    town.chloe.relate("block", blocked)
    assert town.chloe.get(f"/api/v1/statuses/{post['id']}/favourited_by").json == []
    names = [account["username"] for account in town.visitor.get(f"/api/v1/statuses/{post['id']}/favourited_by").json]
    assert names == [blocked.name]


def test_deleting_deletes_all_that_hangs_on_a_post(town: Town) -> None:
    author, fan = town.someone(), town.someone()
    parent = town.amina.write("question")
    post = author.write("réponse #jetable", in_reply_to_id=parent["id"])
    reply = fan.write("et alors ?", in_reply_to_id=post["id"])
    for what in ("favourite", "bookmark", "reblog"):
        assert fan.act(post, what).status == 200
    author.act(post, "pin")
    author.put(f"/api/v1/statuses/{post['id']}", json={"status": "réponse #jetable changée"})
    answer = author.delete(f"/api/v1/statuses/{post['id']}")
    assert answer.status == 200
    assert answer.json["text"] == "réponse #jetable changée"
    post_id = int(post["id"])
    for table in ("post_stats", "post_texts", "post_tags", "post_edits", "votes", "bookmarks", "notifications"):
        assert town.rows(f"SELECT 1 FROM {table} WHERE post_id = %s", post_id) == [], table
    assert town.rows("SELECT 1 FROM posts WHERE id = %s OR echo_of_id = %s", post_id, post_id) == []
    assert town.visitor.get(f"/api/v1/statuses/{parent['id']}").json["replies_count"] == 0
    assert fan.get(f"/api/v1/statuses/{reply['id']}").json["account"]["statuses_count"] == 1
    assert town.rows("SELECT posts, last_post_id FROM account_stats WHERE account_id = %s", author.id) == [(0, None)]
    for path in (f"/api/v1/statuses/{post_id}", f"/api/v1/statuses/{post_id}/context"):
        assert town.visitor.get(path).status == 404
    assert fan.get("/api/v1/bookmarks").json == []
    assert fan.get("/api/v1/favourites").json == []


def test_a_post_that_very_many_echoed_is_deleted_in_steps(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parvis.posts.delete._ECHOES", 2)
    post, fans = town.amina.write("partout"), [town.someone() for _ in range(5)]
    for fan in fans:
        fan.act(post, "reblog")
    assert town.amina.delete(f"/api/v1/statuses/{post['id']}").status == 200
    assert town.rows("SELECT 1 FROM posts WHERE echo_of_id = %s", int(post["id"])) == []
    counts = town.rows("SELECT posts FROM account_stats WHERE account_id = ANY(%s)", [fan.id for fan in fans])
    assert counts == [(0,)] * 5
    assert fans[0].get("/api/v1/timelines/home").json == []


def test_only_its_author_can_delete_a_post(town: Town) -> None:
    post = town.amina.write("le mien")
    refused, absent = town.bruno.delete(f"/api/v1/statuses/{post['id']}"), town.bruno.delete("/api/v1/statuses/1")
    assert (refused.status, refused.body) == (absent.status, absent.body)
    assert refused.status == 404
    assert town.visitor.get(f"/api/v1/statuses/{post['id']}").status == 200


def test_a_deleted_posts_pictures_can_be_posted_again_or_go_with_it(town: Town) -> None:
    media = town.amina.post(
        "/api/v2/media", form={"description": "un carré"}, files={"file": ("a.png", picture(), "image/png")}
    ).json
    post = town.amina.write("regardez", media_ids=[media["id"]])
    gone = town.amina.delete(f"/api/v1/statuses/{post['id']}").json
    assert [medium["id"] for medium in gone["media_attachments"]] == [media["id"]]
    again = town.amina.write("regardez mieux", media_ids=[media["id"]])
    path = again["media_attachments"][0]["url"].removeprefix("http://parvis.test")
    assert town.visitor.get(path).status == 200
    town.amina.delete(f"/api/v1/statuses/{again['id']}", query={"delete_media": "true"})
    assert town.visitor.get(path).status == 404
    assert town.rows("SELECT 1 FROM media WHERE id = %s", int(media["id"])) == []


def test_what_is_not_built_says_so_clearly(town: Town) -> None:
    post = town.amina.write("hello")
    assert town.bruno.act(post, "translate").status == 404
    assert town.visitor.get(f"/api/v1/statuses/{post['id']}/card").json is None
    for path in ("announcements", "lists", "filters", "scheduled_statuses", "followed_tags", "conversations"):
        assert town.chloe.get(f"/api/v1/{path}").json == [], path
