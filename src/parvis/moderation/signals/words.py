"""The words of a text, with all the readings of them that their writer may have meant.

A reading of words [start, end) is another form in their place: spacing undone (`h a t e`, `h.a.t.e`, `ha-te`), signs and
digits read as letters (`h4t3`), letters of other scripts read as Latin ones, letters that were drawn out. What somebody wrote
as two words is never joined unless each is a single letter or only a stop, a dash or a sign stands between them, and a reading
has to be a whole word: so `as sassin` holds no insult, and neither does `Scunthorpe`.

Linear in the text: what stands together is read together up to `LONGEST` characters.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from parvis.moderation.signals.lookalikes import LEET, LEET_L
from parvis.moderation.signals.normalise import Folded, fold

LONGEST = 80  # characters of one word that can be a reading, and letters of one spelled-out run

_WORD = re.compile(r"[^\W_]+")
_SIGNS = "@$€£!¡|+¢§¥"
_URL = re.compile(r"(?:https?|hxxps?)://\S+", re.IGNORECASE)
# What makes a chunk worth reading again: a letter beside a digit or a sign, pieces joined without a space.
_ODD = re.compile(rf"[^\W\d_][\d{_SIGNS[:5]}|¢§¥]|[\d{_SIGNS}][^\W\d_]|[^\W_][^\w\s{_SIGNS},;:?()\[\]]{{1,3}}[^\W_]|_")
_CHUNK = re.compile(r"\S+")
_LONE = re.compile(r"(?<![^\W_])[^\W_](?=[\W_]{1,3}[^\W_](?![^\W_])[\W_]{1,3}[^\W_](?![^\W_]))")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1\1")
_REPEATED = re.compile(r"(.)\1+")
_NOT_READ = re.compile(rf"[^\w{_SIGNS}]+|_+")
_LEET = str.maketrans(LEET)
_LEET_L = str.maketrans(LEET_L)
_TWO_WAYS = re.compile(r"[1!¡|]")
_END = re.compile(r"[.!?…]+[\"'»”’)\]]*(?=\s|$)|\n[^\S\n]*\n")
_LATIN = re.compile(r"[a-z]")


class Reading(NamedTuple):
    """One form in the place of the words up to `end`."""

    form: str
    end: int
    drawn: bool = False  # whether a letter stands three times or more in it


class Words:
    """A text's words in order: `plain`, where each stood in the text as written, its other readings, its sentences."""

    __slots__ = ("folded", "glued", "others", "plain", "spans")

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.spans: list[tuple[int, int]] = []  # in folded.text
        self.plain: list[str] = []
        self.others: dict[int, list[Reading]] = {}
        self.glued: list[tuple[int, int, str]] = []  # words [start, end) that may be several words written as one

    def written(self, start: int, end: int) -> tuple[int, int]:
        """Where words [start, end) stood in the text as written, in code points."""
        return self.folded.span(self.spans[start][0], self.spans[end - 1][1])

    def forms(self) -> list[str]:
        """Every form of the text: its words and their other readings."""
        return self.plain + [reading.form for readings in self.others.values() for reading in readings]

    def sentences(self) -> list[tuple[int, int]]:
        """The ranges of words that are sentences. One word alone is none, and no sentence ends after a single letter."""
        found: list[tuple[int, int]] = []
        first = at = 0
        for match in _END.finditer(self.folded.text):
            while at < len(self.spans) and self.spans[at][0] < match.end():
                at += 1
            if at - first > 1 and len(self.plain[at - 1]) > 1:
                found.append((first, at))
                first = at
        if first < len(self.spans):
            found.append((first, len(self.spans)))
        return found


def squeeze(form: str) -> str:
    """Each run of one letter as a single letter."""
    return _REPEATED.sub(r"\1", form)


def read(text: str) -> Words:
    """The words of a text and their readings. Web addresses have none."""
    folded = fold(text)
    words = Words(folded)
    body = folded.text if "://" not in folded.text else _URL.sub(lambda url: " " * len(url[0]), folded.text)
    for match in _WORD.finditer(body):
        words.spans.append(match.span())
        words.plain.append(match[0])
    if not words.spans:
        return words
    looks = folded.looks
    if looks is not folded.text:
        _add_looks(words, looks)
    if _ODD.search(looks):
        _add_chunks(words, body, looks)
    if _LONE.search(body):
        _add_spelled(words, looks)
    if "#" in body:
        _add_hashtags(words, text, body)
    if _DRAWN_OUT.search(looks):
        _mark_drawn(words)
    return words


def _add(words: Words, start: int, end: int, form: str) -> None:
    if end == start + 1 and form == words.plain[start]:
        return
    readings = words.others.setdefault(start, [])
    if all(reading.form != form or reading.end != end for reading in readings):
        readings.append(Reading(form, end))


def _add_signs(words: Words, start: int, end: int, form: str) -> None:
    """A form that may hold digits and signs, as the letters that they stand for."""
    if not any(letter.isalpha() for letter in form):
        return
    _add(words, start, end, form.translate(_LEET))
    if _TWO_WAYS.search(form):
        _add(words, start, end, form.translate(_LEET_L))


