"""Ids: they rise, they are not guessable, and what clients send as an id is never an error."""

import itertools
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from parvis.kernel.ids import MAX_ID, IdMaker, id_at, id_time, parse_id


def test_ids_rise_even_within_a_millisecond():
    make = IdMaker()
    made = [make() for _ in range(20_000)]
    assert made == sorted(set(made))


def test_neighbours_cannot_be_counted():
    make = IdMaker()
    ids = [make() for _ in range(2_000)]
    steps = {b - a for a, b in itertools.pairwise(ids)}
    assert len(steps) > 200  # not one fixed step


def test_an_id_tells_its_time():
    moment = datetime(2026, 3, 4, 5, 6, 7, 89_000, UTC)
    ident = IdMaker()(int(moment.timestamp() * 1000))
    assert id_time(ident) == moment
    assert id_at(moment) <= ident < id_at(moment.replace(microsecond=90_000))


@given(st.one_of(st.text(), st.integers(), st.none(), st.booleans(), st.floats(), st.lists(st.integers())))
def test_whatever_is_sent_as_an_id_is_an_id_or_none(value: object):
    found = parse_id(value)
    assert found is None or 0 <= found <= MAX_ID


def test_digits_of_other_scripts_are_no_id():
    assert parse_id("١٢٣") is None
    assert parse_id("1" * 20) is None
    assert parse_id("-1") is None
    assert parse_id(True) is None
