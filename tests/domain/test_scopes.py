"""Laws of the scope tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.auth.scopes import ALL, expand, parse, within

SOME = st.lists(st.sampled_from(ALL), unique=True).map(tuple)


@given(SOME)
def test_what_is_granted_may_be_asked_for(scopes: tuple[str, ...]) -> None:
    assert within(scopes, scopes)
    assert within(tuple(expand(scopes)), scopes)
    assert set(scopes) <= expand(scopes)


@given(SOME, SOME)
def test_more_grants_never_allow_less(some: tuple[str, ...], more: tuple[str, ...]) -> None:
    assert expand(some) <= expand(some + more)
    assert expand(some + more) == expand(some) | expand(more)


@given(SOME, SOME, SOME)
def test_a_part_of_a_part_is_a_part(asked: tuple[str, ...], middle: tuple[str, ...], granted: tuple[str, ...]) -> None:
    if within(asked, middle) and within(middle, granted):
        assert within(asked, granted)


@given(SOME)
def test_reading_never_allows_writing_nor_a_member_administration(scopes: tuple[str, ...]) -> None:
    readers = tuple(scope for scope in scopes if scope.startswith(("read", "admin:read", "profile")))
    assert not any("write" in scope for scope in expand(readers))
    members = tuple(scope for scope in scopes if not scope.startswith("admin"))
    assert not any(scope.startswith("admin") for scope in expand(members))


@given(SOME)
def test_a_list_reads_as_it_was_written(scopes: tuple[str, ...]) -> None:
    assert parse(" ".join(scopes)) == scopes
    assert parse("+".join(scopes * 2)) == scopes


@given(st.text(min_size=1))
def test_what_is_no_scope_is_refused(text: str) -> None:
    if any(word not in ALL for word in text.replace("+", " ").split()):
        with pytest.raises(ValueError, match="scope"):
            parse(text)
