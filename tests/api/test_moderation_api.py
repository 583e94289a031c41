"""Moderation by API: cases, house rules, scans, and what the author of a held post can do."""

from datetime import UTC, datetime

import pytest
from tests.cast import Member, Town
from tests.moderators import POLICY, held, staff, teach

BASE = "/api/parvis/v1/moderation"


@pytest.fixture(scope="module", autouse=True)
def lessons(town: Town, tmp_path_factory: pytest.TempPathFactory) -> None:
    teach(town, tmp_path_factory.mktemp("lists"))


@pytest.fixture(scope="module")
def moderator(town: Town) -> Member:
    return staff(town, "maude")


@pytest.fixture(scope="module")
def chief(town: Town) -> Member:
    return staff(town, "chief", "admin")


def test_a_parent_scope_opens_the_calls_and_a_child_of_another_does_not(town: Town) -> None:
    whole = staff(town, "whole", scopes=("admin:read",))
    assert whole.get(f"{BASE}/cases").status == 200
    assert whole.post(f"{BASE}/cases/post/1/decide", json={"outcome": "release"}).status == 403
    assert staff(town, "other", scopes=("admin:read:reports", "read", "write")).get(f"{BASE}/cases").status == 403
    assert staff(town, "narrow", scopes=("admin:read:moderation",)).get(f"{BASE}/counts").status == 200


def test_the_whole_life_of_a_held_post(town: Town, moderator: Member) -> None:
    author, friend, other = town.someone(), town.someone(), town.someone()
    before = town.amina.write("A pear before it")
    post = held(town, author, f"My kumquat for @{friend.name}", spoiler_text="fruit")
    after = town.amina.write("A pear after it")
    at = f"{BASE}/held/{post['id']}"
    told = author.get(at).json
    assert told["state"] == "waiting" and told["may_contest"] and told["by_machine"]
    assert told["rule"]["title"]["fr"] == "Pas de kumquats" and told["rule"]["ground"]["jurisdiction"] == "FR"
    (text,) = [one for one in told["texts"] if one["field"] == "text"]
    (word,) = text["evidence"]
    assert text["text"][word["start"] : word["end"]] == "kumquat" and word["signal"] == "patterns.threat"
    assert other.get(at).status == 404 and other.post(f"{at}/contest", json={"words": "me too"}).status == 404
    assert author.post(f"{at}/contest", json={"words": ""}).status == 422
    assert author.post(f"{at}/contest", json={"words": "x" * 2001}).status == 422
    assert author.post(f"{at}/contest", json={"words": "It is a fruit"}).json["state"] == "contested"
    assert author.post(f"{at}/contest", json={"words": "Really"}).status == 409

    assert post["id"] in [case["id"] for case in moderator.get(f"{BASE}/cases?state=contested").json]
    case = moderator.get(f"{BASE}/cases/post/{post['id']}").json
    assert case["open"] and case["held"] and case["category"] == "threat" and case["signals"]["patterns.threat"] == 1
    assert [event["kind"] for event in case["events"]] == ["screened", "contested"]
    assert case["events"][1]["note"] == "It is a fruit" and case["account"]["open_cases"] == 1
    done = moderator.post(f"{BASE}/cases/post/{post['id']}/decide", json={"outcome": "release", "note": "a fruit"})
    assert done.status == 200 and not done.json["open"] and not done.json["held"]

    ids = [one["id"] for one in town.visitor.get("/api/v1/timelines/public").json]
    mine = ids.index(post["id"])
    assert ids[mine - 1] == after["id"] and ids[mine + 1] == before["id"], "it stands where it would have stood"
    shown = town.visitor.get(f"/api/v1/statuses/{post['id']}").json
    assert shown["created_at"] == post["created_at"] and "moderation" not in shown
    assert [note["status"]["id"] for note in friend.get("/api/v1/notifications").json] == [post["id"]]
    assert author.get(at).json["state"] == "released"
    again = moderator.post(f"{BASE}/cases/post/{post['id']}/decide", json={"outcome": "uphold"})
    assert again.status == 404


def test_the_like_of_what_was_released_is_recognised_and_of_what_was_upheld_too(town: Town, moderator: Member) -> None:
    words = "A greengage grows well against a wall that faces south, in a soil that is not too dry"
    for outcome in ("release", "uphold"):
        text = f"{words}, {outcome} says the gardener of the town hall to everybody who asks"
        post = town.someone().write(text)
        assert moderator.post(f"{BASE}/cases/post/{post['id']}/decide", json={"outcome": outcome}).status == 200
        twin = town.someone().write(text + "!")
        found = moderator.get(f"{BASE}/cases/post/{twin['id']}").json["signals"]
        assert found["near.outcome"] == {"release": "allowed", "uphold": "violation"}[outcome]


