"""Windows against a model: whatever arrives in whatever order, pages are what a full list would give."""

import asyncio
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from parvis.kernel.ids import MAX_ID
from parvis.kernel.paging import Page
from parvis.timelines.read import read_page
from parvis.timelines.window import Window

_ids = st.lists(st.integers(1, 300), unique=True, max_size=150)


class _Posts:
    """Stands for the post cache: an id is a post unless it is gone."""

    def __init__(self, gone: set[int]) -> None:
        self.gone = gone

    async def find_many(self, ids: Any) -> dict[int, Any]:
        return {i: SimpleNamespace(id=i) for i in ids if i not in self.gone}


def _fetch(stored: list[int]):
    async def fetch(page: Page) -> list[int]:
        within = sorted(i for i in stored if page.floor < i < page.max_id)
        return within[: page.limit] if page.ascending else within[::-1][: page.limit]

    return fetch


def _read(stored: list[int], window: Window | None, page: Page, gone: set[int]) -> list[int]:
    posts: Any = _Posts(gone)
    found = asyncio.run(read_page(posts, window, _fetch(stored), page, lambda post: post.id % 7 != 0))
    return [post.id for post in found]


def _model(stored: list[int], page: Page, gone: set[int]) -> list[int]:
    within = sorted(i for i in stored if page.floor < i < page.max_id and i not in gone and i % 7)
    return within[: page.limit][::-1] if page.ascending else within[::-1][: page.limit]


@given(
    _ids,
    st.lists(st.integers(1, 400), max_size=20),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 300), st.integers(1, 40), st.booleans()), max_size=6),
    st.sets(st.integers(1, 400), max_size=10),
)
def test_pages_are_those_of_the_full_list(
    stored: list[int], arriving: list[int], asked: list[tuple[int, int, int, bool]], gone: set[int]
):
    stored = list(stored)
    window = Window.empty(0)
    for max_id, floor, limit, ascending in [*asked, (MAX_ID, 0, 20, False)]:
        page = Page(max_id or MAX_ID, floor, limit, ascending)
        assert _read(stored, window, page, gone) == _model(stored, page, gone)
        for ident in arriving[:3]:  # some arrive late, in the middle
            if ident not in stored:
                stored.append(ident)
                window.add(ident)
        arriving = arriving[3:]


def test_paging_down_and_up_visits_all_once():
    stored = list(range(1, 500))
    window = Window.empty(0)
    seen: list[int] = []
    page = Page(MAX_ID, 0, 20, ascending=False)
    while found := _read(stored, window, page, set()):
        seen += found
        page = Page(found[-1], 0, 20, ascending=False)
    assert seen == [i for i in range(499, 0, -1) if i % 7]
    back: list[int] = []
    page = Page(MAX_ID, 0, 20, ascending=True)
    while found := _read(stored, window, page, set()):
        back = found + back
        page = Page(MAX_ID, found[0], 20, ascending=True)
    assert back == seen
