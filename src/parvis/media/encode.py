"""Decoding and encoding inside the worker: only the loader of the sniffed type can run, all metadata is dropped.

Imported by the worker alone: the web process never loads a picture library.
"""

import contextlib
import math
from typing import Any

import blurhash
import pillow_heif
import pyvips

from parvis.media.types import Bounds, Encoded, Extension, Part, Role

_LOADERS = {
    "jpeg": "VipsForeignLoadJpeg",
    "png": "VipsForeignLoadPng",
    "webp": "VipsForeignLoadWebp",
    "gif": "VipsForeignLoadNsgif",
    "avif": "VipsForeignLoadHeif",
}
_SAVED_AS: dict[str, Extension] = {
    "jpeg": "jpg",
    "png": "png",
    "webp": "webp",
    "gif": "gif",
    "avif": "jpg",
    "heic": "jpg",
}
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_BLUR_SIDE = 32
AVATAR, HEADER, EMOJI = (400, 400), (1500, 500), (128, 128)


class Refused(Exception):
    """The file is not taken; the text is a reason for the member."""


def sniff(data: bytes) -> str:
    """The type by the file's first bytes, never by its name. Refused where it is none that is accepted."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        brands = {data[8:12], *(data[at : at + 4] for at in range(16, min(64, int.from_bytes(data[:4], "big")), 4))}
        if brands & {b"avif", b"avis"}:
            return "avif"
        if brands & set(_HEIC_BRANDS):
            return "heic"
    raise Refused("is not a picture of a type that is accepted (JPEG, PNG, GIF, WebP, AVIF, HEIC)")


def prepare() -> None:
    """Load what is loaded lazily, and let no loader run; to be called before the sandbox closes."""
    pyvips.cache_set_max(0)
    pyvips.operation_block_set("VipsForeignLoad", True)
    image = (pyvips.Image.black(8, 8, bands=3) + 128).cast("uchar").copy(interpretation="srgb")
    for suffix in (".jpg", ".png", ".webp", ".gif"):
        image.write_to_buffer(suffix)
    image.thumbnail_image(4, height=4).write_to_memory()
    # Profiles are read when they are first used; so are the tables of colours in print.
    image.icc_transform("srgb", input_profile="srgb").write_to_memory()
    image.bandjoin(image[0]).copy(interpretation="cmyk").colourspace("srgb").write_to_memory()


class Picture:
    """A sniffed and measured upload."""

    def __init__(self, data: bytes, bounds: Bounds) -> None:
        self.kind = sniff(data)
        self._bounds = bounds
        if self.kind == "heic":
            self._still: Any = _heic(data, bounds)
            self._data = b""
            self.frames = 1
            self.width, self.height = self._still.width, self._still.height
            return
        self._still = None
        self._data = data
        pyvips.operation_block_set(_LOADERS[self.kind], False)
        image: Any = pyvips.Image.new_from_buffer(data, "", access="sequential")
        self.frames = image.get("n-pages") if self.kind in ("gif", "webp") and image.get_typeof("n-pages") else 1
        width, height = image.width, image.height
        if image.get_typeof("orientation") and image.get("orientation") in (5, 6, 7, 8):
            width, height = height, width
        self.width, self.height = width, height
        _check(width, height, self.frames, bounds)

    @property
    def animated(self) -> bool:
        """Whether it moves."""
        return self.frames > 1

    def within(self, pixels: int, *, animated: bool = True) -> Any:
        """The picture upright, in sRGB, scaled down to at most so many pixels (of one frame)."""
        scale = min(1.0, math.sqrt(pixels / (self.width * self.height)))
        width, height = max(1, round(self.width * scale)), max(1, round(self.height * scale))
        return self._scaled(width, height, animated=animated, size="down")

    def filling(self, size: tuple[int, int], *, animated: bool) -> Any:
        """The middle of the picture, scaled to fill a frame."""
        width, height = size
        if not (self.animated and animated):
            return self._scaled(width, height, animated=False, size="both", crop="centre")
        # A strip of frames cannot be cropped as one: it is scaled down to cover the frame, then each of its frames is
        # cropped, and only what is left is scaled up: a hair's breadth must not become a mile.
        scale = max(width / self.width, height / self.height)
        less, more = min(1.0, scale), max(1.0, scale)
        wide, high = max(1, round(self.width * less)), max(1, round(self.height * less))
        strip = self._scaled(wide, high, animated=True, size="force")
        across, down = min(wide, max(1, round(width / more))), min(high, max(1, round(height / more)))
        left, top = (wide - across) // 2, (high - down) // 2
        frames = [
            strip.crop(left, at * high + top, across, down).thumbnail_image(width, height=height, size="force")
            for at in range(self.frames)
        ]
        joined = pyvips.Image.arrayjoin(frames, across=1).copy()
        joined.set_type(pyvips.GValue.gint_type, "page-height", height)
        return joined

    def _scaled(self, width: int, height: int, *, animated: bool, **options: Any) -> Any:
        options["height"] = height
        if self._still is not None:
            return _srgb(self._still.thumbnail_image(width, **options))
        # `fail_on` as an option of its own does not reach the loader.
        loading = "n=-1,fail_on=truncated" if self.animated and animated else "fail_on=truncated"
        return _srgb(pyvips.Image.thumbnail_buffer(self._data, width, option_string=loading, **options))

    def save(self, image: Any, role: Role, *, still: bool = False) -> Encoded:
        """Encode without any metadata."""
        extension = _SAVED_AS[self.kind]
        if still and extension == "gif":
            extension = "png"
        if extension == "jpg" and image.hasalpha():
            extension = "webp"
        if image.bands > 4:
            image = image[:4] if image.hasalpha() else image[:3]
        options: dict[str, Any] = {"keep": "none"}
        if extension == "jpg":
            options |= {"Q": 85, "interlace": True, "optimize_coding": True}
        elif extension == "webp":
            options |= {"Q": 82, "effort": 3}
        elif extension == "gif":
            options |= {"effort": 3}  # the default takes twice the time and is not smaller
        elif extension == "png":
            options |= {"compression": 7}
        data: bytes = image.write_to_buffer(f".{extension}", **options)
        height = image.get_page_height() if self.animated and not still else image.height
        return Encoded(Part(role, extension, len(data), image.width, height), data)


def _srgb(image: Any) -> Any:
    """In memory, in 8-bit sRGB. Done once, after scaling: `thumbnail`'s own `export_profile` takes nine times as long."""
    image = image.copy_memory()
    if image.get_typeof("icc-profile-data"):
        with contextlib.suppress(pyvips.Error):  # a broken profile: the plain colours are better than none
            return image.icc_transform("srgb", embedded=True, intent="relative", depth=8).copy_memory()
    return image.colourspace("srgb").copy_memory()


