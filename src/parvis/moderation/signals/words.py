"""The words of a text, with all the readings of them that their writer may have meant.

A reading of words [start, end) is another form in their place: spacing undone (`h a t e`, `h.a.t.e`, `ha-te`), signs and
digits read as letters (`h4t3`), letters of other scripts read as Latin ones, letters that were drawn out. What somebody wrote
as two words is never joined unless each is a single letter or only a stop, a dash or a sign stands between them, and a reading
has to be a whole word: so `as sassin` holds no insult, and neither does `Scunthorpe`.

Linear in the text: what stands together is read together up to `LONGEST` characters.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from parvis.moderation.signals.lookalikes import LEET, LEET_L
from parvis.moderation.signals.normalise import Folded, fold

LONGEST = 80  # characters of one word that can be a reading, and letters of one spelled-out run

_WORD = re.compile(r"[^\W_]+")
_SIGNS = "@$€£!¡|+¢§¥"
_URL = re.compile(r"(?:https?|hxxps?)://\S+", re.IGNORECASE)
# What may make a chunk worth reading again: signs, digits, what joins pieces. Apostrophes do where two are close. Each begins
# with a set of characters and says by looking back which of them it was: `re` skips to a set five times as fast as it tries
# alternatives at each letter.
_SIGN = r"[^\w\s'’,;:?()\[\]]"
_SIGN_ASCII = r"[^a-z\s',;:?()\[\]]"
_SUSPECT = re.compile(rf"[^a-z \n,;:?()\[\]](?:(?<={_SIGN}){_SIGN}*|(?<=\d)\d*|(?<=_)_*|(?<=['’])(?=.['’]))")
_SUSPECT_ASCII = re.compile(rf"[^a-z \n,;:?()\[\]](?:(?<={_SIGN_ASCII}){_SIGN_ASCII}*|(?<=')(?=.'))")
_APOSTROPHES = frozenset("'’`")
_STRONG = re.compile(r"[\d@$€£|¢§¥]")  # what counts after a letter too
_DRAWN_OUT = re.compile(r"([^\W\d_])\1\1")
_THRICE = AhoCorasick([letter * 3 for letter in "abcdefghijklmnopqrstuvwxyz"])
_ANY_THRICE = re.compile(r"(\w)\1\1")
# A table for bytes: in ASCII, what is no letter or digit parts words. Three times as fast as a regular expression.
_PARTING = bytes(code if chr(code).isalnum() else 0x20 for code in range(128)) + bytes(128)
_NOT_READ = re.compile(rf"[^\w{_SIGNS}]+|_+")
_LEET = str.maketrans(LEET)
_LEET_L = str.maketrans(LEET_L)
_WITHIN = re.compile(rf"[^\W_][{_SIGNS}][^\W_]")
_PART = re.compile(r"[^\s'’`./,:;-]+")
_NUMBER = re.compile(r"(?<![^\s'’-])([\d@$€£]{1,5})(?![^\s,;:.?!])")
_TWO_WAYS = re.compile(r"[1!¡|]")
_END = re.compile(r"[.!?…]+[\"'»”’)\]]*(?=\s|$)|\n[^\S\n]*\n")
_BREAK = re.compile(r"[^\w ’'`#@*_~-]|-(?= )")
_OPENS = re.compile(r"[\"“„«‹‘]|''")
_CLOSES = re.compile(r"[\"”“»›’]|''")
_LATIN = re.compile(r"[a-z]")


class Reading(NamedTuple):
    """One form in the place of the words up to `end`."""

    form: str
    end: int


class Words:
    """A text's words in order: `plain`, where each stood in the text as written, its other readings, its sentences."""

    def __init__(self, folded: Folded, body: str) -> None:
        self.folded = folded
        self.body = body  # the folded text with blanks for what has no words
        self.plain: list[str] = _plain(body)
        self.others: dict[int, list[Reading]] = {}
        self.pieces: set[int] = set()  # words that are mere letters of a longer one
        self.glued: list[tuple[int, int, str]] = []  # words [start, end) that may be several words written as one

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where each word stands in the folded text."""
        return [match.span() for match in _WORD.finditer(self.body)]

    def within(self, start: int, end: int) -> tuple[int, int]:
        """The words [first, last) that stand wholly within folded.text[start:end]."""
        first = bisect_left(self.spans, (start, start))
        last = first
        while last < len(self.spans) and self.spans[last][1] <= end:
            last += 1
        return first, last

    def begins(self, at: int) -> bool:
        """Whether a clause can begin with this word: nothing, a sign, a line's end or a mention stands before it."""
        if at == 0:
            return True
        before, (start, _) = self.spans[at - 1], self.spans[at]
        if before[0] > 0 and self.body[before[0] - 1] == "@":
            return True
        return bool(_BREAK.search(self.body, before[1], start))

    def quoted(self, start: int, end: int) -> bool:
        """Whether words [start, end) stand between quotation marks that are near."""
        first, last = self.spans[start][0], self.spans[end - 1][1]
        return bool(
            _OPENS.search(self.body, max(0, first - 100), first) and _CLOSES.search(self.body, last, last + 100)
        )

    def written(self, start: int, end: int) -> tuple[int, int]:
        """Where words [start, end) stood in the text as written, in code points."""
        return self.folded.span(self.spans[start][0], self.spans[end - 1][1])

    def forms(self) -> list[str]:
        """Every form of the text: its words and their other readings."""
        return self.plain + [reading.form for readings in self.others.values() for reading in readings]

    def drawn(self) -> list[tuple[int, Reading]]:
        """The forms in which a letter stands three times or more, with the word where each begins."""
        looks = self.folded.looks
        if looks.isascii():
            if not _THRICE.find_matches_as_indexes(looks):
                return []
        elif not _ANY_THRICE.search(" ".join(self.forms())):
            return []
        found = [(at, Reading(form, at + 1)) for at, form in enumerate(self.plain)]
        found += [(at, reading) for at, readings in self.others.items() for reading in readings]
        return [(at, one) for at, one in found if len(one.form) <= LONGEST and _DRAWN_OUT.search(one.form)]

    def add(self, start: int, reading: Reading) -> None:
        """Another reading of the words from `start`."""
        if reading.end == start + 1 and reading.form == self.plain[start]:
            return
        readings = self.others.setdefault(start, [])
        if reading not in readings:
            readings.append(reading)

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


