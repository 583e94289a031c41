"""Pictures are known again by their bytes and by their look, and lists of known hashes are read whole or not at all."""

import hashlib
import io
import random
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance
from tests.cast import Member, Town
from tests.waiting import run

from parvis.db.pool import Database
from parvis.kernel.errors import Conflict, Invalid, NotFound
from parvis.media.process import Processor
from parvis.moderation.hash_file import parse
from parvis.moderation.hashes import Added, add_list, lists, remove_list
from parvis.moderation.signals.images import Hashes, remember_media
from parvis.moderation.signals.pdq import neighbours
from parvis.moderation.types import Findings, Subject
from parvis.settings import MediaSettings, Moderation


def drawing(seed: int, width: int = 900, height: int = 600) -> Image.Image:
    """A picture of many shapes; another number is another picture."""
    rng = random.Random(seed)
    image = Image.new("RGB", (width, height), tuple(rng.randrange(256) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y, size = rng.randrange(width), rng.randrange(height), rng.randrange(20, width // 3)
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, x + size, y + size * rng.uniform(0.3, 1.2)), fill=tuple(rng.randrange(256) for _ in range(3)))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """Its file."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def animation(*seeds: int) -> bytes:
    """A GIF of these drawings."""
    first, *rest = [drawing(seed, 240, 160) for seed in seeds]
    return encoded(first, "GIF", save_all=True, append_images=rest, duration=80)


def known_by(data: bytes, use: str = "picture") -> dict[str, list[str]]:
    """What the confined worker and its caller say that an upload can be known by."""
    found: dict[str, list[str]] = {"sha256": [], "md5": [], "pdq": []}
    for one in run(Processor(MediaSettings(timeout_s=120)).process(data, use)).hashes:
        found[one.kind].append(one.hash)
    return found


def distance(one: str, other: str) -> int:
    """In how many bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


# What is computed ----------------------------------------------------------------------------------------------------


def test_the_digests_are_of_the_bytes_as_they_came() -> None:
    data = encoded(drawing(1), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0", comment="home")
    found = known_by(data)
    assert found["sha256"] == [hashlib.sha256(data).hexdigest()] and found["md5"] == [hashlib.md5(data).hexdigest()]


@pytest.mark.parametrize(
    "copy",
    [
        lambda image: encoded(image, "JPEG", quality=25), lambda image: encoded(image, "WEBP", quality=30),
        lambda image: encoded(image.resize((310, 207))), lambda image: encoded(image.resize((1800, 1200))),
        lambda image: encoded(image.convert("L")), lambda image: encoded(image.convert("RGBA")),
        lambda image: encoded(image.quantize(32), "GIF"), lambda image: encoded(ImageEnhance.Color(image).enhance(0.3)),
        lambda image: encoded(ImageEnhance.Brightness(image).enhance(1.15)),
        lambda image: encoded(ImageEnhance.Contrast(image).enhance(0.8)),
    ],
    ids=["jpeg", "webp", "smaller", "larger", "grey", "alpha", "gif", "pale", "bright", "dull"],
)  # fmt: skip
def test_a_copy_looks_the_same_and_another_picture_does_not(copy: Callable[[Image.Image], bytes]) -> None:
    (first,) = known_by(encoded(drawing(1)))["pdq"]
    (again,) = known_by(copy(drawing(1)))["pdq"]
    (other,) = known_by(copy(drawing(2)))["pdq"]
    assert distance(first, again) <= 31
    assert distance(first, other) > 80


def test_of_an_animation_the_first_middle_and_last_frames_are_hashed() -> None:
    for use in ("picture", "avatar"):
        found = known_by(animation(11, 12, 13, 14, 15), use)["pdq"]
        wanted = [known_by(encoded(drawing(seed, 240, 160)))["pdq"][0] for seed in (11, 13, 15)]
        assert [distance(one, other) <= 31 for one, other in zip(found, wanted, strict=True)] == [True] * 3
    assert len(known_by(animation(11, 12))["pdq"]) == 2


def test_an_avatar_is_hashed_whole_and_not_as_it_was_cropped() -> None:
    data = encoded(drawing(3, 1200, 400))
    assert distance(known_by(data, "avatar")["pdq"][0], known_by(data)["pdq"][0]) <= 10


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (63, 65)])
def test_odd_sizes_have_a_hash_too(size: tuple[int, int]) -> None:
    assert len(known_by(encoded(Image.new("RGB", size, (9, 90, 200))))["pdq"]) == 1


# The index -----------------------------------------------------------------------------------------------------------

