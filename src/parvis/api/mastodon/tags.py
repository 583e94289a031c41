"""Hashtags: look at one, follow it, and what is much used."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from parvis.api import page
from parvis.http.call import Call
from parvis.http.respond import Response, raw_json
from parvis.kernel import json
from parvis.kernel.errors import NotFound
from parvis.kernel.markup import scan, tag_key
from parvis.kernel.paging import Page, PageParams
from parvis.kernel.text import place
from parvis.posts import assemble
from parvis.posts.tags import TagInfo, as_json
from parvis.posts.visibility import shows


class TrendParams(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the trends."""

    limit: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 10
    offset: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0

    def cut(self, default_most: int) -> slice:
        """The part as a slice."""
        return slice(self.offset, self.offset + min(self.limit, default_most))


async def show(call: Call) -> Response:
    """GET /api/v1/tags/{name}"""
    return _one(call, await call.app.tags.find(_name(call), call.viewer_id))


async def follow(call: Call) -> Response:
    """POST /api/v1/tags/{name}/follow"""
    name = _name(call)
    await call.app.tags.follow(call.member_id, name)
    return _one(call, await call.app.tags.find(name, call.member_id))


async def unfollow(call: Call) -> Response:
    """POST /api/v1/tags/{name}/unfollow"""
    name = _name(call)
    await call.app.tags.unfollow(call.member_id, name)
    return _one(call, await call.app.tags.find(name, call.member_id))


async def followed(call: Call, params: PageParams) -> Response:
    """GET /api/v1/followed_tags: paged by the follows' own ids."""
    found = await call.app.tags.followed(call.member_id, Page.of(params, 100, 200))
    return page.paged(call, as_list(call, found.items), found.newest, found.oldest, more=found.more)


async def trending(call: Call, params: TrendParams) -> Response:
    """GET /api/v1/trends/tags and /api/v1/trends"""
    return raw_json(as_list(call, (await call.app.trends.tags())[params.cut(20)]))


async def trending_posts(call: Call, params: TrendParams) -> Response:
    """GET /api/v1/trends/statuses"""
    ids = await call.app.trends.posts()
    viewer = await call.app.viewers.find(call.viewer_id)
    found = await call.app.posts.find_many(ids)
    posts = [found[post_id] for post_id in ids if post_id in found and shows(found[post_id], viewer)]
    posts = posts[params.cut(40)]
    if viewer is not None:
        await call.app.viewers.look_up(viewer, [post.id for post in posts])
    return raw_json(assemble.many(posts, viewer))


def as_list(call: Call, tags: Sequence[TagInfo]) -> bytes:
    """Hashtags as JSON."""
    return place(json.encode([as_json(tag) for tag in tags]), call.settings.origin, call.settings.media_base)


def _one(call: Call, tag: TagInfo) -> Response:
    return raw_json(place(json.encode(as_json(tag)), call.settings.origin, call.settings.media_base))


def _name(call: Call) -> str:
    """The hashtag in the path. NotFound where no text could hold it."""
    name = call.args["name"]
    if scan(f"#{name}").tags != [name]:
        raise NotFound
    return tag_key(name)
