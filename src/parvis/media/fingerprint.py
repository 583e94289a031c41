"""PDQ hashes inside the worker: what a picture can be known by after it was resized, re-encoded or recoloured.

Imported by the worker alone. Computed there and not in the web process: the pixels are at hand, a hash takes 10 ms of
Python's lock, and numpy runs within the walls once it is loaded (one thread, no file, no call beyond those allowed).
"""

from typing import Any

import numpy as np
import pdqhash

from parvis.media.types import Perceptual

_SIDE = 512  # as the reference implementation advises: more pixels change nothing in a hash of 16 × 16 frequencies
PIXELS = _SIDE * _SIDE


def prepare() -> None:
    """Load what is loaded lazily; to be called before the sandbox closes."""
    pdqhash.compute(np.zeros((64, 64, 3), dtype=np.uint8))


def of_strip(image: Any, frames: int) -> list[Perceptual]:
    """The hashes of a still picture, or of the first, the middle and the last frame of a strip of `frames`, each once."""
    high = image.height // frames
    found: dict[str, Perceptual] = {}
    for at in sorted({0, frames // 2, frames - 1}):
        frame = image if frames == 1 else image.crop(0, at * high, image.width, high)
        made = _of_frame(frame)
        found.setdefault(made.hash, made)
    return list(found.values())


def _of_frame(image: Any) -> Perceptual:
    if image.hasalpha():
        image = image.flatten(background=[255, 255, 255])
    if image.width > _SIDE or image.height > _SIDE:
        image = image.thumbnail_image(_SIDE, height=_SIDE, size="down")
    image = image[:3] if image.bands >= 3 else image[0].bandjoin([image[0], image[0]])
    flat = image.cast("uchar").write_to_memory()
    pixels = np.frombuffer(flat, dtype=np.uint8).reshape(image.height, image.width, 3)
    bits, quality = pdqhash.compute(pixels)
    return Perceptual(np.packbits(bits.astype(np.uint8)).tobytes().hex(), int(quality))
