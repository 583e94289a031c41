"""What a member typed into the search box: words, and operators such as `from:`."""

import re
from datetime import UTC, datetime, timedelta

import msgspec

from parvis.kernel.errors import Invalid
from parvis.kernel.ids import MAX_ID, id_at
from parvis.kernel.text import clean, fold

_OPERATOR = re.compile(
    r"(?<!\S)(?P<not>-?)(?P<name>from|has|is|before|after|during|language|in):(?P<value>[^\s\"]{1,100})", re.IGNORECASE
)
_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_MOST_WORDS = 20


class PostQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A search for posts. None and False: no matter."""

    words: str = ""
    author: str | None = None  # a user name, lower case, or "me"
    has_media: bool | None = None
    is_reply: bool | None = None
    is_sensitive: bool | None = None
    language: str | None = None
    library: bool = False  # only what the member wrote, is mentioned in, or marked
    above: int = 0
    below: int = MAX_ID

    @property
    def folded(self) -> str:
        """The words in their plainest form."""
        return fold(self.words)

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return self == PostQuery()


def parse(text: str) -> PostQuery:
    """The query in a text. Invalid where an operator's value is none, or there are too many words."""
    found: dict[str, object] = {}
    for match in _OPERATOR.finditer(text):
        _operator(found, match["name"].lower(), match["value"].strip().lower(), wanted=not match["not"])
    words = clean(_OPERATOR.sub(" ", text))
    if len(words.split()) > _MOST_WORDS:
        raise Invalid("q", f"has more than {_MOST_WORDS} words", "ERR_TOO_MANY")
    return msgspec.convert({**found, "words": words}, PostQuery)


def _operator(found: dict[str, object], name: str, value: str, *, wanted: bool) -> None:
    if name == "from":
        found["author"] = value.lstrip("@").partition("@")[0]
    elif name == "has" and value in ("media", "image"):
        found["has_media"] = wanted
    elif name == "is" and value in ("reply", "sensitive"):
        found[f"is_{value}"] = wanted
    elif name == "language":
        found["language"] = value
    elif name == "in":
        found["library"] = value == "library"
    elif name in ("before", "after", "during"):
        day = _day(name, value)
        if name != "after":
            found["below"] = id_at(day if name == "before" else day + timedelta(days=1))
        if name != "before":
            found["above"] = id_at(day + timedelta(days=1) if name == "after" else day)


def _day(name: str, value: str) -> datetime:
    match = _DATE.match(value)
    try:
        if match is None:
            raise ValueError(value)
        return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
    except ValueError as error:
        raise Invalid("q", f"has no date like 2026-01-31 after {name}:") from error