_pdq = st.binary(min_size=32, max_size=32)


def stored_under(pdq: bytes) -> list[int]:
    """The words of a hash."""
    return [word for word, *_ in neighbours(pdq)]


@given(_pdq, st.sets(st.integers(0, 255), max_size=31))
def test_nothing_within_the_distance_is_missed(one: bytes, flipped: set[int]) -> None:
    number = int.from_bytes(one, "big")
    for bit in flipped:
        number ^= 1 << bit
    other = number.to_bytes(32, "big")
    assert {value for word in neighbours(one) for value in word} & set(stored_under(other))


def test_nothing_is_missed_where_the_differences_are_spread_as_thin_as_can_be() -> None:
    one = np.random.default_rng(7).bytes(32)
    asked = {value for word in neighbours(one) for value in word}
    for spared in range(16):
        for bit in range(16):
            # Two bits in every word but in one, which differs in a single bit: 31 in all.
            words = np.frombuffer(one, dtype=">u2") ^ np.uint16(0b11)
            words[spared] = np.frombuffer(one, dtype=">u2")[spared] ^ np.uint16(1 << bit)
            other = words.astype(">u2").tobytes()
            assert distance(one.hex(), other.hex()) == 31
            assert asked & set(stored_under(other)), (spared, bit)


def test_the_database_cuts_a_hash_into_the_same_words(town: Town) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        pdq = rng.bytes(32)
        asked = "SELECT pdq_words(('x' || %s)::bit(256))"
        assert town.rows(asked, pdq.hex())[0][0] == stored_under(pdq)


# Lists ---------------------------------------------------------------------------------------------------------------

_SHA = hashlib.sha256(b"a").hexdigest()
_MD5 = hashlib.md5(b"a").hexdigest()
_PDQ = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"


