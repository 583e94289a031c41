"""Second factors by the pages: codes of an app, recovery codes, passkeys; and log-in by a passkey alone."""

import json
import re
from typing import Any

import pytest
from pyotp.totp import TOTP
from tests.authenticator import Authenticator
from tests.browsing import PASSWORD, Browser, join
from tests.cast import Town
from tests.client import Answer

SECURITY = "/settings/security"
SECOND = "/auth/second-factor"


@pytest.fixture
def browser(town: Town) -> Browser:
    """Of a new member who is logged in."""
    name = f"member{town.rows('SELECT count(*) FROM accounts')[0][0]}"
    assert join(town, name).status == 200
    browser = Browser(town)
    browser.name = name
    browser.log_in(name)
    return browser


def _inside(browser: Browser) -> bool:
    return browser.get(SECURITY).status == 200


def _set_up(browser: Browser) -> tuple[TOTP, list[str]]:
    """Codes switched on; returns the app on the phone, and the recovery codes."""
    page = browser.get(f"{SECURITY}/totp").text
    secret = re.search(r"((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})", page)
    assert secret, page
    phone = TOTP(secret[1].replace(" ", ""))
    done = browser.send(f"{SECURITY}/totp", {"code": phone.now(), "password": PASSWORD})
    assert done.status == 200, done.text
    codes = re.findall(r"<li>([a-z2-9]{12})</li>", done.text)
    return phone, codes


def _first_step(town: Town, browser: Browser) -> Browser:
    """Another browser that has the password right."""
    other = Browser(town)
    answer = other.log_in(browser.name)
    assert answer.headers["location"] == SECOND
    assert not _inside(other)
    return other


def _options(browser: Browser, path: str, page: str) -> dict[str, Any]:
    return json.loads(browser.send(path, {}, page=page).body)


def _add_passkey(browser: Browser, device: Authenticator, password: str = PASSWORD) -> Answer:
    made = device.create(_options(browser, f"{SECURITY}/passkey/options", SECURITY))
    return browser.send(
        SECURITY, {"what": "add_passkey", "credential": made, "passkey_name": "Key", "passkey_password": password}
    )


def test_a_code_of_the_app_is_asked_for_and_works_once(town: Town, browser: Browser) -> None:
    phone, _ = _set_up(browser)
    other = _first_step(town, browser)
    assert other.send(SECOND, {"code": phone.now()}).status == 422  # the one that switched it on
    town.rows("UPDATE members SET totp_last_step = totp_last_step - 2 RETURNING 1")
    code = phone.now()
    assert other.send(SECOND, {"code": code}).status in (302, 303)
    assert _inside(other)
    third = _first_step(town, browser)
    assert third.send(SECOND, {"code": code}).status == 422
    assert not _inside(third)


def test_the_secret_is_sealed_in_the_database(town: Town, browser: Browser) -> None:
    phone, _ = _set_up(browser)
    stored = town.rows("SELECT totp_secret FROM members WHERE totp_secret IS NOT NULL")
    assert stored
    assert not any(phone.secret in row[0] for row in stored)


def test_a_recovery_code_works_once(town: Town, browser: Browser) -> None:
    _, codes = _set_up(browser)
    assert len(codes) == 10
    assert _first_step(town, browser).send(SECOND, {"code": codes[0].upper()}).status in (302, 303)
    assert _first_step(town, browser).send(SECOND, {"code": codes[0]}).status == 422
    assert _first_step(town, browser).send(SECOND, {"code": codes[1]}).status in (302, 303)


def test_the_first_step_can_be_finished_once(town: Town, browser: Browser) -> None:
    _, codes = _set_up(browser)
    other = _first_step(town, browser)
    kept = dict(other.cookies)
    assert other.send(SECOND, {"code": codes[0]}).status in (302, 303)
    other.cookies = kept
    assert other.get(SECOND).headers["location"] == "/auth/log-in"