def _add_looks(words: Words, looks: str) -> None:
    """Letters of other scripts, where a word mixes scripts or the text is mostly Latin."""
    latin = len(_LATIN.findall(words.folded.text))
    foreign = sum(1 for here, there in zip(words.folded.text, looks, strict=True) if here != there)
    for at, (start, end) in enumerate(words.spans):
        form = looks[start:end]
        if form != words.plain[at] and (3 * latin >= foreign or _LATIN.search(words.plain[at])):
            _add(words, at, at + 1, form)


def _add_chunks(words: Words, body: str, looks: str) -> None:
    """What stands between two spaces, read as one word."""
    at = 0
    for chunk in _CHUNK.finditer(body):
        while at < len(words.spans) and words.spans[at][0] < chunk.start():
            at += 1
        end = at
        while end < len(words.spans) and words.spans[end][1] <= chunk.end():
            end += 1
        if end == at or chunk.end() - chunk.start() > LONGEST:
            continue
        raw = looks[chunk.start() : chunk.end()]
        if _ODD.search(raw):
            _read_chunk(words, at, end, raw, looks)
    if words.others:
        for at, form in enumerate(words.plain):
            if len(form) <= 4 and form.isdecimal() and form.isascii():  # `70` among `4ll` is `to`
                words.others.setdefault(at, []).append(Reading(form.translate(_LEET), at + 1))


def _read_chunk(words: Words, start: int, end: int, raw: str, looks: str) -> None:
    """One chunk as a whole, and each of its parts that holds signs."""
    whole = raw.strip("!|+.,;:?…'\"«»“”‘’()[]{}*_~-/\\#")
    if raw[0] in "!|+" and raw[1:2].isalpha():
        whole = raw[0] + whole
    joined = _NOT_READ.sub("", whole)
    if len(joined) > 2 or end == start + 1:
        _add_signs(words, start, end, joined)
    if end - start > 1:
        for at in range(start, end):
            first, last = words.spans[at]
            _add_signs(words, at, at + 1, looks[first:last])


def _add_spelled(words: Words, looks: str) -> None:
    """Runs of three single letters or more, with the same short gap between them."""
    at, count = 0, len(words.spans)
    while at < count:
        end = at
        while (
            end < count
            and len(words.plain[end]) == 1
            and end - at < LONGEST
            and (end == at or _is_gap(looks[words.spans[end - 1][1] : words.spans[end][0]]))
        ):
            end += 1
        if end - at > 2:
            _read_spelled(words, at, end, looks)
        at = max(end, at + 1)


def _read_spelled(words: Words, start: int, end: int, looks: str) -> None:
    gaps = [looks[words.spans[at][1] : words.spans[at + 1][0]] for at in range(start, end - 1)]
    usual = _usual(gaps)
    first = start
    for at in range(start, end):
        if at < end - 1 and (gaps[at - start] == usual or _is_sign(gaps[at - start])):
            continue
        if at > first:
            raw = looks[words.spans[first][0] : words.spans[at][1]]
            form = _NOT_READ.sub("", raw)
            _add_signs(words, first, at + 1, form)
            if len(form) >= 6:
                words.glued.append((first, at + 1, form.translate(_LEET)))
        first = at + 1


def _is_gap(between: str) -> bool:
    """Whether this may stand between the letters of one word. An apostrophe is where French words meet."""
    return len(between) <= 3 and between not in {"'", "’", "`"}


def _is_sign(gap: str) -> bool:
    return gap.strip(" ._-") in set(_SIGNS)


def _usual(gaps: Sequence[str]) -> str:
    """The gap inside words: the one that is no mere space where there are several kinds, else the shortest."""
    kinds = [gap for gap in set(gaps) if not _is_sign(gap)]
    return min(kinds, key=lambda gap: (gap.isspace(), len(gap), gap), default="")


_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W_A-Za-z0-9]+")
_HASHTAG = re.compile(r"(?<![\w&])#([^\W_][\w]{2,99})")


def _add_hashtags(words: Words, text: str, body: str) -> None:
    """Hashtags that may be several words written as one."""
    starts = {span[0]: at for at, span in enumerate(words.spans)}
    for match in _HASHTAG.finditer(body):
        at = starts.get(match.start(1))
        if at is None or len(match[1]) < 6:
            continue
        end = at
        while end < len(words.spans) and words.spans[end][1] <= match.end():
            end += 1
        first, last = words.folded.span(match.start(1), match.end(1))
        parts = [fold(part).text for part in _CAMEL.findall(text[first:last])]
        words.glued.append((at, end, " ".join(parts) if len(parts) > 1 else match[1]))


def _mark_drawn(words: Words) -> None:
    """Words in which a letter stands three times or more have themselves as a reading that says so."""
    for at, form in enumerate(words.plain):
        if len(form) <= LONGEST and _DRAWN_OUT.search(form):
            words.others.setdefault(at, []).append(Reading(form, at + 1, drawn=True))
    for at, readings in words.others.items():
        words.others[at] = [
            reading._replace(drawn=True) if _DRAWN_OUT.search(reading.form) else reading for reading in readings
        ]
