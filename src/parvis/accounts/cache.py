"""Rendered accounts as a process keeps them."""

from collections.abc import Iterable
from typing import Any

import msgspec

from parvis.accounts import wire
from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Event, Kind
from parvis.db.sql import load
from parvis.kernel.ids import id_time
from parvis.kernel.lru import Lru, Watch
from parvis.kernel.text import place

SQL = load(__package__)

ACTIVE, WAITING, SUSPENDED, LEAVING = 0, 1, 2, 3


class AccountEntry:
    """One account: its bytes, and the few facts that decisions need."""

    __slots__ = ("body", "bot", "head", "id", "local", "locked", "state", "username", "version")

    def __init__(self, row: Any, head: bytes) -> None:
        self.id: int = row.account_id
        self.username: str = row.username
        self.local: bool = row.domain is None
        self.locked: bool = row.locked
        self.bot: bool = row.bot
        self.state: int = row.account_state
        self.head = head
        self.version = 0
        self.body = b""
        self.count(row.followers, row.following, row.account_posts, row.last_post_id, row.account_stats_version)

    def count(self, followers: int, following: int, posts: int, last_post_id: int | None, version: int) -> None:
        """Take newer counts in; older ones are left out."""
        if version > self.version:
            last = id_time(last_post_id) if last_post_id else None
            self.body = self.head + wire.counts(followers, following, posts, last)
            self.version = version

    @property
    def active(self) -> bool:
        """Whether others may see it."""
        return self.state == ACTIVE

    def whole(self) -> wire.WholeAccount:
        """As a struct, for pages."""
        return msgspec.json.decode(self.body, type=wire.WholeAccount)


class Accounts:
    """Finds accounts by id, from memory where it can."""

    def __init__(self, db: Database, changes: Changes, capacity: int, origin: str, media_base: str) -> None:
        self._db = db
        self._entries: Lru[int, AccountEntry] = Lru(capacity)
        self._watch: Watch[int] = Watch()
        self.origin = origin
        self.media_base = media_base
        changes.on(Kind.ACCOUNT_CHANGED, self._on_changed)
        changes.on(Kind.ACCOUNT_COUNTS, self._on_counts)
        changes.on(Kind.SITE_CHANGED, lambda _: self.clear())
        changes.on(Kind.RESET, lambda _: self.clear())

    def known(self, account_id: int) -> AccountEntry | None:
        """From memory only."""
        return self._entries.get(account_id)

    async def find(self, account_id: int) -> AccountEntry | None:
        """One account, or None."""
        return self._entries.get(account_id) or (await self.find_many([account_id])).get(account_id)

    async def find_many(self, ids: Iterable[int]) -> dict[int, AccountEntry]:
        """The accounts that exist, by id; at most one statement."""
        found: dict[int, AccountEntry] = {}
        missing: list[int] = []
        for account_id in ids:
            entry = self._entries.get(account_id)
            if entry is None:
                missing.append(account_id)
            else:
                found[account_id] = entry
        if missing:
            with self._watch.reading(set(missing)) as fresh:
                for row in await self._db.all(SQL.accounts_by_ids, {"ids": missing}):
                    entry = found[row.account_id] = self.make(row)
                    if fresh(entry.id):
                        self._entries.put(entry.id, entry)
        return found

    def make(self, row: Any) -> AccountEntry:
        """An entry from a row with the columns of `accounts_by_ids`."""
        return AccountEntry(row, place(bytes(row.account_body), self.origin, self.media_base)[:-1])

    def reading(self, ids: set[int] | None) -> Any:
        """For a caller whose own statement brings accounts along: see `Watch.reading`."""
        return self._watch.reading(ids)

    def keep(self, entry: AccountEntry) -> None:
        """Keep an entry that a caller's statement brought along and that did not change meanwhile."""
        self._entries.put(entry.id, entry)

    def _on_changed(self, event: Event) -> None:
        self._entries.drop(event.a)
        self._watch.changed(event.a)

    def _on_counts(self, event: Event) -> None:
        self._watch.changed(event.a)
        entry = self._entries.get(event.a)
        if entry is None:
            return
        if event.f < 0:
            self._entries.drop(event.a)
        else:
            entry.count(event.b, event.c, event.d, event.e or None, event.f)

    def clear(self) -> None:
        """Drop all."""
        self._entries.clear()
        self._watch.changed_all()


def as_list(entries: Iterable[AccountEntry]) -> bytes:
    """A JSON array of accounts."""
    return b"[" + b",".join([entry.body for entry in entries]) + b"]"
