"""Where media files are: by the hash of their content, in a folder or in any S3-compatible store."""

import asyncio
import contextlib
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from obstore.exceptions import GenericError
from obstore.store import S3Store

from parvis.kernel.errors import NotFound, Unavailable
from parvis.settings import Settings

_NAME = re.compile(r"[0-9a-f]{64}\.(?:jpg|png|webp|gif|mp4|mp3|ogg)")
_CHUNK = 256 * 1024
_ASIDE = ".new"  # the folder of what is being written


class Found(NamedTuple):
    """A stored file: its size and its bytes from `start` to before `end`."""

    size: int
    start: int
    end: int
    chunks: AsyncIterator[bytes]


class Store(Protocol):
    """What a store can do. Names are `<sha256>.<extension>`; anything else is NotFound."""

    async def put(self, name: str, data: bytes) -> None: ...
    async def delete(self, name: str) -> None: ...
    async def read(self, name: str, start: int = 0, end: int | None = None) -> Found: ...
    def names(self, start: str = "") -> AsyncIterator[str]: ...
    async def tidy(self) -> None: ...
    async def probe(self) -> None: ...


def check_name(name: str) -> str:
    """The name, or NotFound: no path can be smuggled in."""
    if not _NAME.fullmatch(name):
        raise NotFound
    return name


