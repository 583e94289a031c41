"""Advisories 12, 24 and 25: whatever ends a member's access ends all of it, tokens, sessions and codes, at once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.browsing import PASSWORD, Browser, app_token, credentials, join, register
from tests.cast import Town
from tests.client import Client

from parvis.app import Application, Parvis
from parvis.auth.oauth import AuthorizeParams
from parvis.auth.one_time import issue
from parvis.auth.tokens import apps_of, end_app
from parvis.db.ring import Ring


class Access:
    """A member with a token, a session and an unused code, known to two processes of the machine."""

    def __init__(self, town: Town, other: Application, name: str) -> None:
        self.town = town
        token = join(town, name).json["access_token"]
        self.clients = [Client(app, town.loop, token) for app in (town.app, other)]
        self.browser = Browser(town)
        assert self.browser.log_in(name).status in (302, 303)
        self.id = int(self.clients[0].get("/api/v1/accounts/verify_credentials").json["id"])
        self.app = register(town)
        self.code = self.approve()
        assert self.state() == ([200, 200], True)

    def approve(self) -> str:
        """A code for the app, not yet used."""
        oauth = self.town.parvis.oauth
        params = AuthorizeParams(client_id=self.app["client_id"], redirect_uri="https://app.test/back", scope="read")
        return self.town.run(oauth.approve(self.town.run(oauth.examine(params)), self.id))

    def state(self) -> tuple[list[int], bool]:
        """What the token gets in both processes, and whether the session is one."""
        home = self.browser.get("/settings/security")
        return [client.get("/api/v1/timelines/home").status for client in self.clients], home.status == 200

    def exchange(self) -> int:
        """Use the code."""
        form = {"grant_type": "authorization_code", "code": self.code, "redirect_uri": "https://app.test/back"}
        return self.town.visitor.post("/oauth/token", form={**form, **credentials(self.app)}).status


@pytest.fixture(scope="module")
def other(town: Town) -> Iterator[Application]:
    """Another process of the town's machine."""
    ring = Ring(town.settings.data_dir / "run" / "ring")
    parvis = Parvis(town.settings, ring=ring, origin=1, process=1, processes=2)
    town.run(parvis.db.open())
    yield Application(parvis)
    town.run(parvis.db.close())


def _by_link(access: Access) -> Any:
    async def reset() -> None:
        async with access.town.parvis.changes.transaction() as tx:
            key = await issue(tx, "reset", access.id, minutes=5)
        await access.town.parvis.members.finish_reset(key, "battery staple")

    return reset()


ENDS: dict[str, Callable[[Access], Any]] = {
    "suspension": lambda access: access.town.parvis.members.suspend(access.id),
    "disabling": lambda access: access.town.parvis.members.disable(access.id),
    "reset by an administrator": lambda access: access.town.parvis.members.reset_password(access.id),
    "reset by a letter": _by_link,
    "deletion": lambda access: access.town.parvis.deleter.begin(access.id),
}


@pytest.mark.parametrize("end", ENDS)
def test_everything_ends_together_in_every_process(town: Town, other: Application, end: str) -> None:
    access = Access(town, other, f"end{list(ENDS).index(end)}")
    town.run(ENDS[end](access))
    statuses, inside = access.state()
    assert set(statuses) <= {401, 403}
    assert not inside
    assert access.exchange() == 400
    assert town.rows("SELECT 1 FROM tokens WHERE account_id = %s", access.id) == []
    assert town.rows("SELECT 1 FROM sessions WHERE account_id = %s", access.id) == []
    if end != "reset by a letter":
        refused = Browser(town).log_in(f"end{list(ENDS).index(end)}")
        assert refused.status == 422


def test_a_changed_password_ends_all_but_the_session_that_asked(town: Town, other: Application) -> None:
    access = Access(town, other, "vera")
    second = Browser(town)
    second.log_in("vera")
    form = {"what": "password", "current_password": PASSWORD, "password": "battery staple"}
    assert access.browser.send("/settings/account", form).status in (302, 303)
    assert access.state() == ([401, 401], True)
    assert second.get("/settings/security").status != 200
    assert access.exchange() == 400


def test_an_app_that_is_turned_out_loses_tokens_and_codes(town: Town, other: Application) -> None:
    access = Access(town, other, "wim")
    assert access.exchange() == 200
    access.code = access.approve()

    async def turn_out() -> None:
        async with town.parvis.changes.transaction() as tx:
            for app in await apps_of(tx, access.id):
                await end_app(tx, access.id, app.id)

    town.run(turn_out())
    assert access.state() == ([401, 401], True)
    assert access.exchange() == 400


def test_logging_out_ends_the_session_for_whoever_copied_it(town: Town, other: Application) -> None:
    access = Access(town, other, "xenia")
    kept = dict(access.browser.cookies)
    access.browser.send("/auth/log-out", {}, page="/settings/security")
    access.browser.cookies = kept
    assert access.state() == ([200, 200], False)


def test_an_app_token_ends_in_every_process(town: Town, other: Application) -> None:
    app = register(town)
    own = app_token(town, app)
    elsewhere = Client(other, town.loop, own.token)
    assert elsewhere.get("/api/v1/apps/verify_credentials").status == 200
    town.visitor.post("/oauth/revoke", form={"token": own.token, **credentials(app)})
    assert elsewhere.get("/api/v1/apps/verify_credentials").status == 401
