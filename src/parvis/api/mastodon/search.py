"""Search for accounts, posts and hashtags at once."""

from typing import Annotated, Literal

import msgspec

from parvis.accounts.cache import AccountEntry
from parvis.accounts.cache import as_list as accounts_json
from parvis.api.mastodon.tags import as_list as tags_json
from parvis.http.call import Call
from parvis.http.respond import Response, raw_json
from parvis.kernel import json
from parvis.kernel.errors import Unauthorized
from parvis.kernel.ids import parse_id
from parvis.posts import assemble
from parvis.posts.cache import PostEntry
from parvis.posts.tags import plain
from parvis.relations.viewer import Viewer
from parvis.search.query import parse


class SearchParams(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. Nothing is fetched from elsewhere, so `resolve` only asks for a token, as it does everywhere."""

    q: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    type: Literal["accounts", "hashtags", "statuses"] | None = None
    limit: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 20
    offset: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    resolve: bool = False
    following: bool = False
    account_id: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    max_id: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    min_id: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    exclude_unreviewed: bool = False

    def wants(self, kind: str) -> bool:
        """Whether results of this kind are asked for. All kinds at once have one page only."""
        return self.type == kind or (self.type is None and self.offset == 0)


async def search(call: Call, params: SearchParams) -> Response:
    """GET /api/v2/search"""
    accounts, posts, tags, viewer = await _find(call, params)
    followed = await call.app.tags.followed_among(viewer.id, tags) if viewer is not None and tags else ()
    hashtags = [plain(name, following=name in followed if viewer is not None else None) for name in tags]
    body = b'{"accounts":' + accounts_json(accounts) + b',"statuses":' + assemble.many(posts, viewer)
    return raw_json(body + b',"hashtags":' + tags_json(call, hashtags) + b"}")


async def search_v1(call: Call, params: SearchParams) -> Response:
    """GET /api/v1/search: hashtags are plain names."""
    accounts, posts, tags, viewer = await _find(call, params)
    body = b'{"accounts":' + accounts_json(accounts) + b',"statuses":' + assemble.many(posts, viewer)
    return raw_json(body + b',"hashtags":' + json.encode(tags) + b"}")


async def _find(
    call: Call, params: SearchParams
) -> tuple[list[AccountEntry], list[PostEntry], list[str], Viewer | None]:
    if call.viewer_id is None and (params.resolve or params.offset or params.following):
        raise Unauthorized("Search queries pagination is not supported without authentication")
    viewer = await call.app.viewers.find(call.viewer_id)
    text, limit = params.q.strip(), min(params.limit, 40)
    if text.startswith(("https://", "http://")):
        return await _by_address(call, params, viewer, text)
    accounts: list[AccountEntry] = []
    posts: list[PostEntry] = []
    tags: list[str] = []
    if params.wants("accounts") and not text.startswith("#"):
        accounts = await call.app.account_search.find(
            call.viewer_id, text, limit, params.offset, following=params.following
        )
    if params.wants("hashtags") and not text.startswith("@"):
        tags = await call.app.tag_search.find(text, limit, params.offset)
    if params.wants("statuses") and viewer is not None and not text.startswith("@"):
        posts = await _posts(call, params, viewer, limit)
    return accounts, posts, tags, viewer


async def _posts(call: Call, params: SearchParams, viewer: Viewer, limit: int) -> list[PostEntry]:
    query = parse(params.q)
    below, above = parse_id(params.max_id), parse_id(params.min_id)
    if below is not None:
        query = msgspec.structs.replace(query, below=min(query.below, below))
    if above is not None:
        query = msgspec.structs.replace(query, above=max(query.above, above))
    account_id = parse_id(params.account_id) if params.account_id else None
    posts: list[PostEntry] = await call.app.post_search.find(viewer, query, limit, params.offset, account_id)
    await call.app.viewers.look_up(viewer, [post.id for post in posts])
    return posts


async def _by_address(
    call: Call, params: SearchParams, viewer: Viewer | None, url: str
) -> tuple[list[AccountEntry], list[PostEntry], list[str], Viewer | None]:
    """A URL names one thing of this server, or nothing."""
    account = await call.app.account_search.by_address(url) if params.wants("accounts") else None
    post = await call.app.post_search.by_address(viewer, url) if params.wants("statuses") else None
    if viewer is not None and post is not None:
        await call.app.viewers.look_up(viewer, [post.echo_of_id or post.id])
    return ([account] if account else []), ([post] if post else []), [], viewer
