"""Whatever people do to each other, in whatever order: counters equal recounts, and nothing crosses a block."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import Member, Town

ACTIONS = (
    "follow", "unfollow", "block", "unblock", "mute", "unmute", "remove_from_followers", "authorize", "reject",
    "lock", "unlock",
)  # fmt: skip
STEP = st.tuples(st.sampled_from(ACTIONS), st.integers(0, 2), st.integers(0, 2))
ALLOWED = {200, 403, 404}


def do(people: list[Member], action: str, who: int, whom: int) -> None:
    me, other = people[who], people[whom]
    if action in ("lock", "unlock"):
        answer = me.patch("/api/v1/accounts/update_credentials", json={"locked": action == "lock"})
    elif action in ("authorize", "reject"):
        answer = me.post(f"/api/v1/follow_requests/{other.id}/{action}")
    else:
        answer = me.post(f"/api/v1/accounts/{other.id}/{action}")
    assert answer.status in ALLOWED, (action, answer.text)


def pairs(town: Town, table: str, ids: list[int]) -> set[tuple[Any, ...]]:
    return set(town.rows(f"SELECT account_id, target_id FROM {table} WHERE account_id = ANY(%s)", ids))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=1, max_size=14))
def test_counters_blocks_requests_and_notifications_agree(town: Town, steps: list[tuple[str, int, int]]) -> None:
    people = [town.someone() for _ in range(3)]
    ids = [one.id for one in people]
    for step in steps:
        do(people, *step)
    follows, requests, blocks = (pairs(town, table, ids) for table in ("follows", "follow_requests", "blocks"))
    across = blocks | {(b, a) for a, b in blocks}
    assert not follows & across and not requests & across and not follows & requests
    assert all(one != other for one, other in follows | requests | blocks)
    for one in people:
        counted = (sum(b == one.id for _, b in follows), sum(a == one.id for a, _ in follows))
        assert town.rows("SELECT followers, following FROM account_stats WHERE account_id = %s", one.id) == [counted]
        seen = town.visitor.get(f"/api/v1/accounts/{one.id}").json
        assert (seen["followers_count"], seen["following_count"]) == counted
        told = set(town.rows("SELECT kind, from_account_id FROM notifications WHERE account_id = %s", one.id))
        assert told <= {("follow", a) for a, b in follows if b == one.id} | {
            ("follow_request", a) for a, b in requests if b == one.id
        }
        for other in people:
            if one is other:
                continue
            kept = one.get("/api/v1/accounts/relationships", query={"id": other.id}).json[0]
            assert kept["following"] == ((one.id, other.id) in follows)
            assert kept["followed_by"] == ((other.id, one.id) in follows)
            assert kept["requested"] == ((one.id, other.id) in requests)
            assert kept["blocking"] == ((one.id, other.id) in blocks)
            viewer = town.run(town.parvis.viewers.find(one.id))
            assert (other.id in viewer.follows, other.id in viewer.blocks) == (kept["following"], kept["blocking"])
