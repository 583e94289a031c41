"""What processing takes and yields."""

import msgspec


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


class Part(msgspec.Struct, frozen=True):
    """One encoded file: its role (`original`, `small`, `static`), extension and size in bytes."""

    role: str
    extension: str
    bytes: int
    width: int
    height: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker answers; the parts' bytes follow in order. `error` is a sentence for the member."""

    error: str | None = None
    parts: list[Part] = []
    blurhash: str | None = None
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
