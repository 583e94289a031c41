"""Following, hiding, and what stands between two accounts."""

from typing import Annotated

import msgspec

from parvis.api import page
from parvis.api.mastodon.accounts import IdsParams, people
from parvis.http.call import Call
from parvis.http.respond import Response, reply
from parvis.kernel import json
from parvis.kernel.clock import iso
from parvis.kernel.errors import NotFound
from parvis.kernel.ids import parse_id
from parvis.kernel.paging import Page, PageParams
from parvis.posts.content import check_language
from parvis.relations.follow import Wishes

_PEOPLE, _MOST_PEOPLE = 40, 80


class FollowParams(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody is followed."""

    reblogs: bool | None = None
    notify: bool | None = None
    languages: Annotated[list[Annotated[str, msgspec.Meta(max_length=35)]], msgspec.Meta(max_length=50)] | None = None


class MuteParams(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody is muted."""

    notifications: bool = True
    duration: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] = 0


class NoteParams(msgspec.Struct, frozen=True, kw_only=True):
    """A private note."""

    comment: Annotated[str, msgspec.Meta(max_length=100_000)] = ""


class DomainParams(msgspec.Struct, frozen=True, kw_only=True):
    """A server."""

    domain: Annotated[str, msgspec.Meta(max_length=1000)] = ""


async def _target(call: Call, *, gone: bool = False) -> int:
    """The account in the path. `gone`: also one that is no longer active (to undo what one did to it)."""
    entry = await call.app.accounts.find(call.id())
    if entry is None or not (entry.active or gone):
        raise NotFound
    return entry.id


async def _shown(call: Call, target: int) -> Response:
    return reply(await call.app.relationships.one(call.member_id, target))


async def many(call: Call, params: IdsParams) -> Response:
    """GET /api/v1/accounts/relationships"""
    ids = [ident for text in params.id if (ident := parse_id(text)) is not None]
    return reply(await call.app.relationships.read(call.member_id, ids))


async def follow(call: Call, params: FollowParams) -> Response:
    """POST /api/v1/accounts/{id}/follow"""
    target = await _target(call)
    languages = None
    if params.languages is not None:
        languages = tuple([tag for text in params.languages if (tag := check_language(text, "languages"))])
    wishes = Wishes(show_echoes=params.reblogs, notify=params.notify, languages=languages)
    await call.app.follows.follow(call.member_id, target, wishes)
    return await _shown(call, target)


async def unfollow(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/unfollow"""
    target = await _target(call, gone=True)
    await call.app.follows.unfollow(call.member_id, target)
    return await _shown(call, target)


async def remove_follower(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/remove_from_followers"""
    target = await _target(call, gone=True)
    await call.app.follows.remove_follower(call.member_id, target)
    return await _shown(call, target)


async def block(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/block"""
    target = await _target(call, gone=True)
    await call.app.hiding.block(call.member_id, target)
    return await _shown(call, target)


async def unblock(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/unblock"""
    target = await _target(call, gone=True)
    await call.app.hiding.unblock(call.member_id, target)
    return await _shown(call, target)


async def mute(call: Call, params: MuteParams) -> Response:
    """POST /api/v1/accounts/{id}/mute"""
    target = await _target(call, gone=True)
    await call.app.hiding.mute(call.member_id, target, notifications=params.notifications, seconds=params.duration)
    return await _shown(call, target)


async def unmute(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/unmute"""
    target = await _target(call, gone=True)
    await call.app.hiding.unmute(call.member_id, target)
    return await _shown(call, target)


async def note(call: Call, params: NoteParams) -> Response:
    """POST /api/v1/accounts/{id}/note"""
    target = await _target(call, gone=True)
    await call.app.hiding.note(call.member_id, target, params.comment.strip())
    return await _shown(call, target)


async def requests(call: Call, params: PageParams) -> Response:
    """GET /api/v1/follow_requests"""
    return people(call, await call.app.relation_lists.requests(call.member_id, Page.of(params, _PEOPLE, _MOST_PEOPLE)))


async def accept(call: Call) -> Response:
    """POST /api/v1/follow_requests/{id}/authorize"""
    asking = call.id()
    await call.app.follows.accept(call.member_id, asking)
    return await _shown(call, asking)


async def reject(call: Call) -> Response:
    """POST /api/v1/follow_requests/{id}/reject"""
    asking = call.id()
    await call.app.follows.reject(call.member_id, asking)
    return await _shown(call, asking)


async def blocks(call: Call, params: PageParams) -> Response:
    """GET /api/v1/blocks"""
    return people(call, await call.app.relation_lists.blocks(call.member_id, Page.of(params, _PEOPLE, _MOST_PEOPLE)))


async def mutes(call: Call, params: PageParams) -> Response:
    """GET /api/v1/mutes: accounts (Mastodon's `MutedAccount`) that say until when."""
    part = await call.app.relation_lists.mutes(call.member_id, Page.of(params, _PEOPLE, _MOST_PEOPLE))
    ends = await call.app.relation_lists.mute_ends(call.member_id, [entry.id for entry in part.items])
    items: list[bytes] = []
    for entry in part.items:
        end = ends.get(entry.id)
        items.append(entry.body[:-1] + b',"mute_expires_at":' + json.encode(iso(end) if end else None) + b"}")
    return page.paged(call, b"[" + b",".join(items) + b"]", part.newest, part.oldest, more=part.more)


async def domain_blocks(call: Call, params: PageParams) -> Response:
    """GET /api/v1/domain_blocks"""
    found = await call.app.relationships.domains(call.member_id, Page.of(params, 100, 200))
    body = json.encode([domain for domain, _ in found])
    ends = (found[0][1], found[-1][1]) if found else (None, None)
    return page.paged(call, body, *ends)


async def block_domain(call: Call, params: DomainParams) -> Response:
    """POST /api/v1/domain_blocks"""
    await call.app.hiding.block_domain(call.member_id, params.domain)
    return reply({})


async def unblock_domain(call: Call, params: DomainParams) -> Response:
    """DELETE /api/v1/domain_blocks"""
    await call.app.hiding.unblock_domain(call.member_id, params.domain)
    return reply({})
