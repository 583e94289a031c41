"""From whom a member hears, and the requests of those whom they let wait."""

from typing import Annotated, Any

import msgspec

from parvis.api import page
from parvis.http.call import Call
from parvis.http.respond import Response, raw_json, reply
from parvis.kernel.errors import NotFound
from parvis.kernel.ids import parse_id
from parvis.kernel.paging import Page, PageParams
from parvis.notifications.policy import Rule

_V1 = {
    "filter_not_following": "for_not_following",
    "filter_not_followers": "for_not_followers",
    "filter_new_accounts": "for_new_accounts",
    "filter_private_mentions": "for_private_mentions",
}


class PolicyParams(msgspec.Struct, frozen=True, kw_only=True):
    """What is changed of the policy; what is left out stays."""

    for_not_following: Rule | None = None
    for_not_followers: Rule | None = None
    for_new_accounts: Rule | None = None
    for_private_mentions: Rule | None = None
    for_limited_accounts: Rule | None = None


class OldPolicyParams(msgspec.Struct, frozen=True, kw_only=True):
    """The same as older clients have it."""

    filter_not_following: bool | None = None
    filter_not_followers: bool | None = None
    filter_new_accounts: bool | None = None
    filter_private_mentions: bool | None = None


class SendersParams(msgspec.Struct, frozen=True, kw_only=True):
    """Several requests."""

    id: Annotated[list[str], msgspec.Meta(max_length=100)] = []


async def policy(call: Call) -> Response:
    """GET /api/v2/notifications/policy"""
    found = await call.app.policies.read(call.member_id)
    return reply({**msgspec.structs.asdict(found), "summary": await _summary(call)})


async def policy_v1(call: Call) -> Response:
    """GET /api/v1/notifications/policy"""
    found = await call.app.policies.read(call.member_id)
    answer: dict[str, Any] = {old: getattr(found, new) != "accept" for old, new in _V1.items()}
    return reply({**answer, "summary": await _summary(call)})


async def change(call: Call, params: PolicyParams) -> Response:
    """PATCH (and PUT) /api/v2/notifications/policy"""
    rules = {name: rule for name, rule in msgspec.structs.asdict(params).items() if rule is not None}
    await call.app.policies.change(call.member_id, rules)
    return await policy(call)


async def change_v1(call: Call, params: OldPolicyParams) -> Response:
    """PATCH (and PUT) /api/v1/notifications/policy"""
    asked = {_V1[name]: on for name, on in msgspec.structs.asdict(params).items() if on is not None}
    rules: dict[str, Rule] = {name: "filter" if on else "accept" for name, on in asked.items()}
    await call.app.policies.change(call.member_id, rules)
    return await policy_v1(call)


async def requests(call: Call, params: PageParams) -> Response:
    """GET /api/v1/notifications/requests"""
    viewer, part = await call.app.policies.requests(call.member_id, Page.of(params, 40, 80))
    body = b"[" + b",".join([waiting.json(viewer) for waiting in part.items]) + b"]"
    return page.paged(call, body, part.newest, part.oldest, more=part.more)


async def request(call: Call) -> Response:
    """GET /api/v1/notifications/requests/{id}"""
    viewer, waiting = await call.app.policies.request(call.member_id, call.id())
    if waiting is None:
        raise NotFound
    return raw_json(waiting.json(viewer))


async def accept(call: Call) -> Response:
    """POST /api/v1/notifications/requests/{id}/accept"""
    await _one(call)
    await call.app.policies.accept(call.member_id, [call.id()])
    return reply({})


async def dismiss(call: Call) -> Response:
    """POST /api/v1/notifications/requests/{id}/dismiss"""
    await _one(call)
    await call.app.policies.dismiss(call.member_id, [call.id()])
    return reply({})


async def accept_all(call: Call, params: SendersParams) -> Response:
    """POST /api/v1/notifications/requests/accept"""
    await call.app.policies.accept(call.member_id, _senders(params))
    return reply({})


async def dismiss_all(call: Call, params: SendersParams) -> Response:
    """POST /api/v1/notifications/requests/dismiss"""
    await call.app.policies.dismiss(call.member_id, _senders(params))
    return reply({})


async def merged(call: Call) -> Response:
    """GET /api/v1/notifications/requests/merged: what was accepted is there at once."""
    return reply({"merged": True})


async def _one(call: Call) -> None:
    _, waiting = await call.app.policies.request(call.member_id, call.id())
    if waiting is None:
        raise NotFound


async def _summary(call: Call) -> dict[str, int]:
    requests, notifications = await call.app.policies.count(call.member_id)
    return {"pending_requests_count": requests, "pending_notifications_count": notifications}


def _senders(params: SendersParams) -> list[int]:
    return [ident for text in params.id if (ident := parse_id(text)) is not None]
