"""Parameters: the same call as query, form, multipart or JSON means the same; whatever is sent is bound or refused."""

import contextlib
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.http.params import bind, from_query
from parvis.kernel.errors import Invalid, ParvisError


class Field(msgspec.Struct):
    name: str = ""
    value: str = ""


class Sample(msgspec.Struct, kw_only=True):
    text: Annotated[str, msgspec.Meta(max_length=100)] = ""
    count: Annotated[int, msgspec.Meta(ge=0, le=10)] = 5
    flag: bool | None = None
    ids: Annotated[list[str], msgspec.Meta(max_length=5)] = []
    fields: list[Field] = []
    source: Field | None = None


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("text=a%20b&count=3", Sample(text="a b", count=3)),
        ("flag=true", Sample(flag=True)),
        ("flag=0", Sample(flag=False)),
        ("flag=on", Sample(flag=True)),
        ("flag=", Sample()),
        ("count=", Sample()),
        ("ids[]=1&ids[]=2", Sample(ids=["1", "2"])),
        ("ids=1", Sample(ids=["1"])),
        ("ids[0]=1&ids[1]=2", Sample(ids=["1", "2"])),
        ("fields[0][name]=n&fields[0][value]=v&fields[1][name]=m", Sample(fields=[Field("n", "v"), Field("m")])),
        ("fields[][name]=n&fields[][value]=v&fields[][name]=m", Sample(fields=[Field("n", "v"), Field("m")])),
        ("source[name]=x", Sample(source=Field("x"))),
        ("unknown=1&text=x", Sample(text="x")),
        ("text=a%00b%EF%B7%90c", Sample(text="abc")),
    ],
)
def test_what_clients_write(query: str, wanted: Sample):
    assert bind(Sample, from_query(query)) == wanted


@pytest.mark.parametrize(
    ("tree", "field"),
    [
        ({"count": "eleven"}, "count"),
        ({"count": 11}, "count"),
        ({"text": "x" * 101}, "text"),
        ({"text": ["a"]}, "text"),
        ({"text": {"a": 1}}, "text"),
        ({"ids": ["1"] * 6}, "ids"),
        ({"ids": [["1"]]}, "ids"),
        ({"flag": "perhaps"}, "flag"),
        ({"fields": "no"}, "fields"),
    ],
)
def test_what_does_not_fit_is_named(tree: dict[str, Any], field: str):
    with pytest.raises(Invalid) as caught:
        bind(Sample, tree)
    assert field in caught.value.message


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["text", "count", "flag", "ids", "fields", "source", "x"]), _json))
def test_any_json_is_bound_or_refused(tree: dict[str, Any]):
    with contextlib.suppress(Invalid):
        assert isinstance(bind(Sample, tree), Sample)


@given(st.text(alphabet="abct[]=&%0123456789fieldsname", max_size=200))
def test_any_query_is_bound_or_refused(query: str):
    with contextlib.suppress(ParvisError):
        bind(Sample, from_query(query))
