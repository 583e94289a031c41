"""The embedded PostgreSQL under bad luck."""

import os
import signal
import time
from pathlib import Path

import psycopg
import pytest

from parvis.db.embedded import EmbeddedError, EmbeddedPostgres

_QUICK = {"shared_buffers": "16MB", "fsync": "off"}


def test_it_is_utf8_durable_and_closed_to_the_network(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "postgres", {"shared_buffers": "16MB"})
    address = server.start()
    try:
        with psycopg.connect(address) as connection:
            names = ("server_encoding", "fsync", "synchronous_commit", "listen_addresses", "data_checksums", "timezone")
            shown = [connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0] for name in names]
            assert shown == ["UTF8", "on", "on", "", "on", "UTC"]
            assert connection.execute("SELECT lower('ÉÀŒ')").fetchone() == ("éàœ",)
        with pytest.raises(EmbeddedError, match="already in use"):
            EmbeddedPostgres(tmp_path / "postgres").start()
    finally:
        server.stop()


def test_a_long_path_and_a_killed_server(tmp_path: Path) -> None:
    folder = tmp_path / ("a long name with spaces and 'quotes' " * 4) / "postgres"
    server = EmbeddedPostgres(folder, _QUICK)
    address = server.start()
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    pid = int((folder / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    server.stop()
    assert (folder / "postmaster.pid").exists()
    time.sleep(0.2)
    again = EmbeddedPostgres(folder, _QUICK)
    try:
        with psycopg.connect(again.start()) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    finally:
        again.stop()


def test_another_major_version_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match="PostgreSQL 15"):
        EmbeddedPostgres(folder).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts it under another user")
def test_root_opens_a_closed_folder_to_the_server_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for _ in range(2):
        server = EmbeddedPostgres(home / "data" / "postgres", _QUICK)
        server.start()
        server.stop()
        assert home.stat().st_mode & 0o007 == 0
        # Closing the folder again hides what was granted; the next start sees that.
        home.chmod(0o700)