class FolderStore:
    """Files under `<folder>/ab/cd/<name>`: written aside, synced, then renamed, so that a name never shows half a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, name: str) -> Path:
        check_name(name)
        return self._folder / name[:2] / name[2:4] / name

    async def put(self, name: str, data: bytes) -> None:
        """Store; a file that is there already is the same file."""
        await asyncio.to_thread(self._write, self._path(name), data)

    def _write(self, path: Path, data: bytes) -> None:
        try:
            if path.exists():
                return
            aside_folder = self._folder / _ASIDE
            aside_folder.mkdir(parents=True, exist_ok=True)
            fresh = [folder for folder in (path.parent, path.parent.parent) if not folder.exists()]
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, aside = tempfile.mkstemp(dir=aside_folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(aside).replace(path)
                # The name is as durable as the bytes only once its folder is on disk, and that folder's own name.
                for folder in (path.parent, *(made.parent for made in fresh)):
                    _sync_folder(folder)
            except BaseException:
                Path(aside).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise Unavailable("The media store has no room or cannot be written; nothing was stored") from error

    async def delete(self, name: str) -> None:
        """Delete; a file that is not there is no error."""
        try:
            await asyncio.to_thread(self._path(name).unlink, missing_ok=True)
        except OSError as error:
            raise Unavailable("The media store cannot be written; nothing was deleted") from error

    async def read(self, name: str, start: int = 0, end: int | None = None) -> Found:
        """A file, or a part of it. NotFound."""
        path = self._path(name)
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
        except FileNotFoundError:
            raise NotFound from None
        stop = size if end is None else min(end, size)
        return Found(size, start, stop, _chunks(path, start, stop))

    async def names(self, start: str = "") -> AsyncIterator[str]:
        """Every stored name, or those that start with two given letters."""
        for path in await asyncio.to_thread(lambda: list(self._folder.glob(f"{start or '??'}/??/*"))):
            if _NAME.fullmatch(path.name):
                yield path.name

    async def tidy(self) -> None:
        """Remove what a write left behind that was cut off an hour ago or longer."""

        def remove() -> None:
            for path in (self._folder / _ASIDE).glob("*"):
                with contextlib.suppress(FileNotFoundError):
                    if path.stat().st_mtime < time.time() - 3600:
                        path.unlink()

        await asyncio.to_thread(remove)

    async def probe(self) -> None:
        """Unavailable where nothing could be written."""
        path = self._folder / ".probe"

        def write() -> None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
            path.unlink()

        try:
            await asyncio.to_thread(write)
        except OSError as error:
            raise Unavailable(f"The media folder {self._folder} cannot be written: {error}") from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def _chunks(path: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        file.seek(start)
        left = stop - start
        while left > 0:
            chunk = await asyncio.to_thread(file.read, min(_CHUNK, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk


class BucketStore:
    """Files in a bucket of an S3-compatible store."""

    def __init__(self, store: S3Store, prefix: str) -> None:
        self._store: Any = store
        self._prefix = prefix.strip("/")

    def _key(self, name: str) -> str:
        check_name(name)
        return f"{self._prefix}/{name}" if self._prefix else name

    async def put(self, name: str, data: bytes) -> None:
        """Store; a file that is there already is the same file."""
        with contextlib.suppress(NotFound):
            await self._try(self._store.head_async(self._key(name)))
            return
        kind = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}.get(
            name.rsplit(".", 1)[1], "application/octet-stream"
        )
        attributes = {"Content-Type": kind, "Cache-Control": "public, max-age=31536000, immutable"}
        await self._try(self._store.put_async(self._key(name), data, attributes=attributes))

    async def delete(self, name: str) -> None:
        """Delete; a file that is not there is no error."""
        try:
            await self._store.delete_async(self._key(name))
        except FileNotFoundError:
            return
        except Exception as error:
            raise Unavailable("The media store did not answer") from error

    async def read(self, name: str, start: int = 0, end: int | None = None) -> Found:
        """A file, or a part of it. NotFound."""
        key = self._key(name)
        if start == 0 and end is None:
            whole = await self._try(self._store.get_async(key))
            size: int = whole.meta["size"]
            return Found(size, 0, size, _stream(whole))
        size = (await self._try(self._store.head_async(key)))["size"]
        stop = size if end is None else min(end, size)
        data = await self._try(self._part(key, start, stop)) if stop > start else b""

        async def chunks() -> AsyncIterator[bytes]:
            yield bytes(data)

        return Found(size, start, stop, chunks())

    async def names(self, start: str = "") -> AsyncIterator[str]:
        """Every stored name, or those that start with two given letters."""
        # The store lists whole folders, from a key on: from the first name that starts so to the first that does not.
        after = f"{self._prefix}/{start}" if self._prefix else start
        async for batch in self._store.list(prefix=self._prefix or None, offset=after or None):
            for item in batch:
                name = str(item["path"]).rsplit("/", 1)[-1]
                if not name.startswith(start):
                    return
                if _NAME.fullmatch(name):
                    yield name

    async def tidy(self) -> None:
        """Nothing: the store keeps no half-written file."""

    async def probe(self) -> None:
        """Unavailable where the store does not answer or refuses."""
        key = f"{self._prefix}/.probe" if self._prefix else ".probe"
        await self._try(self._store.put_async(key, b"x"))
        await self._try(self._store.delete_async(key))

    async def _part(self, key: str, start: int, stop: int) -> bytes:
        try:
            return bytes(await self._store.get_range_async(key, start=start, end=stop))
        except GenericError as error:
            if "NotPartial" not in str(error):
                raise
            # Some stores answer a range with the whole file.
            return bytes(await (await self._store.get_async(key)).bytes_async())[start:stop]

    async def _try(self, call: Any) -> Any:
        try:
            return await call
        except FileNotFoundError:
            raise NotFound from None
        except Exception as error:
            raise Unavailable("The media store did not answer") from error


async def _stream(result: Any) -> AsyncIterator[bytes]:
    async for chunk in result.stream(min_chunk_size=_CHUNK):
        yield bytes(chunk)


def build_store(settings: Settings) -> Store:
    """The store that the settings name."""
    media = settings.media
    if not media.s3_bucket:
        return FolderStore(settings.data_dir / "media")
    config: Any = {
        "access_key_id": settings.secrets.s3_access_key,
        "secret_access_key": settings.secrets.s3_secret_key,
        "region": media.s3_region,
    }
    if media.s3_endpoint:
        config["endpoint"] = media.s3_endpoint
    options: Any = {"allow_http": media.s3_endpoint.startswith("http://"), "timeout": "30s"}
    return BucketStore(S3Store(media.s3_bucket, config=config, client_options=options), media.s3_prefix)
