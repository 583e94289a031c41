"""Text: the markers for our own address, cleaning, folding, escaping."""

import unicodedata
from html import escape as _escape

# Noncharacters (never valid in interchange, stripped from all input) that stand in stored bytes where our own addresses go.
ORIGIN = "\ufdd0"
MEDIA = "\ufdd1"


def place(stored: bytes, origin: str, media_base: str) -> bytes:
    """Stored bytes with our addresses in place of the markers. Both addresses hold nothing that JSON or HTML escapes."""
    return stored.replace(ORIGIN.encode(), origin.encode()).replace(MEDIA.encode(), media_base.encode())


def escape(text: str) -> str:
    """HTML-escaped, quotes included."""
    return _escape(text, quote=True)


def clean(text: str) -> str:
    """NFC, Unix line ends, no trailing space."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def fold(text: str) -> str:
    """Lower case without diacritics: what two spellings of a word have in common."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def shorten(text: str, most: int) -> str:
    """At most `most` characters, with an ellipsis where it was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
