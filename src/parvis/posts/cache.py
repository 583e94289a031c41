"""Rendered posts as a process keeps them."""

from collections.abc import Iterable
from typing import Any

import msgspec
import structlog

from parvis.accounts.cache import AccountEntry, Accounts
from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Event, Kind
from parvis.db.sql import load
from parvis.kernel.lru import Lru, Watch
from parvis.kernel.text import place

SQL = load(__package__, "cache.sql")
log = structlog.get_logger()
_checker = msgspec.json.Decoder(dict[str, msgspec.Raw])


class PostEntry:
    """One post: its bytes, the facts that decisions need, its author and what it echoes."""

    __slots__ = (
        "account_id",
        "audience",
        "author",
        "counts",
        "echo",
        "echo_of_id",
        "has_media",
        "head",
        "id",
        "language",
        "mention_ids",
        "pinned",
        "reply_to_account_id",
        "reply_to_id",
        "state",
        "tags",
        "thread_id",
        "version",
    )

    def __init__(self, row: Any, head: bytes, author: AccountEntry) -> None:
        self.id: int = row.id
        self.account_id: int = row.account_id
        self.audience: int = row.audience
        self.state: int = row.state
        self.thread_id: int = row.thread_id
        self.reply_to_id: int | None = row.reply_to_id
        self.reply_to_account_id: int | None = row.reply_to_account_id
        self.echo_of_id: int | None = row.echo_of_id
        self.mention_ids: tuple[int, ...] = tuple(row.mention_ids)
        self.tags: tuple[str, ...] = tuple(row.tags)
        self.language: str | None = row.language
        self.has_media: bool = row.has_media
        self.pinned: bool = row.pinned
        self.head = head
        self.author = author
        self.echo: PostEntry | None = None
        self.version = 0
        self.counts = b""
        self.count(row.replies, row.echoes, row.votes, row.stats_version)

    def count(self, replies: int, echoes: int, votes: int, version: int) -> None:
        """Take newer counts in; older ones are left out."""
        if version > self.version:
            self.version = version
            self.counts = (f',"replies_count":{replies},"reblogs_count":{echoes},"favourites_count":{votes}').encode()

    @property
    def cost(self) -> int:
        """Bytes of memory, roughly."""
        return len(self.head) + 700


class Posts:
    """Finds posts by id, from memory where it can; each comes with its author and with what it echoes."""

    def __init__(self, db: Database, changes: Changes, accounts: Accounts, capacity: int) -> None:
        self._db = db
        self._accounts = accounts
        self._entries: Lru[int, PostEntry] = Lru(capacity, lambda entry: entry.cost)
        self._watch: Watch[int] = Watch()
        changes.on(Kind.POST_CHANGED, self._on_changed)
        changes.on(Kind.POST_GONE, self._on_changed)
        changes.on(Kind.POST_COUNTS, self._on_counts)
        changes.on(Kind.SITE_CHANGED, lambda _: self.clear())
        changes.on(Kind.RESET, lambda _: self.clear())

    async def find(self, post_id: int) -> PostEntry | None:
        """One post, or None."""
        return (await self.find_many([post_id])).get(post_id)

    def known(self, post_id: int) -> PostEntry | None:
        """From memory only: with its author and echo as they are now, or None where a part of it is not there."""
        entry = self._entries.get(post_id)
        if entry is None:
            return None
        author = self._accounts.known(entry.account_id)
        if author is None:
            return None
        entry.author = author
        if entry.echo_of_id:
            inner = self.known(entry.echo_of_id)
            if inner is None:
                return None
            entry.echo = inner
        return entry

    async def find_many(self, ids: Iterable[int]) -> dict[int, PostEntry]:
        """The posts that exist, by id. One statement brings posts, what they echo, and the authors."""
        found: dict[int, PostEntry] = {}
        missing: list[int] = []
        for post_id in ids:
            entry = self.known(post_id)
            if entry is None:
                missing.append(post_id)
            else:
                found[post_id] = entry
        if missing:
            await self._read(missing, found)
        return found

    def writing(self, post_id: int) -> Any:
        """For the writer of a new post that will `keep` it: see `Watch.reading`."""
        return self._watch.reading({post_id})

    async def keep(self, row: Any) -> None:
        """Keep a post that this process has just written; `row` has the columns of `posts_by_ids` that are the post's."""
        author = await self._accounts.find(row.account_id)
        if author is not None:
            self._entries.put(row.id, self._make(row, author))

    def _make(self, row: Any, author: AccountEntry) -> PostEntry:
        head = place(bytes(row.body), self._accounts.origin, self._accounts.media_base)
        return PostEntry(row, head[:-1] + b',"account":', author)

    async def _read(self, missing: list[int], found: dict[int, PostEntry]) -> None:
        with self._watch.reading(None) as fresh, self._accounts.reading(None) as fresh_account:
            rows = await self._db.all(SQL.posts_by_ids, {"ids": missing})
            authors: dict[int, AccountEntry] = {}
            read: dict[int, PostEntry] = {}
            for row in rows:
                if not (_is_json(row.body) and _is_json(row.account_body)):
                    log.error("post_broken", post=row.id)  # left out: one broken post must not break a page
                    continue
                author = authors.get(row.account_id) or self._accounts.known(row.account_id)
                if author is None:
                    author = self._accounts.make(row)
                    if fresh_account(author.id):
                        self._accounts.keep(author)
                authors[author.id] = author
                entry = read[row.id] = self._make(row, author)
                if fresh(entry.id):
                    self._entries.put(entry.id, entry)
        for post_id in missing:
            entry = read.get(post_id)
            if entry is None:
                continue
            if entry.echo_of_id:
                entry.echo = read.get(entry.echo_of_id)
                if entry.echo is None:
                    continue  # what it echoed is gone: so is the echo
            found[post_id] = entry

    def _on_changed(self, event: Event) -> None:
        self._entries.drop(event.b)
        self._watch.changed(event.b)

    def _on_counts(self, event: Event) -> None:
        self._watch.changed(event.b)
        entry = self._entries.get(event.b)
        if entry is None:
            return
        if event.f < 0:
            self._entries.drop(event.b)
        else:
            entry.count(event.c, event.d, event.e, event.f)

    def clear(self) -> None:
        """Drop all."""
        self._entries.clear()
        self._watch.changed_all()


def _is_json(body: bytes) -> bool:
    try:
        _checker.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
