"""Looking for PDQ hashes by an index: sixteen words of sixteen bits, each with its neighbours.

Two hashes of 256 bits that differ in 31 bits or fewer differ in one bit or none in at least one of their sixteen words:
there are only two times sixteen such words to spread 32 differences over. So every listed hash within 31 is found under
one of 16 × 17 values, and the index holds each hash under its sixteen.
"""

import numpy as np

_FLIPS = np.array([0, *(1 << bit for bit in range(16))], dtype=np.int32)
_PLACES = (np.arange(16, dtype=np.int32) << 16).reshape(-1, 1)


def neighbours(pdq: bytes) -> list[list[int]]:
    """The values under which hashes near this one (32 bytes) stand: for each of the sixteen words itself, then its sixteen
    neighbours; see `pdq_words` in the migrations."""
    words = np.frombuffer(pdq, dtype=">u2").astype(np.int32).reshape(-1, 1)
    return ((words ^ _FLIPS) | _PLACES).tolist()
