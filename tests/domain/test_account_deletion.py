"""Deletion deletes: nobody sees the account from the first moment, and in the end nothing of it is anywhere."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.cast import Member, Town, picture

UPDATE = "/api/v1/accounts/update_credentials"
_shade = itertools.count(20, 3)


def fresh() -> tuple[str, bytes, str]:
    """A picture that nobody else has."""
    return "p.png", picture(color=(next(_shade), 9, 9)), "image/png"


def upload(member: Member) -> str:
    return member.post("/api/v2/media", files={"file": fresh()}).json["id"]


def live(town: Town) -> tuple[Member, Member, dict[str, Any]]:
    """Someone who did everything that one can, with a friend who did it to them; and the friend's post."""
    gone, friend = town.someone(), town.someone()
    gone.patch(UPDATE, form={"note": "qui part", "locked": "true"}, files={"avatar": fresh(), "header": fresh()})
    for one, other in ((gone, friend), (friend, gone)):
        for what in ("follow", "note", "mute", "unmute"):
            one.post(f"/api/v1/accounts/{other.id}/{what}", json={"comment": "ami"} if what == "note" else {})
    gone.post(f"/api/v1/follow_requests/{friend.id}/authorize")
    gone.post(f"/api/v1/accounts/{town.bruno.id}/block")
    gone.post(f"/api/v1/accounts/{town.chloe.id}/mute")
    town.dario.post(f"/api/v1/accounts/{gone.id}/block")
    town.elena.post(f"/api/v1/accounts/{gone.id}/follow")
    gone.delete(f"/api/v1/suggestions/{town.elena.id}")
    town.elena.delete(f"/api/v1/suggestions/{gone.id}")
    for one, other in ((gone, town.elena), (town.elena, gone)):
        one.post("/api/v1/notifications/requests/accept", json={"id": [str(other.id)]})
    gone.post("/api/v1/domain_blocks", form={"domain": "bad.example"})
    gone.post("/api/v1/tags/pain/follow")
    theirs = friend.write(f"bonjour @{gone.name}, je reste")
    own = gone.write(f"mot rarissime{gone.name} #pain", media_ids=[upload(gone)])
    gone.put(
        f"/api/v1/statuses/{own['id']}",
        json={"status": f"mot rarissime{gone.name}, mieux #pain", "media_ids": [upload(gone)]},
    )
    upload(gone)
    gone.write("suite", in_reply_to_id=own["id"])
    gone.write(f"@{friend.name} merci", in_reply_to_id=theirs["id"])
    gone.write(f"@{friend.name} entre nous", visibility="direct")
    friend.write(f"@{gone.name} oui", visibility="direct")
    friend.write("sans le nommer", in_reply_to_id=own["id"])
    for who, post in ((gone, theirs), (friend, own)):
        for what in ("favourite", "reblog", "bookmark", "mute"):
            assert who.act(post, what).status == 200
    for one, other, ids in ((gone, friend, [theirs["id"]]), (friend, gone, [own["id"]]), (friend, gone, [])):
        body = {"account_id": str(other.id), "status_ids": ids, "comment": f"de {gone.name}"}
        assert one.post("/api/v1/reports", json=body).status == 200
    gone.act(own, "pin")
    gone.post("/api/v1/markers", json={"home": {"last_read_id": theirs["id"]}})
    gone.post("/api/v1/statuses", json={"status": "une fois"}, headers={"Idempotency-Key": "k"})
    return gone, friend, theirs


def columns(db: psycopg.Connection[Any]) -> list[tuple[str, str, str]]:
    """Table, column and type of every column that can hold an id."""
    return db.execute(
        "SELECT c.table_name, c.column_name, c.udt_name FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.udt_name IN ('int8', '_int8')"
    ).fetchall()


