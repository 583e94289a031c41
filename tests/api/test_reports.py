"""Reporting: what a member may report, what becomes of it, and who never hears of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.cast import Member, Town, picture
from tests.moderators import staff

from parvis.moderation.policy.versions import shipped
from parvis.settings import Settings


def report(who: Member, whom: Member, *posts: dict[str, Any], **options: Any) -> Any:
    """The report that `who` filed."""
    answer = who.post(
        "/api/v1/reports",
        json={"account_id": str(whom.id), "status_ids": [post["id"] for post in posts], **options},
    )
    assert answer.status == 200, answer.text
    return answer.json


def case(town: Town, subject_id: int | str) -> tuple[Any, ...]:
    """(kind, open, held, category, rule) of a subject."""
    (row,) = town.rows(
        "SELECT subject_kind, open, held, category, rule FROM cases WHERE subject_id = %s", int(subject_id)
    )
    return row


def decide(town: Town, moderator: Member, subject_id: int | str, outcome: str, kind: str = "post") -> None:
    body = {"outcome": outcome, "rule": "harassment" if outcome == "uphold" else ""}
    answer = moderator.post(f"/api/parvis/v1/moderation/cases/{kind}/{subject_id}/decide", json=body)
    assert answer.status == 200, answer.text


def weigh(town: Town, post: dict[str, Any]) -> tuple[int, float]:
    """(count, weight) as the latest look at the post found them."""
    (row,) = town.rows(
        "SELECT findings->'signals' FROM moderation_events WHERE subject_id = %s AND kind = 'rescreened'"
        " ORDER BY id DESC LIMIT 1",
        int(post["id"]),
    )
    return row[0]["reports.count"], row[0]["reports.weight"]


@pytest.fixture(scope="module")
def moderator(town: Town) -> Member:
    return staff(town, "moderatrice")


def test_a_report_is_answered_as_the_contract_says(town: Town) -> None:
    author, reader = town.someone(), town.someone()
    post = author.write("vends sacs de marque pas chers")
    own = report(reader, author, post, category="spam", comment=" du spam ", forward=True)
    assert own["category"] == "spam" and own["comment"] == "du spam"
    assert (own["action_taken"], own["action_taken_at"], own["forwarded"]) == (False, None, False)
    assert own["status_ids"] == [post["id"]] and own["rule_ids"] == [] and own["collection_ids"] == []
    assert own["target_account"]["id"] == str(author.id) and own["target_account"]["statuses_count"] == 1
    assert case(town, post["id"]) == ("post", True, False, "spam", "")


def test_parameters_may_come_in_the_query(town: Town) -> None:
    author, reader = town.someone(), town.someone()
    post = author.write("un message")
    query = [("account_id", str(author.id)), ("status_ids[]", post["id"]), ("rule_ids[]", "hate"), ("comment", "là")]
    answer = reader.post("/api/v1/reports", query=query)
    assert answer.status == 200 and answer.json["category"] == "violation" and answer.json["rule_ids"] == ["hate"]


def test_the_rule_that_is_named_makes_the_case_as_grave_as_it_is(town: Town) -> None:
    author, first, second = town.someone(), town.someone(), town.someone()
    post = author.write("un message")
    report(first, author, post, rule_ids=["spam", "threat"])
    assert case(town, post["id"]) == ("post", True, False, "threat", "threat")
    report(second, author, post, rule_ids=["spam"])
    assert case(town, post["id"]) == ("post", True, False, "threat", "threat"), "the graver word stands"


def test_a_rule_that_apps_show_can_be_named(town: Town) -> None:
    author, reader = town.someone(), town.someone()
    rule = town.visitor.get("/api/v1/instance/rules").json[1]["id"]
    own = report(reader, author, author.write("un message"), category="other", rule_ids=[rule])
    assert (own["category"], own["rule_ids"]) == ("violation", [rule])


def test_an_account_is_reported_without_a_post(town: Town, moderator: Member) -> None:
    author, reader = town.someone(), town.someone()
    own = report(reader, author, category="legal", comment="usurpe une identité")
    assert own["status_ids"] == [] and case(town, author.id) == ("profile", True, False, "illegal", "")
    assert report(reader, author, category="spam")["id"] == own["id"], "once is enough"
    decide(town, moderator, author.id, "uphold", "profile")
    assert case(town, author.id)[1:3] == (False, False)
    assert report(reader, author)["id"] != own["id"], "a decided report is not in the way of another"


@pytest.mark.parametrize("category", ["spam", "legal", "violation", "other"])
def test_every_category_of_the_api_is_taken(town: Town, category: str) -> None:
    author, reader = town.someone(), town.someone()
    assert report(reader, author, author.write("un message"), category=category)["category"] == category


def test_what_a_member_cannot_see_they_cannot_report(town: Town) -> None:
    """Advisory 47: neither what is private, nor held, nor of who blocked them; and it is as if it were not there."""
    author, reader, blocker = town.someone(), town.someone(), town.someone()
    private = author.write("entre amis", visibility="private")
    direct = author.write("pour moi", visibility="direct")
    held = author.write("retenu")
    with town.database() as db:
        db.execute("UPDATE posts SET state = 1 WHERE id = %s", (held["id"],))
    town.parvis.posts.clear()
    hidden = blocker.write("loin de toi")
    blocker.relate("block", reader)
    absent = {"id": "228000000000000001"}
    answers = [
        reader.post("/api/v1/reports", json={"account_id": str(whom.id), "status_ids": [post["id"]]})
        for whom, post in ((author, private), (author, direct), (author, held), (blocker, hidden), (author, absent))
    ]
    assert {answer.status for answer in answers} == {404} and len({answer.body for answer in answers}) == 1
    assert town.rows("SELECT 1 FROM reports WHERE account_id = %s", reader.id) == []
    events = "SELECT 1 FROM moderation_events WHERE kind = 'reported' AND account_id IN (%s, %s)"
    assert town.rows(events, author.id, blocker.id) == []
    author_friend = town.someone()
    author_friend.relate("follow", author)
    assert report(author_friend, author, private)["status_ids"] == [private["id"]], "who sees it can"


def test_what_is_wrong_with_a_report_is_said(town: Town) -> None:
    author, reader, other = town.someone(), town.someone(), town.someone()
    post, theirs = author.write("un message"), other.write("un autre")
    target = str(author.id)
    most = town.settings.moderation
    for body, status, word in (
        ({}, 422, "account_id"),
        ({"account_id": "abc"}, 404, ""),
        ({"account_id": "228000000000000001"}, 404, ""),
        ({"account_id": str(reader.id)}, 422, "account_id"),
        ({"account_id": target, "status_ids": [theirs["id"]]}, 422, "status_ids"),
        ({"account_id": target, "status_ids": ["x"]}, 422, "status_ids"),
        ({"account_id": target, "status_ids": [post["id"]] * (most.report_posts + 1)}, 422, "status_ids"),
        ({"account_id": target, "category": "boring"}, 422, "category"),
        ({"account_id": target, "rule_ids": ["no-such-rule"]}, 422, "rule_ids"),
        ({"account_id": target, "rule_ids": ["reported"]}, 422, "rule_ids"),
        ({"account_id": target, "comment": "x" * (most.report_comment + 1)}, 422, "comment"),
    ):
        answer = reader.post("/api/v1/reports", json=body)
        assert (answer.status, word in answer.text) == (status, True), (body, answer.text)
    assert town.rows("SELECT 1 FROM reports WHERE account_id = %s", reader.id) == []


def test_of_an_echo_what_it_echoes_is_reported(town: Town) -> None:
    author, friend, reader = town.someone(), town.someone(), town.someone()
    post = author.write("un message")
    echo = friend.act(post, "reblog").json
    assert report(reader, author, echo)["status_ids"] == [post["id"]]
    answer = reader.post("/api/v1/reports", json={"account_id": str(friend.id), "status_ids": [echo["id"]]})
    assert answer.status == 422 and "status_ids" in answer.text


def test_a_second_report_of_the_same_post_adds_nothing(town: Town) -> None:
    author, reader = town.someone(), town.someone()
    one, two = author.write("un"), author.write("deux")
    first = report(reader, author, one)
    assert report(reader, author, one, comment="encore")["id"] == first["id"]
    assert weigh(town, one) == (1, 0.5)
    both = report(reader, author, one, two)
    assert both["status_ids"] == [two["id"]] and weigh(town, two) == (1, 0.5)
    assert len(town.rows("SELECT 1 FROM reports WHERE account_id = %s", reader.id)) == 2


def test_reports_weigh_by_what_became_of_the_reporters_others(town: Town, moderator: Member) -> None:
    author, right, wrong, fresh = (town.someone() for _ in range(4))
    # What is upheld is known again: no text is like another.
    decided = (
        (right, "uphold", "la rivière a débordé cette nuit près du vieux moulin"),
        (right, "uphold", "qui vient goûter ma tarte aux poires dimanche ?"),
        (wrong, "release", "le train de huit heures part du quai numéro trois"),
    )
    for who, outcome, text in decided:
        post = author.write(text)
        report(who, author, post)
        decide(town, moderator, post["id"], outcome)
    post = author.write("celui-ci")
    for who, weight in ((right, 0.75), (wrong, 0.75 + 1 / 3), (fresh, 0.75 + 1 / 3 + 0.5)):
        report(who, author, post)
        assert weigh(town, post)[1] == pytest.approx(weight, abs=0.001)
    assert weigh(town, post)[0] == 3
    seen = town.run(town.parvis.reports.of_subject(int(post["id"])))
    assert [(each.username, round(each.weight, 2)) for each in seen] == [
        (fresh.name, 0.5), (wrong.name, 0.33), (right.name, 0.75),
    ]  # fmt: skip


def test_a_report_is_right_when_one_of_its_posts_is(town: Town, moderator: Member) -> None:
    author, reader = town.someone(), town.someone()
    good, bad = author.write("des tomates mûres au marché"), author.write("un concert ce soir sur la place")
    own = report(reader, author, good, bad)

    def outcome() -> Any:
        return town.rows("SELECT outcome FROM reports WHERE id = %s", int(own["id"]))[0][0]

    decide(town, moderator, good["id"], "release")
    assert outcome() is None, "the other one is still open"
    decide(town, moderator, bad["id"], "uphold")
    assert outcome() == "helpful"
    assert town.visitor.get(f"/api/v1/statuses/{bad['id']}").status == 404
    assert report(reader, author, good)["action_taken"] is False


def weight_of(moderator: Member, post: dict[str, Any], who: Member) -> float:
    """What the word of who reported a post weighs, as moderators see it."""
    seen = moderator.get(f"/api/parvis/v1/moderation/cases/post/{post['id']}").json["reports"]
    (found,) = [one["weight"] for one in seen if one["by"]["username"] == who.name]
    return round(found, 2)


def contest(author: Member, post: dict[str, Any]) -> None:
    answer = author.post(f"/api/parvis/v1/moderation/held/{post['id']}/contest", json={"words": "Mais non"})
    assert answer.status == 200, answer.text


def test_a_reporters_record_follows_the_last_word(town: Town, moderator: Member) -> None:
    author, first, second = town.someone(), town.someone(), town.someone()
    post = author.write("la fanfare répète mardi dans la salle du haut")
    report(first, author, post)
    assert weight_of(moderator, post, first) == 0.5
    decide(town, moderator, post["id"], "uphold")
    assert weight_of(moderator, post, first) == 0.67
    contest(author, post)
    decide(town, moderator, post["id"], "release")
    assert weight_of(moderator, post, first) == 0.33, "right no longer"
    report(second, author, post)
    decide(town, moderator, post["id"], "uphold")
    assert (weight_of(moderator, post, first), weight_of(moderator, post, second)) == (0.67, 0.67)
    contest(author, post)
    decide(town, moderator, post["id"], "uphold")
    assert weight_of(moderator, post, first) == 0.67, "the same said twice counts once"
    rows = town.rows("SELECT kind FROM moderation_events WHERE subject_id = %s AND actor_id = %s ORDER BY id",
                     int(post["id"]), moderator.id)  # fmt: skip
    assert [row[0] for row in rows] == ["upheld", "released", "upheld", "upheld"], "what was decided stays on record"


def test_a_text_that_was_changed_since_says_nothing_of_the_reports_before(town: Town, moderator: Member) -> None:
    author, reader = town.someone(), town.someone()
    post = author.write("les cloches sonneront à midi au lieu de onze heures")
    report(reader, author, post)
    decide(town, moderator, post["id"], "uphold")
    changed = author.put(f"/api/v1/statuses/{post['id']}", json={"status": "les cloches sonnent à midi, voilà tout"})
    assert changed.status == 200
    contest(author, post)
    decide(town, moderator, post["id"], "release")
    assert weight_of(moderator, post, reader) == 0.67


def test_of_several_posts_in_a_report_the_last_word_on_each_counts(town: Town, moderator: Member) -> None:
    author, reader = town.someone(), town.someone()
    texts = ("le pain du fournil est cuit au feu de bois", "la brocante commence à l'aube sous les platanes")
    one, two = (author.write(text) for text in texts)
    report(reader, author, one, two)
    decide(town, moderator, one["id"], "uphold")
    decide(town, moderator, two["id"], "uphold")
    contest(author, one)
    decide(town, moderator, one["id"], "release")
    assert weight_of(moderator, one, reader) == 0.67, "the other one stands"
    contest(author, two)
    decide(town, moderator, two["id"], "release")
    assert weight_of(moderator, one, reader) == 0.33


def test_two_posts_of_a_report_that_are_released_at_once_are_both_known(town: Town, moderator: Member) -> None:
    import asyncio

    author, reader = town.someone(), town.someone()
    posts = [
        author.write(f"le car de {hour} heures passe par le pont neuf ce jeudi") for hour in ("sept", "dix", "vingt")
    ]
    own = report(reader, author, *posts)

    async def all_at_once() -> list[Any]:
        at = "/api/parvis/v1/moderation/cases/post/{}/decide"
        return await asyncio.gather(
            *(moderator.call("POST", at.format(post["id"]), json={"outcome": "release"}) for post in posts)
        )

    assert {answer.status for answer in town.run(all_at_once())} == {200}
    assert town.rows("SELECT outcome FROM reports WHERE id = %s", int(own["id"])) == [("unhelpful",)]


def test_many_trusted_reports_put_a_post_behind_a_click_until_a_person_has_looked(
    town: Town, moderator: Member
) -> None:
    author = town.someone()
    trusted = [town.someone() for _ in range(7)]
    with town.database() as db:
        db.execute(
            "INSERT INTO reports (id, account_id, target_id, category, outcome)"
            " SELECT row_number() OVER (), a, %s, 'other', 'helpful' FROM unnest(%s::bigint[]) AS a,"
            " generate_series(1, 3)",
            (author.id, [who.id for who in trusted]),
        )
    files = {"file": ("a.png", picture(), "image/png")}
    media = author.post("/api/v2/media", files=files).json["id"]
    post = author.write("regardez", media_ids=[media])
    path = f"/api/v1/statuses/{post['id']}"
    for count, who in enumerate(trusted, 1):
        report(who, author, post)
        if count < 3 or count == len(trusted):
            assert town.visitor.get(path).json["sensitive"] is (count > 3), count
    assert weigh(town, post) == (7, pytest.approx(5.6))
    assert case(town, post["id"])[:4] == ("post", True, False, "other")
    decide(town, moderator, post["id"], "release")
    shown = town.visitor.get(path).json
    assert shown["sensitive"] is False and "moderation" not in shown


def test_what_its_author_chose_stays_after_a_release(town: Town, moderator: Member) -> None:
    author, readers = town.someone(), [town.someone() for _ in range(10)]
    post = author.write("attention", sensitive=True)
    for reader in readers:
        report(reader, author, post)
    assert weigh(town, post) == (10, 5.0)
    decide(town, moderator, post["id"], "release")
    assert town.visitor.get(f"/api/v1/statuses/{post['id']}").json["sensitive"] is True


@pytest.fixture
def strict(town: Town) -> Iterator[None]:
    """A policy that holds what one member reports as a threat, labels what two report, and limits what three do."""
    head = shipped().split("[[rule]]")[0]
    rule = """
