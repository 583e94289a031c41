"""The door: no text that others can read is stored without having passed the gate. Every column that can hold a text stands in
one of two tables: it is screened, or it is said why nobody but its owner or the staff reads what a caller wrote there."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from psycopg import sql
from tests.browsing import Browser, app_token, register
from tests.cast import Member, Town, picture
from tests.client import Answer
from tests.moderators import browser

from parvis.posts.gate import Answer as Says
from parvis.posts.gate import Submission, Verdict

_OURS = "written by the server, never by a caller"
_KEY = "a key, a hash or a number, made by the server"
_WORD = "one of a few words that are checked"
_OWNER = "read by its owner alone"
_STAFF = "read by the staff alone"
_TEAM = "written by the staff"
_OLD = "of an earlier release, read by nobody"
_MADE = "made from columns that are screened"
_REMOTE = "of accounts of other servers, of which there are none yet"

SCREENED = {
    "accounts.avatar_description",
    "accounts.display_name",
    "accounts.fields",
    "accounts.header_description",
    "accounts.note",
    "accounts.username",
    "apps.name",
    "apps.website",
    "media.description",
    "posts.source",
    "posts.spoiler",
}

NOT_SCREENED = {
    "account_holds.rule": _OURS,
    "account_notes.note": _OWNER,
    "accounts.avatar": _KEY,
    "accounts.avatar_static": _KEY,
    "accounts.body": _MADE,
    "accounts.domain": _REMOTE,
    "accounts.header": _KEY,
    "accounts.header_static": _KEY,
    "accounts.uri": _REMOTE,
    "apps.client_id": _KEY,
    "apps.redirect_uris": "shown to nobody: where a browser is sent that agreed",
    "apps.scopes": _WORD,
    "apps.secret_hash": _KEY,
    "attempts.key": _KEY,
    "cases.category": _OURS,
    "cases.rule": _OURS,
    "cases.subject_kind": _OURS,
    "changes.events": _OURS,
    "codes.challenge": _OWNER,
    "codes.code_hash": _KEY,
    "codes.redirect_uri": _OWNER,
    "codes.scopes": _WORD,
    "decided_texts.category": _OURS,
    "decided_texts.sketch": _KEY,
    "decided_texts.text_key": _KEY,
    "departed.name_hash": _KEY,
    "domain_blocks.domain": _OWNER,
    "emojis.category": _TEAM,
    "emojis.file": _KEY,
    "emojis.shortcode": _TEAM,
    "emojis.static_file": _KEY,
    "follow_requests.languages": _OWNER,
    "follows.languages": _OWNER,
    "hash_lists.category": _TEAM,
    "hash_lists.name": _TEAM,
    "hash_lists.source": _TEAM,
    "heartbeats.name": _OURS,
    "idempotency_keys.key": _OWNER,
    "invites.code_hash": _KEY,
    "listed_digests.digest": _TEAM,
    "markers.timeline": _WORD,
    "media.blurhash": _OURS,
    "media.kind": _OURS,
    "media.meta": _OURS,
    "media.original": _KEY,
    "media.remote_url": _REMOTE,
    "media.small": _KEY,
    "media_files.hash": _KEY,
    "media_files.mime": _OURS,
    "media_hashes.file": _KEY,
    "media_hashes.hash": _KEY,
    "media_hashes.kind": _OURS,
    "members.default_language": _OWNER,
    "members.email": _OWNER,
    "members.email_key": _OWNER,
    "members.locale": _OWNER,
    "members.password_hash": _KEY,
    "members.preferences": _OWNER,
    "members.role": _WORD,
    "members.sign_up_reason": _STAFF,
    "members.totp_secret": _KEY,
    "members.unconfirmed_email": _OWNER,
    "migrations.checksum": _OURS,
    "migrations.name": _OURS,
    "moderation_events.answer": _OURS,
    "moderation_events.effects": _OURS,
    "moderation_events.findings": "texts that did not pass, read by the staff and by who wrote them",
    "moderation_events.kind": _OURS,
    "moderation_events.model": _OURS,
    "moderation_events.note": _STAFF,
    "moderation_events.rules": _OURS,
    "moderation_events.subject_kind": _OURS,
    "notifications.kind": _OURS,
    "one_time.data": _OWNER,
    "one_time.key_hash": _KEY,
    "one_time.purpose": _OURS,
    "passkeys.credential_id": _KEY,
    "passkeys.name": _OWNER,
    "passkeys.public_key": _KEY,
    "policies.note": _TEAM,
    "policies.sha256": _KEY,
    "policies.source": _TEAM,
    "policy_activations.reason": _TEAM,
    "post_edits.body": "versions that passed the gate; those that were held, their author alone sees (below)",
    "post_tags.name": _MADE,
    "post_texts.document": _MADE,
    "posts.body": _MADE,
    "posts.language": "a language tag, whose shape is checked; shown as the name of a language",
    "posts.tags": _MADE,
    "posts.uri": _REMOTE,
    "procrastinate_jobs.args": _OURS,
    "procrastinate_jobs.lock": _OURS,
    "procrastinate_jobs.queue_name": _OURS,
    "procrastinate_jobs.queueing_lock": _OURS,
    "procrastinate_jobs.task_name": _OURS,
    "procrastinate_periodic_defers.periodic_id": _OURS,
    "procrastinate_periodic_defers.task_name": _OURS,
    "recovery_codes.code_hash": _KEY,
    "report_subjects.marks": _OURS,
    "report_subjects.outcome": _OURS,
    "reports.category": _WORD,
    "reports.comment": _STAFF,
    "reports.outcome": _OURS,
    "reports.rule_ids": "checked: only rules that there are",
    "rules.hint": _OLD,
    "rules.text": _OLD,
    "scan_parts.examples": _STAFF,
    "scan_parts.rules": _OURS,
    "scan_parts.worker": _OURS,
    "scans.model": _OURS,
    "scans.stopped": _OURS,
    "sessions.agent": _OWNER,
    "sessions.key_hash": _KEY,
    "settings.key": _TEAM,
    "settings.value": _TEAM,
    "tag_follows.name": _OWNER,
    "tags.display": _MADE,
    "tags.name": "made from posts; found only where a published post carries it",
    "tokens.scopes": _WORD,
    "tokens.token_hash": _KEY,
}  # fmt: skip

_COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
  AND (c.data_type IN ('text', 'character varying', 'character', 'json', 'jsonb', 'xml', 'bytea', 'tsvector')
       OR c.udt_name IN ('_text', '_varchar', '_json', '_jsonb'))
"""


