"""Markers: how far a member has read, the same on every device."""

from typing import Any

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.clock import iso

SQL = load(__package__)

TIMELINES = ("home", "notifications")


class Markers:
    """Reads and sets markers."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def read(self, me: int, timelines: list[str]) -> dict[str, dict[str, Any]]:
        """By timeline, as clients get them."""
        rows = await self._db.all(SQL.markers, {"me": me, "timelines": timelines})
        return {row.timeline: _marker(row) for row in rows}

    async def set(self, me: int, timeline: str, last_read_id: int) -> dict[str, Any]:
        """The member has read so far; it never goes back."""
        row = await self._db.one(SQL.set_marker, {"me": me, "timeline": timeline, "last": last_read_id})
        return _marker(row)


def _marker(row: Any) -> dict[str, Any]:
    return {"last_read_id": str(row.last_read_id), "version": row.version, "updated_at": iso(row.updated_at)}
