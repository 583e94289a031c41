"""Where media files are: by the hash of their content, in a folder or in any S3-compatible store."""

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from obstore.store import S3Store

from parvis.kernel.errors import NotFound, Unavailable
from parvis.settings import Settings

_NAME = re.compile(r"^[0-9a-f]{64}\.(?:jpg|png|webp|gif|mp4|mp3|ogg)$")
_CHUNK = 256 * 1024


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
    def names(self) -> AsyncIterator[str]: ...
    async def probe(self) -> None: ...


def check_name(name: str) -> str:
    """The name, or NotFound: no path can be smuggled in."""
    if not _NAME.match(name):
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
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(aside).replace(path)
            except BaseException:
                Path(aside).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise Unavailable("The media store has no room or cannot be written; nothing was stored") from error

    async def delete(self, name: str) -> None:
        """Delete; a file that is not there is no error."""
        await asyncio.to_thread(self._path(name).unlink, missing_ok=True)

    async def read(self, name: str, start: int = 0, end: int | None = None) -> Found:
        """A file, or a part of it. NotFound."""
        path = self._path(name)
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
        except FileNotFoundError:
            raise NotFound from None
        stop = size if end is None else min(end, size)
        return Found(size, start, stop, _chunks(path, start, stop))

    async def names(self) -> AsyncIterator[str]:
        """Every stored name."""
        for path in await asyncio.to_thread(lambda: list(self._folder.glob("??/??/*"))):
            if _NAME.match(path.name):
                yield path.name

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
        """Store."""
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
        size: int = (await self._try(self._store.head_async(key)))["size"]
        stop = size if end is None else min(end, size)
        data = await self._try(self._store.get_range_async(key, start=start, end=stop)) if stop > start else b""

        async def chunks() -> AsyncIterator[bytes]:
            yield bytes(data)

        return Found(size, start, stop, chunks())

    async def names(self) -> AsyncIterator[str]:
        """Every stored name."""
        async for batch in self._store.list(prefix=self._prefix or None):
            for item in batch:
                name = str(item["path"]).rsplit("/", 1)[-1]
                if _NAME.match(name):
                    yield name

    async def probe(self) -> None:
        """Unavailable where the store does not answer or refuses."""
        key = f"{self._prefix}/.probe" if self._prefix else ".probe"
        await self._try(self._store.put_async(key, b"x"))
        await self._try(self._store.delete_async(key))

    async def _try(self, call: Any) -> Any:
        try:
            return await call
        except FileNotFoundError:
            raise NotFound from None
        except Exception as error:
            raise Unavailable("The media store did not answer") from error


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
