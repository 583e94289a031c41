"""Reporting posts and accounts to the moderators."""

from typing import Annotated

import msgspec

from parvis.http.call import Call
from parvis.http.respond import Response, raw_json
from parvis.kernel import json
from parvis.kernel.clock import iso
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.ids import parse_id
from parvis.moderation.reports import Report

_TEXT = msgspec.Meta(max_length=20_000)
_ID = Annotated[str, msgspec.Meta(max_length=60)]
_MANY = msgspec.Meta(max_length=100)


class ReportParams(msgspec.Struct, frozen=True, kw_only=True):
    """What a client sends to report. `forward` means something only for accounts of other servers; `collection_ids` are
    taken and not used, as there are no collections."""

    account_id: _ID
    status_ids: Annotated[list[_ID], _MANY] = []
    comment: Annotated[str, _TEXT] = ""
    forward: bool = False
    category: Annotated[str, msgspec.Meta(max_length=20)] = "other"
    rule_ids: Annotated[list[_ID], _MANY] = []
    collection_ids: Annotated[list[_ID], _MANY] = []


class _Report(msgspec.Struct, frozen=True, kw_only=True):
    """Mastodon's `Report`."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: str
    comment: str
    forwarded: bool
    created_at: str
    status_ids: list[str]
    collection_ids: list[str] = []
    rule_ids: list[str]
    target_account: msgspec.Raw


async def create(call: Call, params: ReportParams) -> Response:
    """POST /api/v1/reports"""
    target_id = parse_id(params.account_id)
    if target_id is None:
        raise NotFound
    report = await call.app.reports.file(
        call.member_id,
        target_id,
        [_post_id(text) for text in params.status_ids],
        params.category,
        params.rule_ids,
        params.comment,
        forward=params.forward,
    )
    return await _shown(call, report)


async def _shown(call: Call, report: Report) -> Response:
    target = await call.app.accounts.find(report.target_id)
    if target is None:
        raise NotFound
    return raw_json(
        json.encode(
            _Report(
                id=str(report.id),
                action_taken=report.outcome is not None,
                action_taken_at=iso(report.decided_at) if report.decided_at else None,
                category=report.category,
                comment=report.comment,
                forwarded=report.forwarded,
                created_at=iso(report.created_at),
                status_ids=[str(post_id) for post_id in report.post_ids],
                rule_ids=list(report.rule_ids),
                target_account=msgspec.Raw(target.body),
            )
        )
    )


def _post_id(text: str) -> int:
    found = parse_id(text)
    if found is None:
        raise Invalid("status_ids", "holds something that is no id")
    return found