NAME = "devant_la_porte"  # of the member before the browser


class Gate:
    """Answers as it is told, and keeps what it was shown."""

    def __init__(self) -> None:
        self.answer = Says.PUBLISH
        self.seen: list[Submission] = []

    async def ask(self, submission: Submission) -> Verdict:
        """The verdict of the moment."""
        self.seen.append(submission)
        return Verdict(answer=self.answer, submission=submission, reason="Not here")


@pytest.fixture
def gate(town: Town, monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    monkeypatch.setattr(town.parvis.publisher, "_gate", made)
    monkeypatch.setattr(town.parvis.editor, "_gate", made)
    monkeypatch.setattr(town.parvis, "gate", made)
    return made


@pytest.fixture(scope="module")
def page(town: Town) -> Browser:
    """A member before a browser."""
    return browser(town, NAME)[0]


def test_every_column_for_texts_is_screened_or_has_a_reason(town: Town) -> None:
    found = {f"{table}.{column}" for table, column, _ in town.rows(_COLUMNS)}
    assert not SCREENED & NOT_SCREENED.keys()
    assert found - SCREENED - NOT_SCREENED.keys() == set(), "who reads these, and what screens them?"
    assert SCREENED | NOT_SCREENED.keys() == found, "these are gone"


def where(town: Town, marker: str) -> set[str]:
    """The columns of the whole database that hold the marker."""
    found: set[str] = set()
    with town.database() as db:
        for table, column, kind in db.execute(_COLUMNS.encode()).fetchall():
            holds = (
                "position(convert_to(%s, 'UTF8') in {c}) > 0" if kind == "bytea" else "position(%s in {c}::text) > 0"
            )
            query = sql.SQL("SELECT 1 FROM {t} WHERE " + holds + " LIMIT 1")
            given = query.format(t=sql.Identifier(table), c=sql.Identifier(column))
            if db.execute(given, (marker,)).fetchone():
                found.add(f"{table}.{column}")
    return found


class Writer:
    """Who writes, in every way that there is."""

    def __init__(self, town: Town, page: Browser, marker: str) -> None:
        self.town = town
        self.page = page
        self.marker = marker
        self.member: Member = town.someone()
        self.say: Callable[[], None] = lambda: None  # called once all is ready for what is tested

    def upload(self, text: str = "") -> str:
        files = {"file": ("a.png", picture(color=tuple(secrets.token_bytes(3))), "image/png")}  # type: ignore[arg-type]
        return self.member.post("/api/v2/media", form={"description": text}, files=files).json["id"]

    def post(self, **body: Any) -> Answer:
        self.say()
        return self.member.post("/api/v1/statuses", json={"status": "un message", **body})

    def edit(self, media: tuple[str, ...] = (), **body: Any) -> Answer:
        before = self.member.write("avant", media_ids=list(media))
        self.say()
        given = {"status": "après", "media_ids": list(media), **body}
        return self.member.put(f"/api/v1/statuses/{before['id']}", json=given)

    def form(self, *, picture_too: bool = False, **form: str) -> Answer:
        """The compose box."""
        self.say()
        files = {"media_1": ("a.png", picture(), "image/png")} if picture_too else None
        fields = {"status": "un message", **form}
        return self.send("/posts", fields, "/compose", files)

    def edit_form(self, **form: str) -> Answer:
        """The page that changes a post with a picture."""
        files = {"media_1": ("a.png", picture(), "image/png")}
        shown = self.send("/posts", {"status": "avant", "description_1": "une porte"}, "/compose", files)
        assert shown.status == 303, shown.text
        newest = "SELECT p.id, p.media_ids[1] FROM posts p JOIN accounts a ON a.id = p.account_id WHERE a.username = %s"
        ((post_id, media_id),) = self.town.rows(f"{newest} ORDER BY p.id DESC LIMIT 1", NAME)
        self.say()
        fields = {"status": "après", "keep": str(media_id)}
        fields |= {name.replace("ID", str(media_id)): text for name, text in form.items()}
        return self.send(f"/posts/{post_id}/edit", fields, f"/posts/{post_id}/edit", None)

    def profile(self, **form: Any) -> Answer:
        self.say()
        return self.member.patch("/api/v1/accounts/update_credentials", json=form)

    def profile_form(self, **form: str) -> Answer:
        self.say()
        return self.send("/settings/profile", {"display_name": "Moi", **form}, "/settings/profile", None)

    def join(self) -> Answer:
        client = app_token(self.town, register(self.town))
        self.say()
        form = {"username": self.marker, "email": f"{secrets.token_hex(6)}@mail.test", "password": "correct horse"}
        return client.post("/api/v1/accounts", json={**form, "agreement": True})

    def join_form(self) -> Answer:
        self.say()
        form = {"username": self.marker, "email": f"{secrets.token_hex(6)}@mail.test", "password": "correct horse"}
        return Browser(self.town).send("/auth/sign-up", {**form, "agree": "1"})

    def app(self, **more: str) -> Answer:
        self.say()
        form = {"client_name": "Une app", "redirect_uris": "https://app.test/back", **more}
        return self.town.visitor.post("/api/v1/apps", json=form)

    def described(self, how: str) -> Answer:
        """A picture whose words came when it was uploaded, or after that."""
        media_id = self.upload(self.marker if how == "upload" else "une porte")
        if how == "change":
            assert self.member.put(f"/api/v1/media/{media_id}", json={"description": self.marker}).status == 200
        return self.post(media_ids=[media_id])

    def taken_off(self) -> Answer:
        """A picture that is taken off its post, described anew, and put back."""
        media_id = self.upload("une porte")
        post = self.member.write("avec", media_ids=[media_id])
        self.member.put(f"/api/v1/statuses/{post['id']}", json={"status": "sans", "media_ids": []})
        assert self.member.put(f"/api/v1/media/{media_id}", json={"description": self.marker}).status == 200
        self.say()
        return self.member.put(f"/api/v1/statuses/{post['id']}", json={"status": "avec", "media_ids": [media_id]})

    def re_described(self) -> Answer:
        """A picture of a post that is described anew by an edit."""
        media_id = self.upload("une porte")
        return self.edit((media_id,), media_attributes=[{"id": media_id, "description": self.marker}])

    def send(self, path: str, form: dict[str, str], page: str, files: Any) -> Answer:
        return self.page.send(path, form, page=page, **({"files": files} if files else {}))


# column, kind and field under which the gate sees it, how it is written
CASES: dict[str, tuple[str, str, str, Callable[[Writer], Answer]]] = {
    "a post": ("posts.source", "post", "text", lambda w: w.post(status=w.marker)),
    "a hashtag": ("posts.source", "post", "text", lambda w: w.post(status=f"#{w.marker}")),
    "a direct message": ("posts.source", "post", "text", lambda w: w.post(status=w.marker, visibility="direct")),
    "an edit": ("posts.source", "edit", "text", lambda w: w.edit(status=w.marker)),
    "the compose box": ("posts.source", "post", "text", lambda w: w.form(status=w.marker)),
    "the edit page": ("posts.source", "edit", "text", lambda w: w.edit_form(status=w.marker)),
    "a warning": ("posts.spoiler", "post", "spoiler", lambda w: w.post(spoiler_text=w.marker)),
    "a warning's edit": ("posts.spoiler", "edit", "spoiler", lambda w: w.edit(spoiler_text=w.marker)),
    "a warning in the box": ("posts.spoiler", "post", "spoiler", lambda w: w.form(spoiler_text=w.marker)),
    "a warning on the page": ("posts.spoiler", "edit", "spoiler", lambda w: w.edit_form(spoiler_text=w.marker)),
    "an upload": ("media.description", "post", "alt", lambda w: w.described("upload")),
    "a description": ("media.description", "post", "alt", lambda w: w.described("change")),
    "a description by an edit": ("media.description", "edit", "alt", lambda w: w.re_described()),
    "a description meanwhile": ("media.description", "edit", "alt", lambda w: w.taken_off()),
    "a new picture by an edit": (
        "media.description", "edit", "alt", lambda w: w.edit(media_ids=[w.upload(w.marker)]),
    ),
    "a picture in the box": (
        "media.description", "post", "alt", lambda w: w.form(picture_too=True, description_1=w.marker),
    ),
    "a picture on the page": ("media.description", "edit", "alt", lambda w: w.edit_form(description_ID=w.marker)),
    "a display name": (
        "accounts.display_name", "profile", "display_name", lambda w: w.profile(display_name=w.marker),
    ),
    "a display name on the page": (
        "accounts.display_name", "profile", "display_name", lambda w: w.profile_form(display_name=w.marker),
    ),
    "a biography": ("accounts.note", "profile", "note", lambda w: w.profile(note=w.marker)),
    "a biography on the page": ("accounts.note", "profile", "note", lambda w: w.profile_form(note=w.marker)),
    "a fact's name": (
        "accounts.fields", "profile", "field_name",
        lambda w: w.profile(fields_attributes=[{"name": w.marker, "value": "là"}]),
    ),
    "a fact's value": (
        "accounts.fields", "profile", "field_value",
        lambda w: w.profile(fields_attributes=[{"name": "Ici", "value": w.marker}]),
    ),
    "a fact's name on the page": (
        "accounts.fields", "profile", "field_name",
        lambda w: w.profile_form(field_name_1=w.marker, field_value_1="là"),
    ),
    "a fact's value on the page": (
        "accounts.fields", "profile", "field_value",
        lambda w: w.profile_form(field_name_1="Ici", field_value_1=w.marker),
    ),
    "the words of an avatar": (
        "accounts.avatar_description", "profile", "alt", lambda w: w.profile(avatar_description=w.marker),
    ),
    "the words of a header": (
        "accounts.header_description", "profile", "alt", lambda w: w.profile(header_description=w.marker),
    ),
    "a user name by an app": ("accounts.username", "name", "name", lambda w: w.join()),
    "a user name on the page": ("accounts.username", "name", "name", lambda w: w.join_form()),
    "an app's name": ("apps.name", "name", "name", lambda w: w.app(client_name=w.marker)),
    "an app's site": (
        "apps.website", "name", "field_value", lambda w: w.app(website=f"https://{w.marker}.example"),
    ),
}  # fmt: skip

# What a member keeps of a picture that no post carries yet: nobody else reads it (tests/security/test_ownership.py).
_UNSENT = {"an upload", "a description", "a description meanwhile", "a new picture by an edit", "a picture in the box"}


def test_every_screened_column_has_a_case() -> None:
    assert {column for column, _, _, _ in CASES.values()} == SCREENED


@pytest.mark.parametrize("name", CASES)
def test_the_gate_sees_exactly_what_is_stored(town: Town, page: Browser, gate: Gate, name: str) -> None:
    column, kind, field, write = CASES[name]
    writer = Writer(town, page, f"zq{secrets.token_hex(6)}")
    answer = write(writer)
    assert answer.status in (200, 303), answer.text
    assert column in where(town, writer.marker)
    shown = [(each.kind, text) for each in gate.seen for text in each.texts if writer.marker in text.text]
    exact = {
        "a hashtag": f"#{writer.marker}",
        "an app's site": f"https://{writer.marker}.example",
    }.get(name, writer.marker)
    assert [(kind_, text.field, text.text) for kind_, text in shown] == [(kind, field, exact)]


@pytest.mark.parametrize("name", CASES)
def test_what_is_refused_leaves_no_trace(town: Town, page: Browser, gate: Gate, name: str) -> None:
    _, _, _, write = CASES[name]
    writer = Writer(town, page, f"zq{secrets.token_hex(6)}")
    writer.say = lambda: setattr(gate, "answer", Says.REFUSE)
    answer = write(writer)
    assert answer.status in (403, 422), answer.text
    left = where(town, writer.marker)
    if name in _UNSENT:
        assert left == {"media.description"}
        assert town.rows("SELECT post_id FROM media WHERE description = %s", writer.marker) == [(None,)]
    else:
        assert left == set()


def test_a_version_that_was_held_stays_its_authors(town: Town, page: Browser, gate: Gate) -> None:
    """Whoever releases a post has looked at its words of now, not at those that it was held for."""
    member, marker = town.someone(), f"zq{secrets.token_hex(6)}"
    post = member.write("une version que tout le monde a vue")
    path = f"/api/v1/statuses/{post['id']}"
    gate.answer = Says.HOLD
    assert member.put(path, json={"status": marker}).status == 200
    gate.answer = Says.PUBLISH
    assert member.put(path, json={"status": "une version sage"}).status == 200

    async def release() -> None:
        from parvis.posts.release import Releaser

        async with town.parvis.changes.transaction() as tx:
            assert await Releaser(town.parvis.jobs).release(tx, int(post["id"]))

    town.run(release())
    versions = town.visitor.get(f"{path}/history").json
    assert ["sage" in version["content"] for version in versions] == [False, True]
    assert marker not in town.visitor.get(f"/@{member.name}/{post['id']}/history").text
    assert marker in member.get(f"{path}/history").text


def test_a_hashtag_of_a_held_post_is_found_by_nobody(town: Town, gate: Gate) -> None:
    gate.answer = Says.HOLD
    member, marker = town.someone(), f"zq{secrets.token_hex(6)}"
    member.write(f"#{marker}")
    for path in (f"/api/v2/search?q={marker}", "/api/v1/trends/tags", f"/api/v1/timelines/tag/{marker}"):
        answer = town.bruno.get(path)
        assert answer.status == 200 and not [hit for hit in _strings(answer.json) if marker in hit], path


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(part)


def test_a_verdict_on_other_words_stores_nothing(town: Town, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that was shown less than what is about to be written stops the writing: a fault of ours, never a post."""

    async def shown_less(submission: Submission) -> Verdict:
        return Verdict(answer=Says.PUBLISH, submission=msgspec.structs.replace(submission, texts=()))

    monkeypatch.setattr(gate, "ask", shown_less)
    marker = f"zq{secrets.token_hex(6)}"
    assert town.amina.post("/api/v1/statuses", json={"status": marker}).status == 500
    assert where(town, marker) == set()
