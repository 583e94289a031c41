"""Advisory 17: every route of the API asks for what its row in the table says, before it does anything."""

import re

import pytest
from tests.cast import Member, Town
from tests.client import Client

from parvis.api.routes import ROUTES
from parvis.auth.keys import digest
from parvis.auth.scopes import ALL, expand
from parvis.http.routing import Auth, Route
from parvis.kernel.ids import new_id

GUARDED = [route for route in ROUTES if route.auth is not Auth.PUBLIC and route.method != "WS"]
SCOPED = [route for route in ROUTES if route.scope and route.method != "WS"]

ROLES = {Auth.STAFF: ("moderator", "admin", "owner"), Auth.ADMIN: ("admin", "owner")}


def _with_scopes(town: Town, account_id: int | None, scopes: list[str]) -> Client:
    token = f"narrow-{new_id()}"
    with town.database() as db:
        db.execute(
            "INSERT INTO tokens (id, token_hash, account_id, scopes) VALUES (%s, %s, %s, %s)",
            (new_id(), digest(token), account_id, scopes),
        )
    return Client(town.app, town.loop, token)


def _status(caller: Client, route: Route) -> int:
    path = re.sub(r"\{[^}]+\}", "1", route.path)
    return caller.loop.run_until_complete(caller.call(route.method, path, json={})).status


def _named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", GUARDED, ids=_named)
def test_a_visitor_is_asked_for_a_token(town: Town, route: Route) -> None:
    assert _status(town.visitor, route) == 401


@pytest.mark.parametrize("route", SCOPED, ids=_named)
def test_a_token_without_the_scope_is_refused(town: Town, route: Route) -> None:
    wanted = {scope for scope in route.scope.split() if scope != "pending"}
    others = [scope for scope in ALL if not expand((scope,)) & wanted]
    assert _status(_with_scopes(town, town.bruno.id, others), route) == 403


@pytest.mark.parametrize("route", [route for route in GUARDED if route.auth in ROLES], ids=_named)
def test_a_role_opens_what_is_for_it_and_nothing_above(town: Town, route: Route) -> None:
    may = ROLES[route.auth]
    for role in ("member", "moderator", "admin", "owner"):
        caller = _with_scopes(town, town.someone(role=role).id, list(ALL))
        assert (_status(caller, route) == 403) is (role not in may), (role, route.path)


def test_only_members_do_what_is_for_members(town: Town) -> None:
    own = _with_scopes(town, None, list(ALL))
    waiting, disabled, suspended = town.someone(), town.someone(), town.someone()
    with town.database() as db:
        db.execute("UPDATE members SET approved_at = NULL WHERE account_id = %s", (waiting.id,))
        db.execute("UPDATE members SET disabled_at = now() WHERE account_id = %s", (disabled.id,))
    town.suspend(suspended)
    for route in GUARDED:
        if route.auth is not Auth.ANY:
            assert _status(own, route) == 401, route.path
        barred: list[Member] = [disabled, suspended]
        if "pending" not in route.scope:
            barred.append(waiting)
        for member in barred:
            assert _status(member, route) == 403, (member.name, route.path)
