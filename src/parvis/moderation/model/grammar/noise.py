"""Registers and misspellings of social networks, drawn without a look at the labels and such that they never change them."""

import re
import tomllib
import unicodedata
from collections.abc import Callable
from importlib.resources import files
from random import Random

import msgspec

from parvis.kernel.errors import Invalid, NotFound

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_FIRST = re.compile(r"(^[\"“«(¿¡ ]*|[.!?]\s+)(?!https?:|www\.)([^\W\d_])")
_ADDRESS = re.compile(r"\S*[@#/]\S*|\w+(?:\.\w+)+")
_LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "é": "3", "è": "3"}
_ENDS = ("!", "!!", "!!!", "...", "…", ".", "")


class Spelling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the writers of a language shorten and decorate, as in `spelling/<language>.toml`."""

    short: dict[str, list[str]]  # a word or words, in lower case, and what stands for it
    keep: frozenset[str]  # words that carry a negation: they are never misspelt, with their accents or without
    openings: list[str]
    closings: list[str]
    emoji: list[str]
    hashtags: list[str]


def read_spelling(language: str) -> Spelling:
    """The spelling of a language. Raises `NotFound` when there is none, `Invalid` when its file is wrong."""
    path = files("parvis.moderation.model.grammar") / "spelling" / f"{language}.toml"
    if not path.is_file():
        raise NotFound(f"There is no spelling for the language {language!r}")
    try:
        spelling = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Spelling)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Invalid(path.name, str(error)) from error
    return msgspec.structs.replace(spelling, keep=frozenset(map(_bare, spelling.keep)))


def blur(clean: str, spelling: Spelling, rng: Random, noise: float) -> str:
    """A sentence as somebody may have typed it. With a chance of `noise`, one or several things are done to it."""
    if rng.random() >= noise:
        return capital(clean)
    text = clean
    for chance, change in _CHANGES:
        if rng.random() < chance:
            text = change(text, spelling, rng)
    text = _register(text, rng)
    if rng.random() < 0.15:
        text = f"{rng.choice(spelling.openings)} {text}"
    if rng.random() < 0.1:
        text = f"{text} {rng.choice(spelling.closings)}"
    if rng.random() < 0.15:
        text = f"{text} {rng.choice(spelling.emoji) * rng.choice((1, 1, 1, 2, 3))}"
    if rng.random() < 0.1:
        text = f"{text} {' '.join(rng.sample(spelling.hashtags, rng.choice((1, 1, 2))))}"
    return text


def capital(text: str) -> str:
    """With a capital at the start of each sentence."""
    return _FIRST.sub(lambda found: found[1] + found[2].upper(), text)


def _register(text: str, rng: Random) -> str:
    drawn = rng.random()
    if drawn < 0.3:
        return capital(text)
    if drawn < 0.5:
        return text
    if drawn < 0.87:
        return text.lower()
    if drawn < 0.93:
        return text.upper()
    words = text.split(" ")
    start = rng.randrange(len(words))
    end = start + rng.randint(1, 3)
    return " ".join(word.upper() if start <= at < end else word for at, word in enumerate(words))


def _words(text: str, spelling: Spelling, shortest: int) -> list[re.Match[str]]:
    """Words that may be misspelt: long enough, no negation, no part of an address, a mention or a hashtag."""
    held = [found.span() for found in _ADDRESS.finditer(text)]
    return [
        found
        for found in _WORD.finditer(text)
        if len(found[0]) >= shortest
        and _bare(found[0].lower().replace("’", "'")) not in spelling.keep
        and not any(start <= found.start() < end for start, end in held)
    ]


def _put(text: str, found: re.Match[str], word: str) -> str:
    return text[: found.start()] + word + text[found.end() :]


def _shorten(text: str, spelling: Spelling, rng: Random) -> str:
    for long, shorts in spelling.short.items():
        if rng.random() < 0.7:
            pattern = rf"(?<![\w@#/.'’]){re.escape(long)}(?![\w'’/]|\.\w)"
            text = re.sub(pattern, lambda _, shorts=shorts: rng.choice(shorts), text, flags=re.IGNORECASE)
    return text


def _no_apostrophes(text: str, spelling: Spelling, rng: Random) -> str:
    return re.sub(r"(?<=\w)['’](?=\w)", "", text)


def _no_accents(text: str, spelling: Spelling, rng: Random) -> str:
    return _bare(text)


def _bare(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(sign for sign in parts if not "\u0300" <= sign <= "\u036f"))


def _typo(text: str, spelling: Spelling, rng: Random) -> str:
    for _ in range(1 + len(text) // 90):
        words = _words(text, spelling, 5)
        if not words:
            return text
        found = rng.choice(words)
        word = found[0]
        at = rng.randrange(1, len(word) - 2)
        kind = rng.randrange(3)
        if kind == 0:
            word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        elif kind == 1:
            word = word[:at] + word[at + 1 :]
        else:
            word = word[:at] + word[at] + word[at:]
        text = _put(text, found, word)
    return text


def _longest(text: str, spelling: Spelling, rng: Random) -> re.Match[str] | None:
    words = sorted(_words(text, spelling, 4), key=lambda found: -len(found[0]))
    return rng.choice(words[:3]) if words else None


def _leet(text: str, spelling: Spelling, rng: Random) -> str:
    found = _longest(text, spelling, rng)
    if found is None:
        return text
    signs = [rng.choice(_LEET[sign]) if sign in _LEET and rng.random() < 0.6 else sign for sign in found[0].lower()]
    return _put(text, found, "".join(signs))


def _spaced(text: str, spelling: Spelling, rng: Random) -> str:
    found = _longest(text, spelling, rng)
    return text if found is None else _put(text, found, rng.choice((" ", ".", "-", "*", "_")).join(found[0]))


def _starred(text: str, spelling: Spelling, rng: Random) -> str:
    found = _longest(text, spelling, rng)
    if found is None:
        return text
    at = rng.randrange(1, len(found[0]) - 1)
    return _put(text, found, found[0][:at] + "*" + found[0][at + 1 :])


def _longer(text: str, spelling: Spelling, rng: Random) -> str:
    words = [found for found in _words(text, spelling, 2) if found[0][-1].lower() in "aeiouyhsé"]
    if not words:
        return text
    found = rng.choice(words)
    return _put(text, found, found[0] + found[0][-1] * rng.randint(2, 5))


def _end(text: str, spelling: Spelling, rng: Random) -> str:
    if text.endswith("?"):
        return text + rng.choice(("", "?", "??", "!", "!?"))
    return text.rstrip(".!… ") + rng.choice(_ENDS)


_CHANGES: tuple[tuple[float, Callable[[str, Spelling, Random], str]], ...] = (
    (0.25, _shorten),
    (0.2, _no_apostrophes),
    (0.2, _no_accents),
    (0.25, _typo),
    (0.06, _leet),
    (0.03, _spaced),
    (0.03, _starred),
    (0.06, _longer),
    (0.35, _end),
)
