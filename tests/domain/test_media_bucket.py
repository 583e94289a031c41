"""The media store in a bucket: a real S3 server (rclone's) on this machine."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.cast import open_town, picture
from tests.waiting import run

from parvis.kernel.errors import NotFound, Unavailable
from parvis.media.store import build_store
from parvis.settings import Settings

NAME = "ab" * 32 + ".png"


@pytest.fixture
def bucket(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Settings that put media into a bucket."""
    folder = tmp_path / "s3"
    (folder / "square").mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["rclone", "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", "key,secret", str(folder)]
    with subprocess.Popen([*command, "--config", "/dev/null"], stderr=subprocess.DEVNULL) as server:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        media = msgspec.structs.replace(
            settings.media,
            s3_bucket="square",
            s3_endpoint=f"http://127.0.0.1:{port}",
            s3_region="us-east-1",
            s3_prefix="media",
        )
        secrets = msgspec.structs.replace(settings.secrets, s3_access_key="key", s3_secret_key="secret")
        yield msgspec.structs.replace(settings, media=media, secrets=secrets)
        server.terminate()


def test_files_in_a_bucket(bucket: Settings, tmp_path: Path):
    store = build_store(bucket)

    async def scenario() -> None:
        await store.probe()
        await store.put(NAME, b"0123456789")
        await store.put(NAME, b"0123456789")
        assert (tmp_path / "s3" / "square" / "media" / NAME).read_bytes() == b"0123456789"
        found = await store.read(NAME, 2, 5)
        assert found.size == 10 and b"".join([chunk async for chunk in found.chunks]) == b"234"
        assert [name async for name in store.names()] == [NAME]
        await store.delete(NAME)
        await store.delete(NAME)
        with pytest.raises(NotFound):
            await store.read(NAME)

    run(scenario())


def test_a_post_with_a_picture_and_its_deletion(bucket: Settings, tmp_path: Path):
    with open_town(bucket) as town:
        files = {"file": ("x.png", picture(), "image/png")}
        media = town.amina.post("/api/v2/media", files=files).json
        post = town.amina.write("hello", media_ids=[media["id"]])
        path = "/media/" + media["url"].rsplit("/", 1)[1]
        answer = town.visitor.get(path)
        assert answer.status == 200 and answer.headers["content-type"] == "image/png"
        assert list((tmp_path / "s3").rglob("*.png"))
        assert town.amina.delete(f"/api/v1/statuses/{post['id']}", query={"delete_media": "true"}).status == 200
        assert town.visitor.get(path).status == 404
        assert not list((tmp_path / "s3").rglob("*.png"))


def test_a_store_that_is_away_is_said_to_be(settings: Settings):
    media = msgspec.structs.replace(settings.media, s3_bucket="b", s3_endpoint="http://127.0.0.1:9", s3_region="x")
    secrets = msgspec.structs.replace(settings.secrets, s3_access_key="key", s3_secret_key="secret")
    store = build_store(msgspec.structs.replace(settings, media=media, secrets=secrets))
    with pytest.raises(Unavailable):
        run(store.put(NAME, b"x"))