def _plain(body: str) -> list[str]:
    return body.encode().translate(_PARTING).decode().split() if body.isascii() else _WORD.findall(body)


def read(text: str) -> Words:
    """The words of a text and their readings. Web addresses have none."""
    folded = fold(text)
    body = folded.text if "://" not in folded.text else _URL.sub(lambda url: " " * len(url[0]), folded.text)
    words = Words(folded, body)
    if not words.plain:
        return words
    looks = folded.looks
    if looks is not folded.text:
        _add_looks(words, looks)
    _add_chunks(words, looks)
    if "#" in body:
        _add_hashtags(words, text)
    lengths = list(map(len, words.plain))
    if lengths.count(1) > 2 and "111" in "".join(["1" if length == 1 else "0" for length in lengths]):
        _add_spelled(words, looks)
    return words


def _add_signs(words: Words, start: int, end: int, form: str) -> None:
    """A form that may hold digits and signs, as the letters that they stand for."""
    if not any(letter.isalpha() for letter in form):
        return
    words.add(start, Reading(form.translate(_LEET), end))
    if _TWO_WAYS.search(form):
        words.add(start, Reading(form.translate(_LEET_L), end))


def _add_looks(words: Words, looks: str) -> None:
    """Letters of other scripts, where a word mixes scripts or the text is mostly Latin."""
    latin = len(_LATIN.findall(words.folded.text))
    foreign = sum(1 for here, there in zip(words.folded.text, looks, strict=True) if here != there)
    for at, (start, end) in enumerate(words.spans):
        form = looks[start:end]
        if form != words.plain[at] and (3 * latin >= foreign or _LATIN.search(words.plain[at])):
            words.add(at, Reading(form, at + 1))


