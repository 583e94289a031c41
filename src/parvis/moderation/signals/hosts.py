"""Links in a text, also where they are disguised, and one spelling for each."""

import ipaddress
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

import idna

from parvis.moderation.signals.normalise import Folded, fold, visible

_TLDS = Path(__file__).with_name("tlds.txt")
_DOTS = ".。．｡․"
_BRACKETED = r"\s?[\[({<]\s?(?:[.。．｡․]|dot|point)\s?[\])}>]\s?"
_DOT = rf"(?:[{_DOTS}]|{_BRACKETED})"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = rf"(?>{_LABEL}(?:{_DOT}{_LABEL}){{0,20}})"
_LINK = re.compile(
    rf"(?<![\w@{_DOTS}/-])"
    r"(?:(?P<scheme>(?:h(?:tt|xx|\*\*)ps?|ftp)(?::|\[:\]|\(:\))//)(?:(?P<user>[^\s/@<>\"']{1,128})@)?)?"
    rf"(?P<host>\[[0-9a-f:.]{{2,45}}\]|{_HOST})(?![\w@])(?P<end>{_DOT}(?=[/:?#]|\s|$))?"
    r"(?P<port>:\d{1,5})?(?P<rest>[/?#][^\s<>\"'`]{0,2000})?",
    re.IGNORECASE,
)
# A text without any of these has no link. It begins with a set and looks back: `re` skips to a set of characters quickly.
_HINT = re.compile(
    rf"[/{_DOTS}\[({{<](?:(?<=/)/|(?<=[^\W_][{_DOTS}])[^\W_]|(?<=[\[({{<])\s?(?:[{_DOTS}]|dot|point)\s?[\])}}>])",
    re.IGNORECASE,
)
_ANY_DOT = re.compile(_DOT, re.IGNORECASE)
_TRAILING = ".,;:!?…»”’'\"*_~)]}>"
_LABELLED = re.compile(r"\[(?P<label>[^\[\]\n]{1,200})\]\($")
_TRACKING = re.compile(r"(?<![^&])(?:utm_\w+|fbclid|gclid|igshid|mc_cid|mc_eid)=[^&]*(?:&|$)")
_BIDI = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
# Endings that are words or kinds of files too: without a scheme or a path, `fini.je` is a forgotten space.
_WORDS_TOO_WRITTEN = """
as at be by do in is it my no so to us am me ai au de en es et je la le ma ni ne pa re sa se si st tu va id im ie day do art
black blue bio cool date dog fail fan fast fit fun game green help host how ink land law life live love men money news now
one page party photo place plus post pink red rest run sale sex show style team today top town video vote watch win py md
sh rs pl ps so cc zip mov app work world bar best bet bid camp care cash chat city cafe name pro film music sucks tips menu
maison
"""
_WORDS_TOO = frozenset(_WORDS_TOO_WRITTEN.split())


class Link(NamedTuple):
    """A link in a text: its canonical host, its canonical address without scheme, and where it stands as written."""

    host: str  # IDNA, lower case, no dot at the end; an IP address in its usual form
    address: str  # host and path and query, as exact lists hold it
    start: int
    end: int
    deceives: bool  # whether it shows another host than it leads to
    sure: bool  # whether it has a scheme, a path or an ending that is no word


