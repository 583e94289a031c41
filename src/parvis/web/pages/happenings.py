"""Notifications, search, and what this place is."""

from typing import Annotated, Any, Literal

import msgspec

from parvis import VERSION
from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.clock import iso
from parvis.kernel.paging import Page, PageParams
from parvis.moderation.policy.house import house_rules
from parvis.notifications.reads import Wanted
from parvis.search.query import parse
from parvis.web import feed
from parvis.web.pages.people import relations_to, slice_paging

_LIMIT = 30
_FOUND = 10


class NotificationParams(PageParams, frozen=True, kw_only=True):
    """All, or only mentions."""

    only: Literal["", "mentions"] = ""


class SearchParams(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for, and among what."""

    q: Annotated[str, msgspec.Meta(max_length=400)] = ""
    kind: Literal["all", "people", "tags", "posts"] = "all"
    offset: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0


async def notifications(call: Call, params: NotificationParams) -> Response:
    """GET /notifications: what is seen here counts as read."""
    kinds = ("mention",) if params.only else None
    me = call.member_id
    viewer, part = await call.app.notifications.page(me, Page.of(params, _LIMIT), Wanted(kinds=kinds))
    marker = (await call.app.markers.read(me, ["notifications"])).get("notifications")
    items: list[dict[str, Any]] = [
        {
            "id": str(item.id),
            "type": item.kind,
            "created_at": iso(item.created_at),
            "account": item.account.whole(),
            "status": feed.shown([item.post], viewer)[0] if item.post is not None else None,
        }
        for item in part.items
    ]
    if feed.first_page(call) and part.newest is not None and not params.only:
        await call.app.markers.set(me, "notifications", part.newest)
    return await call.app.shell.page(
        call,
        "pages/notifications.html",
        items=items,
        seen=marker["last_read_id"] if marker else "",
        tab="mentions" if params.only else "all",
        paging=slice_paging(call, part, _LIMIT),
        requests_count=await call.app.relation_lists.count_requests(me),
    )


async def search(call: Call, params: SearchParams) -> Response:
    """GET /search: visitors find people and hashtags, members posts too."""
    text = params.q.strip()
    limit = _FOUND if params.kind == "all" else 20
    people: list[Any] = []
    tags: list[Any] = []
    posts: list[Any] = []
    viewer = await call.app.viewers.find(call.viewer_id)
    if text and params.kind in ("all", "people"):
        people = await call.app.account_search.find(call.viewer_id, text, limit, params.offset)
    if text and params.kind in ("all", "tags"):
        tags = [{"name": name} for name in await call.app.tag_search.find(text, limit, params.offset)]
    if text and params.kind in ("all", "posts") and viewer is not None:
        posts = await call.app.post_search.find(viewer, parse(text), limit, params.offset)
        await call.app.viewers.look_up(viewer, [post.id for post in posts])
    return await call.app.shell.page(
        call,
        "pages/search.html",
        q=params.q,
        kind=params.kind,
        people=feed.people(people),
        relations=await relations_to(call, people),
        tags=tags,
        posts=feed.shown(posts, viewer),
        paging={"newer": None, "older": None},
    )


async def about(call: Call) -> Response:
    """GET /about"""
    site = call.app.site
    figures = await site.figures()
    contact = await site.contact()
    policy = (await call.app.policy.latest()).compiled.policy
    return await call.app.shell.page(
        call,
        "pages/about.html",
        rules=house_rules(policy, call.app.shell.locale(call)),
        stats={"members": figures.members, "posts": figures.posts, "active_month": figures.month},
        contact_email=call.settings.site.contact_email,
        contact_account=contact.whole() if contact is not None and contact.active else None,
        version=VERSION,
        source_url=call.settings.site.source_url,
    )
