"""Profiles, lists of people, and what can be done with an account."""

from typing import Any

from parvis.accounts.cache import AccountEntry
from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.errors import NotFound
from parvis.kernel.paging import Page, PageParams, Slice
from parvis.relations.follow import Wishes
from parvis.timelines.account import Wanted
from parvis.web import feed, words
from parvis.web.pages.post_actions import Back
from parvis.web.pages.posts import find as find_post

_LIMIT = 20
_PEOPLE = 40


async def by_name(call: Call) -> AccountEntry:
    """The account in the path. NotFound."""
    ident = await call.app.account_search.id_of(call.args["acct"].lower())
    entry = await call.app.accounts.find(ident) if ident is not None else None
    if entry is None or not (entry.active or entry.id == call.viewer_id):
        raise NotFound
    return entry


async def profile(call: Call, params: PageParams) -> Response:
    """GET /@{acct}"""
    return await _profile(call, params, "posts", Wanted(replies=False))


async def with_replies(call: Call, params: PageParams) -> Response:
    """GET /@{acct}/replies"""
    return await _profile(call, params, "replies", Wanted())


async def media(call: Call, params: PageParams) -> Response:
    """GET /@{acct}/media"""
    return await _profile(call, params, "media", Wanted(only_media=True))


async def _profile(call: Call, params: PageParams, tab: str, wanted: Wanted) -> Response:
    account = await by_name(call)
    viewer, posts = await call.app.account_timeline.read(call.viewer_id, account, Page.of(params, _LIMIT), wanted)
    pinned: list[Any] = []
    if tab == "posts" and feed.first_page(call):
        _, entries = await call.app.account_timeline.pinned(call.viewer_id, account)
        pinned = feed.shown(entries, viewer)
    relation = None
    if call.viewer_id is not None:
        relation = await call.app.relationships.one(call.viewer_id, account.id)
    return await call.app.shell.page(
        call,
        "pages/profile.html",
        account=account.whole(),
        relation=relation,
        tab=tab,
        pinned=pinned,
        posts=feed.shown(posts, viewer),
        paging=feed.by_posts(call, posts, _LIMIT),
    )


async def followers(call: Call, params: PageParams) -> Response:
    """GET /@{acct}/followers"""
    return await _relations(call, params, call.app.relation_lists.followers, words.FOLLOWERS)


async def following(call: Call, params: PageParams) -> Response:
    """GET /@{acct}/following"""
    return await _relations(call, params, call.app.relation_lists.following, words.FOLLOWING)


async def _relations(call: Call, params: PageParams, read: Any, title: str) -> Response:
    account = await by_name(call)
    viewer = await call.app.viewers.find(call.viewer_id)
    hides = account.whole().hide_collections and account.id != call.viewer_id
    blocked = viewer is not None and account.id in viewer.blocked_by
    part: Slice[AccountEntry] = (
        Slice([]) if hides or blocked else await read(account.id, viewer, Page.of(params, _PEOPLE))
    )
    return await _people(call, part, title, f"/@{account.username}", hidden=hides)


async def voters(call: Call, params: PageParams) -> Response:
    """GET /@{acct}/{id}/votes"""
    post, viewer = await find_post(call)
    part = await call.app.people.voters(post, viewer, Page.of(params, _PEOPLE))
    return await _people(call, part, words.VOTERS, f"/@{post.author.username}/{post.id}")


async def echoers(call: Call, params: PageParams) -> Response:
    """GET /@{acct}/{id}/echoes"""
    post, viewer = await find_post(call)
    part = await call.app.people.echoers(post, viewer, Page.of(params, _PEOPLE))
    return await _people(call, part, words.ECHOERS, f"/@{post.author.username}/{post.id}")


async def _people(call: Call, part: Slice[AccountEntry], title: str, back: str, *, hidden: bool = False) -> Response:
    return await call.app.shell.page(
        call,
        "pages/people.html",
        title=call.app.shell.say(call)(title),
        back=back,
        people=feed.people(part.items),
        relations=await relations_to(call, part.items),
        paging=slice_paging(call, part, _PEOPLE),
        hidden_list=hidden,
    )


async def relations_to(call: Call, entries: Any) -> dict[str, Any]:
    """What stands between the viewer and each account, by its id; nothing for visitors."""
    if call.viewer_id is None or not entries:
        return {}
    found = await call.app.relationships.read(call.viewer_id, [entry.id for entry in entries])
    return {relation.id: relation for relation in found}


def slice_paging(call: Call, part: Slice[Any], limit: int) -> dict[str, str | None]:
    """Paging by the ids of a slice."""
    return feed.paging(call, part.newest, part.oldest, limit=limit, count=limit if part.more else 0)


async def requests(call: Call, params: PageParams) -> Response:
    """GET /requests"""
    part = await call.app.relation_lists.requests(call.member_id, Page.of(params, _PEOPLE))
    return await call.app.shell.page(
        call, "pages/requests.html", people=feed.people(part.items), paging=slice_paging(call, part, _PEOPLE)
    )


async def accept(call: Call) -> Response:
    """POST /requests/{id}/accept"""
    await call.app.follows.accept(call.member_id, call.id())
    return call.app.shell.go(call, "/requests")


async def reject(call: Call) -> Response:
    """POST /requests/{id}/reject"""
    await call.app.follows.reject(call.member_id, call.id())
    return call.app.shell.go(call, "/requests")


async def blocks(call: Call, params: PageParams) -> Response:
    """GET /settings/blocks"""
    return await _hidden(call, "blocks", await call.app.relation_lists.blocks(call.member_id, Page.of(params, _PEOPLE)))


async def mutes(call: Call, params: PageParams) -> Response:
    """GET /settings/mutes"""
    return await _hidden(call, "mutes", await call.app.relation_lists.mutes(call.member_id, Page.of(params, _PEOPLE)))


async def _hidden(call: Call, tab: str, part: Slice[AccountEntry]) -> Response:
    return await call.app.shell.page(
        call,
        "pages/settings/blocks.html",
        tab2=tab,
        people=feed.people(part.items),
        paging=slice_paging(call, part, _PEOPLE),
    )


async def follow(call: Call, form: Back) -> Response:
    """POST /accounts/{id}/follow"""
    await call.app.follows.follow(call.member_id, call.id(), Wishes())
    return call.app.shell.go(call, form.back)


async def unfollow(call: Call, form: Back) -> Response:
    """POST /accounts/{id}/unfollow"""
    await call.app.follows.unfollow(call.member_id, call.id())
    return call.app.shell.go(call, form.back)


async def block(call: Call, form: Back) -> Response:
    """POST /accounts/{id}/block"""
    await call.app.hiding.block(call.member_id, call.id())
    return call.app.shell.go(call, form.back)


async def unblock(call: Call, form: Back) -> Response:
    """POST /accounts/{id}/unblock"""
    await call.app.hiding.unblock(call.member_id, call.id())
    return call.app.shell.go(call, form.back)


async def mute(call: Call, form: Back) -> Response:
    """POST /accounts/{id}/mute"""
    await call.app.hiding.mute(call.member_id, call.id())
    return call.app.shell.go(call, form.back)


async def unmute(call: Call, form: Back) -> Response:
    """POST /accounts/{id}/unmute"""
    await call.app.hiding.unmute(call.member_id, call.id())
    return call.app.shell.go(call, form.back)
