"""Keyset paging as Mastodon's clients do it: max_id, since_id, min_id, limit, and a Link header in both directions."""

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

import msgspec

from parvis.kernel.ids import MAX_ID, parse_id

T = TypeVar("T")


class PageParams(msgspec.Struct, frozen=True, kw_only=True):
    """Query parameters of every paged list. Ids are opaque to clients; the server clamps `limit`."""

    max_id: str | None = None
    since_id: str | None = None
    min_id: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None
    offset: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None


class Page(msgspec.Struct, frozen=True):
    """A bounded request for ids: below `max_id`, above `floor`; `ascending` when min_id asks for the oldest first."""

    max_id: int
    floor: int
    limit: int
    ascending: bool

    @classmethod
    def of(cls, params: PageParams, default: int = 20, most: int = 40) -> "Page":
        """The page that the parameters ask for. An id that is no id bounds nothing."""
        upper = parse_id(params.max_id) if params.max_id else None
        since = parse_id(params.since_id) if params.since_id else None
        least = parse_id(params.min_id) if params.min_id else None
        limit = default if params.limit is None else max(1, min(params.limit, most))
        return cls(
            max_id=MAX_ID if upper is None else upper,
            floor=max(since or 0, least or 0),
            limit=limit,
            ascending=least is not None,
        )


class Slice(msgspec.Struct, Generic[T], frozen=True):
    """A page of things, newest first, with the paging ids (which need not be the things' own) of its ends."""

    items: Sequence[T]
    newest: int | None = None
    oldest: int | None = None
    more: bool = True


def link_header(url: str, query: str, newest: int | None, oldest: int | None, *, more: bool = True) -> str | None:
    """`Link` for a page: `next` are older, `prev` are newer. `query` is what else the client sent, already encoded."""
    if newest is None or oldest is None:
        return None
    lead = f"{url}?{query}&" if query else f"{url}?"
    prev = f'<{lead}min_id={newest}>; rel="prev"'
    return f'<{lead}max_id={oldest}>; rel="next", {prev}' if more else prev
