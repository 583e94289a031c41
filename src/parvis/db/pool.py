"""The database as the rest sees it: four verbs on named statements, and transactions of the same four verbs."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol

import psycopg
from psycopg.rows import namedtuple_row
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from parvis.db.sql import Query
from parvis.kernel import json
from parvis.kernel.errors import Unavailable

Row = Any
Params = Mapping[str, Any] | None

# What a test reads to hold a hot path to its budget of statements.
statements: ContextVar[list[str] | None] = ContextVar("statements", default=None)

_LOST = (psycopg.OperationalError, PoolTimeout)
# What a retry can cure: the transaction was undone by the server, not by us.
_RETRY = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)


class Verbs(Protocol):
    """What both the database and a transaction offer."""

    async def one(self, query: Query, params: Params = None) -> Row: ...
    async def maybe(self, query: Query, params: Params = None) -> Row | None: ...
    async def all(self, query: Query, params: Params = None) -> list[Row]: ...
    async def run(self, query: Query, params: Params = None) -> int: ...


class Transaction:
    """The four verbs on one connection, inside one transaction."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self.connection = connection

    async def execute(self, query: Query, params: Params) -> psycopg.AsyncCursor[Any]:
        """Run and leave the answer in the cursor."""
        counted = statements.get()
        if counted is not None:
            counted.append(query.name)
        cursor = self.connection.cursor(binary=True)
        await cursor.execute(query, params)
        return cursor

    async def one(self, query: Query, params: Params = None) -> Row:
        """The one row of the answer. LookupError where there is none: the caller was sure."""
        row = await self.maybe(query, params)
        if row is None:
            raise LookupError(f"{query.name} found nothing")
        return row

    async def maybe(self, query: Query, params: Params = None) -> Row | None:
        """The first row, or None."""
        return await (await self.execute(query, params)).fetchone()

    async def all(self, query: Query, params: Params = None) -> list[Row]:
        """Every row."""
        return await (await self.execute(query, params)).fetchall()

    async def run(self, query: Query, params: Params = None) -> int:
        """Run for effect; returns how many rows were touched."""
        return (await self.execute(query, params)).rowcount


class PoolState(NamedTuple):
    """What metrics and health show of the pool."""

    size: int
    idle: int
    waiting: int


class Database:
    """A pool of connections. Statements are prepared on their second use; each one alone is its own transaction."""

    def __init__(self, url: str, *, size: int = 8, timeout_s: float = 5.0, statement_timeout_s: float = 15.0) -> None:
        self.url = url
        # Generic plans: our statements are planned once, and their plans do not hang on the values.
        options = (
            f"-c statement_timeout={int(statement_timeout_s * 1000)} -c idle_in_transaction_session_timeout=30000"
            " -c plan_cache_mode=force_generic_plan"
        )
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=timeout_s,
            open=False,
            kwargs={
                "autocommit": True,
                "row_factory": namedtuple_row,
                "prepare_threshold": 1,
                "options": options,
                "application_name": "parvis",
            },
            configure=_configure,
        )

    async def open(self) -> None:
        """Connect in the background; the first statement waits for it."""
        await self._pool.open()

    async def close(self) -> None:
        """Give every connection back."""
        await self._pool.close()

    def state(self) -> PoolState:
        """Sizes, for metrics."""
        stats = self._pool.get_stats()
        return PoolState(stats.get("pool_size", 0), stats.get("pool_available", 0), stats.get("requests_waiting", 0))

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Transaction]:
        """One connection, in autocommit. A database that is away is `Unavailable`."""
        try:
            async with self._pool.connection() as connection:
                yield Transaction(connection)
        except psycopg.errors.QueryCanceled as error:
            raise Unavailable("The database took too long to answer, please try again") from error
        except (psycopg.errors.DiskFull, psycopg.errors.InsufficientResources) as error:
            raise Unavailable("The database has no room left; nothing was stored") from error
        except _RETRY:
            raise
        except _LOST as error:
            raise Unavailable("The database is not available right now, please try again in a moment") from error

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """One transaction: committed when the block ends, undone when it raises."""
        async with self.connection() as held, held.connection.transaction():
            yield held

    async def one(self, query: Query, params: Params = None) -> Row:
        """See `Transaction.one`."""
        async with self.connection() as held:
            return await held.one(query, params)

    async def maybe(self, query: Query, params: Params = None) -> Row | None:
        """See `Transaction.maybe`."""
        async with self.connection() as held:
            return await held.maybe(query, params)

    async def all(self, query: Query, params: Params = None) -> list[Row]:
        """See `Transaction.all`."""
        async with self.connection() as held:
            return await held.all(query, params)

    async def each(self, query: Query, many: Sequence[Mapping[str, Any]]) -> list[Row]:
        """The first row of one statement for each of `many`, all in one transaction and one exchange with the server."""
        async with self.connection() as held:
            async with held.connection.pipeline(), held.connection.transaction():
                cursors = [await held.execute(query, params) for params in many]
            return [await cursor.fetchone() for cursor in cursors]

    async def run(self, query: Query, params: Params = None) -> int:
        """See `Transaction.run`."""
        async with self.connection() as held:
            return await held.run(query, params)


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    set_json_loads(json.decode, connection)