def test_uphold_hides_everywhere_at_once(town: Town, moderator: Member) -> None:
    author, reader, friend = town.someone(), town.someone(), town.someone()
    reader.relate("follow", author)
    root = town.amina.write("A question about trees")
    post = author.write(f"A greengage and a quetsche #verger @{friend.name}", in_reply_to_id=root["id"])
    lone = author.write("A lone greengage, no quetsche #verger")
    reader.act(lone, "reblog")
    assert post["id"] in str(town.visitor.get(f"/api/v1/statuses/{root['id']}/context").json)
    for one in (post, lone):
        assert moderator.post(f"{BASE}/cases/post/{one['id']}/decide", json={"outcome": "uphold"}).status == 200
    for client in (town.visitor, reader, friend):
        for one in (post, lone):
            assert client.get(f"/api/v1/statuses/{one['id']}").status == 404
        for path in (
            "timelines/public",
            "timelines/tag/verger",
            f"accounts/{author.id}/statuses",
            f"accounts/{reader.id}/statuses",
        ):
            assert "quetsche" not in client.get(f"/api/v1/{path}").text
        assert post["id"] not in client.get(f"/api/v1/statuses/{root['id']}/context").text
    assert "quetsche" not in reader.get("/api/v1/timelines/home").text
    assert friend.get("/api/v1/notifications").json == []
    assert reader.get("/api/v2/search?q=quetsche&type=statuses").json["statuses"] == []
    told = author.get(f"{BASE}/held/{lone['id']}").json
    assert told["state"] == "upheld" and told["may_contest"] and told["decided_at"]


def test_who_upholds_what_a_member_reported_says_which_rule_was_broken(town: Town, moderator: Member) -> None:
    author = town.someone()
    words = "The well behind the chapel has been dry since the second week of August"
    post = author.write(words)
    sent = {"account_id": str(author.id), "status_ids": [post["id"]]}
    assert town.someone().post("/api/v1/reports", json=sent).status == 200
    at = f"{BASE}/cases/post/{post['id']}"
    before = moderator.get(at).json
    assert before["rule"] is None and before["category"] == "other"
    for body in ({}, {"rule": ""}, {"rule": "no-such-rule"}, {"rule": "x" * 101}):
        answer = moderator.post(f"{at}/decide", json={"outcome": "uphold", **body})
        assert answer.status == 422 and list(answer.json["details"]) == ["rule"], body
    assert moderator.get(at).json == before and town.visitor.get(f"/api/v1/statuses/{post['id']}").status == 200

    done = moderator.post(f"{at}/decide", json={"outcome": "uphold", "rule": "long"}).json
    assert (done["open"], done["held"], done["rule"], done["category"]) == (False, True, "long", "spam")
    event = done["events"][-1]
    assert (event["kind"], event["rules"], event["by"]["id"]) == ("upheld", ["long"], str(moderator.id))
    assert event["policy"] == moderator.get(f"{BASE}/policy/active").json["version"]
    told = author.get(f"{BASE}/held/{post['id']}").json
    assert (told["state"], told["by_machine"]) == ("upheld", False)
    assert (
        told["rule"]["title"]["fr"] == "Pas tout à fait si long" and told["rule"]["message"]["en"] == "Leave one out."
    )
    held = author.get(f"/api/v1/statuses/{post['id']}").json["moderation"]["held"]
    assert (held["rule"], held["en"]) == ("long", "Not just so long")
    twin = town.someone().write(words.upper() + "!")  # loud: looked at by a rule, so that its signals are kept
    assert moderator.get(f"{BASE}/cases/post/{twin['id']}").status == 404
    ((found,),) = town.rows(
        "SELECT findings->'signals' FROM moderation_events WHERE subject_id = %s AND kind = 'screened'", int(twin["id"])
    )
    assert (found["near.outcome"], found["near.category"]) == ("violation", "spam")