def test_switching_codes_off_needs_the_password(town: Town, browser: Browser) -> None:
    _set_up(browser)
    assert browser.send(SECURITY, {"what": "remove_totp", "totp_password": "wrong"}).status == 422
    assert browser.send(SECURITY, {"what": "remove_totp", "totp_password": PASSWORD}).status in (302, 303)
    assert Browser(town).log_in(browser.name).headers["location"] != SECOND


@pytest.mark.parametrize("verifies", [True, False])
def test_a_passkey_is_a_second_factor(town: Town, browser: Browser, *, verifies: bool) -> None:
    device = Authenticator(verifies=verifies)
    assert _add_passkey(browser, device).status in (302, 303)
    other = _first_step(town, browser)
    answer = device.get(_options(other, "/auth/passkey/options", SECOND))
    stranger = Authenticator().get(_options(other, "/auth/passkey/options", SECOND))
    assert other.send(SECOND, {"credential": stranger}).status == 422
    assert other.send(SECOND, {"credential": answer}).status == 422  # its challenge was replaced
    answer = device.get(_options(other, "/auth/passkey/options", SECOND))
    assert other.send(SECOND, {"credential": answer}).status in (302, 303)
    assert _inside(other)


def test_a_passkey_alone_logs_in_where_it_verified_its_holder(town: Town, browser: Browser) -> None:
    device = Authenticator()
    _add_passkey(browser, device)
    other = Browser(town)
    device.verifies = False
    answer = device.get(_options(other, "/auth/passkey/options", "/auth/log-in"))
    assert other.send("/auth/log-in", {"credential": answer}).status == 422
    device.verifies = True
    answer = device.get(_options(other, "/auth/passkey/options", "/auth/log-in"))
    assert other.send("/auth/log-in", {"credential": answer}).status in (302, 303)
    assert _inside(other)
    again = Browser(town)
    again.cookies = {name: value for name, value in other.cookies.items() if "session" not in name}
    assert again.send("/auth/log-in", {"credential": answer}).status == 422  # a challenge is answered once


def test_a_passkey_of_another_site_or_member_is_refused(town: Town, browser: Browser) -> None:
    device = Authenticator(origin="http://evil.test")
    assert _add_passkey(browser, device).status == 422
    device.origin = "http://parvis.test"
    assert _add_passkey(browser, device).status in (302, 303)
    device.origin = "http://evil.test"
    other = _first_step(town, browser)
    answer = device.get(_options(other, "/auth/passkey/options", SECOND))
    assert other.send(SECOND, {"credential": answer}).status == 422
    thief = Browser(town)
    join(town, "thief")
    thief.log_in("thief")
    device.origin = "http://parvis.test"
    assert _add_passkey(thief, device).status == 422  # registered already, by somebody else


def test_an_administrator_lets_in_who_lost_every_device(town: Town, browser: Browser) -> None:
    _set_up(browser)
    _add_passkey(browser, Authenticator())
    member = town.run(town.parvis.members.by_login(browser.name))
    town.run(town.parvis.second_factor.remove_all(member.account_id))
    assert Browser(town).log_in(browser.name).headers["location"] != SECOND


def test_passkeys_come_and_go_with_the_password_only(town: Town, browser: Browser) -> None:
    assert _add_passkey(browser, Authenticator(), "wrong").status == 422
    assert _add_passkey(browser, Authenticator()).status in (302, 303)
    [(key,)] = town.rows(
        "SELECT p.id FROM passkeys p JOIN accounts a ON a.id = account_id WHERE username = %s", browser.name
    )
    form = {"what": "remove_passkey", "id": str(key), "removal_password": "wrong"}
    assert browser.send(SECURITY, form).status == 422
    assert Browser(town).log_in(browser.name).headers["location"] == SECOND
    assert browser.send(SECURITY, {**form, "removal_password": PASSWORD}).status in (302, 303)
    assert Browser(town).log_in(browser.name).headers["location"] != SECOND
