"""Advisories 31 and 28: what is one member's own is nobody else's, by whatever route and with whatever id."""

import re
from typing import Any

import pytest
from psycopg import sql
from tests.cast import Member, Town, picture

from parvis.api.routes import ROUTES
from parvis.http.routing import Route

SECRET = "motsecret"
WITH_ID = [route for route in ROUTES if "{" in route.path and not route.raw and route.path.startswith("/api/")]
# What a stranger's call may change without touching anything of the owner's.
BODY = {"status": "x", "comment": "x", "description": "x", "id": ["1"]}


def own(town: Town, owner: Member) -> dict[str, str]:
    """Ids of things that are the owner's alone."""
    files = {"file": ("a.png", picture(), "image/png")}
    media = owner.post("/api/v2/media", form={"description": SECRET}, files=files).json["id"]
    private = owner.write(f"{SECRET} pour mes amis", visibility="private")["id"]
    direct = owner.write(f"{SECRET} pour moi", visibility="direct")["id"]
    held = owner.write(f"{SECRET} à revoir")["id"]
    town.rows("UPDATE posts SET state = 1 WHERE id = %s RETURNING 1", int(held))
    town.parvis.posts.clear()
    fan = town.someone()
    fan.act(owner.write("pour tous"), "favourite")
    note = owner.get("/api/v1/notifications").json[0]["id"]
    token = str(town.rows("SELECT id FROM tokens WHERE account_id = %s", owner.id)[0][0])
    return {"media": media, "private": private, "direct": direct, "held": held, "notification": note, "token": token}


def snapshot(town: Town, account_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that is the account's."""
    tables = town.rows(
        "SELECT c.table_name FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.column_name = 'account_id'"
    )
    found: dict[str, list[tuple[Any, ...]]] = {}
    with town.database() as db:
        for (table,) in tables:
            query = sql.SQL("SELECT t::text FROM {} t WHERE account_id = %s ORDER BY 1").format(sql.Identifier(table))
            found[table] = db.execute(query, (account_id,)).fetchall()
    return found


@pytest.fixture(scope="module")
def theirs(town: Town) -> dict[str, str]:
    ids = own(town, town.amina)
    for kind in ("private", "direct", "held"):
        assert SECRET in town.amina.get(f"/api/v1/statuses/{ids[kind]}").text
    assert SECRET in town.amina.get(f"/api/v1/media/{ids['media']}").text
    assert town.amina.get(f"/api/v1/notifications/{ids['notification']}").status == 200
    return ids


@pytest.mark.parametrize("route", WITH_ID, ids=lambda route: f"{route.method} {route.path}")
def test_a_stranger_gets_and_changes_nothing(town: Town, theirs: dict[str, str], route: Route) -> None:
    stranger = town.bruno
    before = snapshot(town, town.amina.id)
    for what, ident in theirs.items():
        path = re.sub(r"\{[^}]+\}", ident, route.path)
        absent = re.sub(r"\{[^}]+\}", "228000000000000001", route.path)
        answer, nothing = (
            stranger.loop.run_until_complete(stranger.call(route.method, each, json=BODY)) for each in (path, absent)
        )
        assert SECRET not in answer.text, what
        assert answer.status == nothing.status, (what, answer.text)
        assert answer.text.replace(ident, "#") == nothing.text.replace("228000000000000001", "#"), what
    after = snapshot(town, town.amina.id)
    assert {table: rows for table, rows in after.items() if rows != before[table]} == {}
