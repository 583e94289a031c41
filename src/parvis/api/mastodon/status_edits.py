"""Posts: change, history, source, delete."""

from typing import Annotated

import msgspec

from parvis.api.mastodon.statuses import find, media_id, shown
from parvis.http.call import Call
from parvis.http.respond import Response, raw_json, reply
from parvis.kernel import json
from parvis.kernel.errors import NotFound
from parvis.kernel.text import place
from parvis.media.actions import Focus
from parvis.posts import assemble
from parvis.posts.edit import MediaChange, Revision

_TEXT = msgspec.Meta(max_length=100_000)


class MediaAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """New words or focus for one medium."""

    id: str
    description: Annotated[str, _TEXT] | None = None
    focus: Annotated[str, msgspec.Meta(max_length=50)] | None = None


class EditParams(msgspec.Struct, frozen=True, kw_only=True):
    """A post as it shall be; what is left out is empty, as clients send all of it."""

    status: Annotated[str, _TEXT] = ""
    spoiler_text: Annotated[str, _TEXT] = ""
    media_ids: Annotated[list[str], msgspec.Meta(max_length=100)] = []
    media_attributes: Annotated[list[MediaAttributes], msgspec.Meta(max_length=100)] = []
    sensitive: bool = False
    language: Annotated[str, msgspec.Meta(max_length=35)] | None = None


class DeleteParams(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the media go at once, or wait for the post to be written anew."""

    delete_media: bool = False


async def edit(call: Call, params: EditParams) -> Response:
    """PUT /api/v1/statuses/{id}"""
    await call.app.editor.edit(
        Revision(
            author_id=call.member_id,
            post_id=call.id(),
            text=params.status,
            spoiler=params.spoiler_text,
            sensitive=params.sensitive,
            language=params.language,
            media_ids=tuple(media_id(text) for text in params.media_ids),
            media_changes=tuple(_media_change(attributes) for attributes in params.media_attributes),
        )
    )
    return await shown(call, call.id())


async def history(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/history"""
    post, _ = await find(call)
    post = post.echo or post
    versions = await call.app.post_history.versions(post, call.viewer_id)
    bodies = [
        place(json.encode(version), call.settings.origin, call.settings.media_base)[:-1]
        + b',"account":' + post.author.body + b"}"
        for version in versions
    ]  # fmt: skip
    return raw_json(b"[" + b",".join(bodies) + b"]")


async def source(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/source"""
    post, _ = await find(call)
    written = await call.app.post_history.source(post.id)
    return reply({"id": str(post.id), "text": written.text, "spoiler_text": written.spoiler})


async def delete(call: Call, params: DeleteParams) -> Response:
    """DELETE /api/v1/statuses/{id}: answers the post with what was written, so that it can be written anew."""
    post, viewer = await find(call)
    if post.account_id != call.member_id:
        raise NotFound
    if viewer is not None:
        await call.app.viewers.look_up(viewer, [post.echo_of_id or post.id])
    body = assemble.one(post, viewer)
    if post.echo is not None:
        await call.app.echoer.unecho(call.member_id, post.echo.id)
        text = ""
    else:
        text = await call.app.eraser.delete(call.member_id, post.id, delete_media=params.delete_media)
    return raw_json(body[:-1] + b',"text":' + json.encode(text) + b"}")


def _media_change(attributes: MediaAttributes) -> MediaChange:
    focus = Focus.of(attributes.focus) if attributes.focus else None
    return MediaChange(media_id(attributes.id), attributes.description, (focus.x, focus.y) if focus else None)
