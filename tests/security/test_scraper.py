"""A scraper gets nowhere, and readers do not notice it."""

import secrets

import msgspec
from tests.cast import open_town

from parvis.kernel.ids import new_id
from parvis.settings import Limits, Settings


def test_a_scraper_starves_and_readers_do_not(settings: Settings):
    with open_town(msgspec.structs.replace(settings, limits=Limits(per_address=60))) as town:
        posts = [town.amina.write(f"post {number}")["id"] for number in range(150)]

        def scrape(path: str, number: int) -> int:
            # Another browser's name, another claimed address, no token: still one caller.
            headers = {"user-agent": secrets.token_hex(4), "x-forwarded-for": f"198.51.100.{number % 250}"}
            return town.visitor.get(path, address="203.0.113.9", headers=headers).status

        got = [scrape(f"/api/v1/statuses/{ident}", number) for number, ident in enumerate(posts)]
        assert got.count(200) == 60 and got.count(429) == 90
        assert town.bruno.get(f"/api/v1/statuses/{posts[0]}").status == 200
        assert town.visitor.get(f"/api/v1/statuses/{posts[0]}", address="192.0.2.44").status == 200
        # A whole IPv6 network of one customer is one caller too.
        six = [town.visitor.get("/api/v1/instance", address=f"2001:db8:1:2::{n:x}").status for n in range(70)]
        assert six.count(200) == 60


def test_ids_cannot_be_counted_up(settings: Settings):
    with open_town(settings) as town:
        known = int(town.amina.write("somewhere")["id"])
        assert not any(
            town.visitor.get(f"/api/v1/statuses/{known + step}").status == 200
            for step in (*range(-40, 0), *range(1, 40))
        )
        gaps = [abs(new_id() - new_id()) for _ in range(50)]
        assert len(set(gaps)) > 40
