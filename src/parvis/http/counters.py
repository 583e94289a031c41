"""Rate counters shared by the processes of one machine, without locks.

A count-min sketch per process in one mapped file: every process writes its own part and reads all. It never counts too
little, and with four rows of 32,768 cells it all but never counts too much.
"""

import mmap
import os
import time
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

_ROWS = 4
_CELLS = 1 << 15
_WORDS = _ROWS * _CELLS
_MASK = 0xFFFFFFFF


class Standing(NamedTuple):
    """Where a caller stands with a limit."""

    limit: int
    used: int
    resets_at: int  # Unix seconds

    @property
    def left(self) -> int:
        """Calls left in this window."""
        return max(0, self.limit - self.used)

    @property
    def over(self) -> bool:
        """Whether this call is one too many."""
        return self.used > self.limit


class Counters:
    """Counts events by key in fixed windows of time."""

    def __init__(self, path: Path, process: int, processes: int) -> None:
        """`process` of `processes` share the file at `path` (1 MiB each); it is made where it is missing."""
        size = processes * _WORDS * 8
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(handle).st_size < size:
            os.ftruncate(handle, size)
        self._map = mmap.mmap(handle, size)
        os.close(handle)
        self._words = memoryview(self._map).cast("Q")
        self._mine = process * _WORDS
        self._starts = [number * _WORDS for number in range(processes)]
        self._cells: dict[tuple[str, int], list[int]] = {}

    def hit(self, key: str, limit: int, window_s: int, cost: int = 1) -> Standing:
        """Count an event and say where `key` stands."""
        now = int(time.time())
        window = now // window_s
        words = self._words
        stamp = window & _MASK
        used = _MASK
        for cell in self._places(key, window_s):
            total = 0
            for start in self._starts:
                word = words[start + cell]
                count = (word & _MASK) if (word >> 32) == stamp else 0
                if start == self._mine:
                    count += cost
                    words[start + cell] = (stamp << 32) | min(count, _MASK)
                total += count
            used = min(used, total)
        return Standing(limit, used, (window + 1) * window_s)

    def _places(self, key: str, window_s: int) -> list[int]:
        """One cell per row, by hash; remembered, since the same keys come again and again."""
        found = self._cells.get((key, window_s))
        if found is None:
            digest = blake2b(f"{window_s}:{key}".encode(), digest_size=8).digest()
            found = [
                row * _CELLS + int.from_bytes(digest[row * 2 : row * 2 + 2], "big") % _CELLS for row in range(_ROWS)
            ]
            if len(self._cells) > 20_000:
                self._cells.clear()
            self._cells[(key, window_s)] = found
        return found

    def close(self) -> None:
        """Let go of the memory."""
        self._words.release()
        self._map.close()
