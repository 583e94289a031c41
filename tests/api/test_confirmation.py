"""Where there is mail, an address counts when its mailbox has answered; and the way back to a lost password."""

from collections.abc import Iterator

import pytest
from tests.browsing import PASSWORD, Browser, join
from tests.cast import Town, open_town
from tests.client import Client
from tests.postbox import Postbox, open_postbox

from parvis.settings import Settings

CONFIRMATIONS = "/api/v1/emails/confirmations"


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with open_postbox() as box:
        yield box


@pytest.fixture
def mailing(settings: Settings, postbox: Postbox) -> Iterator[Town]:
    """A town that sends mail."""
    with open_town(postbox.settings(settings)) as running:
        yield running


def _newcomer(town: Town, name: str, **more: str) -> Client:
    answer = join(town, name, **more)
    assert answer.status == 200, answer.text
    return Client(town.app, town.loop, answer.json["access_token"])


def test_a_new_member_acts_once_the_mailbox_is_confirmed(mailing: Town, postbox: Postbox) -> None:
    nora = _newcomer(mailing, "nora", locale="fr")
    assert nora.get("/api/v1/emails/check_confirmation").json is False
    assert nora.get("/api/v1/timelines/home").status == 403
    assert mailing.visitor.get("/api/v1/accounts/lookup?acct=nora").status == 404
    postbox.deliver(mailing)
    letter = postbox.to("nora@mail.test")[0]
    assert letter["Subject"] == "Confirmez votre adresse pour Parvis"
    secret = postbox.secret("nora@mail.test")
    assert mailing.visitor.get("/auth/confirm", query={"token": secret}).status in (302, 303)
    assert nora.get("/api/v1/emails/check_confirmation").json is True
    assert nora.get("/api/v1/timelines/home").status == 200
    assert mailing.visitor.get("/api/v1/accounts/lookup?acct=nora").status == 200
    assert mailing.visitor.get("/auth/confirm", query={"token": secret}).status == 422


def test_no_row_holds_the_secret_of_a_letter(mailing: Town, postbox: Postbox) -> None:
    _newcomer(mailing, "otto")
    jobs = mailing.rows("SELECT args::text FROM procrastinate_jobs")
    postbox.deliver(mailing)
    secret = postbox.secret("otto@mail.test")
    assert secret not in str(jobs)
    assert secret not in str(mailing.rows("SELECT encode(key_hash, 'escape'), data FROM one_time"))


def test_one_mailbox_never_confirms_another(mailing: Town, postbox: Postbox) -> None:
    mallory = _newcomer(mailing, "mallory", email="mallory@evil.test")
    postbox.deliver(mailing)
    mine = postbox.secret("mallory@evil.test")
    assert mallory.post(CONFIRMATIONS, json={"email": "victim@bank.test"}).status == 200
    assert mailing.visitor.get("/auth/confirm", query={"token": mine}).status in (302, 303)
    assert mailing.rows("SELECT email FROM members WHERE unconfirmed_email IS NOT NULL") == [("mallory@evil.test",)]
    postbox.deliver(mailing)
    mailing.visitor.get("/auth/confirm", query={"token": postbox.secret("victim@bank.test")})
    assert mailing.rows("SELECT email, unconfirmed_email FROM members WHERE email ~ 'bank'") == [
        ("victim@bank.test", None)
    ]


def test_a_token_alone_moves_no_confirmed_account_to_another_mailbox(mailing: Town) -> None:
    answer = mailing.amina.post(CONFIRMATIONS, json={"email": "thief@evil.test"})
    assert answer.status == 403
    assert mailing.amina.post(CONFIRMATIONS).status == 403
    assert mailing.rows("SELECT 1 FROM members WHERE unconfirmed_email IS NOT NULL") == []


