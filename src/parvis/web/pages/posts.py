"""A post's page, writing one, and what can be done with one."""

from typing import Annotated, Any

import msgspec

from parvis.http.call import Call
from parvis.http.params import File
from parvis.http.respond import Response, redirect
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.kernel.ids import parse_id
from parvis.kernel.text import place
from parvis.media.wire import MediaAttachment, attachment
from parvis.posts.cache import PostEntry
from parvis.posts.types import HELD, Audience, Draft
from parvis.posts.visibility import may_see
from parvis.posts.wire import Edit
from parvis.relations.viewer import Viewer
from parvis.web import feed
from parvis.web.pages.timelines import new_draft

_TEXT = msgspec.Meta(max_length=100_000)


class PostForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the compose box sends. Pictures are media_1 … with description_1 …; `keep` are those uploaded before."""

    status: Annotated[str, _TEXT] = ""
    spoiler_text: Annotated[str, _TEXT] = ""
    visibility: Annotated[str, msgspec.Meta(max_length=20)] = ""
    language: Annotated[str, msgspec.Meta(max_length=35)] = ""
    sensitive: bool = False
    in_reply_to_id: str | None = None
    keep: Annotated[list[str], msgspec.Meta(max_length=20)] = []
    key: Annotated[str, msgspec.Meta(max_length=255)] = ""


async def find(call: Call) -> tuple[PostEntry, Viewer | None]:
    """The post in the path, where the caller may see it."""
    post = await call.app.posts.find(call.id())
    viewer = await call.app.viewers.find(call.viewer_id)
    if post is None or not may_see(post, viewer) or (post.echo is not None and not may_see(post.echo, viewer)):
        raise NotFound
    return post.echo or post, viewer


async def thread(call: Call) -> Response:
    """GET /@{acct}/{id}"""
    post, viewer = await find(call)
    if post.author.username.lower() != call.args["acct"].lower():
        return redirect(f"/@{post.author.username}/{post.id}")
    return await show_thread(call, post, viewer)


async def show_thread(
    call: Call,
    post: PostEntry,
    viewer: Viewer | None,
    draft: dict[str, Any] | None = None,
    errors: dict[str, list[str]] | None = None,
) -> Response:
    """A post's page, with what was being written when it could not be sent."""
    around = await call.app.threads.read(post, viewer)
    large = feed.shown([post], viewer)[0]
    levels = {post.id: -1}
    replies: list[dict[str, Any]] = []
    for entry, item in zip(around.descendants, feed.shown(around.descendants, viewer), strict=True):
        levels[entry.id] = levels.get(entry.reply_to_id or 0, -1) + 1
        replies.append({"post": item, "level": levels[entry.id]})
    if draft is None and call.viewer_id is not None:
        draft = await reply_draft(call, large)
    return await call.app.shell.page(
        call,
        "pages/thread.html",
        422 if errors else 200,
        ancestors=feed.shown(around.ancestors, viewer),
        post=large,
        replies=replies,
        draft=draft,
        errors=errors or {},
        more=None,
    )


async def reply_draft(call: Call, parent: Any) -> dict[str, Any]:
    """A compose box that answers: the author and those mentioned are named, the audience is not wider than the parent's."""
    draft = await new_draft(call)
    me = await call.app.accounts.find(call.member_id)
    names = [parent.account.acct, *(person.acct for person in parent.mentions)]
    mentioned = [f"@{name}" for name in dict.fromkeys(names) if me is None or name != me.username]
    wider = ("public", "unlisted", "private", "direct")
    asked = str(draft["visibility"])
    visibility = parent.visibility if wider.index(parent.visibility) > wider.index(asked) else asked
    return draft | {
        "text": " ".join(mentioned) + " " if mentioned else "",
        "in_reply_to_id": parent.id,
        "visibility": visibility,
        "warning": parent.spoiler_text,
    }


