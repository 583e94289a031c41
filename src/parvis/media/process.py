"""Runs the confined worker: a fresh process for every picture, bounded in number, time and memory."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import msgspec
import structlog

from parvis.kernel.errors import Invalid, Unavailable
from parvis.media.types import Bounds, Encoded, Order, Processed, Report
from parvis.settings import MediaSettings

log = structlog.get_logger()

_MOST_OUT = 64 * 1024 * 1024
_PACKAGES = str(Path(__file__).parents[2])


class Processor:
    """Processes uploads."""

    def __init__(self, settings: MediaSettings) -> None:
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.workers)
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
        async with self._slots:
            return await self._run(data, use)

    async def _run(self, data: bytes, use: str) -> Processed:
        order = msgspec.json.encode(Order(use=use, bytes=len(data), bounds=self._bounds))
        with tempfile.TemporaryDirectory(prefix="parvis-media-") as empty:
            worker = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "parvis.media.worker",
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
                    "HOME": empty,
                },
                limit=_MOST_OUT,
            )
            try:
                async with asyncio.timeout(self._settings.timeout_s):
                    out, err = await worker.communicate(order + b"\n" + data)
            except TimeoutError as error:
                raise Invalid("file", "takes too long to process", "ERR_TOO_LARGE") from error
            finally:
                if worker.returncode is None:
                    worker.kill()
                    await worker.wait()
        if err:
            log.warning("media_worker", said=err.decode("utf-8", "replace")[-500:])
        return _read(out, worker.returncode or 0)


def _read(out: bytes, code: int) -> Processed:
    head, _, rest = out.partition(b"\n")
    try:
        report = msgspec.json.decode(head, type=Report)
    except msgspec.DecodeError as error:
        if code < 0:  # killed: out of memory or time, or a decoder that crashed
            raise Invalid("file", "could not be processed within the server's bounds", "ERR_TOO_LARGE") from error
        raise Unavailable("Pictures cannot be processed right now, please try again in a moment") from error
    if report.error is not None:
        raise Invalid("file", report.error)
    files: dict[str, Encoded] = {}
    at = 0
    for part in report.parts:
        files[part.role] = Encoded(part, rest[at : at + part.bytes])
        at += part.bytes
    if not files or at != len(rest):
        raise Invalid("file", "could not be processed")
    return Processed(files, report.blurhash, report.animated)
