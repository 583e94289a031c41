"""What a process keeps of a member who looks: whom they follow and hide, what they voted, echoed, bookmarked, muted."""

import time
from collections.abc import Sequence
from typing import Any

from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Event, Kind
from parvis.db.sql import load
from parvis.kernel.lru import Lru, Watch

SQL = load(__package__, "viewer.sql")

# The viewer's own flags on a post.
VOTED, ECHOED, BOOKMARKED, MUTED = 1, 2, 4, 8
FLAGS = (VOTED, ECHOED, BOOKMARKED)

# So many of each are kept; posts older than the oldest kept are looked up when they are shown.
_KEPT = 500


class Marks:
    """The posts that a member marked in one way: all of those with ids from `floor` up."""

    __slots__ = ("floor", "ids")

    def __init__(self, ids: Sequence[int]) -> None:
        """`ids` are the newest, in falling order."""
        self.ids = set(ids)
        self.floor = ids[-1] if len(ids) >= _KEPT else 0


class Viewer:
    """One member's relations. Timelines hang their home window on it, so that both are dropped together."""

    __slots__ = (
        "blocked_by",
        "blocks",
        "domains",
        "follows",
        "fresh_until",
        "hidden",
        "home",
        "home_ids",
        "id",
        "languages",
        "marks",
        "muted_threads",
        "mutes",
        "no_echoes",
        "old_flags",
    )

    def __init__(self, row: Any) -> None:
        self.id: int = row.id
        self.follows: frozenset[int] = frozenset(row.follows)
        self.no_echoes: frozenset[int] = frozenset(row.no_echoes)
        # Of whom only posts in some languages are wanted at home.
        self.languages = {int(ident): frozenset[str](spoken) for ident, spoken in (row.languages or {}).items()}
        self.blocks: frozenset[int] = frozenset(row.blocks)
        self.blocked_by: frozenset[int] = frozenset(row.blocked_by)
        self.mutes: frozenset[int] = frozenset(row.mutes)
        self.domains: frozenset[str] = frozenset(row.domains)
        self.hidden = self.blocks | self.blocked_by | self.mutes
        self.muted_threads: frozenset[int] = frozenset(row.muted_threads)
        self.marks = {VOTED: Marks(row.votes), ECHOED: Marks(row.echoes), BOOKMARKED: Marks(row.bookmarks)}
        self.old_flags: dict[int, int] = {}  # posts below a floor that were looked up
        self.fresh_until: float = row.next_expiry.timestamp() if row.next_expiry else float("inf")
        self.home: Any = None
        self.home_ids: Sequence[int] | None = row.home_ids

    @property
    def cost(self) -> int:
        """How many ids are kept."""
        marked = sum(len(marks.ids) for marks in self.marks.values())
        return (
            50
            + len(self.follows)
            + 10 * len(self.languages)
            + len(self.hidden)
            + len(self.blocks)
            + marked
            + len(self.muted_threads)
        )

    def flags(self, post_id: int, thread_id: int) -> int:
        """The viewer's flags on a post; posts below a floor must have been looked up (see `Viewers.look_up`)."""
        bits = MUTED if thread_id in self.muted_threads else 0
        for bit, marks in self.marks.items():
            if post_id in marks.ids:
                bits |= bit
        return bits | self.old_flags.get(post_id, 0)

    def unknown(self, post_ids: Sequence[int]) -> list[int]:
        """Those whose flags must be looked up first."""
        floor = max(marks.floor for marks in self.marks.values())
        if floor == 0:
            return []
        return [post_id for post_id in post_ids if post_id < floor and post_id not in self.old_flags]

    def mark(self, post_id: int, bit: int, *, on: bool) -> None:
        """Take a changed flag in."""
        marks = self.marks[bit]
        if on:
            marks.ids.add(post_id)
        else:
            marks.ids.discard(post_id)
        old = self.old_flags.get(post_id)
        if old is not None:
            self.old_flags[post_id] = old | bit if on else old & ~bit


class Viewers:
    """Finds viewers, from memory where it can."""

    def __init__(self, db: Database, changes: Changes, most: int, most_ids: int) -> None:
        self._db = db
        # A viewer of average size costs most_ids / most: whichever bound is met first.
        self._kept: Lru[int, Viewer] = Lru(most_ids, lambda viewer: max(viewer.cost, most_ids // most))
        self._watch: Watch[int] = Watch()
        changes.on(Kind.VIEWER_CHANGED, self._on_changed)
        changes.on(Kind.FLAGS, self._on_flags)
        changes.on(Kind.RESET, lambda _: self.clear())

    async def find(self, viewer_id: int | None, *, home: bool = False) -> Viewer | None:
        """The viewer; None for a visitor. `home` also brings the newest ids of their home in the same statement."""
        if viewer_id is None:
            return None
        viewer = self._kept.get(viewer_id)
        if viewer is not None and time.time() < viewer.fresh_until:
            return viewer
        with self._watch.reading({viewer_id}) as fresh:
            viewer = Viewer(await self._db.one(SQL.viewer, {"id": viewer_id, "kept": _KEPT, "home": home}))
            if fresh(viewer_id):
                self._kept.put(viewer_id, viewer)
        return viewer

    async def listeners(self, ids: Sequence[int]) -> list[Viewer]:
        """The relations of several members, for their streams: read now, kept by the caller, without flags."""
        return [Viewer(row) for row in await self._db.all(SQL.listeners, {"ids": list(ids)})]

    def known(self, viewer_id: int) -> Viewer | None:
        """From memory only."""
        return self._kept.get(viewer_id)

    async def look_up(self, viewer: Viewer, post_ids: Sequence[int]) -> None:
        """Read the viewer's flags on old posts, so that `Viewer.flags` knows them."""
        unknown = viewer.unknown(post_ids)
        if not unknown:
            return
        if len(viewer.old_flags) > 2000:
            viewer.old_flags.clear()
            unknown = viewer.unknown(post_ids)
        for _ in range(3):
            with self._watch.reading({viewer.id}) as fresh:
                rows = await self._db.all(SQL.flags, {"id": viewer.id, "posts": unknown})
                viewer.old_flags.update((row.post_id, row.flags) for row in rows)
                if fresh(viewer.id):
                    return  # else a flag changed meanwhile: read again

    def _on_changed(self, event: Event) -> None:
        self._kept.drop(event.a)
        self._watch.changed(event.a)

    def _on_flags(self, event: Event) -> None:
        self._watch.changed(event.a)
        viewer = self._kept.get(event.a)
        if viewer is not None:
            viewer.mark(event.b, event.c, on=bool(event.d))

    def clear(self) -> None:
        """Drop all."""
        self._kept.clear()
        self._watch.changed_all()
