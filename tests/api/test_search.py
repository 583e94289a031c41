"""Search: words in French and English, operators, and only what one may see."""

from typing import Any

import pytest
from tests.cast import Member, Town
from tests.client import Client


def search(client: Client, q: str, **query: Any) -> dict[str, list[Any]]:
    """The answer to a search, by ids and names."""
    answer = client.get("/api/v2/search", query={"q": q, **query})
    assert answer.status == 200, answer.text
    found = answer.json
    return {
        "accounts": [account["username"] for account in found["accounts"]],
        "statuses": [post["id"] for post in found["statuses"]],
        "hashtags": [tag["name"] for tag in found["hashtags"]],
    }


def posts(client: Client, q: str, **query: Any) -> list[str]:
    """The posts that a search finds."""
    return search(client, q, type="statuses", **query)["statuses"]


def test_words_are_found_in_their_forms_and_without_their_accents(town: Town) -> None:
    french = town.amina.write("Les boulangères pétrissaient la pâte", language="fr")["id"]
    english = town.bruno.write("Three cyclists were repairing wheels", language="en")["id"]
    german = town.dario.write("Ein Fahrradschlauch", language="de")["id"]
    assert posts(town.chloe, "boulangère pétrir") == [french]
    assert posts(town.chloe, "patE") == [french]
    assert posts(town.chloe, "repaired wheel") == [english]
    assert posts(town.chloe, "fahrradschlauch") == [german]
    assert posts(town.chloe, '"repairing wheels" -cyclists') == []
    assert posts(town.chloe, "wheel or pâte") == [english, french]


def test_operators_narrow(town: Town) -> None:
    author, reader = town.someone(), town.someone()
    one = author.write("girafe simple", language="fr")["id"]
    reply = author.write("girafe répondue", in_reply_to_id=one)["id"]
    town.amina.write("girafe d'ailleurs")
    assert posts(reader, f"girafe from:{author.name}") == [reply, one]
    assert posts(reader, f"girafe from:@{author.name} -is:reply") == [one]
    assert posts(reader, f"from:{author.name} language:fr") == [one]
    assert posts(reader, f"girafe from:{author.name} has:media") == []
    assert posts(reader, f"girafe from:{author.name} before:2020-01-01") == []
    assert posts(reader, f"girafe from:{author.name} after:2020-01-01") == [reply, one]
    assert posts(reader, "girafe from:nobody") == []
    assert posts(author, "girafe from:me") == [reply, one]
    assert posts(reader, f"girafe from:{author.name} in:library") == []
    reader.act(one, "bookmark")
    assert posts(reader, f"girafe from:{author.name} in:library") == [one]
    assert posts(reader, "girafe", account_id=str(author.id)) == [reply, one]


def test_only_what_one_may_see_is_found(town: Town) -> None:
    author, follower, mentioned, stranger, blocked = (town.someone() for _ in range(5))
    follower.relate("follow", author)
    author.relate("block", blocked)
    written = {
        audience: author.write(f"hippopotame {mention}", visibility=audience)["id"]
        for audience, mention in (("public", ""), ("unlisted", ""), ("private", ""), ("direct", f"@{mentioned.name}"))
    }
    assert posts(author, "hippopotame") == [written[a] for a in ("direct", "private", "unlisted", "public")]
    assert posts(mentioned, "hippopotame") == [written["direct"], written["public"]]
    assert posts(follower, "hippopotame") == posts(stranger, "hippopotame") == [written["public"]]
    assert posts(blocked, "hippopotame") == []
    assert posts(town.visitor, "hippopotame") == []
    stranger.relate("mute", author)
    assert posts(stranger, "hippopotame") == []
    with town.database() as db:
        db.execute("UPDATE accounts SET indexable = false WHERE id = %s", (author.id,))
    assert posts(follower, "hippopotame") == []
    assert len(posts(author, "hippopotame")) == 4


def test_a_deleted_or_suspended_ones_post_is_not_found(town: Town) -> None:
    author = town.someone()
    gone, kept = author.write("rhinocéros un")["id"], author.write("rhinocéros deux")["id"]
    author.delete(f"/api/v1/statuses/{gone}")
    assert posts(town.chloe, "rhinocéros") == [kept]
    town.suspend(author)
    assert posts(town.chloe, "rhinocéros") == []


