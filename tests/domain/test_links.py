"""Links: found however they are written, one spelling for each, and what lists say of them."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.growth import growth

from parvis.moderation.signals.domains import Domains, load_domains
from parvis.moderation.signals.hosts import Finder, canonical_host, canonical_link
from parvis.moderation.signals.links import Links
from parvis.moderation.signals.load import ListError
from parvis.moderation.types import Findings, Passage, Subject

FINDER = Finder()
BAD = Domains(
    {"evil.example": ("malware",), "spam.example": ("spam",), "bit.ly": ("shortener",), "xn--mnchen-3ya.de": ("scam",)},
    {"forum.example/thread/7": ("terrorism",)},
    (),
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


def hosts(text: str) -> list[str]:
    return [link.host for link in FINDER.find(text)]


def findings(*texts: str, domains: Domains = BAD) -> Findings:
    passages = tuple(Passage("text", text) for text in texts)
    subject = Subject(kind="post", id=1, account_id=2, at_ms=0, passages=passages)
    return asyncio.run(Links(domains).detect(subject))


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("see https://Example.COM/path?q=1.", "example.com"),
        ("(http://example.com)", "example.com"),
        ("www.example.com", "www.example.com"),
        ("example.com/news", "example.com"),
        ("go to example.com!", "example.com"),
        ("hxxp://example.com", "example.com"),
        ("hxxps://example[.]com/a", "example.com"),
        ("example(.)com", "example.com"),
        ("example [dot] com", "example.com"),
        ("exemple [point] fr", "exemple.fr"),
        ("http[:]//example.com", "example.com"),
        ("exam\u200bple.com", "example.com"),
        ("example。com", "example.com"),
        ("ｅｘａｍｐｌｅ.com", "example.com"),
        ("https://münchen.de", "xn--mnchen-3ya.de"),
        ("https://MÜNCHEN.de./x", "xn--mnchen-3ya.de"),
        ("http://xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("http://127.1/", "127.0.0.1"),
        ("http://0x7f000001", "127.0.0.1"),
        ("http://2130706433/", "127.0.0.1"),
        ("http://[::1]:8000/", "[::1]"),
        ("ftp://example.com/f", "example.com"),
        ("https://user:secret@example.com/", "example.com"),
        ("a.b.c.example.co.uk", "a.b.c.example.co.uk"),
        ("http://localhost/x", "localhost"),
        ("«https://example.com»", "example.com"),
        ("xn--p1ai.xn--p1ai", "xn--p1ai.xn--p1ai"),
    ],
)
def test_a_link_is_found_however_it_is_written(text: str, host: str) -> None:
    assert hosts(text) == [host]


@pytest.mark.parametrize(
    "text",
    [
        "No link here.",
        "someone@example.com",
        "@lise@example.com",
        "It ended...Then it began.",
        "version 1.2.3 of 10.5",
        "e.g. this, i.e. that",
        "main.py and README.md5",
        "12.30",
        "l'été.Ensuite on rentre",
        "",
        ".",
        "https://",
        "http://.",
        "a..b",
        "...com",
    ],
)
def test_what_is_no_link_is_none(text: str) -> None:
    assert findings(text).values == {}


def test_a_forgotten_space_is_no_link_unless_something_says_so() -> None:
    assert findings("C'est fini.je rentre. Nobody knows.it is late").values == {}
    assert findings("fini.je/rentre").values["links.count"] == 1
    assert findings("fini.je", domains=Domains({"fini.je": ("spam",)}, {}, ())).values["links.listed"] == ("spam",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://Example.com/a", "http://example.com/a/"),
        ("example.com/a#top", "https://example.com/a"),
        ("https://example.com/a?utm_source=x&id=3", "example.com/a?id=3"),
        ("https://example.com/%61", "example.com/a"),
        ("https://example.com:443/a", "example.com/a"),
        ("hxxps://example[.]com/a", "example.com/a"),
    ],
)
def test_two_spellings_of_a_link_are_one(one: str, other: str) -> None:
    assert canonical_link(one) == canonical_link(other) is not None


def test_a_link_knows_its_place_in_the_text_as_written() -> None:
    text = "é\u200b → hxxps://ex\u200bample[.]com/a, ok"
    [link] = FINDER.find(text)
    assert text[link.start : link.end] == "hxxps://ex\u200bample[.]com/a"


def test_lists_hold_domains_what_is_below_them_and_exact_links() -> None:
    assert findings("https://evil.example/x").values["links.listed"] == ("malware",)
    assert findings("https://cdn.evil.example").values["links.listed"] == ("malware",)
    assert findings("https://notevil.example https://evil.example.org").values["links.listed"] == ()
    assert findings("https://forum.example/thread/7?utm_medium=m").values["links.listed"] == ("terrorism",)
    assert findings("https://forum.example/thread/70").values["links.listed"] == ()
    found = findings("hxxp://evil[.]example", "and https://spam.example", "https://münchen.de")
    assert found.values["links.listed"] == ("malware", "scam", "spam") and found.values["links.count"] == 3
    assert {(one.passage, one.note) for one in found.evidence} == {(0, "malware"), (1, "spam"), (2, "scam")}


def test_shortened_links_are_counted_and_are_not_listed_for_it() -> None:
    found = findings("https://bit.ly/abc bit.ly/abc https://bit.ly/def https://example.com")
    assert found.values["links.shortened"] == 2
    assert found.values["links.listed"] == ()
    assert found.values["links.count"] == 3


@pytest.mark.parametrize(
    "text",
    [
        "[mybank.com](https://evil.example/login)",
        "[www.mybank.com](https://mybank.com.evil.example)",
        "https://www.mybank.com@evil.example/",
        "https://аррӏе.com",
        "https://evil.example/\u202emoc.knab",
    ],
)
def test_a_link_that_shows_another_site_is_counted(text: str) -> None:
    assert findings(text).values["links.mismatched"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "[mybank.com](https://www.mybank.com/login)",
        "[help.mybank.com](https://mybank.com)",
        "[read this](https://example.com)",
        "https://münchen.de",
        "https://www.mybank.com/@evil.example",
        "[v1.2](https://example.com)",
        "https://почта.рф",
        "[me@mybank.com](https://example.com)",
    ],
)
def test_a_link_that_shows_its_own_site_is_not(text: str) -> None:
    assert findings(text).values["links.mismatched"] == 0


def test_the_shipped_lists_are_valid_and_call_nothing_bad() -> None:
    shipped = load_domains()
    assert shipped.sure() is shipped
    assert shipped.categories == ("shortener",)
    assert findings("https://bit.ly/x", domains=shipped).values["links.shortened"] == 1


def test_lists_of_the_operator_are_added_and_what_is_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / "domains").mkdir()
    (tmp_path / "domains" / "mine.toml").write_text(
        'category = "phishing"\ndomains = ["Bad.Example", "com", "http://x"]\n'
        'links = ["https://ok.example/login", "ok.example"]'
    )
    (tmp_path / "domains" / "broken.toml").write_text('category = "spam"\ndomain = []')
    loaded = load_domains([tmp_path])
    assert loaded.domains == {"bad.example": ("phishing",)}
    assert loaded.links == {"ok.example/login": ("phishing",)}
    assert [(Path(fault.file).name, fault.id) for fault in loaded.faults] == [
        ("broken.toml", ""),
        ("mine.toml", "com"),
        ("mine.toml", "http://x"),
        ("mine.toml", "ok.example"),
    ]
    assert "domain" in loaded.faults[0].reason
    with pytest.raises(ListError, match=r"mine\.toml: com: it is no domain"):
        loaded.sure()
    signals = {signal.name: signal for signal in Links(loaded).signals}
    assert "phishing" in signals["links.listed"].choices


@settings(deadline=None)
@given(ANY_TEXT)
def test_any_text_is_searched_and_every_link_lies_in_it(text: str) -> None:
    for link in FINDER.find(text + " https://a.b.example/x " + text):
        assert 0 <= link.start < link.end <= 2 * len(text) + 24
        assert link.address.startswith(link.host)


@settings(deadline=None)
@given(ANY_TEXT)
def test_one_spelling_stays_one(text: str) -> None:
    host = canonical_host(text)
    assert host is None or canonical_host(host) == host


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "http://",
        "a@",
        "a.b@",
        "[a](",
        "[a.com](b.com) ",
        "a[.]",
        "a [dot] ",
        "http://a.com/",
        "\u200b",
        "(.)",
        "http://[:",
    ],
)
def test_searching_takes_time_in_proportion_to_the_text(piece: str) -> None:
    assert growth(FINDER.find, piece) < 15
