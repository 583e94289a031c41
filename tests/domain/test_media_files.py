"""Stored files are shared by those who uploaded the same bytes, and gone when nobody uses them, whatever happens between."""

import asyncio
import io
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from obstore.store import MemoryStore
from PIL import Image
from tests.waiting import run

from parvis.db.pool import Database
from parvis.kernel.errors import NotFound, Unavailable
from parvis.kernel.ids import new_id
from parvis.media.actions import Media
from parvis.media.process import Processor
from parvis.media.serve import serve_file
from parvis.media.store import BucketStore, FolderStore
from parvis.media.types import Encoded, Part, Processed
from parvis.settings import MediaSettings


class Unprocessed(Processor):
    """Takes what it gets for a finished picture: these tests are about files."""

    async def process(self, data: bytes, use: str = "picture") -> Processed:
        parts = {"original": data, "small": b"small " + data}
        return Processed(
            {role: Encoded(Part(role, "png", len(body), 4, 3), body) for role, body in parts.items()},  # type: ignore[arg-type]
            "0" * 28,
            False,
        )


@asynccontextmanager
async def media_of(url: str, folder: Path, **changes: Any) -> AsyncGenerator[tuple[Media, FolderStore, Database]]:
    settings = MediaSettings(**changes)
    store = FolderStore(folder)
    db = Database(url, size=8)
    await db.open()
    try:
        yield Media(db, store, Unprocessed(settings), settings), store, db
    finally:
        await db.close()


def members(url: str, count: int = 2) -> list[int]:
    ids = [new_id() for _ in range(count)]
    with psycopg.connect(url, autocommit=True) as connection:
        for ident in ids:
            connection.execute("INSERT INTO accounts (id, username) VALUES (%s, %s)", (ident, f"m{ident}"))
    return ids