class Finder:
    """Finds links."""

    def __init__(self) -> None:
        self._tlds = frozenset(_TLDS.read_text(encoding="ascii").split())

    def find(self, text: str) -> list[Link]:
        """The links of a text in order. Without a scheme a host needs an ending that exists."""
        seen = visible(text)
        if not _HINT.search(seen.text):
            return []
        found: list[Link] = []
        for match in _LINK.finditer(seen.text):
            link = self._link(match, seen, text)
            if link is not None:
                found.append(link)
        return found

    def _link(self, match: re.Match[str], seen: Folded, text: str) -> Link | None:
        written = match["host"]
        scheme = match["scheme"] is not None
        host = canonical_host(written)
        if host is None:
            return None
        ending = host.rsplit(".", 1)[-1]
        if not scheme and ("." not in host or not (ending in self._tlds or ending.startswith("xn--"))):
            return None
        rest = (match["rest"] or "").rstrip(_TRAILING)
        end = match.end("rest") - len(match["rest"] or "") + len(rest) if match["rest"] else match.end("host")
        start, end = seen.span(match.start(), end)
        sure = scheme or rest[:1] == "/" or ending not in _WORDS_TOO or host.startswith("www.")
        deceives = (
            (match["user"] is not None and "." in match["user"])
            or _is_drawn(written)
            or not _BIDI.isdisjoint(text[start:end])
            or self._is_labelled_otherwise(seen.text, match.start(), host)
        )
        return Link(host, _address(host, rest), start, end, deceives, sure)

    def _is_labelled_otherwise(self, text: str, start: int, host: str) -> bool:
        """Whether the link is written as `[another.example](host)`."""
        label = _LABELLED.search(text[max(0, start - 210) : start])
        if label is None:
            return False
        shown = _LINK.search(label["label"].strip())
        if shown is None or shown["user"] is not None:
            return False
        claimed = canonical_host(shown["host"])
        if claimed is None or claimed.rsplit(".", 1)[-1] not in self._tlds or "." not in claimed:
            return False
        one, two = claimed.removeprefix("www."), host.removeprefix("www.")
        return not (one == two or one.endswith(f".{two}") or two.endswith(f".{one}"))


def canonical_host(written: str) -> str | None:
    """One spelling of a host: disguises undone, IDNA, lower case, IPv4 in its usual form; None for what can be no host."""
    if written.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(written[1:-1])}]"
        except ValueError:
            return None
    host = _ANY_DOT.sub(".", written).strip(".").lower()
    if not host or len(host) > 1000:
        return None
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True, std3_rules=False).decode().strip(".")
        except (idna.IDNAError, UnicodeError):
            return None
    number = _ipv4(host)
    if number is not None:
        return number
    return host if len(host) <= 253 and all(0 < len(label) <= 63 for label in host.split(".")) else None


def canonical_link(written: str) -> str | None:
    """One spelling of a whole link, as exact lists hold it: no scheme, no fragment, nothing that only tracks."""
    match = _LINK.match(written.strip())
    if match is None or match.end() != len(written.strip()):
        return None
    host = canonical_host(match["host"])
    return None if host is None else _address(host, (match["rest"] or "").rstrip(_TRAILING))


def _address(host: str, rest: str) -> str:
    path, _, query = rest.partition("#")[0].partition("?")
    query = _TRACKING.sub("", query).rstrip("&")
    path = quote(unquote(path), safe="/~!$&'()*+,;=:@").rstrip("/")
    return f"{host}{path}?{query}" if query else f"{host}{path}"


def _ipv4(host: str) -> str | None:
    """An IPv4 address in whatever form browsers take: 127.1, 0x7f000001, 017700000001."""
    parts = host.split(".")
    if len(parts) > 4:
        return None
    numbers: list[int] = []
    for part in parts:
        base = 16 if part.startswith("0x") else 8 if part.startswith("0") and len(part) > 1 else 10
        if len(part) > 12 or not part.isascii() or not part.isalnum():
            return None
        try:
            numbers.append(int(part or "x", base) if part != "0x" else 0)
        except ValueError:
            return None
    value = numbers[-1]
    if any(number > 255 for number in numbers[:-1]) or value >= 256 ** (5 - len(numbers)):
        return None
    for at, number in enumerate(numbers[:-1]):
        value += number << (8 * (3 - at))
    return str(ipaddress.IPv4Address(value))


def _is_drawn(written: str) -> bool:
    """Whether a label is made to look like a Latin one with letters of another script."""
    labels = _ANY_DOT.split(written)
    if not labels[-1].isascii():
        return False
    for label in labels:
        if not label.isascii():
            folded = fold(label)
            if folded.looks.isascii() and not folded.text.isascii():
                return True
    return False