def _add_chunks(words: Words, looks: str) -> None:
    """What stands between two spaces, read as one word, wherever there is something odd."""
    done = 0
    body = words.body
    for suspect in (_SUSPECT_ASCII if body.isascii() else _SUSPECT).finditer(body):
        start, end = suspect.span()
        if start < done or not _is_odd(looks, start, end):
            continue
        while start > 0 and not _parts(body, start - 1) and end - start <= LONGEST:
            start -= 1
        done = end
        while done < len(body) and not _parts(body, done):
            done += 1
        first, last = words.within(start, done)
        if first < last and done - start <= LONGEST:
            _read_chunk(words, first, last, looks[start:done], looks)
    if words.others:
        _add_numbers(words, looks)


def _add_numbers(words: Words, looks: str) -> None:
    """Where there is `4ll`, `70` is `to` and `1$` is `is`."""
    for match in _NUMBER.finditer(looks):
        first, last = words.within(*match.span(1))
        if first < last:
            words.add(first, Reading(match[1].translate(_LEET), last))


def _parts(body: str, at: int) -> bool:
    """Whether the character at this place parts words: a space, an ellipsis."""
    sign = body[at]
    return sign.isspace() or sign == "…" or (sign == "." and "." in (body[at - 1 : at], body[at + 1 : at + 2]))


def _is_odd(looks: str, start: int, end: int) -> bool:
    """Whether looks[start:end], which is no letter, may be part of a word."""
    before = start > 0 and looks[start - 1].isalnum()
    after = end < len(looks) and looks[end].isalnum()
    if not (before or after):
        return False
    if _STRONG.search(looks, start, end):
        return True
    signs = looks[start:end]
    if before and after:
        return end - start <= 3 and ".." not in signs and "…" not in signs
    return after and signs[-1] in _SIGNS


def _read_chunk(words: Words, start: int, end: int, raw: str, looks: str) -> None:
    """One chunk as a whole, and each of its parts that holds signs."""
    whole = raw.strip("!|+.,;:?…'\"«»“”‘’()[]{}*_~-/\\#")
    if raw[0] in "!|+" and raw[1:2].isalpha():
        whole = raw[0] + whole
    joined = _NOT_READ.sub("", whole)
    if len(joined) > 2 or end == start + 1:
        _add_signs(words, start, end, joined)
    if end - start == 1:
        return
    at = words.spans[start][0] - 1 if raw[0] in _SIGNS else words.spans[start][0]
    for part in _PART.finditer(looks, at, words.spans[end - 1][1] + 1):
        first, last = words.within(*part.span())
        if first == last:
            continue
        _add_signs(words, first, last, _NOT_READ.sub("", part[0]))
        if _WITHIN.search(part[0]):
            words.pieces.update(range(first, last))


def _add_spelled(words: Words, looks: str) -> None:
    """Runs of three single letters or more, with the same short gap between them."""
    at, count = 0, len(words.spans)
    while at < count:
        end = at
        while (
            end < count
            and len(words.plain[end]) == 1
            and end not in words.pieces
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
            if at - first > 1:
                words.pieces.update(range(first, at + 1))
            if len(form) >= 6:
                words.glued.append((first, at + 1, form.translate(_LEET)))
        first = at + 1


def _is_gap(between: str) -> bool:
    """Whether this may stand between the letters of one word. An apostrophe is where two words meet."""
    return len(between) <= 3 and _APOSTROPHES.isdisjoint(between)


def _is_sign(gap: str) -> bool:
    return gap.strip(" ._-") in set(_SIGNS)


def _usual(gaps: Sequence[str]) -> str:
    """The gap inside words: the commonest one; of several, one that is no mere space."""
    counts = Counter(gap for gap in gaps if not _is_sign(gap))
    return max(counts, key=lambda gap: (counts[gap], not gap.isspace(), -len(gap), gap), default="")


_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W_A-Za-z0-9]+")
_HASHTAG = re.compile(r"(?<![\w&])#([^\W_][\w]{2,99})")


def _add_hashtags(words: Words, text: str) -> None:
    """Hashtags that may be several words written as one."""
    for match in _HASHTAG.finditer(words.body):
        if len(match[1]) < 6:
            continue
        at, end = words.within(*match.span(1))
        if at == end:
            continue
        first, last = words.folded.span(*match.span(1))
        written = text[first:last]
        parts = [] if written.islower() else [fold(part).text for part in _CAMEL.findall(written)]
        words.glued.append((at, end, " ".join(parts) if len(parts) > 1 else match[1]))
