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


class Perceptual(msgspec.Struct, frozen=True):
    """The PDQ hash of one frame, in hex, and its quality from 0 to 100: a flat picture has little to tell it by."""

    hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    quality: Annotated[int, Meta(ge=0, le=100)]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker answers; the parts' bytes follow in order. `error` is a sentence for the member."""

    error: Annotated[str, Meta(max_length=500)] | None = None
    parts: Annotated[list[Part], Meta(max_length=3)] = []
    blurhash: Annotated[str, Meta(pattern="^[0-9A-Za-z#$%*+,.:;=?@[\\]^_{|}~-]{6,120}$")] | None = None
    animated: bool = False
    frames: Annotated[list[Perceptual], Meta(max_length=3)] = []


class Encoded(msgspec.Struct, frozen=True):
    """A part with its bytes."""

    part: Part
    data: bytes


class Hash(msgspec.Struct, frozen=True):
    """What an upload can be known by: a digest of its bytes as they came, or the PDQ hash of a frame, in hex."""

    kind: Literal["sha256", "md5", "pdq"]
    hash: str
    quality: int = 100  # of a PDQ hash


class Processed(msgspec.Struct, frozen=True):
    """A processed picture."""

    files: dict[str, Encoded]
    blurhash: str | None
    animated: bool
    hashes: tuple[Hash, ...] = ()


MIME = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}
"""Types of stored files by extension: nothing else is ever stored or served."""

ACCEPTED = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic", "image/heif")
"""Types that can be uploaded, as clients are told."""