@pytest.mark.parametrize(
    "address", ["x", "a%b@mail.test\n", 'a"b"@mail.test', "a,b@mail.test", "a@b.test\r\nBcc: c@d.test"]
)
def test_another_address_must_be_one(mailing: Town, address: str) -> None:
    pia = _newcomer(mailing, "pia")
    answer = pia.post(CONFIRMATIONS, json={"email": address})
    assert answer.status == 422
    assert list(answer.json["details"]) == ["email"]


def test_a_changed_address_counts_once_confirmed(mailing: Town, postbox: Postbox) -> None:
    _newcomer(mailing, "quim")
    postbox.deliver(mailing)
    mailing.visitor.get("/auth/confirm", query={"token": postbox.secret("quim@mail.test")})
    browser = Browser(mailing)
    browser.log_in("quim")
    form = {"what": "email", "email": "new@mail.test", "email_password": PASSWORD}
    assert browser.send("/settings/account", {**form, "email_password": "wrong"}).status == 422
    assert browser.send("/settings/account", form).status in (302, 303)
    assert mailing.run(mailing.parvis.members.by_login("quim")).email == "quim@mail.test"
    postbox.deliver(mailing)
    mailing.visitor.get("/auth/confirm", query={"token": postbox.secret("new@mail.test")})
    assert mailing.run(mailing.parvis.members.by_login("quim")).email == "new@mail.test"


def test_a_lost_password_is_replaced_by_the_letter_once(mailing: Town, postbox: Postbox) -> None:
    rita = _newcomer(mailing, "rita")
    postbox.deliver(mailing)
    mailing.visitor.get("/auth/confirm", query={"token": postbox.secret("rita@mail.test")})
    browser, visitor = Browser(mailing), Browser(mailing)
    browser.log_in("rita")
    known = visitor.send("/auth/forgot", {"email": "RITA@mail.test"})
    unknown = visitor.send("/auth/forgot", {"email": "nobody@mail.test"})
    assert (known.status, known.headers.get("location")) == (unknown.status, unknown.headers.get("location"))
    postbox.deliver(mailing)
    assert len(postbox.letters) == 2
    form = {"token": postbox.secret("rita@mail.test"), "password": "battery staple"}
    page = f"/auth/reset?token={form['token']}"
    assert visitor.send("/auth/reset", {**form, "token": "guessed"}, page=page).status == 422
    assert visitor.send("/auth/reset", form, page=page).status in (302, 303)
    assert rita.get("/api/v1/timelines/home").status == 401
    assert browser.get("/settings/account").status in (302, 303, 401)
    assert Browser(mailing).log_in("rita").status == 422
    assert Browser(mailing).log_in("rita", "battery staple").status in (302, 303)
    again = mailing.run(mailing.parvis.members.by_login("rita"))
    with pytest.raises(Exception, match="was used"):
        mailing.run(mailing.parvis.members.finish_reset(form["token"], "another one"))
    assert mailing.run(mailing.parvis.members.by_login("rita")).password_hash == again.password_hash


def test_a_mailbox_that_is_not_there_is_not_tried_for_ever(mailing: Town, postbox: Postbox) -> None:
    _newcomer(mailing, "sven", email="sven@nowhere.test")
    postbox.deliver(mailing)
    assert postbox.letters == []


def test_an_address_that_was_given_up_is_no_longer_confirmed(mailing: Town, postbox: Postbox) -> None:
    tilda = _newcomer(mailing, "tilda")
    for address in ("first@mail.test", "second@mail.test"):
        assert tilda.post(CONFIRMATIONS, json={"email": address}).status == 200
        postbox.deliver(mailing)
    assert mailing.visitor.get("/auth/confirm", query={"token": postbox.secret("first@mail.test")}).status == 422
    assert tilda.get("/api/v1/emails/check_confirmation").json is False
    mailing.visitor.get("/auth/confirm", query={"token": postbox.secret("second@mail.test")})
    assert mailing.run(mailing.parvis.members.by_login("tilda")).email == "second@mail.test"