def where(town: Town, ident: int) -> list[str]:
    """Every column that holds an id."""
    found = []
    with town.database() as db:
        for table, column, kind in columns(db):
            test = sql.SQL("{} = %s" if kind == "int8" else "%s = ANY({})").format(sql.Identifier(column))
            query = sql.SQL("SELECT 1 FROM {} WHERE {} LIMIT 1").format(sql.Identifier(table), test)
            if db.execute(query, (ident,)).fetchone():
                found.append(f"{table}.{column}")
    return found


def bodies(town: Town, ident: int) -> int:
    """In how many rendered texts an id stands."""
    return sum(
        town.rows(f"SELECT count(*) FROM {table} WHERE position(convert_to(%s, 'UTF8') IN body) > 0", str(ident))[0][0]
        for table in ("accounts", "posts", "post_edits")
    )


def stored(town: Town) -> list[str]:
    return sorted(path.name for path in Path(town.settings.data_dir / "media").rglob("*") if path.is_file())


def leave(town: Town, member: Member) -> None:
    town.run(town.parvis.deleter.begin(member.id))


def test_everyone_is_rid_of_them_at_once(town: Town) -> None:
    gone, friend, theirs = live(town)
    own = friend.get(f"/api/v1/accounts/{gone.id}/statuses").json[-1]["id"]
    leave(town, gone)
    assert gone.get("/api/v1/accounts/verify_credentials").status in (401, 403)
    for path in (f"/api/v1/accounts/{gone.id}", f"/api/v1/accounts/{gone.id}/statuses", f"/api/v1/statuses/{own}"):
        assert friend.get(path).status == 404, path
        assert town.visitor.get(path).status == 404, path
    lists = (
        "/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v1/timelines/tag/pain", "/api/v1/bookmarks",
        "/api/v1/favourites", "/api/v1/notifications", f"/api/v1/accounts/{friend.id}/followers",
        f"/api/v1/accounts/{friend.id}/following", f"/api/v1/statuses/{theirs['id']}/favourited_by",
        f"/api/v1/statuses/{theirs['id']}/reblogged_by", f"/api/v1/accounts/search?q={gone.name}",
        "/api/v1/conversations", "/api/v1/directory",
    )  # fmt: skip
    for path in lists:
        assert f'"account":{{"id":"{gone.id}"' not in friend.get(path).text, path
        assert all(each.get("username") != gone.name for each in friend.get(path).json), path
    assert friend.get("/api/v2/search", query={"q": f"rarissime{gone.name}"}).json["statuses"] == []
    assert friend.post(f"/api/v1/accounts/{gone.id}/follow").status == 404


def test_nothing_of_them_is_left_in_any_column_text_or_file(town: Town) -> None:
    before = stored(town)
    gone, friend, theirs = live(town)
    assert len(stored(town)) > len(before)
    assert town.rows("SELECT 1 FROM post_texts WHERE document @@ to_tsquery('simple', %s)", f"rarissime{gone.name}")
    held = where(town, gone.id)
    assert len(held) >= 25, held  # the test would prove nothing of what it did not fill
    leave(town, gone)
    town.run(town.parvis.deleter.finish(gone.id))
    assert where(town, gone.id) == [] and bodies(town, gone.id) == 0
    assert stored(town) == before
    assert (
        town.rows("SELECT 1 FROM post_texts WHERE document @@ to_tsquery('simple', %s)", f"rarissime{gone.name}") == []
    )
    assert town.rows("SELECT count(*) FROM departed WHERE name_hash = sha256(%s)", gone.name.encode()) == [(1,)]
    assert friend.get(f"/api/v1/statuses/{theirs['id']}").json["favourites_count"] == 0
    assert town.run(town.parvis.deleter.finish(gone.id)) == 0


