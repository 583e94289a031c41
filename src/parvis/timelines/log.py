"""The newest posts of the whole network, as the ring told of them: what windows catch up from."""

from collections import deque

from parvis.db.changes import Changes
from parvis.db.ring import Event, Kind

_KEPT = 8192


class PostLog:
    """A bounded log of POST_NEW events with positions that never repeat."""

    def __init__(self, changes: Changes) -> None:
        self._events: deque[Event] = deque(maxlen=_KEPT)
        self.end = 0  # position after the newest
        changes.on(Kind.POST_NEW, self._on_new)
        changes.on(Kind.RESET, lambda _: self.clear())

    def _on_new(self, event: Event) -> None:
        self._events.append(event)
        self.end += 1

    def since(self, position: int) -> list[Event] | None:
        """Events from `position` on, or None where some are gone: read anew."""
        behind = self.end - position
        if behind == 0:
            return []
        if behind > len(self._events):
            return None
        if behind == len(self._events):
            return list(self._events)
        # deque indexing is slow in the middle; a reader is usually only a little behind.
        return [self._events[index] for index in range(-behind, 0)]

    def clear(self) -> None:
        """Whoever is behind must read anew."""
        self._events.clear()
        self.end += 1
