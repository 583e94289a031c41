"""Serving a stored file: a fixed type, never a page, never run, kept for ever."""

import re
from collections.abc import AsyncIterator
from typing import NamedTuple

from parvis.media.store import Store, check_name
from parvis.media.types import MIME

_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")

_ALWAYS = [
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"public, max-age=31536000, immutable"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"access-control-allow-origin", b"*"),
    (b"accept-ranges", b"bytes"),
]


class Served(NamedTuple):
    """What to answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    chunks: AsyncIterator[bytes] | None


async def serve_file(store: Store, name: str, wanted_range: str | None, if_none_match: str | None) -> Served:
    """A stored file by its name. NotFound where there is none; 206 for a range, 304 where the caller has it, 416."""
    check_name(name)
    tag = f'"{name[:32]}"'.encode()
    mime = MIME.get(name.rsplit(".", 1)[1], "application/octet-stream").encode()
    headers = [*_ALWAYS, (b"etag", tag), (b"content-type", mime)]
    if if_none_match is not None and tag.decode() in if_none_match:
        await store.read(name, 0, 0)  # what was deleted is not confirmed to anybody
        return Served(304, headers, None)
    match = _RANGE.match(wanted_range or "")
    if match is None or not (match[1] or match[2]):
        found = await store.read(name)
        return Served(200, [*headers, (b"content-length", str(found.size).encode())], found.chunks)
    size = (await store.read(name, 0, 0)).size
    if match[1]:
        start = int(match[1])
        end = min(int(match[2]) + 1 if match[2] else size, size)
    else:
        start, end = max(0, size - int(match[2])), size
    if start >= size or start >= end:
        return Served(416, [*headers, (b"content-range", f"bytes */{size}".encode())], None)
    found = await store.read(name, start, end)
    part = f"bytes {start}-{end - 1}/{size}".encode()
    return Served(
        206, [*headers, (b"content-range", part), (b"content-length", str(end - start).encode())], found.chunks
    )
