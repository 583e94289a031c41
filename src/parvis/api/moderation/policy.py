"""House rules: versions, checking, saving, trying and activating them; the signals that conditions can name."""

import asyncio
from typing import Annotated

import msgspec

from parvis.api.moderation import shapes
from parvis.http.call import Call
from parvis.http.respond import Response, reply
from parvis.kernel.errors import Invalid, NotFound
from parvis.moderation.policy.problems import errors
from parvis.moderation.policy.versions import Unusable

_MOST = 2**31 - 1
_SOURCE = Annotated[str, msgspec.Meta(max_length=5_000_000)]
_TEXT = Annotated[str, msgspec.Meta(max_length=20_000)]
_DAYS = Annotated[int, msgspec.Meta(ge=-1, le=1_000_000)]


class VersionsParams(msgspec.Struct, frozen=True, kw_only=True):
    """Versions below `before`."""

    before: Annotated[int, msgspec.Meta(ge=1, le=_MOST)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 20


class SourceParams(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as text (TOML)."""

    source: _SOURCE


class SaveParams(SourceParams, frozen=True, kw_only=True):
    """A policy, and what is new in it."""

    note: _TEXT = ""


class TrialParams(msgspec.Struct, frozen=True, kw_only=True):
    """How many days back."""

    days: _DAYS = 7


class SourceTrialParams(SourceParams, frozen=True, kw_only=True):
    """A policy that is not saved, and how many days back."""

    days: _DAYS = 7


class ActivateParams(msgspec.Struct, frozen=True, kw_only=True):
    """Why."""

    reason: _TEXT = ""


async def index(call: Call, params: VersionsParams) -> Response:
    """GET /api/parvis/v1/moderation/policy: the versions, the newest first."""
    limit = min(params.limit, 80)
    found = await call.app.policy.history(before=params.before, limit=limit + 1)
    response = reply([shapes.version(one) for one in found[:limit]])
    if len(found) > limit:
        response.header("link", f'<{call.url}?before={found[limit - 1].version}&limit={limit}>; rel="next"')
    return response


async def active(call: Call) -> Response:
    """GET /api/parvis/v1/moderation/policy/active"""
    return await _shown(call, (await call.app.policy.latest()).version)


async def show(call: Call) -> Response:
    """GET /api/parvis/v1/moderation/policy/{version}: with its text and its rules."""
    return await _shown(call, _number(call))


async def check(call: Call, params: SourceParams) -> Response:
    """POST /api/parvis/v1/moderation/policy/check: what is wrong with a text, without saving it."""
    policy, problems = await asyncio.to_thread(call.app.policy.examine, params.source)
    return reply(
        {
            "usable": policy is not None,
            "rules": 0 if policy is None else len(policy.rules),
            "problems": [shapes.problem(one) for one in problems],
        }
    )


async def save(call: Call, params: SaveParams) -> Response:
    """POST /api/parvis/v1/moderation/policy: a new version; it does not hold by that."""
    try:
        version = await call.app.policy.save(params.source, call.member_id, params.note)
    except Unusable as error:
        raise _explained(error) from error
    return await _shown(call, version)


async def backtest(call: Call, params: TrialParams) -> Response:
    """POST /api/parvis/v1/moderation/policy/{version}/backtest"""
    return reply(shapes.trial(await call.app.trials.of_version(_number(call), params.days)))


async def backtest_text(call: Call, params: SourceTrialParams) -> Response:
    """POST /api/parvis/v1/moderation/policy/backtest: of a text that is not saved."""
    try:
        return reply(shapes.trial(await call.app.trials.of_text(params.source, params.days)))
    except Unusable as error:
        raise _explained(error) from error


async def activate(call: Call, params: ActivateParams) -> Response:
    """POST /api/parvis/v1/moderation/policy/{version}/activate"""
    version = _number(call)
    try:
        await call.app.policy.activate(version, call.member_id, params.reason)
    except Unusable as error:
        raise _explained(error) from error
    return await _shown(call, version)


async def signals(call: Call) -> Response:
    """GET /api/parvis/v1/moderation/signals: what a condition can name."""
    return reply(
        [
            {
                "name": one.name,
                "kind": one.kind.value,
                "english": one.english,
                "french": one.french,
                "choices": one.choices,
            }
            for one in sorted(call.app.policy.known.signals.values(), key=lambda one: one.name)
        ]
    )


def _number(call: Call) -> int:
    text = call.args["version"]
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= _MOST):
        raise NotFound
    return int(text)


async def _shown(call: Call, version: int) -> Response:
    found = await call.app.policy.history(before=min(version + 1, _MOST), limit=1)
    if not found or found[0].version != version:
        raise NotFound
    policy = await call.app.archive.policy(version)
    return reply(
        {
            **shapes.version(found[0]),
            "name": policy.name,
            "rules": [shapes.rule(one) for one in policy.rules],
            "source": await call.app.policy.source(version),
        }
    )


def _explained(error: Unusable) -> Invalid:
    """All errors at once, each with its line."""
    return Invalid.many({"source": [(one.code, one.said("en")) for one in errors(error.problems)]})
