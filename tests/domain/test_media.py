"""Pictures: every type in, nothing private out; whatever is sent, the server answers clearly and stays whole."""

import io
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.waiting import run

from parvis.kernel.errors import Invalid, NotFound
from parvis.media.process import Processor
from parvis.media.serve import serve_file
from parvis.media.store import FolderStore
from parvis.settings import MediaSettings

pillow_heif.register_heif_opener()

_SECRET = b"48.858370,2.294481"
_XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret>' + _SECRET + b"</secret></x:xmpmeta>"


def picture(kind: str, size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: Any) -> bytes:
    """A picture of a type that holds a position in its EXIF and XMP."""
    image = Image.radial_gradient("L").resize(size).convert(mode)
    exif = Image.Exif()
    exif[0x010E] = _SECRET.decode()
    exif[0x0112] = options.pop("orientation", 1)
    exif.get_ifd(0x8825)[29] = _SECRET.decode()
    out = io.BytesIO()
    extra: dict[str, Any] = {"exif": exif.tobytes()} if kind not in ("GIF",) else {"comment": _SECRET}
    if kind in ("JPEG", "WEBP"):
        extra["xmp"] = _XMP
    if kind == "JPEG":
        extra["comment"] = _SECRET
    image.save(out, kind, **extra, **options)
    return out.getvalue()


def processor(**changes: Any) -> Processor:
    return Processor(MediaSettings(**changes))


@pytest.mark.parametrize(
    ("kind", "extension"),
    [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif"), ("AVIF", "jpg"), ("HEIF", "jpg")],
)
def test_every_type_comes_out_without_what_it_tells(kind: str, extension: str):
    data = picture(kind)
    assert _SECRET in data  # else this test proves nothing
    done = run(processor().process(data))
    for role in ("original", "small"):
        encoded = done.files[role]
        # A preview does not move, so that of a GIF is a PNG.
        assert encoded.part.extension == ("png" if (role, kind) == ("small", "GIF") else extension)
        assert _SECRET not in encoded.data
        assert b"Exif\0\0" not in encoded.data and b"xmpmeta" not in encoded.data and b"eXIf" not in encoded.data
        again = Image.open(io.BytesIO(encoded.data))
        assert (again.width, again.height) == (encoded.part.width, encoded.part.height)
        assert not dict(again.getexif())
    assert done.files["small"].part.width * done.files["small"].part.height <= 230_400 + 1000
    assert done.blurhash and len(done.blurhash) == 28


def test_a_photo_held_upright_stays_upright():
    done = run(processor().process(picture("JPEG", (640, 200), orientation=6)))
    assert done.files["original"].part.height > done.files["original"].part.width


def test_a_large_photo_is_scaled_and_a_cmyk_one_becomes_rgb():
    done = run(processor(stored_pixels=100_000).process(picture("JPEG", (900, 700), mode="CMYK")))
    part = done.files["original"].part
    assert part.width * part.height <= 101_000
    assert Image.open(io.BytesIO(done.files["original"].data)).mode == "RGB"


def test_an_animation_stays_one():
    frames = [Image.new("RGB", (60, 40), (i * 20, 0, 0)) for i in range(5)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    done = run(processor().process(out.getvalue()))
    again: Any = Image.open(io.BytesIO(done.files["original"].data))
    assert again.n_frames == 5 and done.animated
    assert done.files["original"].part.height == 40
    avatar = run(processor().process(out.getvalue(), "avatar"))
    assert avatar.files["static"].part.extension == "png"


def test_avatars_and_headers_fill_their_frames():
    for use, size in (("avatar", (400, 400)), ("header", (1500, 500))):
        part = run(processor().process(picture("PNG", (300, 700)), use)).files["original"].part
        assert (part.width, part.height) == size


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        b"push graphic-context\nviewbox 0 0 640 480\nimage over 0,0 0,0 'https://127.0.0.1/x'\n",
        b"%!PS-Adobe-3.0\n(secret) print\n",
        b"%PDF-1.7\n",
        b"\0" * 5000,
        b"<html><script>alert(1)</script>",
        b"GIF89a<script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n<?xml version='1.0'?><svg/>",
        b"\xff\xd8\xff\xe0" + b"A" * 2000,
        b"RIFF\x10\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        picture("JPEG")[: len(picture("JPEG")) // 2],
        picture("PNG")[: len(picture("PNG")) // 2],
    ],
)
def test_what_is_no_whole_picture_is_refused(data: bytes):
    with pytest.raises(Invalid) as caught:
        run(processor().process(data))
    assert caught.value.field == "file"


def test_trailing_bytes_are_gone():
    done = run(processor().process(picture("JPEG") + b"PK\x03\x04<script>alert(1)</script>"))
    assert all(b"script" not in encoded.data for encoded in done.files.values())


def test_a_bomb_is_refused_by_its_header():
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert len(out.getvalue()) < 200_000
    with pytest.raises(Invalid, match="pixels"):
        run(processor().process(out.getvalue()))


def test_an_animation_of_thousands_of_frames_is_refused():
    frames = [Image.new("RGB", (8, 8), (i * 4, 255 - i * 4, 0)) for i in range(60)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=10)
    with pytest.raises(Invalid, match="frames"):
        run(processor(max_frames=20).process(out.getvalue()))


def test_bounds_of_size_and_memory_are_kept():
    data = picture("PNG", (2000, 2000))
    with pytest.raises(Invalid, match="larger than 1000 bytes"):
        run(processor(max_bytes=1000).process(data))
    # With too little even to read the upload, with some, with nearly enough: the member is told that it is the file.
    for memory_mb in (48, 64, 96):
        with pytest.raises(Invalid):
            run(processor(memory_mb=memory_mb).process(data))
    with pytest.raises(Invalid, match="blank"):
        run(processor().process(b""))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "HEIF"]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=30),
)
def test_a_broken_file_never_breaks_the_server(kind: str, changes: list[tuple[float, int]]):
    data = bytearray(picture(kind, (120, 90)))
    for where, value in changes:
        data[int(where * (len(data) - 1))] = value
    try:
        done = run(processor().process(bytes(data)))
    except Invalid:
        return
    assert all(_SECRET not in encoded.data for encoded in done.files.values())


