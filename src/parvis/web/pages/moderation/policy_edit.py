"""Writing house rules: the text, what is wrong with it line by line, and saving it as a version."""

import asyncio
from typing import Annotated, Any

import msgspec

from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.errors import Invalid
from parvis.moderation.policy.problems import errors as faults
from parvis.moderation.policy.versions import Unusable
from parvis.web.pages.moderation import words
from parvis.web.pages.moderation.policy import problem_row

_TEXT = msgspec.Meta(max_length=5_000_000)


class EditParams(msgspec.Struct, frozen=True, kw_only=True):
    """The version to begin with; by default the one that holds."""

    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None


class EditForm(msgspec.Struct, frozen=True, kw_only=True):
    """The text, why, and whether to save it or only to check it."""

    source: Annotated[str, _TEXT] = ""
    note: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    what: Annotated[str, msgspec.Meta(max_length=20)] = "check"


async def edit(call: Call, params: EditParams) -> Response:
    """GET /moderation/policy/edit"""
    version = params.version or (await call.app.policy.latest()).version
    return await _page(call, await call.app.policy.source(version))


async def change(call: Call, form: EditForm) -> Response:
    """POST /moderation/policy/edit"""
    policies, shell = call.app.policy, call.app.shell
    source = form.source.replace("\r\n", "\n")
    if form.what != "save":
        policy, problems = await asyncio.to_thread(policies.examine, source)
        return await _page(call, source, note=form.note, problems=problems, checked=policy)
    newest = await policies.history(limit=1)
    try:
        version = await policies.save(source, call.member_id, form.note)
    except Unusable as error:
        return await _page(call, source, note=form.note, problems=error.problems)
    except Invalid as error:
        return await _page(call, source, note=form.note, errors=shell.faults(call, error))
    fresh = not newest or version > newest[0].version
    return shell.go(call, f"/moderation/policy/{version}", shell.say(call)(words.SAVED if fresh else words.KNOWN))


async def _page(
    call: Call,
    source: str,
    *,
    note: str = "",
    problems: list[Any] | None = None,
    checked: Any = None,
    errors: dict[str, list[str]] | None = None,
) -> Response:
    locale = call.app.shell.locale(call)
    found = problems or []
    rows = [problem_row(problem, locale, source) for problem in found]
    return await call.app.shell.page(
        call,
        "pages/moderation/policy_edit.html",
        422 if errors or faults(found) else 200,
        source=source,
        note=note,
        wrong=sum(row["error"] for row in rows),
        problems=rows,
        rules=len(checked.rules) if checked is not None else None,
        most_note=call.settings.moderation.max_note,
        errors=errors or {},
    )
