"""An address that does not exist is answered in the language of whoever looks, with their way back."""

import pytest
from tests.browsing import Browser, join
from tests.cast import Town

from parvis.db.pool import statements

GERMAN_THEN_FRENCH = {"accept-language": "de, fr;q=0.8, en;q=0.5"}
ENGLISH, FRENCH = "Nothing stands here", "Il n’y a rien ici"


def test_a_member_reads_it_in_their_own_language_and_stays_logged_in(town: Town) -> None:
    join(town, "odile", locale="fr")
    browser = Browser(town)
    browser.log_in("odile")
    answer = browser.get("/no/such/page", headers={"accept-language": "en"})
    assert answer.status == 404
    assert FRENCH in answer.text and ENGLISH not in answer.text
    assert 'href="/@odile"' in answer.text
    assert "/auth/log-in" not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(("headers", "words"), [({}, ENGLISH), (GERMAN_THEN_FRENCH, FRENCH)])
def test_a_visitor_reads_it_in_their_browser_s_language(town: Town, headers: dict[str, str], words: str) -> None:
    answer = town.visitor.get("/no/such/page", headers=headers)
    assert answer.status == 404
    assert words in answer.text
    assert "/auth/log-in" in answer.text


def test_a_session_that_ended_is_a_visitor_s(town: Town) -> None:
    answer = town.visitor.get("/no/such/page", headers={"cookie": "parvis_session=nothing-we-gave"})
    assert (answer.status, ENGLISH in answer.text, "/auth/log-in" in answer.text) == (404, True, True)


def test_a_form_sent_to_no_page_is_not_read(town: Town) -> None:
    browser = Browser(town)
    assert browser.send_bare("/no/such/page", {"x": "1"}).status == 404
    answer = browser.send_bare("/about", {"x": "1"}, headers=GERMAN_THEN_FRENCH)
    assert (answer.status, answer.headers["allow"]) == (405, "GET")
    assert 'lang="fr"' in answer.text


@pytest.mark.parametrize("path", ["/api/v1/no/such", "/oauth/nothing", "/.well-known/nothing", "/media/"])
def test_an_address_of_the_api_costs_no_statement_whoever_asks(town: Town, path: str) -> None:
    join(town, f"knows{len(path)}", locale="fr")
    browser = Browser(town)
    browser.log_in(f"knows{len(path)}")
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    async def asked() -> list[str]:
        seen: list[str] = []
        statements.set(seen)
        headers = {"cookie": cookie, "authorization": f"Bearer {town.amina.token}", **GERMAN_THEN_FRENCH}
        answer = await town.visitor.call("GET", path, headers=headers)
        assert answer.status == 404
        assert answer.json == {"error": "Record not found"}
        return seen

    assert town.run(asked()) == []
