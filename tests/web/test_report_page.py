"""The page to report: from the menus of a post and of a profile, in both languages, without any script."""

import re
from typing import Any

import pytest
from tests.browsing import Browser
from tests.cast import Member, Town
from tests.moderators import browser


@pytest.fixture(scope="module")
def reader(town: Town) -> Browser:
    return browser(town, "lectrice", locale="fr")[0]


def rows(town: Town, target: Member) -> list[tuple[Any, ...]]:
    return town.rows(
        "SELECT post_ids, category, rule_ids, comment FROM reports WHERE target_id = %s ORDER BY id", target.id
    )


def test_a_post_is_reported_from_its_menu(town: Town, reader: Browser) -> None:
    author = town.someone()
    post = author.write("vends montres presque vraies")
    shown = reader.get(f"/@{author.name}/{post['id']}").text
    path = f"/posts/{post['id']}/report"
    assert f'href="{path}"' in shown
    page = reader.get(path).text
    assert "Signaler un post de" in page and "montres presque vraies" in page and "Pas de menaces" in page
    assert "comptes nouveaux" not in page.lower(), "what is about accounts alone is not for members to name"
    sent = reader.send(path, {"category": "spam", "comment": "des faux"})
    assert sent.status == 303 and sent.headers["location"] == f"/@{author.name}/{post['id']}"
    assert "Merci. La modération va le regarder." in reader.get(sent.headers["location"]).text
    assert rows(town, author) == [([int(post["id"])], "spam", [], "des faux")]


def test_a_rule_that_is_ticked_makes_it_a_violation(town: Town, reader: Browser) -> None:
    author = town.someone()
    post = author.write("un message")
    form = {"category": "other", "rule_ids[]": ["hate", "threat"]}
    assert reader.send(f"/posts/{post['id']}/report", form).status == 303
    assert rows(town, author) == [([int(post["id"])], "violation", ["hate", "threat"], "")]


def test_an_account_is_reported_from_its_menu(town: Town, reader: Browser) -> None:
    author = town.someone()
    path = f"/accounts/{author.id}/report"
    assert f'href="{path}"' in reader.get(f"/@{author.name}").text
    sent = reader.send(path, {"category": "legal", "comment": "se fait passer pour moi"})
    assert sent.headers["location"] == f"/@{author.name}"
    assert rows(town, author) == [([], "legal", [], "se fait passer pour moi")]


def test_what_is_missing_or_too_long_is_said_and_nothing_is_lost(town: Town, reader: Browser) -> None:
    author = town.someone()
    path = f"/posts/{author.write('un message')['id']}/report"
    empty = reader.send(path, {"comment": "mes mots"})
    assert empty.status == 422 and "mes mots" in empty.text and 'id="category-error"' in empty.text
    long = reader.send(path, {"category": "violation", "rule_ids[]": ["hate"], "comment": "x" * 1001})
    assert long.status == 422 and 'id="comment-error"' in long.text
    assert re.search(r'value="hate" checked', long.text) and re.search(r'value="violation" required checked', long.text)
    assert rows(town, author) == []


def test_what_cannot_be_reported_is_not_there(town: Town, reader: Browser) -> None:
    author = town.someone()
    hidden = author.write("entre amis", visibility="private")
    own_id = town.rows("SELECT id FROM accounts WHERE username = 'lectrice'")[0][0]
    for path in (
        f"/posts/{hidden['id']}/report", "/posts/228000000000000001/report", f"/accounts/{own_id}/report",
        "/accounts/228000000000000001/report",
    ):  # fmt: skip
        assert reader.get(path).status == 404, path
        assert reader.send(path, {"category": "spam"}, page="/settings/account").status == 404, path
    assert Browser(town).get(f"/accounts/{author.id}/report").headers["location"].startswith("/auth/log-in")


def test_it_speaks_english_too(town: Town) -> None:
    author, page = town.someone(), browser(town, "reader_en", locale="en")[0]
    text = page.get(f"/accounts/{author.id}/report").text
    assert f"Report @{author.name}" in text and "No threats" in text and "It is against the law" in text
