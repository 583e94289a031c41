"""What a handler gives back."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from parvis.kernel import json

Headers = list[tuple[bytes, bytes]]

_JSON: tuple[bytes, bytes] = (b"content-type", b"application/json; charset=utf-8")
_HTML: tuple[bytes, bytes] = (b"content-type", b"text/html; charset=utf-8")


class Response(msgspec.Struct):
    """Status, headers and body. `stream` instead of `body` for what is sent piece by piece."""

    body: bytes = b""
    status: int = 200
    headers: Headers = msgspec.field(default_factory=list)
    stream: AsyncIterator[bytes] | None = None

    def header(self, name: str, value: str) -> "Response":
        """Add a header; returns itself. Line breaks can't come in: such a value is dropped whole."""
        if "\r" not in value and "\n" not in value:
            self.headers.append((name.lower().encode("latin-1"), value.encode("latin-1", "replace")))
        return self


def raw_json(body: bytes, status: int = 200) -> Response:
    """JSON that is bytes already."""
    return Response(body, status, [_JSON])


def reply(value: Any, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(json.encode(value), status, [_JSON])


def html(text: str, status: int = 200) -> Response:
    """A page."""
    return Response(text.encode(), status, [_HTML])


def text(content: str, status: int = 200, kind: str = "text/plain; charset=utf-8") -> Response:
    """Plain text."""
    return Response(content.encode(), status, [(b"content-type", kind.encode())])


def redirect(location: str, status: int = 303) -> Response:
    """Go there. `location` is ours, or was checked by the caller."""
    return Response(b"", status, []).header("location", location)
