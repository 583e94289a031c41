"""The moderators' pages, and what the author of a held post sees."""

import html
import re

import pytest
from tests.browsing import Browser
from tests.cast import Town
from tests.moderators import browser, held, teach

from parvis.http.routing import Auth, Route
from parvis.web.routes import ROUTES


@pytest.fixture(scope="module", autouse=True)
def lessons(town: Town, tmp_path_factory: pytest.TempPathFactory) -> None:
    teach(town, tmp_path_factory.mktemp("lists"))


@pytest.fixture(scope="module")
def moderator(town: Town) -> Browser:
    return browser(town, "maude", "moderator")[0]


@pytest.fixture(scope="module")
def member(town: Town) -> Browser:
    return browser(town, "plain_member")[0]


def test_only_staff_see_the_queue_and_the_way_to_it(town: Town, moderator: Browser, member: Browser) -> None:
    assert 'href="/moderation"' in moderator.get("/home").text
    assert 'href="/moderation"' not in member.get("/home").text
    assert Browser(town).get("/moderation").headers["location"].startswith("/auth/log-in")
    assert moderator.get("/moderation").status == 200


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.auth in (Auth.STAFF, Auth.ADMIN)], ids=lambda r: f"{r.method} {r.path}"
)
def test_every_page_of_staff_is_closed_to_members_and_every_administrators_to_moderators(
    moderator: Browser, member: Browser, route: Route
) -> None:
    path = re.sub(r"\{[^}]+\}", "1", route.path)
    for who in (member,) if route.auth is Auth.STAFF else (member, moderator):
        answer = who.get(path) if route.method == "GET" else who.send(path, {}, page="/home")
        assert answer.status == 403


def test_the_queue_shows_what_waits_the_gravest_first_and_can_be_narrowed(town: Town, moderator: Browser) -> None:
    author = town.someone()
    published = author.write("A greengage, sir")
    post = held(town, author, "A kumquat, madam")
    page = moderator.get("/moderation").text
    assert page.index("A kumquat, madam") < page.index("A greengage, sir")
    assert f"/moderation/cases/post/{post['id']}" in page and "No kumquats" in page
    only = moderator.get("/moderation?state=published").text
    assert "A greengage, sir" in only and "A kumquat, madam" not in only
    assert "A kumquat" not in moderator.get("/moderation?category=spam").text
    assert published["id"] in moderator.get("/moderation?category=threat").text


def test_a_case_shows_the_words_that_weighed_the_rule_and_what_was_measured(town: Town, moderator: Browser) -> None:
    author = town.someone()
    post = held(town, author, "Take <b> this kumquat & go")
    page = moderator.get(f"/moderation/cases/post/{post['id']}").text
    assert re.search(r'<mark class="mark mark-3"[^>]*><span class="sr">[^<]+</span>kumquat</mark>', page)
    assert "Take &lt;b&gt; this" in page
    assert "Do not write of kumquats." in page and "Fruit Act, art. 7" in page
    assert "<code>patterns.threat: kumquat</code>" in page and f"@{author.name}" in page
    assert moderator.get("/moderation/cases/post/123").status == 404
    assert moderator.get("/moderation/cases/nothing/123").status == 404


def test_a_held_post_lives_through_contest_and_release(town: Town, moderator: Browser) -> None:
    author, author_id = browser(town, "auteur", locale="fr")
    friend = town.someone()
    form = {"status": f"Un kumquat @{friend.name}", "language": "fr", "visibility": "public"}
    sent = author.send("/posts", form, page="/home")
    ((post_id,),) = town.rows("SELECT id FROM posts WHERE account_id = %s", author_id)
    assert sent.headers["location"] == f"/posts/{post_id}/held"
    home = html.unescape(author.get("/home").text)
    assert "Retenu : vous seul le voyez" in home.replace("\xa0", " ") and "Pas de kumquats" in home
    assert "Un kumquat" not in Browser(town).get("/public").text
    assert friend.get("/api/v1/notifications").json == []

    at = f"/posts/{post_id}/held"
    why = author.get(at).text
    assert "Loi sur les fruits, art. 7" in why and 'class="mark mark-3"' in why
    assert "contester chaque décision une fois" in why
    assert Browser(town).get(at).status == 303 and moderator.get(at).status == 404
    assert author.send(at, {"words": "  "}).status == 422
    assert author.send(at, {"words": "C'est un fruit."}).status == 303
    assert 'name="words"' not in author.get(at).text

    case = f"/moderation/cases/post/{post_id}"
    assert "Contested" in moderator.get("/moderation?state=contested").text
    assert "C&#39;est un fruit." in moderator.get(case).text
    assert moderator.send(case, {"outcome": "release", "note": "fruit, indeed"}).headers["location"] == "/moderation"
    assert "Un kumquat" in Browser(town).get("/public").text
    assert [note["type"] for note in friend.get("/api/v1/notifications").json] == ["mention"]
    assert "Publié" in author.get(at).text and "Retenu" not in author.get("/home").text
    assert "fruit, indeed" in moderator.get(case).text and "fruit, indeed" not in author.get(at).text


