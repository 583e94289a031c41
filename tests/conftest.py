"""What every test can ask for: a server, a fresh database, settings."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cast import Town, open_town
from tests.database import TestServer, shared_server

from parvis.settings import Settings, load_settings

_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex


@pytest.fixture(scope="session")
def pg_server() -> Iterator[TestServer]:
    """The PostgreSQL of this test run, shared by the workers."""
    with shared_server(_RUN[:12]) as server:
        yield server


@pytest.fixture
def database_url(pg_server: TestServer) -> Iterator[str]:
    """A fresh, migrated database of this test's own."""
    name = pg_server.create()
    yield pg_server.url(name)
    pg_server.drop(name)


@pytest.fixture
def empty_database_url(pg_server: TestServer) -> Iterator[str]:
    """A fresh database without our schema."""
    name = pg_server.create("template0")
    yield pg_server.url(name)
    pg_server.drop(name)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a server with a fresh database and an empty data folder; passwords are cheap, limits are off."""
    return _settings(database_url, tmp_path)


@pytest.fixture(scope="module")
def town(pg_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The application with its cast, shared by the tests of a module: what must be alone there makes its own people."""
    name = pg_server.create()
    with open_town(_settings(pg_server.url(name), tmp_path_factory.mktemp("town"))) as running:
        yield running
    pg_server.drop(name)


def _settings(url: str, folder: Path) -> Settings:
    return load_settings(
        {
            "PARVIS_DATABASE_URL": url,
            "PARVIS_SECRETS_KEY": "00" * 32,
            "PARVIS_SITE_ORIGIN": "http://parvis.test",
            "PARVIS_PASSWORDS_MEMORY_KIB": "8",
            "PARVIS_PASSWORDS_PASSES": "1",
            "PARVIS_LIMITS_ENABLED": "false",
            "PARVIS_DATABASE_POOL": "4",
        },
        folder / "data",
    )
