"""Reading a page of posts from a window, extending it downwards as readers go back in time."""

from collections.abc import Awaitable, Callable, Sequence

from parvis.kernel.paging import Page
from parvis.posts.cache import PostEntry, Posts
from parvis.timelines.window import Window

_MOST_ROUNDS = 20  # a reader who hides almost everything gets a short page rather than a long wait

Fetch = Callable[[Page], Awaitable[Sequence[int]]]


async def read_page(
    posts: Posts, window: Window | None, fetch: Fetch, page: Page, wanted: Callable[[PostEntry], bool]
) -> list[PostEntry]:
    """Up to `page.limit` wanted posts, newest first. What the window does not hold is fetched, in the page's direction."""
    if page.ascending:
        return await _ascending(posts, window, fetch, page, wanted)
    chosen: list[PostEntry] = []
    max_id = page.max_id
    ended = False
    for _ in range(_MOST_ROUNDS):
        ids: Sequence[int] = window.below(max_id, page.floor) if window else []
        from_window = bool(ids)
        batch = page.limit - len(chosen)
        if from_window:
            ids = ids[: max(batch + 5, 10)]
        elif window is not None and (window.floor <= page.floor + 1 or window.floor == 0):
            break  # the window reaches down to what was asked for: there is no more
        else:
            asked = max(40, page.limit)
            floor = window.floor if window is not None and max_id >= window.floor else None
            top = max_id if floor is None else floor
            ids = await fetch(Page(top, page.floor if floor is None else 0, asked, ascending=False))
            ended = len(ids) < asked
            if window is not None and floor is not None and window.floor == floor:  # nobody else extended it meanwhile
                window.extend(ids, asked)
            ids = [post_id for post_id in ids if page.floor < post_id < max_id]
            if not ids:
                break
        found = await posts.find_many(ids)
        if window is not None and len(found) < len(ids):
            window.forget(post_id for post_id in ids if post_id not in found)
        for post_id in ids:
            entry = found.get(post_id)
            if entry is not None and wanted(entry):
                chosen.append(entry)
                if len(chosen) == page.limit:
                    return chosen
        max_id = ids[-1]
        if not from_window and ended:
            break
    return chosen


async def _ascending(
    posts: Posts, window: Window | None, fetch: Fetch, page: Page, wanted: Callable[[PostEntry], bool]
) -> list[PostEntry]:
    chosen: list[PostEntry] = []
    min_id = page.floor
    for _ in range(_MOST_ROUNDS):
        if window is not None and min_id >= window.floor:
            ids = window.above(min_id, page.max_id)[: page.limit + 5]
        else:
            ids = await fetch(Page(page.max_id, min_id, max(40, page.limit), ascending=True))
        if not ids:
            break
        found = await posts.find_many(ids)
        for post_id in ids:
            entry = found.get(post_id)
            if entry is not None and wanted(entry):
                chosen.append(entry)
                if len(chosen) == page.limit:
                    return chosen[::-1]
        min_id = ids[-1]
    return chosen[::-1]
