"""Accounts: profiles, their posts, lists of people, finding them."""

from typing import Annotated, Any

import msgspec

from parvis.accounts.cache import AccountEntry, as_list
from parvis.api import page
from parvis.http.call import Call
from parvis.http.respond import Response, raw_json, reply
from parvis.kernel.errors import NotFound
from parvis.kernel.ids import parse_id
from parvis.kernel.markup import tag_key
from parvis.kernel.paging import Page, PageParams, Slice
from parvis.timelines.account import Wanted

_IDS = msgspec.Meta(max_length=80)
_PEOPLE, _MOST_PEOPLE = 40, 80


class IdsParams(msgspec.Struct, frozen=True, kw_only=True):
    """Several accounts."""

    id: Annotated[list[str], _IDS] = []


class PostsParams(PageParams, frozen=True, kw_only=True):
    """Which of an account's posts."""

    only_media: bool = False
    exclude_replies: bool = False
    exclude_reblogs: bool = False
    pinned: bool = False
    tagged: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class LookupParams(msgspec.Struct, frozen=True, kw_only=True):
    """A name, as people write it."""

    acct: Annotated[str, msgspec.Meta(max_length=400)] = ""


class SearchParams(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for."""

    q: Annotated[str, msgspec.Meta(max_length=400)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 40
    offset: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    following: bool = False
    resolve: bool = False


async def find(call: Call, name: str = "id") -> AccountEntry:
    """The account in the path. NotFound where there is none, or where it is not (or not yet, or no more) to be seen."""
    entry = await call.app.accounts.find(call.id(name))
    if entry is None or not (entry.active or entry.id == call.viewer_id):
        raise NotFound
    return entry


async def show(call: Call) -> Response:
    """GET /api/v1/accounts/{id}"""
    return raw_json((await find(call)).body)


async def many(call: Call, params: IdsParams) -> Response:
    """GET /api/v1/accounts"""
    ids = [ident for text in params.id if (ident := parse_id(text)) is not None]
    found = await call.app.accounts.find_many(ids)
    return raw_json(as_list(found[ident] for ident in ids if ident in found and found[ident].active))


async def lookup(call: Call, params: LookupParams) -> Response:
    """GET /api/v1/accounts/lookup"""
    return raw_json((await by_name(call, params.acct)).body)


async def by_name(call: Call, acct: str) -> AccountEntry:
    """The account of a name: `name`, `@name`, or `name@` our domain. NotFound."""
    name, _, domain = acct.strip().lstrip("@").partition("@")
    ident = await call.app.account_search.id_of(name.lower()) if domain.lower() in ("", call.settings.domain) else None
    entry = await call.app.accounts.find(ident) if ident is not None else None
    if entry is None or not (entry.active or entry.id == call.viewer_id):
        raise NotFound
    return entry


async def search(call: Call, params: SearchParams) -> Response:
    """GET /api/v1/accounts/search"""
    found = await call.app.account_search.find(
        call.member_id, params.q, min(params.limit, _MOST_PEOPLE), params.offset, following=params.following
    )
    return raw_json(as_list(found))


async def posts(call: Call, params: PostsParams) -> Response:
    """GET /api/v1/accounts/{id}/statuses"""
    account = await find(call)
    if params.pinned:
        viewer, found = await call.app.account_timeline.pinned(call.viewer_id, account)
        return page.posts(call, found, viewer)
    wanted = Wanted(
        replies=not params.exclude_replies,
        echoes=not params.exclude_reblogs,
        only_media=params.only_media,
        tag=tag_key(params.tagged) if params.tagged else None,
    )
    viewer, found = await call.app.account_timeline.read(call.viewer_id, account, Page.of(params), wanted)
    return page.posts(call, found, viewer)


async def followers(call: Call, params: PageParams) -> Response:
    """GET /api/v1/accounts/{id}/followers"""
    return await _relations(call, params, call.app.relation_lists.followers)


async def following(call: Call, params: PageParams) -> Response:
    """GET /api/v1/accounts/{id}/following"""
    return await _relations(call, params, call.app.relation_lists.following)


async def _relations(call: Call, params: PageParams, read: Any) -> Response:
    account = await find(call)
    viewer = await call.app.viewers.find(call.viewer_id)
    blocked = viewer is not None and account.id in viewer.blocked_by
    if blocked or (account.whole().hide_collections and account.id != call.viewer_id):
        return raw_json(b"[]")
    return people(call, await read(account.id, viewer, Page.of(params, _PEOPLE, _MOST_PEOPLE)))


def people(call: Call, part: Slice[AccountEntry]) -> Response:
    """A page of accounts."""
    return page.paged(call, as_list(part.items), part.newest, part.oldest, more=part.more)


async def familiar(call: Call, params: IdsParams) -> Response:
    """GET /api/v1/accounts/familiar_followers"""
    ids = [ident for text in params.id if (ident := parse_id(text)) is not None]
    known: dict[int, list[AccountEntry]] = await call.app.relation_lists.familiar(call.member_id, ids)
    parts = [
        b'{"id":"' + str(ident).encode() + b'","accounts":' + as_list(entries) + b"}"
        for ident, entries in known.items()
    ]
    return raw_json(b"[" + b",".join(parts) + b"]")


async def nothing(call: Call) -> Response:
    """Lists that an account can have and that are not built yet: empty, for an account that exists."""
    await find(call)
    return reply([])