def test_another_rule_than_the_machines_can_be_the_one_that_was_broken(town: Town, moderator: Member) -> None:
    author = town.someone()
    post = held(town, author, "My kumquat, which is too loud")
    at, mine = f"{BASE}/cases/post/{post['id']}/decide", f"{BASE}/held/{post['id']}"
    assert author.get(mine).json["by_machine"]
    assert moderator.post(at, json={"outcome": "uphold", "rule": "loud"}).json["category"] == "other"
    for _ in range(2):
        told = author.get(mine).json
        assert (told["rule"]["id"], told["by_machine"], told["state"]) == ("loud", False, "upheld")
        assert author.get(f"/api/v1/statuses/{post['id']}").json["moderation"]["held"]["fr"] == "Moins fort"
        assert author.post(f"{mine}/contest", json={"words": "It is not"}).json["rule"]["id"] == "loud"
        # What was found before is what stands where nothing else is said.
        assert moderator.post(at, json={"outcome": "uphold"}).json["rule"] == "loud"
    other = held(town, town.someone(), "Your kumquat, which is a fruit")
    told = moderator.post(f"{BASE}/cases/post/{other['id']}/decide", json={"outcome": "uphold", "rule": "fruit"}).json
    assert (told["rule"], told["category"], told["events"][-1]["rules"]) == ("fruit", "threat", ["fruit"])
    free = held(town, author, "A kumquat after all, and a good one")
    done = moderator.post(f"{BASE}/cases/post/{free['id']}/decide", json={"outcome": "release", "rule": "none"}).json
    assert (done["rule"], done["category"], done["held"]) == ("fruit", "threat", False), "a release breaks no rule"


def test_nobody_decides_on_what_is_their_own(town: Town, moderator: Member) -> None:
    post = held(town, moderator, "A kumquat of my own")
    assert moderator.post(f"{BASE}/cases/post/{post['id']}/decide", json={"outcome": "release"}).status == 403
    assert town.rows("SELECT state FROM posts WHERE id = %s", int(post["id"])) == [(1,)]
    assert (
        town.rows("SELECT 1 FROM moderation_events WHERE subject_id = %s AND actor_id IS NOT NULL", int(post["id"]))
        == []
    )


def test_bad_decisions_are_named(town: Town, moderator: Member) -> None:
    post = held(town, town.someone())
    at = f"{BASE}/cases/post/{post['id']}/decide"
    assert "outcome" in moderator.post(at, json={}).json["details"]
    assert "outcome" in moderator.post(at, json={"outcome": "maybe"}).json["details"]
    assert "note" in moderator.post(at, json={"outcome": "uphold", "note": "x" * 2001}).json["details"]
    for wrong in ("post/none", "post/1", "thing/1", f"profile/{post['id']}"):
        assert moderator.get(f"{BASE}/cases/{wrong}").status == 404
    assert moderator.get(f"{BASE}/cases?category=fruit").status == 422
    assert moderator.get(f"{BASE}/cases?state=fruit").status == 422


def test_pages_of_the_queue_follow_each_other_without_gap_or_repetition(town: Town, moderator: Member) -> None:
    author = town.someone()
    mine = [author.write(f"Greengage number {number}")["id"] for number in range(3)]
    mine += [held(town, author, f"Kumquat number {number}")["id"] for number in range(3)]
    whole = [case["id"] for case in moderator.get(f"{BASE}/cases?limit=80").json]
    assert set(mine) <= set(whole)
    paged: list[str] = []
    path: str | None = f"{BASE}/cases?limit=2&category=threat"
    while path:
        answer = moderator.get(path)
        assert len(answer.json) <= 2
        paged += [case["id"] for case in answer.json]
        path = answer.link.get("next")
    assert paged == [one for one in whole if one in paged] and set(mine) <= set(paged) and len(paged) == len(set(paged))
    states = [case["held"] for case in moderator.get(f"{BASE}/cases?limit=80").json]
    assert states == sorted(states, reverse=True)
    counts = moderator.get(f"{BASE}/counts").json
    assert counts["open"] == len(whole) and counts["held"] == sum(states)
    assert moderator.get(f"{BASE}/cases?after=nonsense.1.2&limit=80").json[0]["id"] == whole[0]


