"""`parvis moderation hashes`: lists come whole or not at all, are replaced and removed; what was stored before is hashed."""

import hashlib
import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from tests.cast import Member, Town, picture

from parvis.cli.main import main

Command = Callable[..., str]


@pytest.fixture
def command(town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `parvis moderation hashes …` on the town's database; returns what it printed."""
    monkeypatch.setenv("PARVIS_DATABASE_URL", town.settings.database.url)
    monkeypatch.setenv("PARVIS_SECRETS_KEY", town.settings.secrets.key)

    def run(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()  # what the site itself said before
        assert main(["--data", str(town.settings.data_dir), "moderation", "hashes", *arguments]) == code
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return (said.out if code == 0 else said.err).strip()

    return run


def drawing() -> bytes:
    """A picture that can be told from others by its look."""
    rng = random.Random(7)
    image = Image.new("RGB", (300, 200), (240, 230, 200))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y, size = rng.randrange(300), rng.randrange(200), rng.randrange(10, 90)
        draw.rectangle((x, y, x + size, y + size), fill=tuple(rng.randrange(256) for _ in range(3)))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def post(member: Member, data: bytes) -> bool:
    """Write with this picture; whether it is held."""
    answer = member.post("/api/v2/media", files={"file": ("a.png", data, "image/png")})
    assert answer.status == 200, answer.text
    return bool(member.write("voilà", media_ids=[answer.json["id"]]).get("moderation", {}).get("held"))


def test_a_list_is_added_replaced_shown_and_removed(town: Town, command: Command, tmp_path: Path) -> None:
    first, second = picture(41, 31), picture(42, 32)
    digests = [f"sha256:{hashlib.sha256(data).hexdigest()}" for data in (first, second)]
    file = tmp_path / "known.txt"
    file.write_text(f"# known since May\n{digests[0]}\nmd5:{'ab' * 16}\n")
    author = town.someone()
    assert command("list") == "" and not post(author, first)
    arguments = ("add", "known", str(file), "--category", "terrorism", "--source", "a hotline")
    assert command(*arguments) == "OK: 2 new on the list known, 0 were there already."
    assert command(*arguments) == "OK: 0 new on the list known, 2 were there already."
    assert command("list").split() == ["known", "terrorism", "0", "PDQ,", "1", "SHA-256,", "1", "MD5", "a", "hotline"]
    assert post(author, first) and not post(author, second)
    file.write_text(digests[1] + "\n")
    assert command(*arguments, "--replace") == "OK: the list known holds 1 hashes; before it held 2."
    assert "1 SHA-256, 0 MD5" in command("list")
    assert not post(author, first) and post(author, second)
    assert command("remove", "known") == "OK: the list known and its 1 hashes are forgotten."
    assert command("list") == "" and not post(author, second)
    assert "There is no list known" in command("remove", "known", code=1)


def test_a_file_that_is_wrong_changes_nothing(town: Town, command: Command, tmp_path: Path) -> None:
    file = tmp_path / "known.txt"
    file.write_text(f"md5:{'cd' * 16}\n")
    command("add", "steady", str(file), "--category", "other")
    file.write_text(f"md5:{'ef' * 16}\nhello\n{'a' * 64}\n")
    said = command("add", "steady", str(file), "--category", "other", "--replace", code=1)
    assert "line 2" in said and "line 3" in said and "nothing was stored" in said
    file.write_text("# nothing yet\n")
    assert "no hash" in command("add", "steady", str(file), "--category", "other", "--replace", code=1)
    assert "cannot be read" in command("add", "steady", str(tmp_path / "gone"), "--category", "other", code=1)
    file.write_text(f"md5:{'ef' * 16}\n")
    assert "of the category other already" in command("add", "steady", str(file), "--category", "minors", code=1)
    assert "must not be 'decided'" in command("add", "decided", str(file), "--category", "other", code=1)
    assert "1 MD5" in command("list")
    command("remove", "steady")


def test_what_was_stored_before_is_hashed_and_found_by_a_scan(town: Town, command: Command, tmp_path: Path) -> None:
    data = drawing()
    author = town.someone()
    assert not post(author, data)
    with town.database() as db:
        db.execute("DELETE FROM media_hashes")
    files = town.rows("SELECT count(DISTINCT original) FROM media")[0][0]
    assert command("stored").startswith(f"OK: {files} were hashed.")
    assert command("stored").startswith("OK: 0 were hashed.")
    ((pdq,),) = town.rows(
        "SELECT encode(h.hash, 'hex') FROM media_hashes h JOIN media m ON m.original = h.file"
        " WHERE m.account_id = %s AND h.kind = 'pdq'",
        author.id,
    )
    file = tmp_path / "known.txt"
    file.write_text(f"pdq:{pdq}\n")
    command("add", "known", str(file), "--category", "terrorism")

    async def scan() -> None:
        scan_id = await town.parvis.scanner.begin(dry=False)
        await town.parvis.scanner.work(scan_id, "test")
        await town.parvis.scanner.finish(scan_id)

    town.run(scan())
    assert town.rows("SELECT state FROM posts WHERE account_id = %s", author.id) == [(1,)]


def test_an_unprepared_database_is_said(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARVIS_DATABASE_URL", empty_database_url)
    assert main(["moderation", "hashes", "list"]) == 1
    assert "parvis migrate" in capsys.readouterr().err
