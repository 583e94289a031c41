"""The queue of open cases at its size: a page is read in the queue's order, whatever waits behind it."""

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.cast import Town

from parvis.moderation.queue import SQL, Filter, Waiting

CASES = 3000


@pytest.fixture(scope="module", autouse=True)
def cases(town: Town) -> list[tuple[Any, ...]]:
    """Cases of every kind: (open, held, gravity, minutes, contested, id), some alike but for their id."""
    rng = random.Random(7)
    made = [
        (
            rng.random() < 0.9,
            rng.random() < 0.3,
            rng.choice((0, 2, 5, 9)),
            rng.randrange(400),
            rng.random() < 0.1,
            number,
        )
        for number in range(1, CASES + 1)
    ]
    with town.database() as db:
        db.cursor().executemany(
            "INSERT INTO cases (account_id, subject_kind, subject_id, category, open, held, gravity, opened_at,"
            " contested_at) VALUES (%s, 'post', %s, %s, %s, %s, %s, now() - make_interval(mins => %s),"
            " CASE WHEN %s THEN now() END)",
            [(town.amina.id, one[5], _category(one[2]), *one[:4], one[4]) for one in made],
        )
        db.execute("ANALYZE cases")
    return made


def _category(gravity: int) -> str:
    return {0: "other", 2: "spam", 5: "hate", 9: "incitement"}[gravity]


def _pages(town: Town, wanted: Filter, size: int) -> Iterator[Waiting]:
    after = ""
    while page := town.run(town.parvis.queue.page(wanted, after=after, limit=size)):
        yield from page
        after = page[-1].cursor


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(), Filter(state="held"), Filter(state="published"), Filter(state="contested"), Filter(category="hate"),
        Filter(category="spam", state="published"),
    ],
    ids=str,
)  # fmt: skip
def test_all_that_is_wanted_comes_once_in_the_order_of_the_queue(
    town: Town, cases: list[tuple[Any, ...]], wanted: Filter
) -> None:
    kept = [
        (held, -gravity, -minutes, number)
        for is_open, held, gravity, minutes, contested, number in cases
        if is_open
        and wanted.category in ("", _category(gravity))
        and {"": True, "held": held, "published": not held, "contested": contested}[wanted.state]
    ]
    expected = [one[3] for one in sorted(kept, key=lambda one: (not one[0], *one[1:]))]
    assert [case.subject_id for case in _pages(town, wanted, 80)] == expected
    assert len(expected) > 100


def test_a_cursor_among_what_is_held_begins_the_published_at_their_first(town: Town) -> None:
    held = town.run(town.parvis.queue.page(Filter(state="held"), limit=5))
    first = town.run(town.parvis.queue.page(Filter(state="published"), limit=5))
    assert town.run(town.parvis.queue.page(Filter(state="published"), after=held[-1].cursor, limit=5)) == first


def test_a_page_reads_no_more_cases_than_it_shows(town: Town) -> None:
    """With plans as the server has them: made once, for any values."""
    names: dict[str, int] = {}
    text = re.sub(r"%\((\w+)\)s", lambda m: f"${names.setdefault(m[1], len(names) + 1)}", SQL.queue_page.decode())
    given = {"category": "''", "held": "NULL", "contested": "false", "after_published": "false", "after_gravity": "-5",
             "after_opened": "now() - interval '1 hour'", "after_id": "0", "limit": "21"}  # fmt: skip
    with psycopg.connect(town.settings.database.url, autocommit=True) as db:
        db.execute("SET plan_cache_mode = force_generic_plan")
        db.execute(f"PREPARE page AS {text}".encode())
        values = ", ".join(given[name] for name in names)
        (plan,) = db.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE page({values})".encode()).fetchone() or ({},)
    (scan,) = [node for node in _nodes(plan[0]["Plan"]) if node.get("Relation Name") == "cases"]
    assert (scan["Actual Rows"], scan.get("Rows Removed by Filter", 0)) == (21, 0), json.dumps(plan, indent=1)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)
