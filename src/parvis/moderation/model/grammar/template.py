"""The small language of texts: `{slot.form}` and `(one|other|)`.

A slot may carry a number (`{group2.pl}`): the same number is the same entry, another number another entry. Parentheses
without a bar are themselves, so that a smiley needs no escape.
"""

import re
from random import Random

import msgspec

_SLOT = re.compile(r"\{([a-z_]+?)(\d*)(?:\.([a-z_0-9]+))?\}")
_SPACES = re.compile(r"[ \t]+")
_BEFORE_STOP = re.compile(r" +([,.](?:\s|$))")


class Place(msgspec.Struct, frozen=True):
    """A slot in a text. No form: the first one that the entry has."""

    slot: str
    number: int
    form: str


class Choice(msgspec.Struct, frozen=True):
    """One of several ways to go on."""

    ways: tuple[tuple["Node", ...], ...]


Node = str | Place | Choice


def parse(text: str) -> tuple[Node, ...]:
    """The parts of a text. Raises ValueError with a reason."""
    ways = _split(text)
    if len(ways) > 1:
        raise ValueError("has a bar outside of parentheses")
    return _parse(text)


def _parse(text: str) -> tuple[Node, ...]:
    nodes: list[Node] = []
    plain = ""
    at = 0
    while at < len(text):
        sign = text[at]
        end = _closing(text, at) if sign == "(" else -1
        if end > 0 and len(ways := _split(text[at + 1 : end])) > 1:
            nodes += [plain, Choice(tuple(_parse(way) for way in ways))]
            plain, at = "", end + 1
        elif sign == "{":
            found = _SLOT.match(text, at)
            if found is None:
                raise ValueError(f"has a brace that opens no slot, at {text[at : at + 20]!r}")
            nodes += [plain, Place(found[1], int(found[2] or 1), found[3] or "")]
            plain, at = "", found.end()
        elif sign == "}":
            raise ValueError("has a closing brace too many")
        else:
            plain += sign
            at += 1
    nodes.append(plain)
    return tuple(node for node in nodes if node != "")


def _closing(text: str, start: int) -> int:
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return at
    return -1


def _split(text: str) -> list[str]:
    """The text between the bars that are in no parentheses."""
    parts = [""]
    at = 0
    while at < len(text):
        end = _closing(text, at) if text[at] == "(" else -1
        if end > 0:
            parts[-1] += text[at : end + 1]
            at = end + 1
            continue
        if text[at] == "|":
            parts.append("")
        else:
            parts[-1] += text[at]
        at += 1
    return parts


def places(nodes: tuple[Node, ...]) -> list[Place]:
    """All slots of a text, on every way through it."""
    found: list[Place] = []
    for node in nodes:
        if isinstance(node, Place):
            found.append(node)
        elif isinstance(node, Choice):
            for way in node.ways:
                found += places(way)
    return found


def walk(nodes: tuple[Node, ...], rng: Random) -> list[str | Place]:
    """One way through a text: what it says and its slots, in order."""
    flat: list[str | Place] = []
    for node in nodes:
        if isinstance(node, Choice):
            flat += walk(rng.choice(node.ways), rng)
        else:
            flat.append(node)
    return flat


def tidy(text: str) -> str:
    """Without the double spaces, and the spaces before a comma or a full stop, that an empty alternative leaves."""
    return _BEFORE_STOP.sub(r"\1", _SPACES.sub(" ", text)).strip()