def test_uphold_takes_a_published_post_out_of_sight(town: Town, moderator: Browser) -> None:
    author = town.someone()
    post = author.write("A greengage for all")
    assert town.visitor.get(f"/api/v1/statuses/{post['id']}").status == 200
    moderator.send(f"/moderation/cases/post/{post['id']}", {"outcome": "uphold"})
    assert town.visitor.get(f"/api/v1/statuses/{post['id']}").status == 404
    assert post["id"] not in [one["id"] for one in town.visitor.get("/api/v1/timelines/public").json]
    own = author.get(f"/api/v1/statuses/{post['id']}").json
    assert own["moderation"]["held"]["en"] == "No kumquats"


def test_the_rule_that_was_broken_is_chosen_on_the_page(town: Town, moderator: Browser) -> None:
    author, author_id = browser(town, "signale", locale="fr")
    author.send("/posts", {"status": "Le puits est à sec depuis août", "visibility": "public"}, page="/home")
    ((post_id,),) = town.rows("SELECT id FROM posts WHERE account_id = %s", author_id)
    town.someone().post("/api/v1/reports", json={"account_id": str(author_id), "status_ids": [str(post_id)]})
    case = f"/moderation/cases/post/{post_id}"
    page = moderator.get(case).text
    assert re.findall(r'<option value="([^"]*)"( selected)?>', page) == [
        ("", " selected"), ("fruit", ""), ("loud", ""), ("long", ""),
    ]  # fmt: skip
    assert "Reported by a member" in page and "Could not be checked" not in page
    wrong = moderator.send(case, {"outcome": "uphold", "note": "seen"})
    assert wrong.status == 422 and "Please choose the rule that was broken." in wrong.text and "seen" in wrong.text
    wrong = moderator.send(case, {"outcome": "uphold", "rule": "none"})
    assert wrong.status == 422 and "This is not one of the choices." in wrong.text
    french = browser(town, "moderatrice", "moderator", locale="fr")[0].get(case).text
    assert "Quelle règle est enfreinte" in french and '<option value="fruit">Pas de kumquats</option>' in french
    assert moderator.send(case, {"outcome": "uphold", "rule": "loud"}).headers["location"] == "/moderation"
    assert re.search(r"<b>Upheld</b>: Not so loud", moderator.get(case).text)
    why = html.unescape(author.get(f"/posts/{post_id}/held").text)
    assert "Ce qui est écrit en capitales est signalé." in why and "une personne qui l’a décidé" in why
    assert Browser(town).get(f"/@signale/{post_id}").status == 404


def test_what_the_machine_or_its_like_was_held_for_is_chosen_already(town: Town, moderator: Browser) -> None:
    author, reader = town.someone(), town.someone()
    words = "A kumquat lies in the yard of the old school since Tuesday"
    first = held(town, author, words)
    at = f"/moderation/cases/post/{first['id']}"
    assert '<option value="fruit" selected>' in moderator.get(at).text
    moderator.send(at, {"outcome": "uphold", "rule": "long"})
    twin = author.write(words.replace("kumquat", "kumkuat").upper())
    reader.post("/api/v1/reports", json={"account_id": str(author.id), "status_ids": [twin["id"]]})
    assert '<option value="long" selected>' in moderator.get(f"/moderation/cases/post/{twin['id']}").text


