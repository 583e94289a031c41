"""Runs the confined worker: a fresh process for every picture, bounded in number, time and memory."""

import asyncio
import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog

from parvis.kernel.errors import Invalid, Unavailable
from parvis.media.types import Bounds, Encoded, Hash, Order, Processed, Report
from parvis.settings import MediaSettings

log = structlog.get_logger()

_MOST_OUT = 64 * 1024 * 1024
_MOST_SAID = 64 * 1024
_WAITING = 8  # uploads that may wait for each slot: their bytes are in memory
_MAGIC = {"jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "webp": b"RIFF", "gif": b"GIF8"}
_WORKER = (sys.executable, "-m", "parvis.media.worker")
_PACKAGES = str(Path(__file__).parents[2])


class Processor:
    """Processes uploads."""

    def __init__(self, settings: MediaSettings, command: Sequence[str] = _WORKER) -> None:
        """`command` starts a worker; it is given the memory (MiB) and the time (s) as arguments."""
        self._command = command
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.workers)
        self._inside = 0
        self._bounds = Bounds(
            max_pixels=settings.max_pixels,
            max_frames=settings.max_frames,
            stored_pixels=settings.stored_pixels,
            preview_pixels=settings.preview_pixels,
        )

    async def process(self, data: bytes, use: str = "picture") -> Processed:
        """The encoded files of an upload. Invalid("file", …) says what is wrong with it."""
        if not data:
            raise Invalid("file", "can't be blank", "ERR_BLANK")
        if len(data) > self._settings.max_bytes:
            raise Invalid("file", f"is larger than {self._settings.max_bytes} bytes", "ERR_TOO_LARGE")
        if self._inside >= self._settings.workers * (1 + _WAITING):
            raise Unavailable("Too many pictures are being processed, please try again in a moment")
        self._inside += 1
        try:
            async with self._slots:
                done = await self._run(data, use)
                # Not the worker's to say: what it runs on must not be able to pass for another file.
                digests = await asyncio.to_thread(_digests, data)
                return msgspec.structs.replace(done, hashes=(*digests, *done.hashes))
        finally:
            self._inside -= 1

    async def _run(self, data: bytes, use: str) -> Processed:
        order = msgspec.json.encode(Order(use=use, bytes=len(data), bounds=self._bounds))
        with tempfile.TemporaryDirectory(prefix="parvis-media-") as empty:
            worker = await asyncio.create_subprocess_exec(
                *self._command,
                str(self._settings.memory_mb),
                str(self._settings.timeout_s),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=empty,
                # Nothing of our environment, and so no secret, goes along.
                env={
                    "PATH": os.defpath,
                    "PYTHONPATH": _PACKAGES,
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "LC_ALL": "C.UTF-8",
                    "VIPS_CONCURRENCY": "1",
                    "VIPS_DISC_THRESHOLD": "2g",
                    "MALLOC_ARENA_MAX": "2",
                    "OPENBLAS_NUM_THREADS": "1",
                    "HOME": empty,
                },
            )
            try:
                async with asyncio.timeout(self._settings.timeout_s):
                    out, err = await _talk(worker, order + b"\n", data)
            except TimeoutError as error:
                raise Invalid("file", "takes too long to process", "ERR_TOO_LARGE") from error
            except OverflowError as error:
                log.warning("media_worker_floods")
                raise Invalid("file", "could not be processed within the server's bounds", "ERR_TOO_LARGE") from error
            finally:
                await _end(worker)
        if err:
            log.warning("media_worker", said=err.decode("utf-8", "replace")[-500:])
        return _read(out, worker.returncode or 0)


async def _talk(worker: asyncio.subprocess.Process, *sent: bytes) -> tuple[bytes, bytes]:
    """Send, and hear what comes until the worker ends; OverflowError where it says more than any picture needs."""
    assert worker.stdin and worker.stdout and worker.stderr

    async def send(to: asyncio.StreamWriter) -> None:
        try:
            for part in sent:
                to.write(part)
                await to.drain()
            to.close()
        except ConnectionError:
            return  # it ended before it heard all: its answer says why

    out, err, _ = await asyncio.gather(
        _hear(worker.stdout, _MOST_OUT, worker), _hear(worker.stderr, _MOST_SAID, worker), send(worker.stdin)
    )  # fmt: skip
    await worker.wait()
    if out is None or err is None:
        raise OverflowError
    return out, err


async def _hear(stream: asyncio.StreamReader, most: int, worker: asyncio.subprocess.Process) -> bytes | None:
    """All that it says; None where that is more than `most`, for which it is killed."""
    heard = bytearray()
    said = 0
    while chunk := await stream.read(256 * 1024):
        said += len(chunk)
        if said <= most:
            heard += chunk
        else:
            _kill(worker)
    return bytes(heard) if said <= most else None


def _kill(worker: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        worker.kill()


async def _end(worker: asyncio.subprocess.Process) -> None:
    """Kill the worker if it still runs. What it still says is read and dropped: waiting alone would wait for that."""
    if worker.returncode is not None:
        return
    _kill(worker)
    for stream in (worker.stdout, worker.stderr):
        while stream and await stream.read(256 * 1024):
            pass
    await worker.wait()


def _read(out: bytes, code: int) -> Processed:
    head, _, rest = out.partition(b"\n")
    try:
        report = msgspec.json.decode(head, type=Report)
    except msgspec.DecodeError as error:  # a field out of its bounds included
        if code < 0 or head:  # killed: out of memory or time, or a decoder that crashed
            raise Invalid("file", "could not be processed within the server's bounds", "ERR_TOO_LARGE") from error
        raise Unavailable("Pictures cannot be processed right now, please try again in a moment") from error
    if report.error is not None:
        raise Invalid("file", report.error)
    files: dict[str, Encoded] = {}
    at = 0
    for part in report.parts:
        files[part.role] = Encoded(part, rest[at : at + part.bytes])
        at += part.bytes
    # What is stored and served as a picture begins as one, whatever became of the worker.
    whole = all(file.data.startswith(_MAGIC[file.part.extension]) for file in files.values())
    if "original" not in files or at != len(rest) or not whole:
        raise Invalid("file", "could not be processed")
    frames = tuple(Hash("pdq", frame.hash, frame.quality) for frame in report.frames)
    return Processed(files, report.blurhash, report.animated, frames)


def _digests(data: bytes) -> tuple[Hash, Hash]:
    return (
        Hash("sha256", hashlib.sha256(data).hexdigest()),
        Hash("md5", hashlib.md5(data, usedforsecurity=False).hexdigest()),
    )
