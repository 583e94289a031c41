"""What is kept of a decided text: enough to find it and all that is nearly the same again, and not the text itself.

A text is folded (case, accents, look-alikes, punctuation and mentions say nothing here) and cut into all runs of five
characters; their likeness is the share of runs that two texts have in common (Jaccard). The 128 smallest hashes of the
runs are its sketch: for posts of up to 128 runs it holds them all and likeness is exact, beyond it is an estimate
(standard error .04). MinHash of the sketch in twelve bands of four finds a text of likeness s with the chance
1 - (1 - s⁴)¹²: .96 at .7, .99 at .75, .998 at .8. Texts of fewer than four words have no sketch: they are found by
equality alone, for "shut up now" and "shut up cow" are two things.

Forty lines of numpy, which is here anyway for the model. Looked at and left: datasketch needs scipy (113 MB) for a test
that is not used here; rensa is quick, but hashes words with what it seeds itself, keeps its index in memory where no
other process sees it, and brings a binary for what takes a tenth of a millisecond.

What is stored depends on every constant here: changing one is a migration that forgets all sketches.
"""

import re
from hashlib import blake2b

import msgspec
import numpy as np
from numpy.typing import NDArray

from parvis.moderation.signals.normalise import fold

Hashes = NDArray[np.uint32]

RUN = 5
SIZE = 128
WORDS = 4
BANDS, ROWS = 12, 4
MOST_CHARACTERS = 10_000  # what stands later in a text is not looked at

_MENTION = re.compile(r"(?<![\w/])@\w+(?:@[\w.-]*\w)?")
# Pictographs are words here: a text of nothing else must be equal to something.
_NO_WORD = re.compile(r"[^\w\u2600-\u27bf\U0001f000-\U0001faff]+")
# Scripts that put no space between words: each of their letters counts as one.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)

_u64 = np.uint64
_POWERS = np.array([0x9E3779B97F4A7C15**n & 0xFFFFFFFFFFFFFFFF for n in range(RUN, 0, -1)], dtype=_u64)
_MIX_A, _MIX_B = _u64(0xBF58476D1CE4E5B9), _u64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32 = _u64(30), _u64(27), _u64(31), _u64(32)
_SEEDS = (np.arange(1, BANDS * ROWS + 1, dtype=_u64) * _u64(0xD1342543DE82EF95)).reshape(1, -1)
_NONE: Hashes = np.empty(0, dtype=np.uint32)


class Sketch(msgspec.Struct, frozen=True):
    """A text as it is compared: the key is equal where the folded texts are, the hashes are sorted."""

    key: bytes
    hashes: Hashes

    @property
    def stored(self) -> bytes:
        """The hashes as bytes, four each, lowest byte first; see `restored`."""
        return self.hashes.astype("<u4").tobytes()


def restored(key: bytes, stored: bytes) -> Sketch:
    """The inverse of `stored`."""
    return Sketch(key, np.frombuffer(stored, dtype="<u4").astype(np.uint32))


def normal(text: str) -> str:
    """The text as it is compared: folded words, one space between two."""
    return _NO_WORD.sub(" ", fold(_MENTION.sub(" ", text[:MOST_CHARACTERS])).looks).strip()


def sketch(text: str) -> Sketch | None:
    """A text's sketch; None where nothing of it can be compared."""
    plain = normal(text)
    if not plain:
        return None
    key = blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    if plain.count(" ") + 1 < WORDS and plain.count(" ") + len(_UNSPACED.findall(plain)) < WORDS:
        return Sketch(key, _NONE)
    signs = np.frombuffer(f" {plain} ".encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(_u64)
    if len(signs) < RUN:
        return Sketch(key, _NONE)
    last = len(signs) - RUN + 1
    runs = signs[:last] * _POWERS[0]
    for at in range(1, RUN):
        runs += signs[at : last + at] * _POWERS[at]
    found = np.unique((_mixed(runs) >> _S32).astype(np.uint32))
    return Sketch(key, found[:SIZE])


def bands(of: Sketch) -> NDArray[np.int64]:
    """The values that the text is looked for under, as the database holds them. The lowest bit is free: 0."""
    first = np.frombuffer(of.key[:8], dtype="<u8")
    if len(of.hashes):
        least = _mixed(of.hashes.astype(_u64).reshape(-1, 1) + _SEEDS).min(axis=0).reshape(BANDS, ROWS)
        joined = (least * _POWERS[:ROWS]).sum(axis=1, dtype=_u64)
        first = np.concatenate([first, _mixed(joined + np.arange(1, BANDS + 1, dtype=_u64))])
    return (first & ~_u64(1)).view(np.int64)


def likeness(one: Sketch, others: list[Sketch]) -> NDArray[np.float64]:
    """How alike a text is to each of others, from 0 to 1; 1 where the folded texts are equal."""
    if not others:
        return np.empty(0)
    a = one.hashes
    lengths = np.array([len(other.hashes) for other in others])
    shares = np.zeros(len(others))
    if len(a) and lengths.any():
        # Below the largest hash that each of two sketches reaches both are complete: there they are compared.
        reach = np.array([min(_reach(a), _reach(other.hashes)) for other in others], dtype=_u64)
        all_hashes = np.concatenate([other.hashes for other in others])
        owner = np.repeat(np.arange(len(others)), lengths)
        within = all_hashes <= reach[owner]
        place = np.minimum(np.searchsorted(a, all_hashes), len(a) - 1)
        common = np.bincount(owner[within & (a[place] == all_hashes)], minlength=len(others))
        theirs = np.bincount(owner[within], minlength=len(others))
        ours = np.searchsorted(a, reach, side="right")
        shares = common / np.maximum(ours + theirs - common, 1)
    return np.where([other.key == one.key for other in others], 1.0, shares)


def _reach(hashes: Hashes) -> int:
    return int(hashes[-1]) if len(hashes) == SIZE else 0xFFFFFFFF


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser: every bit of what comes out hangs on every bit of what went in."""
    values = (values ^ (values >> _S30)) * _MIX_A
    values = (values ^ (values >> _S27)) * _MIX_B
    return values ^ (values >> _S31)
