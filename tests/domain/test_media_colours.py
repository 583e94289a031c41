"""Whatever a picture's colours are written in, it is stored in 8-bit sRGB and looks the same."""

import io
from typing import Any

import pillow_heif
import pytest
import pyvips
from PIL import Image
from tests.waiting import run

from parvis.media.process import Processor
from parvis.settings import MediaSettings

pillow_heif.register_heif_opener()

_COLOUR = (200, 100, 50)
_GREY = (124, 124, 124)


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _wide_gamut(kind: str) -> bytes:
    """As phones take them: in Display P3, where other numbers mean our colour."""
    black: Any = pyvips.Image.black(64, 64, bands=3)
    flat = (black + list(_COLOUR)).cast("uchar").copy(interpretation="srgb").icc_transform("p3", input_profile="srgb")
    return flat.write_to_buffer(kind)


def _deep() -> bytes:
    black: Any = pyvips.Image.black(64, 64, bands=3)
    return (
        (black + [each * 257 for each in _COLOUR]).cast("ushort").copy(interpretation="rgb16").write_to_buffer(".png")
    )


_FLAT = Image.new("RGB", (64, 64), _COLOUR)


@pytest.mark.parametrize(
    ("data", "expected", "tolerance"),
    [
        (_wide_gamut(".jpg"), _COLOUR, 4), (_wide_gamut(".png"), _COLOUR, 4), (_deep(), _COLOUR, 2),
        (_saved(_FLAT.convert("CMYK"), "JPEG"), _COLOUR, 40),  # print's colours have no exact match
        (_saved(_FLAT.convert("L"), "PNG"), _GREY, 3), (_saved(_FLAT.convert("LA"), "PNG"), _GREY, 3),
        (_saved(_FLAT.convert("P"), "PNG"), _COLOUR, 6), (_saved(Image.new("1", (64, 64), 1), "PNG"), (255,) * 3, 0),
        (_saved(_FLAT, "JPEG", icc_profile=b"junk" * 50), _COLOUR, 4),
        (_saved(_FLAT, "JPEG", icc_profile=b"\0" * 128), _COLOUR, 4),
        (_saved(_FLAT, "HEIF", quality=95), _COLOUR, 6),
    ],
)  # fmt: skip
def test_colours_come_out_as_they_look(data: bytes, expected: tuple[int, int, int], tolerance: int) -> None:
    done = run(Processor(MediaSettings()).process(data))
    for file in done.files.values():
        stored = Image.open(io.BytesIO(file.data))
        assert stored.mode in ("RGB", "RGBA") and "icc_profile" not in stored.info
        found: Any = stored.convert("RGB").getpixel((9, 9))
        assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= tolerance, found


def test_what_shows_through_still_does() -> None:
    done = run(Processor(MediaSettings()).process(_saved(Image.new("RGBA", (64, 64), (*_COLOUR, 128)), "PNG")))
    assert Image.open(io.BytesIO(done.files["original"].data)).getpixel((9, 9)) == (*_COLOUR, 128)