def test_accounts_are_found_by_name_handle_and_address(town: Town) -> None:
    assert search(town.visitor, "Amina", type="accounts")["accounts"] == ["amina"]
    for q in ("@amina", "@AMINA@parvis.test", "http://parvis.test/@amina"):
        assert search(town.chloe, q)["accounts"] == ["amina"], q
    assert search(town.chloe, "@amina@elsewhere.test")["accounts"] == []
    shy = town.someone()
    with town.database() as db:
        db.execute("UPDATE accounts SET discoverable = false WHERE id = %s", (shy.id,))
    assert search(town.chloe, shy.name[:-1], type="accounts", limit=40)["accounts"].count(shy.name) == 0
    assert search(town.chloe, shy.name, type="accounts")["accounts"][0] == shy.name
    town.suspend(shy)
    assert shy.name not in search(town.chloe, shy.name, type="accounts", limit=40)["accounts"]


def test_those_whom_one_follows_come_first_or_alone(town: Town) -> None:
    reader, followed = town.someone(), town.someone()
    for _ in range(3):
        town.someone()
    reader.relate("follow", followed)
    assert search(reader, "someone", type="accounts")["accounts"][0] == followed.name
    assert search(reader, "someone", type="accounts", following="true")["accounts"] == [followed.name]


def test_a_posts_address_finds_it_for_those_who_may_see_it(town: Town) -> None:
    post = town.amina.write("par adresse", visibility="private")
    for url in (post["url"], post["uri"]):
        assert search(town.amina, url)["statuses"] == [post["id"]]
        assert search(town.chloe, url)["statuses"] == []
    assert search(town.amina, post["url"].replace("parvis", "elsewhere"))["statuses"] == []


def test_hashtags_are_found_by_how_they_begin(town: Town) -> None:
    town.amina.write("#Tournesol #tournevis")
    town.amina.write("#tourterelle", visibility="private")
    assert search(town.visitor, "#tour")["hashtags"] == ["tournesol", "tournevis"]
    assert search(town.chloe, "TOURNESOL", type="hashtags")["hashtags"] == ["tournesol"]
    assert town.chloe.get("/api/v1/search", query={"q": "#tournes"}).json["hashtags"] == ["tournesol"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "q"), ({"q": ""}, "q"), ({"q": "x" * 501}, "q"), ({"q": "x", "type": "people"}, "type"),
        ({"q": "x", "limit": "many"}, "limit"), ({"q": "x", "offset": "-1"}, "offset"),
        ({"q": "a before:yesterday", "type": "statuses"}, "q"), ({"q": "b " * 30, "type": "statuses"}, "q"),
        ({"q": "a before:2026-02-31", "type": "statuses"}, "q"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(town: Town, query: dict[str, str], field: str) -> None:
    answer = town.chloe.get("/api/v2/search", query=query)
    assert answer.status == 422 and field in answer.json["details"], answer.text


def test_a_visitor_gets_no_further_pages(town: Town) -> None:
    for extra in ({"offset": "20"}, {"resolve": "true"}, {"following": "true"}):
        assert town.visitor.get("/api/v2/search", query={"q": "amina", "type": "accounts", **extra}).status == 401


_ODD = (
    "'", '"', "\\", "a & | !",
    "!!!", ":*", "((((", "%_%", "*", "\x00a", "-", "a -", "😀", "#", "@", "from:", '"a', "или", "<->",
)  # fmt: skip


@pytest.mark.parametrize("q", _ODD)
def test_no_text_breaks_a_search(town: Town, q: str) -> None:
    for kind in ("accounts", "statuses", "hashtags"):
        search(town.chloe, q, type=kind)


def test_results_page_by_offset(town: Town) -> None:
    author: Member = town.someone()
    written = [author.write(f"ornithorynque {n}")["id"] for n in range(5)]
    first = posts(town.chloe, "ornithorynque", limit=2)
    second = posts(town.chloe, "ornithorynque", limit=2, offset=2)
    assert [*first, *second] == written[:0:-1]
    assert posts(town.chloe, "ornithorynque", max_id=written[2]) == written[1::-1]


def test_trends_are_of_public_posts(town: Town) -> None:
    author = town.someone()
    loved = author.write("#éclipse ce soir")
    hidden = author.write("#secretdefamille", visibility="private")
    for fan in (town.bruno, town.chloe):
        fan.act(loved, "favourite")
        fan.write("#éclipse !")
    author.act(hidden, "favourite")
    tags = [tag["name"] for tag in town.visitor.get("/api/v1/trends/tags", query={"limit": 20}).json]
    assert "éclipse" in tags and "secretdefamille" not in tags
    assert loved["id"] in [post["id"] for post in town.visitor.get("/api/v1/trends/statuses").json]
    author.delete(f"/api/v1/statuses/{loved['id']}")
    assert loved["id"] not in [post["id"] for post in town.visitor.get("/api/v1/trends/statuses").json]
    assert town.visitor.get("/api/v1/trends/links").status in (200, 401)
