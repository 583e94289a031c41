"""Cases: the queue, one case, the decision; accounts that a rule stopped."""

from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec

from parvis.api.moderation import shapes
from parvis.http.call import Call
from parvis.http.respond import Response, reply
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.ids import parse_id
from parvis.moderation.policy.rules import CATEGORIES
from parvis.moderation.queue import Case, Filter

_TEXT = msgspec.Meta(max_length=20_000)
_MOST = 80


class ListParams(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases. `after` is where a page goes on: take it from the Link header."""

    category: Annotated[str, msgspec.Meta(max_length=40)] = ""
    state: Literal["", "held", "published", "contested"] = ""
    after: Annotated[str, msgspec.Meta(max_length=80)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 20


class DecideParams(msgspec.Struct, frozen=True, kw_only=True):
    """`release` or `uphold`, and then the rule that was broken, where it is another than the case's; the note is for other
    moderators."""

    outcome: Annotated[str, msgspec.Meta(max_length=20)]
    rule: Annotated[str, msgspec.Meta(max_length=100)] = ""
    note: Annotated[str, _TEXT] = ""


class NoteParams(msgspec.Struct, frozen=True, kw_only=True):
    """A note for other moderators."""

    note: Annotated[str, _TEXT] = ""


async def index(call: Call, params: ListParams) -> Response:
    """GET /api/parvis/v1/moderation/cases: open ones; held first, then the gravest, then the oldest."""
    if params.category and params.category not in CATEGORIES:
        raise Invalid("category", f"must be one of {', '.join(CATEGORIES)}", "ERR_INCLUSION")
    limit = min(params.limit, _MOST)
    wanted = Filter(category=params.category, state=params.state)
    found = await call.app.queue.page(wanted, after=params.after, limit=limit + 1)
    response = reply([shapes.waiting(case) for case in found[:limit]])
    if len(found) > limit:
        asked = [("category", params.category), ("state", params.state), ("limit", str(limit))]
        query = urlencode([*(pair for pair in asked if pair[1]), ("after", found[limit - 1].cursor)])
        response.header("link", f'<{call.url}?{query}>; rel="next"')
    return response


async def counts(call: Call) -> Response:
    """GET /api/parvis/v1/moderation/counts"""
    return reply(await call.app.queue.counts())


async def show(call: Call) -> Response:
    """GET /api/parvis/v1/moderation/cases/{kind}/{id}"""
    return await _shown(call, await call.app.queue.case(*_subject(call)))


async def decide(call: Call, params: DecideParams) -> Response:
    """POST /api/parvis/v1/moderation/cases/{kind}/{id}/decide"""
    kind, subject_id = _subject(call)
    await call.app.decisions.decide(call.member_id, kind, subject_id, params.outcome, params.note, params.rule)
    return await _shown(call, await call.app.queue.case(kind, subject_id))


async def resume(call: Call, params: NoteParams) -> Response:
    """POST /api/parvis/v1/moderation/accounts/{id}/resume: what it writes is no longer held for the rule that stopped it."""
    await call.app.decisions.resume(call.member_id, call.id(), params.note)
    return reply({})


def _subject(call: Call) -> tuple[str, int]:
    subject_id = parse_id(call.args["id"])
    if subject_id is None:
        raise NotFound
    return call.args["kind"], subject_id


async def _shown(call: Call, case: Case) -> Response:
    found = [await call.app.archive.rule(name, case.policy) for name in case.rules or (case.rule,)]
    reports = await call.app.reports.of_subject(case.subject_id)
    return reply(shapes.whole_case(case, [rule for rule in found if rule is not None], reports))
