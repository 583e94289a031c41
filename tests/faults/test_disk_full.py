"""The disk fills: a clear error, nothing half written, and everything that was acknowledged is there afterwards."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.cast import open_town

from parvis.db.embedded import EmbeddedPostgres
from parvis.db.migrate import migrate
from parvis.settings import Settings


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 120 MiB of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_posting_on_a_full_disk(small_disk: Path, settings: Settings):
    small = {"max_wal_size": "32MB", "min_wal_size": "32MB", "wal_level": "minimal", "max_wal_senders": "0"}
    server = EmbeddedPostgres(small_disk / "postgres", small)
    address = server.start()
    migrate(address)
    database = msgspec.structs.replace(settings.database, url=address, pool_timeout_s=2)
    filler = small_disk / "filler"
    try:
        with open_town(msgspec.structs.replace(settings, database=database)) as town:
            first = town.amina.write("before the disk was full")
            acknowledged = {first["id"]}
            with filler.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"\0" * 65_536)
                except OSError:
                    pass
            refused = None
            for number in range(3000):
                answer = town.bruno.post("/api/v1/statuses", json={"status": f"{number} " + "x" * 900})
                if answer.status != 200:
                    refused = answer
                    break
                acknowledged.add(answer.json["id"])
            assert refused is not None, "the disk never filled"
            assert refused.status == 503, refused.text
            assert "no room" in refused.json["error"] or "not available" in refused.json["error"]
            filler.unlink()
            server.stop()
            assert server.start() == address
            stored = {str(row[0]) for row in town.rows("SELECT id FROM posts")}
            assert acknowledged <= stored
            for _ in range(40):
                answer = town.bruno.post("/api/v1/statuses", json={"status": "there is room again"})
                if answer.status == 200:
                    break
            assert answer.status == 200
    finally:
        filler.unlink(missing_ok=True)
        server.stop()