def test_nobody_decides_on_their_own_and_nothing_is_decided_twice(town: Town, moderator: Browser) -> None:
    own, own_id = browser(town, "self_moderator", "moderator")
    own.send("/posts", {"status": "My kumquat", "visibility": "public"}, page="/home")
    ((post_id,),) = town.rows("SELECT id FROM posts WHERE account_id = %s", own_id)
    case = f"/moderation/cases/post/{post_id}"
    assert 'value="release"' not in own.get(case).text
    own.send(case, {"outcome": "release"}, page="/home")
    assert town.rows("SELECT state FROM posts WHERE id = %s", post_id) == [(1,)]
    assert moderator.send(case, {"outcome": "perhaps"}).status == 422
    assert moderator.send(case, {"outcome": "release", "note": "x" * 3000}).status == 422
    assert moderator.send(case, {"outcome": "uphold"}).status == 303
    assert moderator.send(case, {"outcome": "release"}, page="/home").headers["location"] == case
    assert town.rows("SELECT state FROM posts WHERE id = %s", post_id) == [(1,)]


def test_what_its_author_deleted_is_no_longer_to_be_decided(town: Town, moderator: Browser) -> None:
    author = town.someone()
    post = held(town, author, "A kumquat that will not stay")
    case = f"/moderation/cases/post/{post['id']}"
    form = moderator.get(case).text
    assert 'value="uphold"' in form
    assert author.delete(f"/api/v1/statuses/{post['id']}").status == 200
    assert post["id"] not in moderator.get("/moderation").text
    sent = moderator.send(case, {"outcome": "uphold"}, page="/home")
    assert sent.headers["location"] == case
    page = moderator.get(case).text
    assert "Its author deleted it meanwhile" in page and "Deleted by its author" in page
    assert 'value="uphold"' not in page and ">Decided<" not in page and "will not stay" not in page


def test_labels_limits_and_blur_are_shown(town: Town, member: Browser) -> None:
    author, author_id = browser(town, "loud_one")
    author.send("/posts", {"status": "THIS IS WRITTEN LOUDLY", "visibility": "public"}, page="/home")
    ((post_id,),) = town.rows("SELECT id FROM posts WHERE account_id = %s", author_id)
    seen = member.get(f"/@loud_one/{post_id}").text
    assert "Written in capitals" in seen and "post-warning" in seen and "Kept out of public" not in seen
    assert "Kept out of public" in author.get(f"/@loud_one/{post_id}").text
    french = Browser(town).get(f"/@loud_one/{post_id}", headers={"accept-language": "fr"}).text
    assert "Écrit en capitales" in french


def test_a_stopped_account_writes_again_when_a_person_has_looked(town: Town, moderator: Browser) -> None:
    author = town.someone()
    post = held(town, author)
    with town.database() as db:
        db.execute("INSERT INTO account_holds (account_id, rule, event_id) VALUES (%s, 'fruit', 1)", (author.id,))
    case = f"/moderation/cases/post/{post['id']}"
    assert "is stopped by the rule" in moderator.get(case).text
    moderator.send(f"/moderation/accounts/{author.id}/resume", {"back": case}, page=case)
    assert town.rows("SELECT 1 FROM account_holds WHERE account_id = %s", author.id) == []
    assert "Account may write again" in moderator.get(case).text or "is stopped" not in moderator.get(case).text


def test_words_are_not_marked_where_the_text_was_changed_since(town: Town, moderator: Browser) -> None:
    author = town.someone()
    post = held(town, author, "A kumquat indeed")
    assert author.put(f"/api/v1/statuses/{post['id']}", json={"status": "An orange indeed"}).status == 200
    page = moderator.get(f"/moderation/cases/post/{post['id']}").text
    assert "An orange indeed" in page and "<mark" not in page and "was changed since" in page


def test_what_is_refused_comes_back_with_the_reason_in_the_members_language(town: Town) -> None:
    author, author_id = browser(town, "bavard", locale="fr")
    long = "a" * 333
    for path, form in (("/posts", {"status": long}), ("/settings/profile", {"note": long})):
        answer = author.send(path, form, page="/home" if path == "/posts" else path)
        assert answer.status == 422
        assert "Pas tout à fait si long" in answer.text and "Retirez-en un." in answer.text
    assert town.rows("SELECT 1 FROM posts WHERE account_id = %s", author_id) == []