def test_rules_are_checked_saved_tried_activated_and_the_old_ones_again(
    town: Town, moderator: Member, chief: Member
) -> None:
    old = moderator.get(f"{BASE}/policy/active").json
    assert old["source"] == POLICY and [rule["id"] for rule in old["rules"]] == ["fruit", "loud", "long"]
    assert {"name": "patterns.threat", "kind": "count"}.items() <= next(
        one for one in moderator.get(f"{BASE}/signals").json if one["name"] == "patterns.threat"
    ).items()

    broken = POLICY.replace("text.capitals >= 0.9", "text.capital >= 0.9")
    line = next(number for number, text in enumerate(broken.splitlines(), 1) if "text.capital " in text)
    found = chief.post(f"{BASE}/policy/check", json={"source": broken}).json
    assert not found["usable"] and found["problems"][0]["line"] == line
    assert found["problems"][0]["rule"] == "loud" and "text.capitals" in found["problems"][0]["english"]
    refused = chief.post(f"{BASE}/policy", json={"source": broken})
    assert refused.status == 422 and f"line {line}" in refused.json["details"]["source"][0]["description"]
    assert chief.post(f"{BASE}/policy/check", json={"source": "] not toml"}).json["problems"][0]["line"] == 1

    town.someone().write("THE SAME, BUT LOUDER")
    calm = POLICY.replace('effects = ["label", "limit", "blur"]', 'effects = ["hold"]').replace(
        "label = {", "# label = {"
    )
    report = chief.post(f"{BASE}/policy/backtest", json={"source": calm, "days": 2}).json
    loud = next(row for row in report["rules"] if row["rule"] == "loud")
    assert loud["held"] == loud["matches"] >= 1 and loud["examples"][0]["before"] == "publish"
    assert report["tried"]["held"] > report["before"]["held"] and report["whole"]
    assert chief.post(f"{BASE}/policy/backtest", json={"source": broken}).status == 422
    assert chief.post(f"{BASE}/policy/{old['version']}/backtest", json={"days": 0}).status == 422
    same = chief.post(f"{BASE}/policy/{old['version']}/backtest", json={"days": 2}).json
    assert same["changed"] == {}

    new = chief.post(f"{BASE}/policy", json={"source": calm, "note": "calmer"}).json
    assert new["version"] > old["version"] and not new["active"] and new["saved_by"] == str(chief.id)
    assert chief.post(f"{BASE}/policy/{new['version']}/activate", json={"reason": "tried"}).json["active"]
    assert "held" in town.someone().write("NOW IT IS HELD BACK")["moderation"]
    assert [one["version"] for one in moderator.get(f"{BASE}/policy?limit=1").json] == [new["version"]]
    back = chief.post(f"{BASE}/policy/{old['version']}/activate").json
    assert back["active"] and "labels" in town.someone().write("NOW IT IS ONLY MARKED")["moderation"]
    assert chief.post(f"{BASE}/policy/99999/activate").status == 404
    assert moderator.get(f"{BASE}/policy/none").status == 404


def test_the_archive_is_screened_by_the_work_process(town: Town, chief: Member, moderator: Member) -> None:
    scan = chief.post(f"{BASE}/scans", json={}).json
    assert scan["dry"] and not scan["done"] and scan["ended_at"] is None
    assert chief.post(f"{BASE}/scans", json={"dry": False}).status == 409
    town.run(town.parvis.scans.work(int(scan["id"])))
    done = moderator.get(f"{BASE}/scans/{scan['id']}").json
    assert done["done"] and done["ended_at"] and done["screened"] > 0
    assert moderator.get(f"{BASE}/scans").json[0]["id"] == scan["id"]
    tomorrow = datetime.now(UTC).replace(year=datetime.now(UTC).year + 1).date().isoformat()
    later = chief.post(f"{BASE}/scans", json={"dry": False, "since": tomorrow}).json
    assert chief.post(f"{BASE}/scans/{later['id']}/end").json["stopped"] == "ended by hand"
    assert chief.post(f"{BASE}/scans/{later['id']}/resume").status == 409
    assert chief.post(f"{BASE}/scans", json={"since": "soon"}).status == 422
    assert moderator.get(f"{BASE}/scans/1").status == 404


def test_a_stopped_account_is_let_write_again_by_somebody_else(town: Town, moderator: Member) -> None:
    author = town.someone()
    with town.database() as db:
        for account in (author.id, moderator.id):
            db.execute("INSERT INTO account_holds (account_id, rule, event_id) VALUES (%s, 'fruit', 1)", (account,))
    assert moderator.post(f"{BASE}/accounts/{moderator.id}/resume").status == 403
    assert moderator.post(f"{BASE}/accounts/{author.id}/resume", json={"note": "looked"}).status == 200
    assert moderator.post(f"{BASE}/accounts/{author.id}/resume").status == 404
    assert town.rows("SELECT account_id FROM account_holds") == [(moderator.id,)]
