"""Scans of the archive that are asked for from the pages or by the API, and run by the work process."""

import asyncio
from datetime import datetime

import msgspec
import structlog

from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import Conflict, NotFound
from parvis.moderation.policy.versions import Policies
from parvis.moderation.scan import Progress, Scanner
from parvis.posts.create import Deferrer

SQL = load(__package__, "scans.sql")
log = structlog.get_logger()

JOB = "scan_archive"
"""The job that works on a scan: scan_id."""

_LOOK_S = 1.0
_LOOKS = 20


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """One scan, without how far it came."""

    id: int
    policy: int
    model: str
    dry: bool
    started_at: datetime
    ended_at: datetime | None
    stopped: str  # why it ended before its time; empty: it did not


class Scans:
    """Begins, resumes and ends scans, and works on them as a job."""

    def __init__(self, db: Database, changes: Changes, policies: Policies, scanner: Scanner, jobs: Deferrer) -> None:
        self._db = db
        self._changes = changes
        self._policies = policies
        self._scanner = scanner
        self._jobs = jobs

    async def begin(self, *, dry: bool, since_ms: int = 0) -> int:
        """A new scan over all posts from a moment on (Unix milliseconds); returns its id. Conflict while another one is not
        over."""
        scan_id = await self._scanner.begin(dry=dry, since_ms=since_ms)
        await self._defer(scan_id)
        return scan_id

    async def resume(self, scan_id: int) -> None:
        """Have one more worker go on with a scan. NotFound where there is none; Conflict where it is over."""
        if await self._ended(scan_id):
            raise Conflict("This scan is over")
        await self._defer(scan_id)

    async def end(self, scan_id: int) -> None:
        """End a scan before its time; what it did stays. NotFound where there is none."""
        await self._ended(scan_id)
        await self._scanner.finish(scan_id, "ended by hand")

    async def progress(self, scan_id: int) -> Progress:
        """How far a scan is. NotFound."""
        return await self._scanner.progress(scan_id)

    async def recent(self, limit: int = 10) -> list[Scan]:
        """The last scans, the newest first."""
        return [Scan(**row._asdict()) for row in await self._db.all(SQL.recent_scans, {"limit": limit})]

    async def find(self, scan_id: int) -> Scan:
        """One scan. NotFound."""
        row = await self._db.maybe(SQL.find_scan, {"id": scan_id})
        if row is None:
            raise NotFound
        return Scan(**row._asdict())

    async def work(self, scan_id: int) -> None:
        """The job: work on a scan until nothing is left of it, or somebody ends it. May run again, and beside itself."""
        await self._catch_up((await self.find(scan_id)).policy)
        working = asyncio.ensure_future(self._scanner.work(scan_id, "job"))
        try:
            while not (await asyncio.wait({working}, timeout=_LOOK_S))[0]:
                if await self._ended(scan_id):
                    return
            await working
        except Conflict as error:  # the policy changed: it is stopped already
            log.info("scan_stopped", scan=scan_id, reason=error.message)
            return
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        if (await self._scanner.progress(scan_id)).done:
            await self._scanner.finish(scan_id)

    async def _catch_up(self, version: int) -> None:
        """A process that only works hears of no change between its jobs: let it hear of the policy that the scan is for."""
        for _ in range(_LOOKS):
            self._changes.drain()
            if (await self._policies.latest()).version == version:
                return
            await asyncio.sleep(_LOOK_S / 4)

    async def _ended(self, scan_id: int) -> bool:
        return (await self.find(scan_id)).ended_at is not None

    async def _defer(self, scan_id: int) -> None:
        async with self._db.transaction() as tx:
            await self._jobs.defer(tx, JOB, scan_id=scan_id)
