"""Media over HTTP: upload, describe, delete, fetch."""

import pytest
from tests.cast import Member, Town, picture


def upload(member: Member, data: bytes | None = None, **form: str) -> dict[str, object]:
    """A picture, as clients send one."""
    files = {"file": ("../../photo.php", picture() if data is None else data, "text/html")}
    answer = member.post("/api/v2/media", form=form, files=files)
    assert answer.status == 200, answer.text
    return answer.json


def test_an_upload_is_ready_described_and_focused(town: Town) -> None:
    medium = upload(town.amina, description="un carré orange", focus="0.1,-0.2")
    assert medium["type"] == "image" and medium["description"] == "un carré orange"
    assert medium["meta"]["focus"] == {"x": pytest.approx(0.1), "y": pytest.approx(-0.2)}
    assert medium["meta"]["original"]["width"] == 40 and medium["blurhash"]
    assert town.amina.get(f"/api/v1/media/{medium['id']}").json == medium
    assert "photo" not in str(medium) and ".php" not in str(medium)


def test_the_old_path_works_as_well(town: Town) -> None:
    answer = town.amina.post("/api/v1/media", files={"file": ("a.png", picture(), "image/png")})
    assert answer.status == 200 and answer.json["url"].startswith("http://parvis.test/media/")


def test_a_file_is_served_so_that_it_can_do_no_harm(town: Town) -> None:
    medium = upload(town.amina)
    for url in (medium["url"], medium["preview_url"]):
        path = str(url).removeprefix("http://parvis.test")
        answer = town.visitor.get(path)
        assert answer.status == 200 and answer.headers["content-type"] in ("image/png", "image/jpeg", "image/webp")
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert int(answer.headers["content-length"]) == len(answer.body)
        part = town.visitor.get(path, headers={"range": "bytes=0-9"})
        assert part.status == 206 and part.body == answer.body[:10]
        assert town.visitor.get(path, headers={"if-none-match": answer.headers["etag"]}).status == 304


def test_only_names_that_we_gave_are_served(town: Town) -> None:
    for path in (
        "/media/x",
        "/media/..%2f..%2fkeys%2fsecret",
        "/media/../keys/secret",
        "/media/" + "0" * 64 + ".png",
        "/media/",
    ):
        assert town.visitor.get(path).status == 404, path


def test_words_and_focus_can_be_changed_until_it_is_posted(town: Town) -> None:
    medium = upload(town.amina)
    path = f"/api/v1/media/{medium['id']}"
    changed = town.amina.put(path, json={"description": "mieux", "focus": "1,1"}).json
    assert changed["description"] == "mieux" and changed["meta"]["focus"] == {"x": 1, "y": 1}
    assert town.amina.put(path, form={"focus": "-1,0"}).json["description"] == "mieux"
    post = town.amina.write("voilà", media_ids=[medium["id"]])
    assert post["media_attachments"][0]["description"] == "mieux"
    assert town.amina.delete(path).status == 404
    assert town.visitor.get(str(post["media_attachments"][0]["url"]).removeprefix("http://parvis.test")).status == 200


def test_a_deleted_upload_is_gone_from_disk(town: Town) -> None:
    medium = upload(town.amina, picture(color=(9, 9, 9)))
    path = str(medium["url"]).removeprefix("http://parvis.test")
    assert town.amina.delete(f"/api/v1/media/{medium['id']}").status == 200
    assert town.visitor.get(path).status == 404
    assert town.amina.get(f"/api/v1/media/{medium['id']}").status == 404
    assert not list(town.settings.data_dir.glob(f"media/**/{path.rsplit('/', 1)[1]}"))


@pytest.mark.parametrize(
    ("form", "data", "field"),
    [
        ({"focus": "left"}, picture(), "focus"), ({"focus": "2,0"}, picture(), "focus"),
        ({"focus": "nan,0"}, picture(), "focus"), ({"description": "x" * 1501}, picture(), "description"),
        ({}, b"", "file"), ({}, b"<svg onload='alert(1)'/>", "file"), ({}, b"GIF89a" + b"\0" * 50, "file"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_upload_is_named(town: Town, form: dict[str, str], data: bytes, field: str) -> None:
    count = "SELECT count(*) FROM media"
    before = town.rows(count)
    answer = town.amina.post("/api/v2/media", form=form, files={"file": ("a.png", data, "image/png")})
    assert answer.status == 422 and field in answer.json["details"], answer.text
    assert town.rows(count) == before


def test_an_upload_without_a_file_or_with_a_text_for_one_is_refused(town: Town) -> None:
    assert town.amina.post("/api/v2/media", form={"description": "x"}).status == 422
    assert town.amina.post("/api/v2/media", json={"file": "hello"}).status == 422
    assert town.visitor.post("/api/v2/media", files={"file": ("a.png", picture(), "image/png")}).status == 401


def test_custom_emoji_are_listed_used_and_removed(town: Town) -> None:
    town.run(town.parvis.emojis.put("parvis_sun", picture(16, 16), "sky"))
    (emoji,) = town.visitor.get("/api/v1/custom_emojis").json
    assert (emoji["shortcode"], emoji["category"], emoji["visible_in_picker"]) == ("parvis_sun", "sky", True)
    path = emoji["url"].removeprefix("http://parvis.test")
    assert town.visitor.get(path).status == 200
    assert town.amina.write("beau :parvis_sun:")["emojis"][0]["shortcode"] == "parvis_sun"
    town.run(town.parvis.emojis.put("parvis_sun", picture(16, 16, (1, 1, 1))))
    assert town.visitor.get(path).status == 404
    town.run(town.parvis.emojis.remove("parvis_sun"))
    assert town.visitor.get("/api/v1/custom_emojis").json == []
    assert town.amina.write("beau :parvis_sun:")["emojis"] == []