class ComposeParams(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to write to."""

    to: Annotated[str, msgspec.Meta(max_length=100)] = ""


async def compose(call: Call, params: ComposeParams) -> Response:
    """GET /compose"""
    draft = await new_draft(call)
    if params.to:
        draft["text"] = f"@{params.to} "
    return await call.app.shell.page(call, "pages/compose.html", draft=draft, errors={}, parent=None)


async def create(call: Call, form: PostForm) -> Response:
    """POST /posts. What cannot be sent comes back as it was, pictures included, with what is wrong."""
    media: list[Any] = []
    try:
        media = await upload_all(call, form)
        audience = Audience.of(form.visibility) if form.visibility else None
        post_id = await call.app.publisher.publish(
            Draft(
                author_id=call.member_id,
                text=form.status,
                spoiler=form.spoiler_text,
                audience=audience,
                sensitive=form.sensitive,
                language=form.language or None,
                reply_to_id=parse_id(form.in_reply_to_id) if form.in_reply_to_id else None,
                media_ids=tuple(row.id for row in media),
                idempotency_key=f"web:{form.key}" if form.key else None,
            )
        )
    except (Invalid, Forbidden) as error:
        names = {"text": "status", "file": "media", "media_ids": "media", "description": "media"}
        errors = call.app.shell.faults(call, error, told=True, **names)
        return await _again(call, form, media, errors)
    if await is_held(call, post_id):
        return call.app.shell.go(call, f"/posts/{post_id}/held")
    me = await call.app.accounts.find(call.member_id)
    name = me.username if me else ""
    if form.in_reply_to_id:
        return call.app.shell.go(call, f"/@{name}/{post_id}")
    return call.app.shell.go(call, "/home")


async def is_held(call: Call, post_id: int) -> bool:
    """Whether a post is held: then its author is shown why."""
    post = await call.app.posts.find(post_id)
    return post is not None and post.state == HELD


async def _again(call: Call, form: PostForm, media: list[Any], errors: dict[str, list[str]]) -> Response:
    draft = feed.draft(
        text=form.status,
        warning=form.spoiler_text,
        visibility=form.visibility or "public",
        language=form.language,
        sensitive=form.sensitive,
        in_reply_to_id=form.in_reply_to_id,
        media=[placed(call, row) for row in media],
        key=form.key,
    )
    parent_id = parse_id(form.in_reply_to_id) if form.in_reply_to_id else None
    parent = await call.app.posts.find(parent_id) if parent_id else None
    viewer = await call.app.viewers.find(call.viewer_id)
    if parent is not None and may_see(parent, viewer):
        return await show_thread(call, parent, viewer, draft, errors)
    return await call.app.shell.page(call, "pages/compose.html", 422, draft=draft, errors=errors, parent=None)


async def upload_all(call: Call, form: PostForm) -> list[Any]:
    """Rows of the pictures: those kept (with their new words), then those that came with the form."""
    media = call.app.media
    rows: list[Any] = []
    for text in form.keep:
        media_id = parse_id(text)
        if media_id is None:
            raise Invalid("media", "names a picture that does not exist")
        words = call.tree.get(f"description_{text}")
        rows.append(await media.update(call.member_id, media_id, description=words if isinstance(words, str) else None))
    for number in range(1, call.settings.posting.max_media + 1):
        file = call.tree.get(f"media_{number}")
        words = call.tree.get(f"description_{number}", "")
        if not isinstance(file, File):
            continue
        data = await file.read()
        if data:
            rows.append(await media.upload(call.member_id, data, words if isinstance(words, str) else ""))
    return rows


def placed(call: Call, row: Any) -> MediaAttachment:
    """An uploaded picture as a page shows it."""
    stored = msgspec.json.encode(attachment(row._asdict()))
    body = place(stored, call.settings.origin, call.settings.media_base)
    return msgspec.json.decode(body, type=MediaAttachment)


async def history(call: Call) -> Response:
    """GET /@{acct}/{id}/history"""
    post, viewer = await find(call)
    versions = await call.app.post_history.versions(post, call.viewer_id)
    return await call.app.shell.page(
        call,
        "pages/post_history.html",
        post=feed.shown([post], viewer)[0],
        versions=[
            msgspec.json.decode(
                place(msgspec.json.encode(version), call.settings.origin, call.settings.media_base), type=Edit
            )
            for version in reversed(versions)
        ],
    )
