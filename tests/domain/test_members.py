"""What is done with members, seen by everybody else; and what the clock cleans up."""

import asyncio

import pytest
from argon2 import PasswordHasher
from tests.browsing import PASSWORD, Browser, app_token, join, register
from tests.cast import Town
from tests.client import Client

from parvis.auth.attempts import Attempts
from parvis.auth.one_time import issue
from parvis.auth.tasks import clean_up
from parvis.auth.types import Role
from parvis.kernel.errors import Invalid, TooMany


def test_who_is_suspended_is_nowhere_and_comes_back_whole(town: Town) -> None:
    member = town.someone()
    post = member.write("still here")["id"]

    def seen() -> list[bool]:
        public = town.visitor.get("/api/v1/timelines/public", query={"limit": 40}).json
        return [
            town.visitor.get(f"/api/v1/statuses/{post}").status == 200,
            town.visitor.get(f"/api/v1/accounts/{member.id}").status == 200,
            post in [entry["id"] for entry in public],
        ]

    assert seen() == [True] * 3
    town.run(town.parvis.members.suspend(member.id))
    assert seen() == [False] * 3
    town.run(town.parvis.members.unsuspend(member.id))
    assert seen() == [True] * 3
    assert member.get("/api/v1/timelines/home").status == 401


def test_a_disabled_member_keeps_their_posts_but_does_not_come_in(town: Town) -> None:
    token = join(town, "petra").json["access_token"]
    post = Client(town.app, town.loop, token).post("/api/v1/statuses", json={"status": "x"}).json["id"]
    member = town.run(town.parvis.members.by_login("petra"))
    town.run(town.parvis.members.disable(member.account_id))
    assert town.visitor.get(f"/api/v1/statuses/{post}").status == 200
    assert Browser(town).log_in("petra").status == 422
    town.run(town.parvis.members.disable(member.account_id, on=False))
    assert Browser(town).log_in("petra").status in (302, 303)


def test_an_administrator_makes_a_member_with_a_password_that_works(town: Town) -> None:
    _, password = town.run(town.parvis.members.create("Quinn", "quinn@mail.test", Role.MODERATOR, "fr"))
    browser = Browser(town)
    assert browser.log_in("quinn@mail.test", password).status in (302, 303)
    for name, email in [
        ("QUINN", "other@mail.test"),
        ("other", "Quinn+x@mail.test"),
        ("a b", "o@mail.test"),
        ("o", "x"),
    ]:
        with pytest.raises(Invalid):
            town.run(town.parvis.members.create(name, email, Role.MEMBER))
    fresh = town.run(town.parvis.members.reset_password(town.run(town.parvis.members.by_login("@quinn")).account_id))
    assert browser.get("/settings/security").status != 200
    assert Browser(town).log_in("quinn", password).status == 422
    assert Browser(town).log_in("quinn", fresh).status in (302, 303)


def test_a_letter_in_the_old_mailbox_opens_nothing_more(town: Town) -> None:
    member = town.someone()
    key = town.run(issue(town.parvis.db, "reset", member.id, minutes=5))
    town.run(town.parvis.members.set_email(member.id, "moved@mail.test"))
    with pytest.raises(Invalid):
        town.run(town.parvis.members.finish_reset(key, "battery staple"))
    assert member.get("/api/v1/timelines/home").status == 200


def test_a_role_counts_from_the_next_call(town: Town) -> None:
    member = town.someone()
    assert member.get("/api/v1/accounts/verify_credentials").json["role"]["name"] == ""
    town.run(town.parvis.members.set_role(member.id, Role.ADMIN))
    assert member.get("/api/v1/accounts/verify_credentials").json["role"]["name"].lower() == "admin"


def test_an_old_hash_is_renewed_at_log_in(town: Town) -> None:
    join(town, "rolf")
    find = town.parvis.members.by_login
    member = town.run(find("rolf"))
    weak = member.password_hash
    town.rows("UPDATE members SET password_hash = %s WHERE account_id = %s RETURNING 1",
              PasswordHasher(1, 16, 1).hash(PASSWORD), member.account_id)  # fmt: skip
    Browser(town).log_in("rolf")
    renewed = town.run(find("rolf")).password_hash
    assert "m=8,t=1" in renewed
    assert renewed != weak
    assert Browser(town).log_in("rolf").status in (302, 303)


def test_attempts_are_counted_together_and_none_slips_by(town: Town) -> None:
    machines = [Attempts(town.parvis.db, enabled=True) for _ in range(2)]

    async def spend() -> list[object]:
        calls = (machines[number % 2].spend("both", 7) for number in range(20))
        return await asyncio.gather(*calls, return_exceptions=True)

    results = town.run(spend())
    assert [type(result) for result in results if result is not None] == [TooMany] * 13
    town.run(machines[0].forget("both"))
    town.run(machines[1].spend("both", 1))


def test_the_clock_cleans_up_what_is_over_and_nothing_else(town: Town) -> None:
    never = Client(town.app, town.loop, join(town, "never").json["access_token"])
    kept = Client(town.app, town.loop, join(town, "kept").json["access_token"])
    browser = Browser(town)
    browser.log_in("kept")
    gone, stays = register(town), app_token(town, register(town))
    town.run(issue(town.parvis.db, "reset", town.amina.id, minutes=-1))
    with town.database() as db:
        db.execute(
            "UPDATE members SET confirmed_at = NULL, created_at = now() - interval '8 days' WHERE email ~ '^never'"
        )
        db.execute("UPDATE accounts SET state = 1 WHERE username = 'never'")
        db.execute("UPDATE apps SET created_at = now() - interval '31 days'")
        db.execute("INSERT INTO attempts (key, slot) VALUES ('old', now() - interval '3 hours'), ('new', now())")
        db.execute("UPDATE members SET confirmed_at = NULL WHERE email ~ '^kept'")
    assert never.get("/api/v1/emails/check_confirmation").status == 200
    town.run(clean_up(town.parvis.db, town.parvis.changes))
    assert never.get("/api/v1/emails/check_confirmation").status == 401
    assert kept.get("/api/v1/emails/check_confirmation").status == 200
    assert stays.get("/api/v1/apps/verify_credentials").status == 200
    assert town.rows("SELECT 1 FROM accounts WHERE username = 'never'") == []
    assert town.rows("SELECT 1 FROM apps WHERE client_id = %s", gone["client_id"]) == []
    assert town.rows("SELECT 1 FROM one_time WHERE expires_at < now()") == []
    assert town.rows("SELECT key FROM attempts WHERE key IN ('old', 'new')") == [("new",)]
