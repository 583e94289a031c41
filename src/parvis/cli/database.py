"""The database for one command: the one of the settings, the embedded one that runs, or the embedded one started for it."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager

import msgspec
import psycopg
from psycopg.errors import UndefinedTable

from parvis.cli.stop import FAILED, Stop
from parvis.db.embedded import EmbeddedPostgres
from parvis.db.migrate import check_version
from parvis.db.pool import Database
from parvis.settings import Settings


def embedded(settings: Settings) -> EmbeddedPostgres:
    """The embedded server of the data folder, tuned by the settings."""
    database = settings.database
    options = {
        "shared_buffers": f"{database.shared_buffers_mb}MB",
        "effective_cache_size": f"{database.shared_buffers_mb * 3}MB",
        "max_connections": str(database.max_connections),
    }
    return EmbeddedPostgres(settings.data_dir / "postgres", options)


def with_url(settings: Settings, url: str) -> Settings:
    """The same settings, with the address of the database that is in use."""
    return msgspec.structs.replace(settings, database=msgspec.structs.replace(settings.database, url=url))


def reach(url: str) -> None:
    """Stop where the database does not answer or is too old."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            check_version(connection)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise Stop(FAILED, f"The database (PARVIS_DATABASE_URL) cannot be reached: {reason}") from error
    except psycopg.ProgrammingError as error:
        raise Stop(FAILED, f"PARVIS_DATABASE_URL is not an address of PostgreSQL: {error}") from error


@contextmanager
def database(settings: Settings, progress: Callable[[str], None] = lambda _: None) -> Generator[Settings, None, None]:
    """The settings with a database that answers; a server started for this command is stopped after it."""
    if settings.database.url:
        reach(settings.database.url)
        yield settings
        return
    server = embedded(settings)
    running = server.running_address()
    if running:
        yield with_url(settings, running)
        return
    address = server.start(progress)
    try:
        yield with_url(settings, address)
    finally:
        server.stop()


@asynccontextmanager
async def connected(settings: Settings) -> AsyncGenerator[Database]:
    """The database alone, for a command that needs nothing else of the application. Stop where it is not prepared."""
    s = settings.database
    db = Database(s.url, size=1, timeout_s=s.pool_timeout_s, statement_timeout_s=s.statement_timeout_s)
    try:
        await db.open()
        yield db
    except UndefinedTable as error:
        raise Stop(FAILED, "The database is not prepared: run `parvis migrate` first") from error
    finally:
        await db.close()
