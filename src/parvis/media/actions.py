"""Uploading, changing and deleting media; counting who uses a stored file."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from parvis.db.pool import Database, Verbs
from parvis.db.sql import load
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.ids import new_id
from parvis.kernel.text import clean
from parvis.media.process import Processor
from parvis.media.store import Store
from parvis.media.types import MIME, Encoded, Processed
from parvis.settings import MediaSettings

SQL = load(__package__)


class Focus(msgspec.Struct, frozen=True):
    """The point of a picture that crops keep: -1 to 1 from left to right and from bottom to top."""

    x: float = 0.0
    y: float = 0.0

    @classmethod
    def of(cls, text: str | None) -> "Focus":
        """From `x,y`. Invalid where it is none."""
        if not text:
            return cls()
        try:
            x, y = (float(part) for part in text.split(","))
        except ValueError:
            raise Invalid("focus", "must be two numbers from -1 to 1") from None
        if not (-1 <= x <= 1 and -1 <= y <= 1):
            raise Invalid("focus", "must be two numbers from -1 to 1")
        return cls(x, y)


class Media:
    """The media of this server."""

    def __init__(self, db: Database, store: Store, processor: Processor, limits: MediaSettings) -> None:
        self._db = db
        self.store = store
        self._processor = processor
        self._limits = limits

    async def upload(self, account_id: int, data: bytes, description: str = "", focus: str | None = None) -> Any:
        """Process and store a picture; returns its row. Invalid names what is wrong with the file."""
        text = self._described(description)
        point = Focus.of(focus)
        done = await self._processor.process(data)
        original, small = done.files["original"], done.files["small"]
        names = await self._store_files([original, small])
        async with self._db.transaction() as tx:
            await self._claim(tx, names, [original, small])
            await self._note_hashes(tx, names[0], done)
            return await tx.one(
                SQL.insert_media,
                {
                    "id": new_id(),
                    "account": account_id,
                    "original": names[0],
                    "small": names[1],
                    "description": text,
                    "focus_x": point.x,
                    "focus_y": point.y,
                    "blurhash": done.blurhash,
                    "meta": msgspec.json.encode(_meta(done)).decode(),
                },
            )

    async def find(self, account_id: int, media_id: int) -> Any:
        """The member's own medium. NotFound."""
        row = await self._db.maybe(SQL.find_media, {"id": media_id, "account": account_id})
        if row is None:
            raise NotFound
        return row

    async def update(
        self, account_id: int, media_id: int, *, description: str | None = None, focus: str | None = None
    ) -> Any:
        """Change the words or the focus of a medium that no post carries yet. NotFound."""
        point = Focus.of(focus) if focus is not None else None
        row = await self._db.maybe(
            SQL.update_media,
            {
                "id": media_id,
                "account": account_id,
                "description": None if description is None else self._described(description),
                "focus_x": point.x if point else None,
                "focus_y": point.y if point else None,
            },
        )
        if row is None:
            raise NotFound
        return row

    async def delete(self, account_id: int, media_id: int) -> None:
        """Delete a medium that no post carries. NotFound."""
        async with self._db.transaction() as tx:
            row = await tx.maybe(SQL.delete_unattached, {"id": media_id, "account": account_id})
            if row is None:
                raise NotFound
            gone = await self.release(tx, [row.original, row.small])
        await self.remove_files(gone)

    async def store_avatar(self, tx: Verbs, done: Processed) -> tuple[str, str | None]:
        """Claim the files of a processed avatar, header or emoji: the name, and that of its still version."""
        files = _kept(done)
        names = await self._store_files(files)
        await self._claim(tx, names, files)
        await self._note_hashes(tx, names[0], done)
        return names[0], names[1] if len(names) > 1 else None

    async def show_avatar(self, done: Processed) -> tuple[str, ...]:
        """Store the same files before they are claimed, for the publish gate to look at: their names. Where it refuses
        them the sweep takes them."""
        names = await self._store_files(_kept(done))
        async with self._db.transaction() as tx:
            await tx.run(SQL.hold_unclaimed, {"name": names[0]})
            await self._note_hashes(tx, names[0], done)
        return tuple(names)

    async def process(self, data: bytes, use: str) -> Processed:
        """Process an `avatar`, `header` or `emoji`; see `Processor.process`."""
        return await self._processor.process(data, use)

    async def release(self, tx: Verbs, names: Iterable[str | None]) -> list[str]:
        """Give up one use of each file, inside the caller's transaction; returns those that nobody uses any more, to be
        passed to `remove_files` after the commit."""
        given = [name for name in names if name]
        if not given:
            return []
        return [row.hash for row in await tx.all(SQL.release, {"names": given})]

    async def remove_files(self, names: Sequence[str]) -> None:
        """Remove files that nobody uses: each only while its row says so and holds still. A sweep makes up for a crash."""
        for name in names:
            async with self._db.transaction() as tx:
                if await tx.maybe(SQL.forget_unused, {"name": name}) is not None:
                    await self.store.delete(name)

    async def sweep(self) -> int:
        """Delete uploads that never got a post, and files that nobody uses; returns how many files went. Run hourly: each
        hour looks through a 24th of the store for files that nothing knows of."""
        async with self._db.transaction() as tx:
            rows = await tx.all(SQL.delete_old_unattached, {"hours": self._limits.unattached_hours})
            await self.release(tx, [name for row in rows for name in (row.original, row.small)])
        await self.store.tidy()
        unused = [row.hash for row in await self._db.all(SQL.unused_files)]
        await self.remove_files(unused)
        hour = now().hour
        return len(unused) + sum([await self.sweep_orphans(f"{part:02x}") for part in range(hour, 256, 24)])

    async def sweep_orphans(self, start: str) -> int:
        """Delete stored files whose names start with two given letters and that nothing knows of; returns how many."""
        names = [name async for name in self.store.names(start)]
        gone = 0
        for row in await self._db.all(SQL.unknown_files, {"names": names}):
            # Noting it first makes it like any unused file: an upload of the same bytes meanwhile keeps its own.
            await self._db.run(SQL.note_unused, {"name": row.name})
            await self.remove_files([row.name])
            gone += 1
        return gone

    async def hash_stored(self, told: Callable[[int, int], None] = lambda hashed, failed: None) -> tuple[int, int]:
        """Hash the pictures that were stored before uploads were: how many were, and how many files are gone or cannot be
        read (they are passed over). May be cut off and begun again. `told` hears both numbers as they grow."""
        hashed = failed = 0
        after = ""
        while names := [row.name for row in await self._db.all(SQL.unhashed_files, {"after": after})]:
            for at in range(0, len(names), self._limits.workers):
                some = names[at : at + self._limits.workers]
                done = await asyncio.gather(*(self._hash_again(name) for name in some))
                hashed += sum(done)
                failed += len(done) - sum(done)
                told(hashed, failed)
            after = names[-1]
        return hashed, failed

    async def _hash_again(self, name: str) -> bool:
        try:
            found = await self.store.read(name)
            done = await self._processor.process(b"".join([chunk async for chunk in found.chunks]))
        except (NotFound, Invalid):
            return False
        async with self._db.transaction() as tx:
            if await tx.maybe(SQL.hold_file, {"name": name}) is not None:
                await self._note_hashes(tx, name, done)
        return True

    async def _store_files(self, files: Sequence[Encoded]) -> list[str]:
        names: list[str] = []
        for file in files:
            name = f"{sha256(file.data).hexdigest()}.{file.part.extension}"
            await self.store.put(name, file.data)
            names.append(name)
        return names

    async def _claim(self, tx: Verbs, names: Sequence[str], files: Sequence[Encoded]) -> None:
        """Count a use of each file. The row is locked until the commit, so a removal going on either sees the use or is
        over; in that case the bytes are written again."""
        for name, file in sorted(zip(names, files, strict=True), key=lambda pair: pair[0]):
            mime = MIME[file.part.extension]
            await tx.run(SQL.claim, {"name": name, "mime": mime, "bytes": len(file.data)})
            await self.store.put(name, file.data)

    async def _note_hashes(self, tx: Verbs, name: str, done: Processed) -> None:
        """Keep what the upload can be known by, as long as its file; the file's row is locked by the caller."""
        found = {
            "file": name,
            "kinds": [one.kind for one in done.hashes],
            "hashes": [one.hash for one in done.hashes],
            "qualities": [one.quality for one in done.hashes],
        }
        await tx.run(SQL.insert_hashes, found)

    def _described(self, text: str) -> str:
        words = clean(text)
        if len(words) > self._limits.max_description:
            raise Invalid("description", f"is too long (maximum is {self._limits.max_description} characters)")
        return words


def _kept(done: Processed) -> list[Encoded]:
    return [done.files[role] for role in ("original", "static") if role in done.files]


def _meta(done: Processed) -> dict[str, Any]:
    def size(role: str) -> dict[str, Any]:
        part = done.files[role].part
        return {
            "width": part.width,
            "height": part.height,
            "size": f"{part.width}x{part.height}",
            "aspect": round(part.width / part.height, 6),
        }

    return {"original": size("original"), "small": size("small")}
