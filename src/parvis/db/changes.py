"""Telling every process what a transaction changed: in the table `changes` with the transaction, on the ring after it."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import structlog

from parvis.db.pool import Database, Transaction
from parvis.db.ring import Event, Kind, Ring, pack, unpack
from parvis.db.sql import load
from parvis.kernel.errors import Unavailable
from parvis.kernel.ids import new_id

SQL = load(__package__)
log = structlog.get_logger()

Handler = Callable[[Event], None]

_REMEMBERED = 4096  # ids of changes that the ring brought, so that the table does not bring them again


class Telling(Transaction):
    """A transaction that also collects what it changed."""

    def __init__(self, held: Transaction) -> None:
        super().__init__(held.connection)
        self.events: list[Event] = []

    def tell(self, kind: Kind, *fields: int) -> None:
        """Note one change; see `Kind` for the fields."""
        self.events.append(Event(kind, *fields))


class Changes:
    """The one way to write: what the transaction told reaches every cache before the caller is answered."""

    def __init__(self, db: Database, ring: Ring, origin: int) -> None:
        """`origin` names the machine: its processes hear each other on the ring, the others by the table."""
        self._db = db
        self._ring = ring
        self.origin = origin
        self._tail = ring.head
        self._handlers: dict[int, list[Handler]] = {}
        self._floor = 0
        self._seen: OrderedDict[int, None] = OrderedDict()

    def on(self, kind: Kind, handler: Handler) -> None:
        """Call `handler` with each event of `kind`, in order. RESET reaches every handler of RESET."""
        self._handlers.setdefault(kind, []).append(handler)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Telling]:
        """One transaction. What it tells is stored with it and, once committed, appended to the ring."""
        async with self._db.transaction() as held:
            telling = Telling(held)
            yield telling
            if telling.events:
                await telling.run(SQL.insert_change, self.row(telling.events))
        self.announce(telling.events)

    def row(self, events: Iterable[Event]) -> dict[str, Any]:
        """Parameters for a statement that inserts its change itself (hot paths save the round trip)."""
        return {"change_id": new_id(), "change_origin": self.origin, "change_events": pack(events)}

    def announce(self, events: list[Event]) -> None:
        """After the commit: tell this machine's processes, ourselves included."""
        if events:
            self._ring.append(events)
            self.drain()

    def drain(self) -> None:
        """Apply what is new on the ring. Called before each request; costs one memory read when nothing is."""
        if self._ring.head == self._tail:
            return
        events = self._ring.since(self._tail)
        if events is None:
            self._tail = self._ring.head
            log.info("ring_overrun")
            self._apply(Event(Kind.RESET))
            return
        self._tail += len(events)
        for event in events:
            self._apply(event)

    def reset(self) -> None:
        """Have every process of this machine drop all that it keeps (a worker died and may not have announced)."""
        self.announce([Event(Kind.RESET)])

    def _apply(self, event: Event) -> None:
        for handler in self._handlers.get(event.kind, ()):
            handler(event)

    async def follow_table(self, every_s: float = 0.25) -> None:
        """Bring in what other machines (and command-line tools) changed. Runs until cancelled."""
        while True:
            try:
                # Who answers no requests (the worker) hears of this machine's changes here.
                self.drain()
                await self.poll()
            except Unavailable:
                # What we missed while the database was away we read from the same floor once it is back.
                await asyncio.sleep(1)
            await asyncio.sleep(every_s)

    async def purge(self) -> None:
        """Forget changes that everybody has read long ago."""
        await self._db.run(SQL.purge_changes)

    async def poll(self) -> None:
        """One look at the table. Only changes of other origins are read; a set of ids drops what was seen."""
        if self._floor == 0:
            self._floor = int((await self._db.one(SQL.change_floor)).floor)
            return
        rows = await self._db.all(SQL.changes_since, {"floor": self._floor, "origin": self.origin})
        for row in rows:
            if row.floor is not None:
                self._floor = int(row.floor)
            if row.id is None or row.id in self._seen:
                continue
            self._seen[row.id] = None
            for event in unpack(row.events):
                self._apply(event)
        while len(self._seen) > _REMEMBERED:
            with contextlib.suppress(KeyError):
                self._seen.popitem(last=False)