@pytest.mark.parametrize(
    ("lines", "kind", "hashes"),
    [
        ([f"sha256:{_SHA}", f"MD5:{_MD5.upper()}", f"pdq: {_PDQ}"], None, [[_PDQ], [_SHA], [_MD5]]),
        (["\ufeff# a list", "", f"  {_MD5}\r\n", _MD5], None, [[], [], [_MD5]]),
        ([_PDQ], "pdq", [[_PDQ], [], []]), ([_SHA], "sha256", [[], [_SHA], []]),
        ([f"{_PDQ},80", f"pdq:{_PDQ[::-1]},100"], None, [[_PDQ, _PDQ[::-1]], [], []]),
        (["pdq,quality,note", f'{_PDQ},50,"a, b"'], None, [[_PDQ], [], []]),
        (["id,Type,Value", f"1,sha-256,{_SHA}", f"2,MD5,{_MD5}"], None, [[], [_SHA], [_MD5]]),
        (["md5,sha256,pdq", f"{_MD5},{_SHA},", f",,{_PDQ}"], None, [[_PDQ], [_SHA], [_MD5]]),
    ],
)  # fmt: skip
def test_files_of_hashes_are_read(lines: list[str], kind: str | None, hashes: list[list[str]]) -> None:
    found = parse(lines, kind=kind)
    assert [found.hashes[one] for one in ("pdq", "sha256", "md5")] == hashes


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (_SHA, "may be PDQ or SHA-256"), ("xyz", "not hexadecimal"), (_SHA[:-1], "63 digits"), ("md5:" + _SHA, "64 digits"),
        (f"sha1:{'0' * 40}", "'sha1', which is none of"), (f"{_PDQ},101", "0 to 100"), (f"{_PDQ},-1", "0 to 100"),
        (f"{_PDQ},high", "0 to 100"), (f"{_MD5},9", "only PDQ"), (f"{_PDQ},9,9", "more than a hash"), ("pdq:", "hexadecimal"),
        (f"{_PDQ},1{'0' * 5000}", "0 to 100"), ('"' + _MD5, "line 2"), (f"{_MD5}\x00", "not hexadecimal"), ("٣" * 32, "hex"),
        (",5", "has no hash"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named(line: str, reason: str) -> None:
    with pytest.raises(Invalid, match="line 2: ") as caught:
        parse([f"md5:{_MD5}", line, f"pdq:{_PDQ}"])
    assert reason in caught.value.reason and "line 1" not in caught.value.reason and "line 3" not in caught.value.reason


def test_many_bad_lines_are_counted_and_hashes_of_low_quality_left() -> None:
    with pytest.raises(Invalid, match=r"line 5: .*; and 95 more$"):
        parse(["bad"] * 100)
    found = parse([f"{_PDQ},49", f"{_PDQ[::-1]},50"])
    assert found.low == 1 and found.hashes["pdq"] == [_PDQ[::-1]]


def on(url: str, scenario: Callable[[Database], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario with a database."""

    @asynccontextmanager
    async def opened() -> AsyncGenerator[Database]:
        db = Database(url, size=2)
        await db.open()
        try:
            yield db
        finally:
            await db.close()

    async def go() -> None:
        async with opened() as db:
            await scenario(db)

    run(go())


def test_a_list_is_stored_whole_once_and_removed_whole(database_url: str) -> None:
    lines = [f"sha256:{hashlib.sha256(b'%d' % at).hexdigest()}" for at in range(6_000)]
    lines += [f"pdq:{at:064x}" for at in range(6_000)]

    async def scenario(db: Database) -> None:
        assert await add_list(db, "known", "minors", "the hotline", lines) == Added(12_000, 0, 0)
        assert await add_list(db, "known", "minors", "the hotline, May", [*lines, f"md5:{_MD5}"]) == Added(1, 12_000, 0)
        (found,) = await lists(db)
        assert (found.name, found.category, found.source) == ("known", "minors", "the hotline, May")
        assert (found.pdq, found.sha256, found.md5) == (6_000, 6_000, 1)
        with pytest.raises(Invalid, match="line 2"):
            await add_list(db, "known", "minors", "", [f"md5:{_MD5[::-1]}", "?"])
        with pytest.raises(Conflict, match="category minors already"):
            await add_list(db, "known", "other", "", [_MD5[::-1]])
        assert await lists(db) == [found]
        await add_list(db, "other", "other", "", [_MD5])
        assert await remove_list(db, "known") == 12_001
        assert [one.name for one in await lists(db)] == ["other"]
        with pytest.raises(NotFound, match="no list known"):
            await remove_list(db, "known")

    on(database_url, scenario)


@pytest.mark.parametrize(
    ("name", "category", "lines", "field"),
    [
        ("", "other", [_MD5], "name"), ("n" * 101, "other", [_MD5], "name"), ("decided", "other", [_MD5], "name"),
        ("x", "war", [_MD5], "category"), ("x", "other", ["# nothing"], "lines"), ("x", "other", [], "lines"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_list_is_named(
    database_url: str, name: str, category: str, lines: list[str], field: str
) -> None:
    async def scenario(db: Database) -> None:
        with pytest.raises(Invalid) as caught:
            await add_list(db, name, category, "", lines)
        assert caught.value.field == field
        assert await lists(db) == []

    on(database_url, scenario)


# From the upload to the signal ---------------------------------------------------------------------------------------


@pytest.fixture
def no_lists(town: Town) -> Iterator[None]:
    yield
    with town.database() as db:
        db.execute("DELETE FROM hash_lists")


def upload(member: Member, data: bytes) -> tuple[str, str]:
    """Upload through the API: the medium's id, and the name of the stored original."""
    answer = member.post("/api/v2/media", files={"file": ("a", data, "image/png")})
    assert answer.status == 200, answer.text
    return answer.json["id"], str(answer.json["url"]).rsplit("/", 1)[1]


def found_in(town: Town, *files: str, **changes: Any) -> Findings:
    """What the detector says of a post with these media."""
    subject = Subject(kind="post", id=1, account_id=2, at_ms=0, media=files)
    return town.run(Hashes(town.parvis.db, Moderation(**changes)).detect(subject))


def test_the_bytes_of_a_listed_file_are_known(town: Town, no_lists: None) -> None:
    data = encoded(drawing(21), "JPEG")
    _, name = upload(town.amina, data)
    assert found_in(town, name) == Findings() == found_in(town)
    for line in (
        f"sha256:{hashlib.sha256(data).hexdigest()}",
        f"md5:{hashlib.md5(data).hexdigest()}",
        f"sha256:{name[:64]}",
    ):
        town.run(add_list(town.parvis.db, "bytes", "terrorism", "police", [line]))
        assert found_in(town, name).values == {
            "hashes.category": "terrorism", "hashes.list": "bytes", "hashes.distance": 0, "hashes.exact": True
        }, line  # fmt: skip
        town.run(remove_list(town.parvis.db, "bytes"))
        assert found_in(town, name) == Findings()


def test_a_copy_of_a_listed_picture_is_known_and_another_picture_is_not(town: Town, no_lists: None) -> None:
    (listed,) = known_by(encoded(drawing(22)))["pdq"]
    town.run(add_list(town.parvis.db, "looks", "intimate", "", [f"{listed},90"]))
    _, copy = upload(
        town.amina, encoded(ImageEnhance.Color(drawing(22).resize((400, 266))).enhance(0.5), "JPEG", quality=40)
    )
    _, other = upload(town.amina, encoded(drawing(23)))
    values = found_in(town, other, copy).values
    assert (values["hashes.category"], values["hashes.list"], values["hashes.exact"]) == ("intimate", "looks", False)
    assert 0 < values["hashes.distance"] <= 31  # type: ignore[operator]
    assert found_in(town, other) == Findings()
    assert found_in(town, copy, pdq_distance=int(values["hashes.distance"]) - 1) == Findings()  # type: ignore[arg-type]
    assert found_in(town, copy, pdq_quality=100).values in ({}, values)


def test_a_frame_of_an_animation_is_known(town: Town, no_lists: None) -> None:
    (middle,) = known_by(encoded(drawing(33, 240, 160)))["pdq"]
    town.run(add_list(town.parvis.db, "frames", "minors", "", [f"pdq:{middle}"]))
    _, name = upload(town.amina, animation(31, 32, 33, 34, 35))
    assert found_in(town, name).values["hashes.list"] == "frames"


def test_a_flat_picture_is_like_no_other(town: Town, no_lists: None) -> None:
    image = Image.new("RGB", (300, 300), (10, 10, 10))
    town.run(add_list(town.parvis.db, "flat", "minors", "", [f"pdq:{known_by(encoded(image))['pdq'][0]}"]))
    _, name = upload(town.amina, encoded(image, compress_level=2))
    assert found_in(town, name) == Findings()
    assert found_in(town, name, pdq_quality=0).values["hashes.list"] == "flat"


def test_the_gravest_list_counts_then_the_very_bytes_then_the_nearest(town: Town, no_lists: None) -> None:
    data = encoded(drawing(24))
    _, name = upload(town.amina, data)
    pdq = int(known_by(data)["pdq"][0], 16)

    def add(list_name: str, category: str, flips: int) -> None:
        line = f"pdq:{pdq ^ ((1 << flips) - 1):064x}" if flips >= 0 else f"sha256:{hashlib.sha256(data).hexdigest()}"
        town.run(add_list(town.parvis.db, list_name, category, "", [line]))

    add("beyond", "minors", 32)
    assert found_in(town, name) == Findings()
    told: list[tuple[object, ...]] = []
    for one in (("far", "other", 31), ("near", "other", 5), ("same", "other", -1), ("grave", "minors", 30)):
        add(*one)
        values = found_in(town, name).values
        told.append((values["hashes.list"], values["hashes.distance"], values["hashes.exact"]))
    assert told == [("far", 31, False), ("near", 5, False), ("same", 0, True), ("grave", 30, False)]


def test_what_was_decided_is_known_at_once(town: Town, no_lists: None) -> None:
    data = encoded(drawing(25))
    _, name = upload(town.amina, data)
    _, copy = upload(town.bruno, encoded(drawing(25).resize((500, 333)), "WEBP"))

    async def decide() -> int:
        async with town.parvis.db.transaction() as tx:
            with pytest.raises(Invalid, match="outcome must be one of violation, allowed"):
                await remember_media(tx, [name], "ugly", "hate", 5, Moderation())
            assert await remember_media(tx, [], "violation", "hate", 5, Moderation()) == 0
            return await remember_media(tx, [name], "violation", "hate", 5, Moderation())

    assert town.run(decide()) == 4 and town.run(decide()) == 4
    assert found_in(town, name).values["hashes.exact"] is True
    values = found_in(town, copy).values
    assert (values["hashes.list"], values["hashes.category"], values["hashes.exact"]) == ("decided", "other", False)


def test_what_was_allowed_comes_off_the_local_lists_and_off_no_other(town: Town, no_lists: None) -> None:
    data = encoded(drawing(45))
    _, name = upload(town.amina, data)
    _, copy = upload(town.bruno, encoded(drawing(45).resize((500, 333)), "WEBP"))
    _, other = upload(town.bruno, encoded(drawing(46)))
    town.run(add_list(town.parvis.db, "elsewhere", "other", "", [f"md5:{hashlib.md5(data).hexdigest()}"]))

    async def decide(file: str, outcome: str, category: str = "terrorism") -> int:
        async with town.parvis.db.transaction() as tx:
            return await remember_media(tx, [file], outcome, category, None, Moderation())

    assert town.run(decide(name, "violation")) == 4 and town.run(decide(other, "violation", "minors")) == 4
    assert found_in(town, copy).values["hashes.category"] == "terrorism"
    # Deciding on the copy is deciding on the picture: its look goes, the bytes of the other file stay known.
    assert town.run(decide(copy, "allowed")) == 1
    assert found_in(town, copy) == Findings() and found_in(town, name).values["hashes.exact"] is True
    assert town.run(decide(name, "allowed")) == 3
    assert found_in(town, name).values["hashes.list"] == "elsewhere"
    assert found_in(town, other).values["hashes.category"] == "minors"


# As long as the file -------------------------------------------------------------------------------------------------


def kept(town: Town, name: str) -> int:
    """How many hashes are kept of a stored file."""
    return town.rows("SELECT count(*) FROM media_hashes WHERE file = %s", name)[0][0]


def test_hashes_go_with_the_last_use_of_their_file(town: Town) -> None:
    data = encoded(drawing(26))
    mine, name = upload(town.amina, data)
    assert kept(town, name) == 3
    # The same pixels in another file are stored as the same, and known by both.
    yours, same = upload(town.bruno, encoded(drawing(26), compress_level=1))
    assert same == name and kept(town, name) == 5
    assert town.amina.delete(f"/api/v1/media/{mine}").status == 200
    assert kept(town, name) == 5
    assert town.bruno.delete(f"/api/v1/media/{yours}").status == 200
    assert kept(town, name) == 0


def test_a_posts_pictures_leave_no_hash_when_it_is_deleted(town: Town) -> None:
    ident, name = upload(town.amina, encoded(drawing(27)))
    post = town.amina.write("voilà", media_ids=[ident])
    assert kept(town, name) == 3
    assert town.amina.delete(f"/api/v1/statuses/{post['id']}?delete_media=true").status == 200
    assert kept(town, name) == 0


def test_a_listed_avatar_is_not_taken_and_one_that_is_taken_is_hashed(town: Town) -> None:
    data = encoded(drawing(28))
    (pdq,) = known_by(encoded(drawing(28).resize((500, 333))))["pdq"]
    town.run(add_list(town.parvis.db, "faces", "minors", "", [f"pdq:{pdq}"]))
    member = town.someone()
    path = "/api/v1/accounts/update_credentials"
    answer = member.patch(path, files={"avatar": ("a.png", data, "image/png")})
    assert answer.status == 403, answer.text
    town.run(remove_list(town.parvis.db, "faces"))
    answer = member.patch(path, files={"avatar": ("a.png", data, "image/png")})
    assert answer.status == 200, answer.text
    name = str(answer.json["avatar"]).rsplit("/", 1)[1]
    assert kept(town, name) == 3
    assert member.patch(path, files={"avatar": ("b.png", encoded(drawing(29)), "image/png")}).status == 200
    assert kept(town, name) == 0


def test_what_was_stored_before_there_were_hashes_is_hashed_on_demand(town: Town) -> None:
    _, here = upload(town.amina, encoded(drawing(41)))
    _, gone = upload(town.amina, encoded(drawing(42)))
    member = town.someone()
    face = member.patch(
        "/api/v1/accounts/update_credentials", files={"avatar": ("a", encoded(drawing(43)), "image/png")}
    )
    avatar = str(face.json["avatar"]).rsplit("/", 1)[1]
    _, before = upload(town.amina, encoded(drawing(44)))
    with town.database() as db:
        pdq = "SELECT hash FROM media_hashes WHERE file = %s AND kind = 'pdq'"
        first = db.execute(pdq, (here,)).fetchone()
        db.execute("DELETE FROM media_hashes WHERE file = ANY(%s)", ([here, gone, avatar],))
        next(town.settings.data_dir.glob(f"media/**/{gone}")).unlink()
        heard: list[tuple[int, int]] = []
        assert town.run(town.parvis.media.hash_stored(lambda *counts: heard.append(counts))) == (2, 1)
        assert heard[-1] == (2, 1)
        assert [kept(town, name) for name in (here, gone, avatar, before)] == [3, 0, 3, 3]
        again = db.execute(pdq, (here,)).fetchone()
    assert first and again and distance(first[0].hex(), again[0].hex()) <= 4
    assert town.run(town.parvis.media.hash_stored()) == (0, 1)


def test_a_large_upload_is_digested_beside_the_event_loop(town: Town) -> None:
    noise = np.random.default_rng(2).integers(0, 255, (1500, 2000, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), "PNG", compress_level=0)
    began = time.monotonic()
    _, name = upload(town.amina, data)
    assert kept(town, name) == 3 and time.monotonic() - began < 20
