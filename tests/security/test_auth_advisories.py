"""Advisories 12 to 14, 20, 23, 25, 40, 41, 46, 48 and 69: what has gone wrong with log-in, codes and tokens elsewhere."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from pyotp.totp import TOTP
from tests.browsing import PASSWORD, Browser, join
from tests.cast import Town, open_town
from tests.client import Answer, Client
from tests.postbox import open_postbox

from parvis.settings import Settings

FORGED = [
    {"x-forwarded-for": "198.51.100.7"}, {"forwarded": "for=198.51.100.8"}, {"x-real-ip": "198.51.100.9"},
    {"client-ip": "198.51.100.10"}, {"x-forwarded-for": "127.0.0.1, 10.0.0.1"}, {"true-client-ip": "198.51.100.11"},
]  # fmt: skip


def limited(settings: Settings, **limits: int) -> Settings:
    """The settings with limits on."""
    return msgspec.structs.replace(settings, limits=msgspec.structs.replace(settings.limits, enabled=True, **limits))


@pytest.fixture
def strict(settings: Settings) -> Iterator[Town]:
    """A town that counts, with few attempts so that a test is short."""
    few = limited(settings, log_ins_per_account=5, mails_per_target=3, apps_per_address=8, sign_ups_per_address=20)
    with open_postbox() as postbox, open_town(postbox.settings(few)) as running:
        yield running


def _wrong(browser: Browser, name: str, **options: Any) -> Answer:
    page = browser.get("/auth/log-in").text.partition('name="csrf" value="')[2][:64]
    return browser.send_bare("/auth/log-in", {"login": name, "password": "wrong", "csrf": page}, **options)


def _set_password(town: Town, name: str) -> None:
    hashed = town.run(town.parvis.passwords.hash(PASSWORD))
    town.rows("UPDATE members m SET password_hash = %s FROM accounts a WHERE a.id = account_id AND username = %s RETURNING 1",
              hashed, name)  # fmt: skip


@pytest.fixture
def password_of_amina(strict: Town) -> Browser:
    """Amina's browser, logged in."""
    _set_password(strict, "amina")
    browser = Browser(strict)
    assert browser.log_in("amina").status in (302, 303)
    return browser


def test_13_and_46_no_header_and_no_spelling_of_the_path_gives_more_attempts(strict: Town) -> None:
    statuses = [strict.visitor.post("/api/v1/apps", json={}, headers=FORGED[number % 6]).status for number in range(9)]
    assert statuses == [422] * 8 + [429]
    for path in ("/api/v1/apps.json", "/api/v1/apps/", "//api/v1/apps", "/API/v1/apps", "/api/v1/apps;x"):
        assert strict.visitor.post(path, json={}).status in (404, 405, 429)


def test_14_the_old_password_can_be_guessed_a_few_times_only(strict: Town, password_of_amina: Browser) -> None:
    form = {"what": "password", "current_password": "wrong", "password": "battery staple"}
    statuses = [password_of_amina.send("/settings/account", form).status for _ in range(6)]
    assert statuses == [422] * 5 + [429]
    assert password_of_amina.send("/settings/account", {**form, "current_password": PASSWORD}).status == 429


def test_48_a_code_can_be_guessed_a_few_times_only(strict: Town, password_of_amina: Browser) -> None:
    setup = strict.run(strict.parvis.second_factor.begin(strict.amina.id, "amina"))
    phone = TOTP(setup.secret)
    strict.run(strict.parvis.second_factor.enable(strict.amina.id, phone.now()))
    other = Browser(strict)
    assert other.log_in("amina").headers["location"] == "/auth/second-factor"
    statuses = [other.send("/auth/second-factor", {"code": "000000"}).status for _ in range(5)]
    assert statuses[0] == 422
    assert statuses[-1] in (422, 429)
    assert other.send("/auth/second-factor", {"code": "000000"}).status == 429
    strict.rows("UPDATE members SET totp_last_step = 0 RETURNING 1")
    assert other.send("/auth/second-factor", {"code": phone.now()}).status == 429
    afresh = Browser(strict)  # beginning again does not give more
    afresh.log_in("amina")
    assert afresh.send("/auth/second-factor", {"code": phone.now()}).status == 429


def test_guesses_of_one_account_are_counted_from_everywhere(strict: Town, password_of_amina: Browser) -> None:
    statuses = [_wrong(Browser(strict), "amina", address=f"198.51.100.{number}").status for number in range(6)]
    assert statuses == [422] * 5 + [429]


def test_an_own_log_in_does_not_give_an_address_more_guesses(settings: Settings) -> None:
    with open_town(limited(settings, log_ins_per_account=50, log_ins_per_address=6)) as town:
        _set_password(town, "bruno")
        for number in range(5):
            with pytest.raises(Exception, match="not right"):
                town.run(town.parvis.log_in.password(f"nobody{number}", "wrong", "192.0.2.1"))
        town.run(town.parvis.log_in.password("bruno", PASSWORD, "192.0.2.1"))
        with pytest.raises(Exception, match="not right"):
            town.run(town.parvis.log_in.password("nobody", "wrong", "192.0.2.1"))
        with pytest.raises(Exception, match="Too many"):
            town.run(town.parvis.log_in.password("nobody", "wrong", "192.0.2.1"))


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(town: Town) -> None:
    join(town, "ulla")
    answers = [_wrong(Browser(town), name) for name in ("ulla", "ulla@mail.test", "nobodyhere")]
    assert {answer.status for answer in answers} == {422}
    alerts = [answer.text.partition('role="alert"')[2].partition("</")[0] for answer in answers]
    assert alerts[0]
    assert set(alerts) == {alerts[0]}


def test_20_and_23_a_mailbox_gets_few_letters_whoever_asks_and_from_wherever(strict: Town) -> None:
    answers = [join(strict, f"asker{number}").json["access_token"] for number in range(5)]
    askers = [Client(strict.app, strict.loop, token) for token in answers]
    form = {"email": "victim@mail.test"}
    statuses = [
        strict.run(asker.call("POST", "/api/v1/emails/confirmations", json=form, address=f"198.51.100.{number}")).status
        for number, asker in enumerate(askers)
    ]
    assert statuses == [200] * 3 + [429] * 2
    same = [askers[4].post("/api/v1/emails/confirmations").status for _ in range(4)]
    assert same[-1] == 429
    for number in range(4):
        browser = Browser(strict)
        answer = browser.send("/auth/forgot", {"email": "amina@mail.test"}, address=f"198.51.100.{number}")
        assert (answer.status == 429) == (number == 3)
    waiting = strict.rows("SELECT count(*) FROM procrastinate_jobs WHERE args->>'login' = 'amina@mail.test'")
    assert waiting == [(3,)]