[[rule]]
id = "{id}"
category = "harassment"
title = {{ en = "Try", fr = "Essai" }}
text = {{ en = "Try.", fr = "Essai." }}
ground = {{ kind = "house" }}
when = '{when}'
effects = ["{effect}"]
label = {{ en = "Reported twice", fr = "Signalé deux fois" }}
"""
    rules = (
        ("twice", "reports.count == 2", "label"),
        ("thrice", "reports.count == 3", "limit"),
        ("four", "reports.count >= 4", "hold"),
    )
    source = head + "".join(rule.format(id=name, when=when, effect=effect) for name, when, effect in rules)
    policy = town.parvis.policy
    before = policy.current.version
    version = town.run(policy.save(source, town.amina.id))
    town.run(policy.activate(version, town.amina.id))
    yield
    town.run(policy.activate(before, town.amina.id))


def test_a_policy_can_label_limit_and_hold_what_is_reported(town: Town, moderator: Member, strict: None) -> None:
    author, friend, readers = town.someone(), town.someone(), [town.someone() for _ in range(4)]
    post = author.write(f"bonjour @{friend.name} #essai")
    path = f"/api/v1/statuses/{post['id']}"

    def listed() -> bool:
        return post["id"] in [each["id"] for each in town.visitor.get("/api/v1/timelines/public").json]

    report(readers[0], author, post)
    assert case(town, post["id"])[:4] == ("post", True, False, "other"), "a person looks even where no rule matches"
    assert listed()
    report(readers[1], author, post)
    assert [label["fr"] for label in town.visitor.get(path).json["moderation"]["labels"]] == ["Signalé deux fois"]
    report(readers[2], author, post)
    assert not listed() and town.visitor.get(path).json["visibility"] == "unlisted"
    report(readers[3], author, post)
    assert town.visitor.get(path).status == 404 and author.get(path).json["moderation"]["held"]["rule"] == "four"
    assert case(town, post["id"])[1:3] == (True, True)
    decide(town, moderator, post["id"], "release")
    shown = town.visitor.get(path).json
    assert shown["visibility"] == "public" and "moderation" not in shown and listed()
    assert shown["created_at"] == post["created_at"]


def test_nobody_is_told_that_they_broke_the_rule_that_reports_are_looked_at(town: Town, moderator: Member) -> None:
    author = town.someone()
    post = author.write("le lavoir est fermé pour travaux jusqu'au printemps")
    report(town.someone(), author, post)
    assert case(town, post["id"])[3:] == ("other", "reported")
    at = f"/api/parvis/v1/moderation/cases/post/{post['id']}/decide"
    for rule in ("", "reported", "decided-before", "no-such-rule"):
        answer = moderator.post(at, json={"outcome": "uphold", "rule": rule})
        assert answer.status == 422 and "rule" in answer.json["details"], rule
    assert case(town, post["id"]) == ("post", True, False, "other", "reported")
    assert town.visitor.get(f"/api/v1/statuses/{post['id']}").status == 200
    assert moderator.post(at, json={"outcome": "uphold", "rule": "hate"}).json["rule"] == "hate"
    assert case(town, post["id"]) == ("post", False, True, "hate", "hate")
    held = author.get(f"/api/v1/statuses/{post['id']}").json["moderation"]["held"]
    assert (held["rule"], held["fr"]) == ("hate", "Pas de haine")


def test_the_reported_never_learns_who_reported(town: Town, moderator: Member) -> None:
    author, reader = town.someone(), town.someone()
    post = author.write("les hirondelles sont revenues sous le toit de la grange")
    report(reader, author, post, comment="mot-du-signalement")
    decide(town, moderator, post["id"], "uphold")
    for path in (
        f"/api/v1/statuses/{post['id']}", "/api/v1/notifications", f"/api/v1/accounts/{author.id}/statuses",
        f"/api/v1/statuses/{post['id']}/history", "/api/v1/accounts/verify_credentials",
    ):  # fmt: skip
        answer = author.get(path)
        assert answer.status == 200
        assert "mot-du-signalement" not in answer.text and str(reader.id) not in answer.text
        assert reader.name not in answer.text


def test_two_reports_at_once_are_both_counted_and_one_member_counts_once(town: Town) -> None:
    import asyncio

    author, readers = town.someone(), [town.someone() for _ in range(6)]
    one, two = author.write("un"), author.write("deux")

    async def all_at_once() -> list[Any]:
        body = {"account_id": str(author.id)}
        calls = [
            reader.call("POST", "/api/v1/reports", json={**body, "status_ids": ids})
            for reader in readers
            for ids in ([one["id"], two["id"]], [two["id"], one["id"]])
        ]
        return await asyncio.gather(*calls)

    assert {answer.status for answer in town.run(all_at_once())} == {200}
    for post in (one, two):
        assert weigh(town, post) == (6, 3.0)
        open_ones = "SELECT count(*) FROM report_subjects WHERE subject_id = %s AND open"
        assert town.rows(open_ones, int(post["id"])) == [(6,)]


def test_a_flood_of_reports_is_stopped(settings: Settings) -> None:
    import msgspec
    from tests.cast import open_town

    limits = msgspec.structs.replace(settings.limits, enabled=True, reports_per_hour=2)
    with open_town(msgspec.structs.replace(settings, limits=limits)) as town:
        body = {"account_id": str(town.bruno.id)}
        assert [town.amina.post("/api/v1/reports", json=body).status for _ in range(3)] == [200, 200, 429]
        assert town.chloe.post("/api/v1/reports", json=body).status == 200, "each member has their own"
