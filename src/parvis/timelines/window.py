"""A window: the newest ids of one timeline, kept in memory, complete from its floor up."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence

from parvis.kernel.ids import MAX_ID

_MOST = 800
_KEPT = 400


class Window:
    """Ids in rising order. Everything of the timeline from `floor` up is in it."""

    __slots__ = ("floor", "ids", "position")

    def __init__(self, newest_first: Sequence[int], asked: int, position: int) -> None:
        """`asked` ids were asked for: when fewer came, the timeline ends there. `position` is the log's, before reading."""
        self.ids: list[int] = list(reversed(newest_first))
        self.floor = self.ids[0] if len(newest_first) >= asked and self.ids else 0
        self.position = position

    @classmethod
    def empty(cls, position: int) -> "Window":
        """A window that holds nothing yet: all is below its floor."""
        window = cls((), 0, position)
        window.floor = MAX_ID
        return window

    def add(self, post_id: int) -> None:
        """Take a new id in, in its place by time. One from before the floor belongs to what is read when asked for."""
        if post_id < self.floor:  # also: nothing was read yet, and the reading will find it
            return
        if not self.ids or post_id > self.ids[-1]:
            self.ids.append(post_id)
        elif self.ids[bisect_left(self.ids, post_id)] != post_id:
            insort(self.ids, post_id)
        if len(self.ids) > _MOST:
            self.ids = self.ids[-_KEPT:]
            self.floor = self.ids[0]

    def extend(self, older_newest_first: Sequence[int], asked: int) -> None:
        """Older ids, which follow right below the floor."""
        self.ids[:0] = reversed(older_newest_first)
        self.floor = self.ids[0] if len(older_newest_first) >= asked else 0

    def forget(self, gone: Iterable[int]) -> None:
        """Ids whose posts are gone."""
        missing = set(gone)
        if missing:
            self.ids = [post_id for post_id in self.ids if post_id not in missing]

    def below(self, max_id: int, above: int) -> Sequence[int]:
        """Ids under `max_id` and over `above`, newest first, as far as the window reaches."""
        return self.ids[bisect_right(self.ids, above) : bisect_left(self.ids, max_id)][::-1]

    def above(self, min_id: int, max_id: int) -> Sequence[int]:
        """Ids over `min_id` and under `max_id`, oldest first; only asked where `min_id` is at or over the floor."""
        return self.ids[bisect_right(self.ids, min_id) : bisect_left(self.ids, max_id)]
