"""How time grows with a text: what is linear takes ten times as long for ten times the text."""

import gc
import time
from collections.abc import Callable

SMALL, LARGE = 50_000, 500_000


def growth(act: Callable[[str], object], piece: str) -> float:
    """How many times longer `act` takes for 500 KB of a piece than for 50 KB, in time of the processor."""
    small = min(_seconds(act, piece * (SMALL // len(piece))) for _ in range(2))
    return _seconds(act, piece * (LARGE // len(piece))) / max(small, 1e-3)


def _seconds(act: Callable[[str], object], text: str) -> float:
    gc.collect()
    gc.disable()  # collections would be counted by their number, which is not the text's doing
    try:
        begun = time.process_time()
        act(text)
        return time.process_time() - begun
    finally:
        gc.enable()
