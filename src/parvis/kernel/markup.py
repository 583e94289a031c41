"""Plain text to the small HTML that clients expect: paragraphs, links, mentions, hashtags.

One pass with bounded patterns: the time is linear in the text whatever it holds.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from parvis.kernel.text import ORIGIN, escape

_TOKEN = re.compile(
    r"(?P<url>(?<![\w/])https?://[^\s<>\"'`\x00-\x1f]{1,2000})"
    r"|(?<![\w/@.])@(?P<name>[A-Za-z0-9_]{1,64})(?:@(?P<domain>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(?::\d{1,5})?))?"
    r"|(?<![\w/&#])[#＃](?P<tag>[\w·]{1,100})(?![\w·])",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?…»”’'\"*_~"
_PARAGRAPH = re.compile(r"\n{2,}")
URL_LENGTH = 23  # what a link counts, whatever its length (as clients count it)


class Mention(NamedTuple):
    """Someone that a text may mention: the name, and the domain where one was written."""

    name: str
    domain: str | None

    @property
    def key(self) -> str:
        """One spelling for all: `name` or `name@domain`, lower case."""
        return (self.name if self.domain is None else f"{self.name}@{self.domain}").lower()


class Person(NamedTuple):
    """Whom a mention turned out to be."""

    id: int
    username: str
    acct: str
    url: str


class Found(NamedTuple):
    """What a text holds, in order, once each."""

    mentions: list[Mention]
    tags: list[str]
    urls: list[str]


def tag_key(tag: str) -> str:
    """The one form of a hashtag: NFKC, lower case."""
    return unicodedata.normalize("NFKC", tag).lower()


def scan(text: str) -> Found:
    """Mentions, hashtags (as written) and links in a text."""
    mentions: dict[str, Mention] = {}
    tags: dict[str, str] = {}
    urls: dict[str, None] = {}
    for match in _TOKEN.finditer(text):
        if match["url"]:
            urls[_trim(match["url"])[0]] = None
        elif match["name"]:
            mention = _mention(match)
            mentions.setdefault(mention.key, mention)
        elif _is_tag(match["tag"]):
            tags.setdefault(tag_key(match["tag"]), match["tag"])
    return Found(list(mentions.values()), list(tags.values()), list(urls))


def length(text: str) -> int:
    """Characters as clients count them: a link is 23, a mention counts without its domain."""
    total = len(text)
    for match in _TOKEN.finditer(text):
        if match["url"]:
            total += URL_LENGTH - len(_trim(match["url"])[0])
        elif match["domain"]:
            total -= len(match["domain"]) + 1
    return total


def to_html(text: str, people: Mapping[str, Person], *, whole_links: bool = False) -> str:
    """The HTML of a text. `people` by `Mention.key`; a mention of nobody stays plain. No address of ours, only its marker.

    `whole_links` shows every link in full (profile fields, where a hidden part could deceive).
    """
    paragraphs = (part for part in _PARAGRAPH.split(text) if part.strip())
    return "".join(f"<p>{inline_html(part, people, whole_links=whole_links)}</p>" for part in paragraphs)


def inline_html(text: str, people: Mapping[str, Person], *, whole_links: bool = False) -> str:
    """The same without paragraphs."""
    out: list[str] = []
    at = 0
    for match in _TOKEN.finditer(text):
        made, end = _token_html(match, people, whole_links=whole_links)
        if made is None:
            continue
        out.append(_plain(text[at : match.start()]))
        out.append(made)
        at = end
    out.append(_plain(text[at:]))
    return "".join(out)


def _token_html(match: re.Match[str], people: Mapping[str, Person], *, whole_links: bool) -> tuple[str | None, int]:
    if match["url"]:
        url, cut = _trim(match["url"])
        return _link(url, whole=whole_links), match.end() - cut
    if match["name"]:
        person = people.get(_mention(match).key)
        if person is None:
            return None, match.end()
        link = f'<a href="{escape(person.url)}" class="u-url mention">@<span>{escape(person.username)}</span></a>'
        return f'<span class="h-card" translate="no">{link}</span>', match.end()
    if not _is_tag(match["tag"]):
        return None, match.end()
    tag = match["tag"]
    href = f"{ORIGIN}/tags/{quote(tag_key(tag))}"
    return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{escape(tag)}</span></a>', match.end()


def _mention(match: re.Match[str]) -> Mention:
    return Mention(match["name"], match["domain"].lower() if match["domain"] else None)


def _is_tag(tag: str) -> bool:
    return any(letter.isalpha() for letter in tag)


def _plain(text: str) -> str:
    return escape(text).replace("\n", "<br />")


def _trim(url: str) -> tuple[str, int]:
    """A link without the punctuation after it, and how much was cut. A closing bracket stays where one was opened."""
    end = len(url)
    opened = url.count("("), url.count("[")
    closed = [url.count(")"), url.count("]")]
    while end:
        last = url[end - 1]
        if last in _TRAILING:
            end -= 1
        elif last == ")" and closed[0] > opened[0]:
            closed[0] -= 1
            end -= 1
        elif last == "]" and closed[1] > opened[1]:
            closed[1] -= 1
            end -= 1
        else:
            break
    return url[:end], len(url) - end


def _link(url: str, *, whole: bool) -> str:
    scheme, _, rest = url.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    # The whole host is always shown: what is hidden is only the end of a long path.
    most = len(rest) if whole else max(30, len(host))
    shown, hidden = rest[:most], rest[most:]
    tail = f'<span class="invisible">{escape(hidden)}</span>' if hidden else ""
    ellipsis = "ellipsis" if hidden else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{escape(scheme)}://</span><span class="{ellipsis}">{escape(shown)}</span>{tail}</a>'
    )
