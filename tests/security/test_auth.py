"""What others' advisories teach about log-in: limits that hold, and keys that die together."""

import msgspec
import pytest
from tests.api.test_oauth import Browser
from tests.cast import Town, open_town
from tests.client import Client

from parvis.auth.types import Role
from parvis.http.counters import Counters
from parvis.settings import Limits, Settings

PASSWORD = "a good long password"


@pytest.fixture
def strict(settings: Settings):
    """A town with the limits on, small enough to meet."""
    limits = Limits(
        log_ins_per_account=5, log_ins_per_address=50, mails_per_target=3, per_address=400, sign_ups_per_address=50
    )
    with open_town(msgspec.structs.replace(settings, limits=limits)) as town:
        yield town


def member(town: Town) -> tuple[str, str, int]:
    name = f"auth{next(town._number)}"
    ident, password = town.run(town.parvis.members.create(name, f"{name}@mail.test", Role.MEMBER))
    return name, password, ident


def test_wrong_passwords_run_out_whatever_the_headers_say(strict: Town):
    name, password, _ = member(strict)
    statuses = []
    for number in range(8):
        browser = Browser(strict)
        page = browser.get("/auth/log-in")
        browser.cookies["x"] = str(number)
        found = browser.send("/auth/log-in", page, login=name, password="wrong")
        statuses.append(found.status)
    assert statuses[:5] == [422] * 5 and set(statuses[5:]) == {429}
    # The right password does not help any more, and neither does another spelling of the name.
    browser = Browser(strict)
    assert (
        browser.send("/auth/log-in", browser.get("/auth/log-in"), login=name.upper(), password=password).status == 429
    )


def test_forged_addresses_and_suffixes_are_one_counter(settings: Settings):
    limits = Limits(per_address=20)
    with open_town(msgspec.structs.replace(settings, limits=limits)) as town:
        forged = ["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP"]
        statuses = []
        for number in range(30):
            headers = {name.lower(): f"198.51.100.{number}" for name in forged}
            path = ("/api/v1/instance", "/api/v1/instance.json", "/api/v1/instance/", "/api/v1/nothing")[number % 4]
            statuses.append(town.visitor.get(path, headers=headers).status)
        assert statuses[:20].count(429) == 0 and set(statuses[20:]) == {429}
        left = town.visitor.get("/api/v1/instance", address="192.0.2.77")
        assert left.status == 200
        assert left.headers["x-ratelimit-limit"] == "20" and left.headers["x-ratelimit-remaining"] == "19"
        assert left.headers["x-ratelimit-reset"].endswith("Z")


def test_changing_the_password_is_limited_and_ends_everything_else(strict: Town):
    name, password, _ = member(strict)
    here, there = Browser(strict), Browser(strict)
    assert here.log_in(name, password).status == 303
    assert there.log_in(name, password).status == 303
    fields = {"what": "password", "current_password": password, "password": PASSWORD}
    done = here.send("/settings/account", here.get("/settings/account"), **fields)
    assert done.status == 303
    assert here.get("/settings/account").status == 200
    assert there.get("/settings/account").status == 303  # to the log-in page
    wrong = {**fields, "current_password": "wrong"}
    page = here.get("/settings/account")
    assert [here.send("/settings/account", page, **wrong).status for _ in range(7)][-1] == 429


@pytest.mark.parametrize("how", ["reset", "suspend", "disable", "delete"])
def test_all_keys_die_together(town: Town, how: str):
    name, password, ident = member(town)
    browser = Browser(town)
    browser.log_in(name, password)
    assert browser.get("/home").status == 200
    someone = town.someone()
    members = town.parvis.members
    act = {
        "reset": lambda: members.reset_password(someone.id),
        "suspend": lambda: members.suspend(someone.id),
        "disable": lambda: members.disable(someone.id),
        "delete": lambda: town.parvis.deleter.begin(someone.id),
    }[how]
    assert someone.get("/api/v1/accounts/verify_credentials").status == 200
    town.run(act())
    assert someone.get("/api/v1/accounts/verify_credentials").status == 401
    assert someone.get("/api/v1/timelines/public").status == 401
    if how == "reset":
        town.run(members.reset_password(ident))
        assert browser.get("/home").status == 303


def test_mails_to_one_address_are_limited_whoever_asks(settings: Settings):
    mail = msgspec.structs.replace(settings.mail, host="127.0.0.1", port=9, sender="square@parvis.test", tls="none")
    limits = Limits(mails_per_target=3)
    with open_town(msgspec.structs.replace(settings, limits=limits, mail=mail)) as town:
        statuses = []
        for number in range(6):
            browser = Browser(town)
            page = browser.client.get("/auth/forgot", address=f"192.0.2.{number}")
            browser._keep(page)
            statuses.append(browser.send("/auth/forgot", page, email="someone@mail.test").status)
        assert statuses == [200, 200, 200, 429, 429, 429]


def test_a_reset_link_works_once_and_ends_sessions(settings: Settings):
    from parvis.auth import one_time

    with open_town(settings) as town:
        name, password, ident = member(town)
        browser = Browser(town)
        browser.log_in(name, password)

        async def issue() -> str:
            async with town.parvis.changes.transaction() as tx:
                return await one_time.issue(tx, "reset", ident, minutes=5)

        key = town.run(issue())
        visitor = Browser(town)
        page = visitor.get(f"/auth/reset?token={key}")
        assert visitor.send("/auth/reset", page, token=key, password=PASSWORD).status == 303
        assert visitor.send("/auth/reset", page, token=key, password=PASSWORD).status == 422
        assert browser.get("/home").status == 303
        assert Browser(town).log_in(name, PASSWORD).status == 303