def blur(image: Any) -> str:
    """The blurhash (4 × 3 components) of a still picture, from a small copy."""
    if image.hasalpha():
        image = image.flatten(background=[255, 255, 255])
    small = image.thumbnail_image(_BLUR_SIDE, height=_BLUR_SIDE, size="force").colourspace("srgb")
    small = small[:3] if small.bands >= 3 else small.bandjoin([small[0], small[0]])
    flat = bytes(small.cast("uchar").write_to_memory())
    side = _BLUR_SIDE
    rows = [
        [[flat[(y * side + x) * 3 + band] for band in range(3)] for x in range(side)] for y in range(side)
    ]  # fmt: skip
    return blurhash.encode(rows, components_x=4, components_y=3)


def _check(width: int, height: int, frames: int, bounds: Bounds) -> None:
    if width * height > bounds.max_pixels:
        raise Refused(f"has {width} × {height} pixels: more than {bounds.max_pixels} in all are not taken")
    if frames > bounds.max_frames:
        raise Refused(f"has {frames} frames: more than {bounds.max_frames} are not taken")
    if width * height * frames > 4 * bounds.max_pixels:
        raise Refused("is too large an animation")


def _heic(data: bytes, bounds: Bounds) -> Any:
    heif: Any = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
    width, height = heif.size
    _check(width, height, 1, bounds)
    bands = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}[heif.mode]
    stride = heif.stride
    raw = bytes(heif.data)
    if stride != width * bands:
        raw = b"".join(raw[row * stride : row * stride + width * bands] for row in range(height))
    kind = "srgb" if bands >= 3 else "b-w"
    image: Any = pyvips.Image.new_from_memory(raw, width, height, bands, "uchar").copy(interpretation=kind)
    profile = heif.info.get("icc_profile")
    if profile:
        image = image.copy()
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image