_ATTEMPTS = """
import os, socket, sys
from parvis.media.sandbox import close_in
secret = sys.argv[1]
failed = close_in(memory_mb=512, cpu_s=5)
def attempt(name, call):
    try:
        call()
    except BaseException:
        print(name, "denied")
    else:
        print(name, "ALLOWED")
attempt("socket", lambda: socket.socket())
attempt("read", lambda: os.open(secret, os.O_RDONLY))
attempt("write", lambda: os.open("left-behind", os.O_CREAT | os.O_WRONLY))
attempt("exec", lambda: os.execv("/bin/true", ["true"]))
attempt("fork", lambda: os.fork())
attempt("kill", lambda: os.kill(os.getppid(), 0))
print("failed", failed)
"""


def test_inside_nothing_can_be_reached(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("key")
    said = subprocess.run(
        [sys.executable, "-c", _ATTEMPTS, str(secret)], capture_output=True, text=True, cwd=tmp_path, check=False, timeout=30
    ).stdout  # fmt: skip
    lines = said.splitlines()
    assert [line.split()[1] for line in lines[:6]] == ["denied"] * 6, said
    assert "system call filter" not in lines[6]
    assert not (tmp_path / "left-behind").exists()


async def _body(chunks: AsyncIterator[bytes] | None) -> bytes:
    return b"".join([chunk async for chunk in chunks]) if chunks else b""


def test_files_are_served_whole_in_part_and_never_as_a_page(tmp_path: Path):
    store = FolderStore(tmp_path)
    name = "ab" * 32 + ".png"

    async def scenario() -> None:
        await store.put(name, b"0123456789")
        whole = await serve_file(store, name, None, None)
        headers = dict(whole.headers)
        assert whole.status == 200 and await _body(whole.chunks) == b"0123456789"
        assert headers[b"content-type"] == b"image/png"
        assert headers[b"x-content-type-options"] == b"nosniff"
        assert headers[b"content-security-policy"] == b"default-src 'none'; sandbox"
        part = await serve_file(store, name, "bytes=2-4", None)
        assert part.status == 206 and await _body(part.chunks) == b"234"
        assert dict(part.headers)[b"content-range"] == b"bytes 2-4/10"
        last = await serve_file(store, name, "bytes=-3", None)
        assert await _body(last.chunks) == b"789"
        assert (await serve_file(store, name, "bytes=10-", None)).status == 416
        assert (await serve_file(store, name, None, headers[b"etag"].decode())).status == 304
        await store.delete(name)
        await store.delete(name)
        with pytest.raises(NotFound):
            await serve_file(store, name, None, None)
        assert [found async for found in store.names()] == []

    run(scenario())


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a.png", "ab" * 32, "ab" * 32 + ".html", "AB" * 32 + ".png", "ab" * 32 + ".png/../x", "\0", ""]
)  # fmt: skip
def test_no_other_name_is_served(tmp_path: Path, name: str):
    with pytest.raises(NotFound):
        run(serve_file(FolderStore(tmp_path), name, None, None))