def test_codes_of_the_second_factor_are_limited_and_single(strict: Town):
    import pyotp

    name, password, ident = member(strict)
    second = strict.parvis.second_factor
    setup = strict.run(second.begin(ident, name))
    code = pyotp.TOTP(setup.secret).now()
    recovery = strict.run(second.enable(ident, code))
    assert setup.secret not in str(strict.rows("SELECT totp_secret FROM members WHERE account_id = %s", ident))
    browser = Browser(strict)
    assert browser.log_in(name, password).headers["location"] == "/auth/second-factor"
    assert browser.get("/home").status == 303
    page = browser.get("/auth/second-factor")
    assert browser.send("/auth/second-factor", page, code=code).status == 422  # used when it was set up
    assert browser.send("/auth/second-factor", page, code=recovery[0]).status == 303
    assert browser.get("/home").status == 200
    again = Browser(strict)
    again.log_in(name, password)
    page = again.get("/auth/second-factor")
    assert again.send("/auth/second-factor", page, code=recovery[0]).status == 422
    statuses = [again.send("/auth/second-factor", page, code="000000").status for _ in range(8)]
    assert statuses[-1] == 429
    assert again.send("/auth/second-factor", page, code=recovery[1]).status == 429


@pytest.mark.parametrize(
    "email",
    [
        "a%b@c.test",
        "a,b@c.test",
        '"a b"@c.test',
        "a@b\r\nc.test",
        "a@" + "b" * 330 + ".test",
        "a@b",
        "@c.test",
        "a@-c.test",
        "a@c..test",
    ],
)
def test_odd_mail_addresses_are_refused(town: Town, email: str):
    answer = sign_up(town, "somebody", email)
    assert answer.status == 422 and "email" in answer.json["details"]


def sign_up(town: Town, name: str, email: str, **changes: object):
    about = {"client_name": "A", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"}
    app = town.visitor.post("/api/v1/apps", json=about).json
    keys = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    form = {"grant_type": "client_credentials", "scope": "read write", **keys}
    token = town.visitor.post("/oauth/token", form=form).json["access_token"]
    body = {"username": name, "email": email, "password": PASSWORD, "agreement": True, "locale": "fr"} | changes
    return Client(town.app, town.loop, token).post("/api/v1/accounts", json=body)


def test_sign_up_by_an_app(town: Town):
    answer = sign_up(town, "Newcomer", "new.comer+x@gmail.com")
    token = answer.json["access_token"]
    client = Client(town.app, town.loop, token)
    assert client.get("/api/v1/accounts/verify_credentials").json["username"] == "Newcomer"
    assert client.post("/api/v1/statuses", json={"status": "hello"}).status == 200
    taken = sign_up(town, "NEWCOMER", "newcomer@googlemail.com")
    assert {fault["error"] for faults in taken.json["details"].values() for fault in faults} == {"ERR_TAKEN"}
    assert set(taken.json["details"]) == {"username", "email"}
    wrong = sign_up(town, "a b", "x", password="short", agreement=False)
    assert set(wrong.json["details"]) == {"username", "email", "password", "agreement"}
    assert town.rows("SELECT count(*) FROM accounts WHERE lower(username) = 'a b'") == [(0,)]


@pytest.mark.parametrize("mode", ["approval", "invitation", "closed"])
def test_who_may_join(settings: Settings, mode: str):
    from parvis.auth.invites import invite

    changed = msgspec.structs.replace(settings.sign_up, mode=mode)
    with open_town(msgspec.structs.replace(settings, sign_up=changed)) as town:
        answer = sign_up(town, "newcomer", "n@mail.test")
        if mode == "closed":
            assert answer.status == 403
            return
        assert answer.status == 422
        if mode == "invitation":
            code = town.run(invite(town.parvis.db, None, uses=1, days=1))
            assert sign_up(town, "newcomer", "n@mail.test", invite_code=code).status == 200
            assert sign_up(town, "another", "m@mail.test", invite_code=code).status == 422
            return
        answer = sign_up(town, "newcomer", "n@mail.test", reason="I bake bread")
        client = Client(town.app, town.loop, answer.json["access_token"])
        assert client.post("/api/v1/statuses", json={"status": "hello"}).status == 403
        ident = town.rows("SELECT id FROM accounts WHERE username = 'newcomer'")[0][0]
        assert town.visitor.get(f"/api/v1/accounts/{ident}").status == 404
        town.run(town.parvis.members.approve(ident))
        assert client.post("/api/v1/statuses", json={"status": "hello"}).status == 200


@pytest.mark.parametrize(
    "location", ["//evil.test", "/\\evil.test", "https://evil.test", "/%2Fevil.test", "javascript:alert(1)", "/\tevil"]
)
def test_nothing_leads_elsewhere_after_log_in(town: Town, location: str):
    name, password, _ = member(town)
    browser = Browser(town)
    answer = browser.send("/auth/log-in", browser.get("/auth/log-in"), login=name, password=password, next=location)
    assert answer.status == 303
    target = answer.headers["location"]
    assert (
        target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and "evil" not in target.replace("/%2Fevil.test", "")
    )


def test_counters_do_not_grow_with_callers(tmp_path):
    counters = Counters(tmp_path / "limits", 0, 1)
    for number in range(50_000):
        counters.hit(f"ip:{number}", 10, 300)
    assert len(counters._cells) <= 20_001