def counts(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return dict(connection.execute("SELECT hash, refs FROM media_files").fetchall())


def on_disk(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_two_who_upload_the_same_share_it_and_one_who_deletes_takes_nothing(database_url: str, tmp_path: Path) -> None:
    first, second = members(database_url)

    async def scenario() -> None:
        async with media_of(database_url, tmp_path) as (media, store, _):
            mine = await media.upload(first, b"same")
            yours = await media.upload(second, b"same")
            assert mine.original == yours.original and len(on_disk(tmp_path)) == 2
            assert set(counts(database_url).values()) == {2}
            with pytest.raises(NotFound):
                await media.delete(first, yours.id)
            await media.delete(first, mine.id)
            assert (await serve_file(store, yours.original, None, None)).status == 200
            await media.delete(second, yours.id)
            assert on_disk(tmp_path) == set() and counts(database_url) == {}
            with pytest.raises(NotFound):
                await serve_file(store, yours.original, None, f'"{yours.original[:32]}"')

    run(scenario())


def test_uploads_and_deletions_of_the_same_bytes_at_once_never_lose_a_file(database_url: str, tmp_path: Path) -> None:
    people = members(database_url, 6)

    async def scenario() -> None:
        async with media_of(database_url, tmp_path) as (media, _, db):

            async def come_and_go(member: int, stay: bool) -> None:
                for _ in range(12):
                    row = await media.upload(member, b"contended")
                    # From the answer on and as long as it is not deleted, the file is there.
                    assert {row.original, row.small} <= on_disk(tmp_path)
                    await media.delete(member, row.id)
                if stay:
                    await media.upload(member, b"contended")

            async def sweep() -> None:
                for _ in range(10):
                    await media.sweep()
                    for part in range(256):
                        if any((tmp_path / f"{part:02x}").glob("*")):
                            await media.sweep_orphans(f"{part:02x}")

            await asyncio.gather(*(come_and_go(member, at < 2) for at, member in enumerate(people)), sweep())
            assert set(counts(database_url).values()) == {2}
            assert on_disk(tmp_path) == set(counts(database_url))
            assert db.state().waiting == 0

    run(scenario())


def test_what_a_crash_left_behind_is_swept(database_url: str, tmp_path: Path) -> None:
    [member] = members(database_url, 1)

    async def scenario() -> None:
        async with media_of(database_url, tmp_path) as (media, store, db):
            kept = await media.upload(member, b"kept")
            # Killed after the commit and before the file was deleted.
            cut = await media.upload(member, b"cut off")
            async with db.transaction() as tx:
                await tx.connection.execute("DELETE FROM media WHERE id = %s", (cut.id,))
                assert sorted(await media.release(tx, [cut.original, cut.small])) == sorted([cut.original, cut.small])
            # Killed after the file was stored and before the commit.
            orphan = "0" * 64 + ".png"
            await store.put(orphan, b"nobody knows of me")
            # Killed in the middle of a write.
            half, fresh = tmp_path / ".new" / "half", tmp_path / ".new" / "fresh"
            half.write_bytes(b"hal")
            fresh.write_bytes(b"still being written")
            os.utime(half, (time.time() - 7200, time.time() - 7200))
            assert await media.sweep() >= 2
            assert await media.sweep_orphans("00") in (0, 1)  # the hour decides whether the sweep has seen to it
            assert on_disk(tmp_path) == {kept.original, kept.small, "fresh"}
            assert set(counts(database_url)) == {kept.original, kept.small}

    run(scenario())


def test_uploads_that_never_got_a_post_are_swept_when_they_are_old(database_url: str, tmp_path: Path) -> None:
    [member] = members(database_url, 1)

    async def scenario() -> None:
        async with media_of(database_url, tmp_path, unattached_hours=24) as (media, _, db):
            fresh, old, posted = [await media.upload(member, each) for each in (b"fresh", b"old", b"posted")]
            async with db.transaction() as tx:
                await tx.connection.execute("UPDATE media SET post_id = 1 WHERE id = %s", (posted.id,))
                await tx.connection.execute(
                    "UPDATE media SET created_at = now() - interval '25 hours' WHERE id = ANY(%s)",
                    ([old.id, posted.id],),
                )
            await media.sweep()
            assert on_disk(tmp_path) == {fresh.original, fresh.small, posted.original, posted.small}
            with pytest.raises(NotFound):
                await media.find(member, old.id)
            with pytest.raises(NotFound):
                await media.update(member, posted.id, description="too late")

    run(scenario())


def test_a_full_store_is_said_and_nothing_is_half_written(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [member] = members(database_url, 1)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    async def scenario() -> None:
        async with media_of(database_url, tmp_path) as (media, _, _db):
            with monkeypatch.context() as patch:
                patch.setattr(os, "fsync", full)
                with pytest.raises(Unavailable):
                    await media.upload(member, b"no room")
            assert on_disk(tmp_path) == set() and counts(database_url) == {}
            assert await media.upload(member, b"no room")

    run(scenario())


@pytest.mark.parametrize("prefix", ["", "town/media"])
def test_a_bucket_does_what_a_folder_does(prefix: str) -> None:
    bucket: Any = MemoryStore()
    store = BucketStore(bucket, prefix)
    names = [f"{start}{'0' * 62}.png" for start in ("00", "0a", "0b", "ff")]

    async def scenario() -> None:
        await store.probe()
        await store.tidy()
        for name in names:
            await store.put(name, name.encode())
            await store.put(name, b"a file that is there is the same file")
        assert sorted([name async for name in store.names()]) == names
        for name in names:
            assert [found async for found in store.names(name[:2])] == [name]
        assert [found async for found in store.names("0c")] == []
        answer = await serve_file(store, names[1], "bytes=1-3", None)
        assert answer.status == 206 and answer.chunks
        assert b"".join([chunk async for chunk in answer.chunks]) == names[1].encode()[1:4]
        await store.delete(names[1])
        await store.delete(names[1])
        with pytest.raises(NotFound):
            await serve_file(store, names[1], None, None)
        with pytest.raises(NotFound):
            await store.put("../" + names[0], b"x")

    run(scenario())


def _animation(size: tuple[int, int], kind: str) -> bytes:
    frames = [Image.new("RGB", size, (i * 40, 255 - i * 40, 90)) for i in range(5)]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=70, loop=0)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
@pytest.mark.parametrize("size", [(60, 90), (90, 60), (700, 500), (1, 30)])
def test_moving_avatars_fill_their_frame_and_have_a_still_one(kind: str, size: tuple[int, int]) -> None:
    done = run(Processor(MediaSettings()).process(_animation(size, kind), "avatar"))
    moving: Any = Image.open(io.BytesIO(done.files["original"].data))
    still: Any = Image.open(io.BytesIO(done.files["static"].data))
    assert moving.size == still.size == (400, 400)
    assert moving.n_frames == 5 and getattr(still, "n_frames", 1) == 1
    assert moving.info.get("duration", 70) in (70, 0) and done.files["original"].part.height == 400


def test_a_moving_picture_keeps_its_pace_and_its_preview_stands_still() -> None:
    done = run(Processor(MediaSettings()).process(_animation((60, 40), "GIF")))
    moving: Any = Image.open(io.BytesIO(done.files["original"].data))
    still: Any = Image.open(io.BytesIO(done.files["small"].data))
    assert moving.n_frames == 5 and moving.info["duration"] == 70
    assert getattr(still, "n_frames", 1) == 1 and (done.files["small"].part.height, still.height) == (40, 40)
