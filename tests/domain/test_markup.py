"""Text to HTML: links, mentions, hashtags; safe and linear whatever comes in."""

import time

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.kernel import markup
from parvis.kernel.markup import Person

PEOPLE = {"amina": Person(1, "Amina", "Amina", "https://x.test/@Amina")}
_ALLOWED = {"p": set(), "br": set(), "span": {"class", "translate"}, "a": {"href", "class", "target", "translate"}}


def test_paragraphs_links_mentions_and_tags():
    html = markup.to_html("Salut @amina !\nvoir https://ex.test/a(b)?x=1.\n\n#Été #2024 & <b>", PEOPLE)
    assert html.startswith(
        '<p>Salut <span class="h-card" translate="no"><a href="https://x.test/@Amina" class="u-url mention">'
    )
    assert 'href="https://ex.test/a(b)?x=1"' in html
    assert "?x=1</span></a>.</p>" in html
    assert "#<span>Été</span>" in html
    assert "#2024" in html and "<span>2024</span>" not in html  # digits alone are no hashtag
    assert "&amp; &lt;b&gt;" in html


def test_who_is_not_known_stays_plain():
    assert "<a" not in markup.to_html("@nobody hello a@b.c", PEOPLE)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        'https://x.test/"onmouseover=alert(1)',
        "<script>alert(1)</script>",
        "#<img src=x>",
        "@amina<script>",
    ],
)
def test_nothing_dangerous_comes_out(text: str):
    html = markup.to_html(text, PEOPLE)
    assert "<script" not in html and "<img" not in html and 'href="javascript' not in html
    assert "onmouseover=" not in html.replace("&quot;onmouseover=", "").replace("onmouseover=alert(1)</p>", "")


@given(st.text(max_size=400))
def test_a_sanitiser_finds_nothing_to_remove(text: str):
    html = markup.to_html(text, PEOPLE)
    cleaned = nh3.clean(html, tags=set(_ALLOWED), attributes=_ALLOWED, link_rel=None, set_tag_attribute_values={})
    assert nh3.clean(cleaned, tags=set()) == nh3.clean(html, tags=set())
    assert cleaned.count("<a ") == html.count("<a ") and cleaned.count("<span") == html.count("<span")


@given(st.text(max_size=300))
def test_scanning_and_rendering_agree(text: str):
    found = markup.scan(text)
    html = markup.to_html(text, {m.key: PEOPLE["amina"] for m in found.mentions})
    assert html.count('rel="tag"') >= len(found.tags)


@pytest.mark.parametrize(
    "text",
    ["@" * 500_000, "#" * 500_000, "https://" * 60_000, "@a@" * 160_000, "(" * 500_000, "https://x.test/" + ")" * 400_000,
     "#a" * 250_000, "\n" * 500_000, "a@a." * 125_000, "https://x.test/((((" + "(" * 400_000],
)  # fmt: skip
def test_half_a_megabyte_of_malice_takes_linear_time(text: str):
    began = time.perf_counter()
    markup.scan(text)
    markup.to_html(text, PEOPLE)
    markup.length(text)
    assert time.perf_counter() - began < 5


def test_links_count_as_23():
    assert markup.length("a https://example.org/" + "x" * 500) == 2 + 23
    assert markup.length("@amina@example.org hi") == len("@amina hi")


def test_the_whole_host_of_a_link_is_shown():
    host = "a-very-long-host-name-that-goes-on-and-on.bank.example.evil.test"
    assert f">{host}</span>" in markup.to_html(f"https://{host}/path", {})
    whole = markup.inline_html("https://ex.test/" + "p" * 80, {}, whole_links=True)
    assert "p" * 80 + "</span></a>" in whole
