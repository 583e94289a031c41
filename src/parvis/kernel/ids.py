"""64-bit ids: time-sorted, with random low bits, so that nothing can be counted or guessed."""

import secrets
import threading
import time
from datetime import UTC, datetime

EPOCH_MS = 1_577_836_800_000  # 2020-01-01T00:00:00Z
RANDOM_BITS = 20
MAX_ID = (1 << 63) - 1

_STEP_BITS = 10


class IdMaker:
    """Makes ids that rise strictly within one process and by millisecond across processes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self, at_ms: int | None = None) -> int:
        """A new id for now, or for `at_ms` (Unix milliseconds) when something is back-dated."""
        now_ms = time.time_ns() // 1_000_000 if at_ms is None else at_ms
        fresh = ((now_ms - EPOCH_MS) << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
        if at_ms is not None:
            return fresh
        with self._lock:
            # Two ids in the same millisecond: step on by a random amount, so that order is kept and guessing stays hard.
            if fresh <= self._last:
                fresh = self._last + 1 + secrets.randbits(_STEP_BITS)
            self._last = fresh
            return fresh


new_id = IdMaker()


def id_time(ident: int) -> datetime:
    """The moment an id was made, to the millisecond, in UTC."""
    return datetime.fromtimestamp(((ident >> RANDOM_BITS) + EPOCH_MS) / 1000, UTC)


def id_at(moment: datetime) -> int:
    """The smallest id of a moment: for 'everything since' queries."""
    return max(0, (int(moment.timestamp() * 1000) - EPOCH_MS) << RANDOM_BITS)


def parse_id(text: object) -> int | None:
    """The id in a decimal string, or None where it is none (clients' ids are opaque: a wrong one is just not found)."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text if 0 <= text <= MAX_ID else None
    if not isinstance(text, str) or not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    value = int(text)
    return value if value <= MAX_ID else None
