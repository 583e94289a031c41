"""The front page, home, the square, hashtags, votes and bookmarks."""

import secrets

from parvis.http.call import Call
from parvis.http.respond import Response, redirect
from parvis.kernel.errors import NotFound
from parvis.kernel.markup import tag_key
from parvis.kernel.paging import Page, PageParams
from parvis.posts.defaults import posting_defaults
from parvis.timelines.tag import TagQuery
from parvis.web import feed

_LIMIT = 20
_LANDING = 8


async def landing(call: Call) -> Response:
    """GET /: what this place is; members go home."""
    if call.viewer_id is not None:
        return redirect("/home")
    viewer, posts = await call.app.public.read(None, Page.of(PageParams(limit=_LANDING)))
    return await call.app.shell.page(call, "pages/landing.html", posts=feed.shown(posts, viewer))


async def home(call: Call, params: PageParams) -> Response:
    """GET /home"""
    viewer, posts = await call.app.home.read(call.member_id, Page.of(params, _LIMIT))
    suggestions = [] if posts else await _suggestions(call)
    return await call.app.shell.page(
        call,
        "pages/home.html",
        posts=feed.shown(posts, viewer),
        paging=feed.by_posts(call, posts, _LIMIT),
        first_page=feed.first_page(call),
        draft=await new_draft(call),
        errors={},
        suggestions=suggestions,
    )


async def public(call: Call, params: PageParams) -> Response:
    """GET /public"""
    viewer, posts = await call.app.public.read(call.viewer_id, Page.of(params, _LIMIT))
    return await call.app.shell.page(
        call,
        "pages/public.html",
        posts=feed.shown(posts, viewer),
        paging=feed.by_posts(call, posts, _LIMIT),
        first_page=feed.first_page(call),
    )


async def tag(call: Call, params: PageParams) -> Response:
    """GET /tags/{tag}"""
    name = tag_key(call.args["tag"])
    if not name or len(name) > 100:
        raise NotFound
    viewer, posts = await call.app.tag_timeline.read(call.viewer_id, TagQuery(names=(name,)), Page.of(params, _LIMIT))
    return await call.app.shell.page(
        call,
        "pages/tag.html",
        tag=name,
        posts=feed.shown(posts, viewer),
        paging=feed.by_posts(call, posts, _LIMIT),
        first_page=feed.first_page(call),
    )


async def bookmarks(call: Call, params: PageParams) -> Response:
    """GET /bookmarks"""
    viewer, part = await call.app.marked.bookmarks(call.member_id, Page.of(params, _LIMIT))
    pages = feed.paging(call, part.newest, part.oldest, limit=_LIMIT, count=len(part.items) if part.more else 0)
    return await call.app.shell.page(call, "pages/bookmarks.html", posts=feed.shown(part.items, viewer), paging=pages)


async def favourites(call: Call, params: PageParams) -> Response:
    """GET /favourites"""
    viewer, part = await call.app.marked.votes(call.member_id, Page.of(params, _LIMIT))
    pages = feed.paging(call, part.newest, part.oldest, limit=_LIMIT, count=len(part.items) if part.more else 0)
    return await call.app.shell.page(call, "pages/favourites.html", posts=feed.shown(part.items, viewer), paging=pages)


async def new_draft(call: Call) -> dict[str, object]:
    """An empty compose box with the member's defaults and a key that makes sending it twice harmless."""
    defaults = await posting_defaults(call.app.db, call.member_id)
    return feed.draft(
        visibility=defaults.audience.word,
        language=defaults.language or call.app.shell.locale(call),
        sensitive=defaults.sensitive,
        key=secrets.token_urlsafe(12),
    )


async def _suggestions(call: Call) -> list[object]:
    found = await call.app.suggestions.read(call.member_id, 8)
    return list(feed.people(found))
