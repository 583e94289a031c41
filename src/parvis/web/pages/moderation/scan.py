"""Screening the archive again: begin, watch, end."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from parvis.auth.types import Role
from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.errors import Conflict, Invalid
from parvis.moderation.policy.rules import said
from parvis.web.pages.moderation import words


class ScanForm(msgspec.Struct, frozen=True, kw_only=True):
    """A dry run changes nothing; `since` is a day (YYYY-MM-DD), empty for all posts."""

    how: Literal["dry", "real"] = "dry"
    since: Annotated[str, msgspec.Meta(max_length=40)] = ""


async def index(call: Call) -> Response:
    """GET /moderation/scan"""
    return await _index(call, {}, ScanForm())


async def begin(call: Call, form: ScanForm) -> Response:
    """POST /moderation/scan"""
    shell = call.app.shell
    try:
        scan_id = await call.app.scans.begin(dry=form.how == "dry", since_ms=_moment(form.since))
    except Invalid as error:
        return await _index(call, shell.faults(call, error), form)
    except Conflict:
        return shell.go(call, "/moderation/scan", shell.say(call)(words.SCAN_RUNNING))
    return shell.go(call, f"/moderation/scan/{scan_id}", shell.say(call)(words.SCAN_BEGUN))


async def show(call: Call) -> Response:
    """GET /moderation/scan/{id}: the page loads itself again while the scan runs."""
    app = call.app
    scan = await app.scans.find(call.id())
    progress = await app.scans.progress(scan.id)
    policy = (await app.policy.latest()).compiled.policy
    locale = app.shell.locale(call)
    return await app.shell.page(
        call,
        "pages/moderation/scan.html",
        scan=scan,
        progress=progress,
        percent=min(99, 100 * progress.screened // progress.posts) if progress.posts > 0 else None,
        rules=sorted(progress.rules.items(), key=lambda pair: -pair[1]),
        titles={rule.id: said(rule.title, locale) for rule in policy.rules},
        may_change=call.role >= Role.ADMIN,
    )


async def resume(call: Call) -> Response:
    """POST /moderation/scan/{id}/resume"""
    await call.app.scans.resume(call.id())
    return call.app.shell.go(call, f"/moderation/scan/{call.id()}", call.app.shell.say(call)(words.SCAN_RESUMED))


async def end(call: Call) -> Response:
    """POST /moderation/scan/{id}/end"""
    await call.app.scans.end(call.id())
    return call.app.shell.go(call, f"/moderation/scan/{call.id()}", call.app.shell.say(call)(words.SCAN_ENDED))


async def _index(call: Call, errors: dict[str, list[str]], form: ScanForm) -> Response:
    return await call.app.shell.page(
        call,
        "pages/moderation/scans.html",
        422 if errors else 200,
        scans=await call.app.scans.recent(),
        policy=(await call.app.policy.latest()).version,
        may_change=call.role >= Role.ADMIN,
        how=form.how,
        since=form.since,
        errors=errors,
    )


def _moment(day: str) -> int:
    if not day:
        return 0
    try:
        return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise Invalid("since", "must be a day as in 2026-01-31") from error
