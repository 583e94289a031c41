"""Moderators, and a town whose rules and word lists are the test's own: harmless words stand for grave ones."""

from pathlib import Path
from typing import Any

from tests.browsing import Browser, join
from tests.cast import Member, Town

from parvis.auth.keys import digest
from parvis.auth.scopes import ALL
from parvis.db.ring import Kind
from parvis.kernel.ids import new_id
from parvis.moderation.signals.load import load_lists
from parvis.moderation.signals.patterns import Patterns

LISTS = """
language = "any"
category = "threat"

[[entry]]
id = "kumquat"
pattern = "kumquat"
matches = ["A kumquat for you", "kumquat!"]
spares = ["An orange", "A lemon"]

[[entry]]
id = "greengage"
pattern = "greengage"
strength = "weak"
matches = ["A greengage for you", "greengage!"]
spares = ["An orange", "A lemon"]
"""

POLICY = """[policy]
name = "For tests"

[failure]
effects = ["publish"]

[[rule]]
id = "fruit"
category = "threat"
title = { en = "No kumquats", fr = "Pas de kumquats" }
text = { en = "Do not write of kumquats.", fr = "N'écrivez pas de kumquats." }
ground = { kind = "law", jurisdiction = "FR", reference = { en = "Fruit Act, art. 7", fr = "Loi sur les fruits, art. 7" } }
when = "patterns.threat > 0"
review = "patterns.threat_weak > 0"
effects = ["hold"]

[[rule]]
id = "loud"
category = "other"
title = { en = "Not so loud", fr = "Moins fort" }
text = { en = "What is written in capitals is marked.", fr = "Ce qui est écrit en capitales est signalé." }
ground = { kind = "house" }
when = "text.capitals >= 0.9"
effects = ["label", "limit", "blur"]
label = { en = "Written in capitals", fr = "Écrit en capitales" }

[[rule]]
id = "long"
category = "spam"
title = { en = "Not just so long", fr = "Pas tout à fait si long" }
text = { en = "What has 333 characters is not taken.", fr = "Ce qui a 333 caractères n'est pas accepté." }
ground = { kind = "house" }
when = "text.length == 333"
effects = ["refuse"]
message = { en = "Leave one out.", fr = "Retirez-en un." }
"""


def teach(town: Town, folder: Path, policy: str = POLICY) -> int:
    """Have the town follow the test's word list and policy; returns the version."""
    (folder / "fruit.toml").write_text(LISTS)
    screener = town.parvis.screener
    patterns = Patterns(load_lists((folder,)).sure())
    screener._quick = [patterns if detector.name == "patterns" else detector for detector in screener._quick]
    version = town.run(town.parvis.policy.save(policy, town.amina.id))
    town.run(town.parvis.policy.activate(version, town.amina.id))
    return version


def staff(town: Town, name: str, role: str = "moderator", scopes: tuple[str, ...] = ALL) -> Member:
    """A new member with a role, and a token with these scopes."""
    member = town.member(name, role=role)
    member.token = f"staff-{new_id()}"
    with town.database() as db:
        db.execute(
            "INSERT INTO tokens (id, token_hash, account_id, scopes) VALUES (%s, %s, %s, %s)",
            (new_id(), digest(member.token), member.id, list(scopes)),
        )
    return member


def browser(town: Town, name: str, role: str = "member", locale: str = "en") -> tuple[Browser, int]:
    """A new member with a role, logged in; and their id."""
    assert join(town, name, locale=locale).status == 200
    with town.database() as db:
        row = db.execute(
            "UPDATE members m SET role = %s, confirmed_at = coalesce(confirmed_at, now()), locale = %s"
            " FROM accounts a WHERE a.id = m.account_id AND a.username = %s RETURNING a.id",
            (role, locale, name),
        ).fetchone()
    assert row is not None
    town.tell((Kind.TOKENS_GONE, row[0], 0))
    page = Browser(town)
    assert page.log_in(name).status == 303
    return page, row[0]


def held(town: Town, member: Member, text: str = "Have a kumquat", **options: Any) -> dict[str, Any]:
    """A post that the test's policy holds."""
    post = member.write(text, **options)
    assert post["moderation"]["held"]["rule"] == "fruit"
    return post
