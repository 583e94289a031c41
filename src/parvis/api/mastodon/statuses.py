"""Posts: read, publish, vote."""

from typing import Annotated

import msgspec

from parvis.http.call import Call
from parvis.http.respond import Response, raw_json
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.ids import parse_id
from parvis.posts import assemble
from parvis.posts.cache import PostEntry
from parvis.posts.types import Audience, Draft
from parvis.posts.visibility import may_see_whole
from parvis.relations.viewer import Viewer

_TEXT = msgspec.Meta(max_length=100_000)


class CreateParams(msgspec.Struct, frozen=True, kw_only=True):
    """What a client sends to publish a post. Bounds that are settings are checked by the action."""

    status: Annotated[str, _TEXT] = ""
    spoiler_text: Annotated[str, _TEXT] = ""
    media_ids: Annotated[list[str], msgspec.Meta(max_length=100)] = []
    in_reply_to_id: str | None = None
    sensitive: bool | None = None
    visibility: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    language: Annotated[str, msgspec.Meta(max_length=35)] | None = None


async def find(call: Call, name: str = "id") -> tuple[PostEntry, Viewer | None]:
    """The post in the path, where the caller may see it. NotFound alike for what is absent and what is forbidden."""
    post = await call.app.posts.find(call.id(name))
    viewer = await call.app.viewers.find(call.viewer_id)
    if post is None or not may_see_whole(post, viewer):
        raise NotFound
    return post, viewer


async def shown(call: Call, post_id: int) -> Response:
    """The post as the caller sees it after an action."""
    post = await call.app.posts.find(post_id)
    viewer = await call.app.viewers.find(call.viewer_id)
    if post is None:
        raise NotFound
    if viewer is not None:
        await call.app.viewers.look_up(viewer, [post.echo_of_id or post.id])
    return raw_json(assemble.one(post, viewer))


class ManyParams(msgspec.Struct, frozen=True, kw_only=True):
    """Which posts."""

    id: Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=100)] = []


async def many(call: Call, params: ManyParams) -> Response:
    """GET /api/v1/statuses: those of the posts that the caller may see, in the order asked for."""
    ids = [found for found in dict.fromkeys(parse_id(text) for text in params.id) if found is not None]
    posts = await call.app.posts.find_many(ids)
    viewer = await call.app.viewers.find(call.viewer_id)
    shown_posts = [posts[post_id] for post_id in ids if post_id in posts and may_see_whole(posts[post_id], viewer)]
    if viewer is not None:
        await call.app.viewers.look_up(viewer, [post.echo_of_id or post.id for post in shown_posts])
    return raw_json(assemble.many(shown_posts, viewer))


async def card(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/card: there are no preview cards yet."""
    await find(call)
    return raw_json(b"null")


async def show(call: Call) -> Response:
    """GET /api/v1/statuses/{id}"""
    post, viewer = await find(call)
    if viewer is not None:
        await call.app.viewers.look_up(viewer, [post.echo_of_id or post.id])
    return raw_json(assemble.one(post, viewer))


async def context(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/context"""
    post, viewer = await find(call)
    thread = await call.app.threads.read(post.echo or post, viewer)
    up, down = assemble.many(thread.ancestors, viewer), assemble.many(thread.descendants, viewer)
    return raw_json(b'{"ancestors":' + up + b',"descendants":' + down + b"}")


async def create(call: Call, params: CreateParams) -> Response:
    """POST /api/v1/statuses"""
    key = call.headers.get("idempotency-key")
    grant = call.grant
    post_id = await call.app.publisher.publish(
        Draft(
            author_id=call.member_id,
            text=params.status,
            spoiler=params.spoiler_text,
            audience=audience_of(params.visibility),
            sensitive=params.sensitive,
            language=params.language,
            reply_to_id=_reply_to(params.in_reply_to_id),
            media_ids=tuple(media_id(text) for text in params.media_ids),
            app_id=grant.app_id if grant else None,
            idempotency_key=key[:255] if key else None,
        )
    )
    return await shown(call, post_id)


async def vote(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/favourite"""
    post, _ = await find(call)
    await call.app.voter.vote(call.member_id, post.echo or post)
    return await shown(call, post.id)


async def unvote(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unfavourite"""
    post, _ = await find(call)
    await call.app.voter.unvote(call.member_id, (post.echo or post).id)
    return await shown(call, post.id)


def audience_of(word: str | None) -> Audience | None:
    """The audience by its word; None where none was sent."""
    if not word:
        return None
    try:
        return Audience.of(word)
    except ValueError as error:
        raise Invalid("visibility", "is not included in the list", "ERR_INCLUSION") from error


def _reply_to(text: str | None) -> int | None:
    if not text:
        return None
    found = parse_id(text)
    if found is None:
        raise NotFound("The post to which you are trying to reply does not appear to exist.")
    return found


def media_id(text: str) -> int:
    """A medium's id as a client sent it."""
    found = parse_id(text)
    if found is None:
        raise Invalid("media_ids", "holds something that is no id")
    return found
