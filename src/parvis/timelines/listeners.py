"""The relations of those who have a stream open, read anew when they change."""

import time

from parvis.relations.viewer import Viewer, Viewers

_AT_ONCE = 500


class Listeners:
    """Members with open streams. What changed is marked stale at once, and read again before anything is decided by it."""

    def __init__(self, viewers: Viewers) -> None:
        self._viewers = viewers
        self._counts: dict[int, int] = {}
        self._known: dict[int, Viewer] = {}
        self._stale: set[int] = set()
        self._expiry = float("inf")

    def add(self, account_id: int) -> None:
        """One more stream of a member."""
        self._counts[account_id] = self._counts.get(account_id, 0) + 1
        if account_id not in self._known:
            self._stale.add(account_id)

    def remove(self, account_id: int) -> None:
        """One stream less."""
        left = self._counts.get(account_id, 0) - 1
        if left > 0:
            self._counts[account_id] = left
            return
        self._counts.pop(account_id, None)
        self._known.pop(account_id, None)
        self._stale.discard(account_id)

    def count(self, account_id: int) -> int:
        """How many streams a member has open."""
        return self._counts.get(account_id, 0)

    def changed(self, account_id: int) -> None:
        """Whom the member follows or hides has changed."""
        if account_id in self._counts:
            self._stale.add(account_id)

    def changed_all(self) -> None:
        """It may have changed for anyone."""
        self._stale.update(self._counts)

    async def refresh(self) -> None:
        """Read what is stale."""
        if time.time() >= self._expiry:
            now = time.time()
            self._stale.update(ident for ident, viewer in self._known.items() if viewer.fresh_until <= now)
            self._expiry = min(
                (v.fresh_until for v in self._known.values() if v.fresh_until > now), default=float("inf")
            )
        while self._stale:
            part = list(self._stale)[:_AT_ONCE]
            self._stale.difference_update(part)
            try:
                read = await self._viewers.listeners(part)
            except BaseException:
                self._stale.update(ident for ident in part if ident in self._counts)
                raise
            for viewer in read:
                if viewer.id in self._counts:
                    self._known[viewer.id] = viewer
                    self._expiry = min(self._expiry, viewer.fresh_until)

    def get(self, account_id: int) -> Viewer | None:
        """A member's relations as of the last refresh; None where they closed their last stream meanwhile."""
        return self._known.get(account_id)

    def home_of(self, author_id: int) -> list[Viewer]:
        """Those whose home the author's posts may belong to."""
        return [viewer for viewer in self._known.values() if author_id in viewer.follows or viewer.id == author_id]