def test_what_others_wrote_stays_and_names_nobody(town: Town) -> None:
    gone, friend, theirs = live(town)
    leave(town, gone)
    town.run(town.parvis.deleter.finish(gone.id))
    found = friend.get(f"/api/v1/statuses/{theirs['id']}").json
    assert found["content"] == f"<p>bonjour @{gone.name}, je reste</p>" and found["mentions"] == []
    assert (found["favourites_count"], found["reblogs_count"], found["replies_count"]) == (0, 0, 0)
    reply = friend.get(f"/api/v1/accounts/{friend.id}/statuses").json[0]
    assert reply["content"] == "<p>sans le nommer</p>"
    assert reply["in_reply_to_id"] is None and reply["in_reply_to_account_id"] is None
    changed = friend.put(f"/api/v1/statuses/{reply['id']}", json={"status": "encore"}).json
    assert changed["in_reply_to_account_id"] is None
    assert reply["id"] not in [post["id"] for post in town.visitor.get("/api/v1/timelines/public").json]
    seen = town.visitor.get(f"/api/v1/accounts/{friend.id}").json
    assert (seen["followers_count"], seen["following_count"], seen["statuses_count"]) == (0, 0, 3)
    assert seen["statuses_count"] == town.rows("SELECT count(*) FROM posts WHERE account_id = %s", friend.id)[0][0]


@pytest.mark.parametrize("piece", ["_votes", "_follows", "_rest"])
def test_a_deletion_that_was_cut_off_goes_on(town: Town, monkeypatch: pytest.MonkeyPatch, piece: str) -> None:
    gone, _, _ = live(town)
    leave(town, gone)
    with monkeypatch.context() as patch:

        async def cut_off(*_: Any) -> None:
            raise ConnectionError

        patch.setattr(town.parvis.deleter, piece, cut_off)
        with pytest.raises(ConnectionError):
            town.run(town.parvis.deleter.finish(gone.id))
    town.run(town.parvis.deleter.finish(gone.id))
    assert where(town, gone.id) == []


def test_what_a_request_under_way_still_wrote_is_deleted_with_its_counts(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, friend, _ = live(town)
    late = town.someone()
    leave(town, gone)
    follows, end = town.parvis.deleter._follows, iter([True])

    async def late_follow(account_id: int) -> None:
        await follows(account_id)
        if next(end, False):
            with town.database() as db:
                db.execute("INSERT INTO follows (account_id, target_id, id) VALUES (%s, %s, 1)", (gone.id, late.id))
                db.execute("UPDATE account_stats SET followers = 1 WHERE account_id = %s", (late.id,))

    monkeypatch.setattr(town.parvis.deleter, "_follows", late_follow)
    town.run(town.parvis.deleter.finish(gone.id))
    assert where(town, gone.id) == []
    assert town.visitor.get(f"/api/v1/accounts/{late.id}").json["followers_count"] == 0
    assert friend.get("/api/v1/accounts/verify_credentials").status == 200


def test_the_name_is_nobodys_afterwards(town: Town) -> None:
    gone = town.someone()
    leave(town, gone)
    app = town.visitor.post(
        "/api/v1/apps", form={"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "write"}
    ).json
    keys = {name: app[name] for name in ("client_id", "client_secret")}
    grant = {"grant_type": "client_credentials", "scope": "write:accounts", **keys}
    form = {"email": "x@mail.test", "password": "long enough", "agreement": "true", "locale": "en"}
    for finished in (False, True):
        if finished:
            town.run(town.parvis.deleter.finish(gone.id))
        token = town.visitor.post("/oauth/token", form=grant).json["access_token"]
        answer = town.visitor.post(
            "/api/v1/accounts",
            form={**form, "username": gone.name.upper()},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status == 422 and answer.json["details"]["username"][0]["error"] == "ERR_TAKEN"


def test_the_worker_does_it_after_the_members_own_word(town: Town) -> None:
    gone = town.someone()
    gone.write("encore un mot")
    leave(town, gone)
    assert where(town, gone.id) != []

    async def work() -> None:
        stopping = asyncio.Event()
        working = asyncio.create_task(town.parvis.jobs.work(stopping))
        for _ in range(200):
            await asyncio.sleep(0.1)
            if not where(town, gone.id):
                break
        stopping.set()
        await working

    town.run(work())
    assert where(town, gone.id) == []
    assert town.rows("SELECT 1 FROM procrastinate_jobs WHERE args->>'account_id' = %s", str(gone.id)) == []
