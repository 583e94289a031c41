"""What processing takes and yields."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker is told to keep to (from MediaSettings)."""

    max_pixels: int
    max_frames: int
    stored_pixels: int
    preview_pixels: int


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One job for the worker: `picture`, `avatar`, `header` or `emoji`."""

    use: str
    bytes: int
    bounds: Bounds


Role = Literal["original", "small", "static"]
Extension = Literal["jpg", "png", "webp", "gif"]
Side = Annotated[int, Meta(ge=1, le=1_000_000)]


class Part(msgspec.Struct, frozen=True):
    """One encoded file: its role, extension, size in bytes and in pixels. The worker is not trusted: a decoder that was
    taken over can say anything, so every field is bounded."""

    role: Role
    extension: Extension
    bytes: Annotated[int, Meta(ge=1, le=1 << 30)]
    width: Side
    height: Side


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker answers; the parts' bytes follow in order. `error` is a sentence for the member."""

    error: Annotated[str, Meta(max_length=500)] | None = None
    parts: Annotated[list[Part], Meta(max_length=3)] = []
    blurhash: Annotated[str, Meta(pattern="^[0-9A-Za-z#$%*+,.:;=?@[\\]^_{|}~-]{6,120}$")] | None = None
    animated: bool = False


class Encoded(msgspec.Struct, frozen=True):
    """A part with its bytes."""

    part: Part
    data: bytes


class Processed(msgspec.Struct, frozen=True):
    """A processed picture."""

    files: dict[str, Encoded]
    blurhash: str | None
    animated: bool


MIME = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}
"""Types of stored files by extension: nothing else is ever stored or served."""

ACCEPTED = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic", "image/heif")
"""Types that can be uploaded, as clients are told."""
