"""What a press on a post's buttons does; editing and deleting. Every form says where to go back to."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec

from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.kernel.ids import parse_id
from parvis.posts.cache import PostEntry
from parvis.posts.edit import MediaChange, Revision
from parvis.web import feed
from parvis.web.pages.posts import PostForm, find, is_held, upload_all


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """Where a form leads when it is done."""

    back: Annotated[str, msgspec.Meta(max_length=2000)] = "/home"


class DeleteForm(Back, frozen=True, kw_only=True):
    """Delete for good, or take back to write again."""

    redraft: bool = False


async def _do(call: Call, form: Back, action: Callable[[int, PostEntry], Awaitable[Any]]) -> Response:
    post, _ = await find(call)
    await action(call.member_id, post)
    return call.app.shell.go(call, form.back)


async def vote(call: Call, form: Back) -> Response:
    """POST /posts/{id}/vote"""
    return await _do(call, form, call.app.voter.vote)


async def unvote(call: Call, form: Back) -> Response:
    """POST /posts/{id}/unvote"""
    post, _ = await find(call)
    await call.app.voter.unvote(call.member_id, post.id)
    return call.app.shell.go(call, form.back)


async def echo(call: Call, form: Back) -> Response:
    """POST /posts/{id}/echo"""
    post, viewer = await find(call)
    assert viewer is not None
    await call.app.echoer.echo(viewer, post)
    return call.app.shell.go(call, form.back)


async def unecho(call: Call, form: Back) -> Response:
    """POST /posts/{id}/unecho"""
    post, _ = await find(call)
    await call.app.echoer.unecho(call.member_id, post.id)
    return call.app.shell.go(call, form.back)


async def bookmark(call: Call, form: Back) -> Response:
    """POST /posts/{id}/bookmark"""
    return await _do(call, form, call.app.marker.bookmark)


async def unbookmark(call: Call, form: Back) -> Response:
    """POST /posts/{id}/unbookmark"""
    return await _do(call, form, call.app.marker.unbookmark)


async def pin(call: Call, form: Back) -> Response:
    """POST /posts/{id}/pin"""
    return await _do(call, form, call.app.marker.pin)


async def unpin(call: Call, form: Back) -> Response:
    """POST /posts/{id}/unpin"""
    return await _do(call, form, call.app.marker.unpin)


async def mute(call: Call, form: Back) -> Response:
    """POST /posts/{id}/mute"""
    return await _do(call, form, call.app.marker.mute)


async def unmute(call: Call, form: Back) -> Response:
    """POST /posts/{id}/unmute"""
    return await _do(call, form, call.app.marker.unmute)


async def ask_delete(call: Call) -> Response:
    """GET /posts/{id}/delete"""
    post, viewer = await _own(call)
    return await call.app.shell.page(call, "pages/post_delete.html", post=feed.shown([post], viewer)[0])


async def delete(call: Call, form: DeleteForm) -> Response:
    """POST /posts/{id}/delete"""
    post, viewer = await _own(call)
    shown = feed.shown([post], viewer)[0]
    source = await call.app.post_history.source(post.id)
    await call.app.eraser.delete(call.member_id, post.id, delete_media=not form.redraft)
    if not form.redraft:
        return call.app.shell.go(call, f"/@{post.author.username}")
    parent = await call.app.posts.find(post.reply_to_id) if post.reply_to_id else None
    draft = feed.draft(
        text=source.text,
        warning=source.spoiler,
        visibility=shown.visibility,
        language=shown.language or "",
        sensitive=shown.sensitive,
        in_reply_to_id=str(parent.id) if parent else None,
        media=list(shown.media_attachments),
    )
    return await call.app.shell.page(
        call,
        "pages/compose.html",
        draft=draft,
        errors={},
        parent=feed.shown([parent], viewer)[0] if parent else None,
    )


async def ask_edit(call: Call) -> Response:
    """GET /posts/{id}/edit"""
    post, viewer = await _own(call)
    shown = feed.shown([post], viewer)[0]
    source = await call.app.post_history.source(post.id)
    draft = feed.draft(
        text=source.text,
        warning=source.spoiler,
        language=shown.language or "",
        sensitive=shown.sensitive,
        media=list(shown.media_attachments),
    )
    return await call.app.shell.page(call, "pages/post_edit.html", post=shown, draft=draft, errors={})


async def edit(call: Call, form: PostForm) -> Response:
    """POST /posts/{id}/edit"""
    post, viewer = await _own(call)
    try:
        fresh = await upload_all(call, msgspec.structs.replace(form, keep=[]))
        kept = [ident for text in form.keep if (ident := parse_id(text)) is not None]
        changes = tuple(
            MediaChange(ident, description=words)
            for ident in kept
            if isinstance(words := call.tree.get(f"description_{ident}"), str)
        )
        await call.app.editor.edit(
            Revision(
                author_id=call.member_id,
                post_id=post.id,
                text=form.status,
                spoiler=form.spoiler_text,
                sensitive=form.sensitive,
                language=form.language or None,
                media_ids=(*kept, *(row.id for row in fresh)),
                media_changes=changes,
            )
        )
    except (Invalid, Forbidden) as error:
        names = {"text": "status", "file": "media", "media_ids": "media", "description": "media"}
        errors = call.app.shell.faults(call, error, told=True, **names)
        shown = feed.shown([post], viewer)[0]
        draft = feed.draft(
            text=form.status,
            warning=form.spoiler_text,
            language=form.language,
            sensitive=form.sensitive,
            media=list(shown.media_attachments),
        )
        return await call.app.shell.page(call, "pages/post_edit.html", 422, post=shown, draft=draft, errors=errors)
    if await is_held(call, post.id):
        return call.app.shell.go(call, f"/posts/{post.id}/held")
    return call.app.shell.go(call, f"/@{post.author.username}/{post.id}")


async def _own(call: Call) -> tuple[PostEntry, Any]:
    post, viewer = await find(call)
    if post.account_id != call.member_id:
        raise NotFound
    return post, viewer
