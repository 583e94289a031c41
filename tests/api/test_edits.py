"""Changing a post: what readers see, its history, who is told."""

import asyncio

from tests.cast import Town, picture


def test_an_edit_changes_what_everyone_sees_and_keeps_what_was(town: Town) -> None:
    post = town.amina.write("première version #un", language="fr")
    path = f"/api/v1/statuses/{post['id']}"
    assert town.visitor.get(path).json["edited_at"] is None
    assert len(town.visitor.get(f"{path}/history").json) == 1
    edited = town.amina.put(path, json={"status": "deuxième version #deux", "spoiler_text": "oups"}).json
    assert edited["edited_at"] and edited["created_at"] == post["created_at"] and edited["language"] == "fr"
    seen = town.visitor.get(path).json
    assert "deuxième" in seen["content"] and seen["spoiler_text"] == "oups" and seen["sensitive"] is True
    assert [tag["name"] for tag in seen["tags"]] == ["deux"]
    town.amina.put(path, json={"status": "troisième"})
    history = town.visitor.get(f"{path}/history").json
    assert [version["content"][:12] for version in history] == ["<p>première ", "<p>deuxième ", "<p>troisième"]
    assert history[0]["created_at"] == post["created_at"] and history[1]["created_at"] == edited["edited_at"]
    assert all(version["account"]["username"] == "amina" for version in history)


def test_the_source_is_what_was_written(town: Town) -> None:
    post = town.amina.write("a < b & @bruno", spoiler_text="x")
    source = town.amina.get(f"/api/v1/statuses/{post['id']}/source").json
    assert source == {"id": post["id"], "text": "a < b & @bruno", "spoiler_text": "x"}


def test_an_edit_moves_the_post_between_hashtags_and_searches(town: Town) -> None:
    author = town.someone()
    post = author.write("un chat roux #félin")
    author.put(f"/api/v1/statuses/{post['id']}", json={"status": "un chien noir #canin"})

    def found(path: str, **query: str) -> list[str]:
        answer = author.get(path, query=query).json
        return [p["id"] for p in (answer if isinstance(answer, list) else answer["statuses"])]

    assert found("/api/v1/timelines/tag/félin") == [] and found("/api/v1/timelines/tag/canin") == [post["id"]]
    assert found("/api/v2/search", q="roux") == [] and found("/api/v2/search", q="chien noir") == [post["id"]]


def test_the_newly_mentioned_and_those_who_echoed_are_told_once(town: Town) -> None:
    author, fan, friend = town.someone(), town.someone(), town.someone()
    post = author.write("bientôt")
    fan.act(post, "reblog")
    for text in (f"bientôt avec @{friend.name}", f"bientôt, oui, avec @{friend.name}"):
        assert author.put(f"/api/v1/statuses/{post['id']}", json={"status": text}).status == 200
    told = town.rows("SELECT account_id, kind FROM notifications WHERE from_account_id = %s", author.id)
    assert sorted(told) == sorted([(friend.id, "mention"), (fan.id, "update")])


def test_a_direct_post_is_for_those_whom_it_mentions_now(town: Town) -> None:
    one, other = town.someone(), town.someone()
    post = town.amina.write(f"@{one.name} psst", visibility="direct")
    town.amina.put(f"/api/v1/statuses/{post['id']}", json={"status": f"@{other.name} psst"})
    assert one.get(f"/api/v1/statuses/{post['id']}").status == 404
    assert other.get(f"/api/v1/statuses/{post['id']}").status == 200
    assert town.rows("SELECT 1 FROM notifications WHERE account_id = %s", one.id) == []


def test_pictures_are_changed_added_and_taken_off(town: Town) -> None:
    def upload(color: tuple[int, int, int]) -> str:
        files = {"file": ("a.png", picture(color=color), "image/png")}
        return town.amina.post("/api/v2/media", files=files).json["id"]

    first, second = upload((1, 2, 3)), upload((3, 2, 1))
    post = town.amina.write("image", media_ids=[first])
    path = f"/api/v1/statuses/{post['id']}"
    form = [
        ("status", "images"), ("media_ids[]", second), ("media_ids[]", first),
        ("media_attributes[][id]", first), ("media_attributes[][description]", "un mur"),
        ("media_attributes[][focus]", "0.5,-0.5"),
    ]  # fmt: skip
    seen = town.amina.put(path, form=form).json["media_attachments"]
    assert [medium["id"] for medium in seen] == [second, first]
    assert seen[1]["description"] == "un mur" and seen[1]["meta"]["focus"] == {"x": 0.5, "y": -0.5}
    town.amina.put(path, form=[("status", "image"), ("media_ids[]", second)])
    history = town.visitor.get(f"{path}/history").json
    assert [[medium["id"] for medium in version["media_attachments"]] for version in history] == [
        [],
        [second],
        [second],
    ]
    assert town.amina.delete(f"/api/v1/media/{first}").status == 200  # it waits for another post, and is still hers


def test_what_is_wrong_with_an_edit_is_said_and_nothing_changes(town: Town) -> None:
    post = town.amina.write("intact")
    path = f"/api/v1/statuses/{post['id']}"
    for body, field in (
        ({"status": ""}, "text"),
        ({"status": "x" * 1001}, "text"),
        ({"status": "x", "language": "klingon!"}, "language"),
        ({"status": "x", "media_ids": ["12"]}, "media_ids"),
        ({"status": "x", "media_ids": ["a"]}, "media_ids"),
        ({"status": ["x"]}, "status"),
        ({"status": "x", "media_attributes": [{"id": "5", "description": "y"}]}, "media_attributes"),
    ):
        answer = town.amina.put(path, json=body)
        assert answer.status == 422 and field in answer.json["error"], (body, answer.text)
    assert town.visitor.get(path).json["edited_at"] is None
    assert town.rows("SELECT 1 FROM post_edits WHERE post_id = %s", int(post["id"])) == []


def test_only_its_author_edits_a_post_and_not_without_end(town: Town) -> None:
    post = town.amina.write("le mien")
    path = f"/api/v1/statuses/{post['id']}"
    refused, absent = (
        town.bruno.put(path, json={"status": "à moi"}),
        town.bruno.put("/api/v1/statuses/1", json={"status": "à moi"}),
    )
    assert refused.status == 404 and (refused.status, refused.body) == (absent.status, absent.body)
    with town.database() as db:
        db.execute(
            "INSERT INTO post_edits (account_id, post_id, version, body, created_at)"
            " SELECT %s, %s, n, '{}', now() FROM generate_series(1, 100) AS n",
            (town.amina.id, int(post["id"])),
        )
    assert town.amina.put(path, json={"status": "encore"}).status == 422


def test_of_two_edits_at_the_same_moment_none_is_lost_from_the_history(town: Town) -> None:
    post = town.amina.write("zéro")
    path = f"/api/v1/statuses/{post['id']}"

    async def together() -> list[int]:
        calls = (town.amina.call("PUT", path, json={"status": f"version {n}"}) for n in range(4))
        return [answer.status for answer in await asyncio.gather(*calls)]

    statuses = town.run(together())
    assert set(statuses) <= {200, 409} and 200 in statuses
    versions = [version["content"] for version in town.visitor.get(f"{path}/history").json]
    assert len(versions) == 1 + statuses.count(200) == len(set(versions))
    assert versions[0] == "<p>zéro</p>" and versions[-1] == town.visitor.get(path).json["content"]
