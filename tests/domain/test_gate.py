"""The publish gate: every text and medium passes it before it is seen."""

from typing import Any

import msgspec
import pytest
from tests.cast import Town, picture

from parvis.posts.gate import Answer, NotScreened, Submission, Text, Verdict

UPDATE = "/api/v1/accounts/update_credentials"


class Gate:
    """Answers as it is told, and keeps what it was shown."""

    def __init__(self) -> None:
        self.verdict = Verdict(answer=Answer.PUBLISH)
        self.seen: list[Submission] = []

    async def ask(self, submission: Submission) -> Verdict:
        """The verdict of the moment."""
        self.seen.append(submission)
        return msgspec.structs.replace(self.verdict, submission=submission)


@pytest.fixture
def gate(town: Town, monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    monkeypatch.setattr(town.parvis.publisher, "_gate", made)
    monkeypatch.setattr(town.parvis.editor, "_gate", made)
    monkeypatch.setattr(town.parvis, "gate", made)
    return made


def test_the_gate_is_shown_all_of_a_post_and_of_its_edit(town: Town, gate: Gate) -> None:
    files = {"file": ("a.png", picture(), "image/png")}
    media = town.amina.post("/api/v2/media", form={"description": "un mur"}, files=files).json
    post = town.amina.write("texte @bruno", spoiler_text="avis", media_ids=[media["id"]], visibility="unlisted")
    edited: dict[str, Any] = {
        "status": "autre", "media_ids": [media["id"]], "media_attributes": [{"id": media["id"], "description": "une porte"}],
    }  # fmt: skip
    town.amina.put(f"/api/v1/statuses/{post['id']}", json=edited)
    first, second = gate.seen
    assert (first.kind, first.subject_id) == ("post", int(post["id"]))
    assert first.texts == (Text("text", "texte @bruno"), Text("spoiler", "avis"), Text("alt", "un mur"))
    assert first.mention_ids == (town.bruno.id,) and first.audience == 1 and len(first.media_hashes[0]) > 64
    assert (second.kind, second.texts) == ("edit", (Text("text", "autre"), Text("alt", "une porte")))
    assert second.media_hashes == first.media_hashes


def test_what_is_refused_is_not_stored_and_its_author_told_why(town: Town, gate: Gate) -> None:
    post = town.amina.write("avant")
    gate.verdict = Verdict(answer=Answer.REFUSE, reason="No shouting")
    count = town.rows("SELECT count(*) FROM posts")
    refused = town.amina.post("/api/v1/statuses", json={"status": "CRI"})
    assert refused.status == 403 and refused.json["error"] == "No shouting"
    assert town.amina.put(f"/api/v1/statuses/{post['id']}", json={"status": "CRI"}).status == 403
    assert town.rows("SELECT count(*) FROM posts") == count
    assert "avant" in town.visitor.get(f"/api/v1/statuses/{post['id']}").json["content"]


def test_what_is_held_is_seen_by_its_author_only_and_tells_nobody(town: Town, gate: Gate) -> None:
    gate.verdict = Verdict(answer=Answer.HOLD)
    friend, reader = town.someone(), town.someone()
    reader.relate("follow", town.amina)
    post = town.amina.write(f"à vérifier #attente @{friend.name}")
    path = f"/api/v1/statuses/{post['id']}"
    assert town.amina.get(path).status == 200
    assert town.amina.act(post, "reblog").status == 403
    for client in (town.visitor, friend, reader):
        assert client.get(path).status == 404
        for lists in ("public", "tag/attente"):
            assert post["id"] not in [p["id"] for p in client.get(f"/api/v1/timelines/{lists}").json]
    assert post["id"] not in [p["id"] for p in reader.get("/api/v1/timelines/home").json]
    assert town.rows("SELECT 1 FROM notifications WHERE account_id = %s", friend.id) == []
    gate.verdict = Verdict(answer=Answer.PUBLISH)
    town.amina.put(path, json={"status": "une autre fois"})
    assert town.visitor.get(path).status == 404, "an edit is no way around the gate"


def test_an_edit_that_is_held_takes_the_post_out_of_sight(town: Town, gate: Gate) -> None:
    post = town.amina.write("anodin")
    path = f"/api/v1/statuses/{post['id']}"
    assert town.visitor.get(path).status == 200
    gate.verdict = Verdict(answer=Answer.HOLD)
    assert town.amina.put(path, json={"status": "moins anodin"}).status == 200
    assert town.visitor.get(path).status == 404
    assert post["id"] not in [p["id"] for p in town.visitor.get("/api/v1/timelines/public").json]


def test_the_gate_is_shown_all_that_is_new_in_a_profile(town: Town, gate: Gate) -> None:
    member = town.someone()
    change = {
        "note": "je vends",
        "fields_attributes[0][name]": "Site",
        "fields_attributes[0][value]": "https://a.example",
    }
    files = {"avatar": ("a.png", picture(color=(3, 4, 5)), "image/png")}
    own = member.patch(UPDATE, form=change, files=files).json
    (seen,) = gate.seen
    assert (seen.kind, seen.subject_id) == ("profile", member.id)
    assert seen.texts == (
        Text("note", "je vends"),
        Text("field_name", "Site"),
        Text("field_value", "https://a.example"),
    )
    assert seen.media_hashes == (own["avatar"].rpartition("/")[2],)
    member.patch(UPDATE, json={"locked": True})
    assert len(gate.seen) == 1


@pytest.mark.parametrize("answer", [Answer.REFUSE, Answer.HOLD])
def test_a_profile_that_is_not_let_through_stays_as_it_was(town: Town, gate: Gate, answer: Answer) -> None:
    member = town.someone()
    before = member.get("/api/v1/accounts/verify_credentials").json
    gate.verdict = Verdict(answer=answer, reason="No selling")
    files = {"header": ("a.png", picture(color=(6, 7, 8)), "image/png")}
    refused = member.patch(UPDATE, form={"note": "je vends", "source[privacy]": "private"}, files=files)
    assert refused.status == 403 and refused.json["error"] == "No selling"
    assert member.get("/api/v1/accounts/verify_credentials").json == before
    assert (
        town.rows("SELECT 1 FROM media_files WHERE refs > 0 AND hash = ANY(%s)", list(gate.seen[0].media_hashes)) == []
    )


def test_a_text_that_was_not_shown_to_the_gate_cannot_be_stored() -> None:
    submission = Submission(kind="post", account_id=1, subject_id=2, texts=(Text("text", "vu"),))
    verdict = Verdict(answer=Answer.PUBLISH, submission=submission)
    verdict.cleared("text", "vu", "")
    for field, text in (("text", "autre"), ("spoiler", "vu")):
        with pytest.raises(NotScreened, match=field):
            verdict.cleared(field, text)
