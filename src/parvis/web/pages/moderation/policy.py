"""The house rules: their versions, one version, and which one holds."""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from parvis.auth.types import Role
from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.errors import Invalid, NotFound
from parvis.moderation.policy.versions import Version
from parvis.web.pages.moderation import words

_MOST = 2**31 - 1
_LIMIT = 40


class VersionsParams(msgspec.Struct, frozen=True, kw_only=True):
    """Where the page begins."""

    before: Annotated[int, msgspec.Meta(ge=1, le=_MOST)] | None = None


class ActivateForm(msgspec.Struct, frozen=True, kw_only=True):
    """Why this version is to hold."""

    reason: Annotated[str, msgspec.Meta(max_length=20_000)] = ""


async def index(call: Call, params: VersionsParams) -> Response:
    """GET /moderation/policy"""
    policies = call.app.policy
    versions = await policies.history(before=params.before, limit=_LIMIT + 1)
    activations = await policies.activations(limit=10) if params.before is None else []
    people = [version.account_id for version in versions] + [version.activated_by for version in versions]
    return await call.app.shell.page(
        call,
        "pages/moderation/policies.html",
        versions=versions[:_LIMIT],
        activations=activations,
        older=versions[_LIMIT - 1].version if len(versions) > _LIMIT else None,
        names=await names(call, [*people, *(activation.account_id for activation in activations)]),
        active=(await policies.latest()).version,
        may_change=call.role >= Role.ADMIN,
    )


async def show(call: Call) -> Response:
    """GET /moderation/policy/{version}"""
    return await version_page(call)


async def activate(call: Call, form: ActivateForm) -> Response:
    """POST /moderation/policy/{version}/activate"""
    version = number(call)
    shell = call.app.shell
    try:
        await call.app.policy.activate(version, call.member_id, form.reason)
    except Invalid as error:
        if "reason" in error.details:
            return await version_page(call, errors=shell.faults(call, error), reason=form.reason)
        return await version_page(call, problems=getattr(error, "problems", ()))
    return shell.go(call, f"/moderation/policy/{version}", shell.say(call)(words.ACTIVATED))


def number(call: Call) -> int:
    """The version in the path. NotFound where it is none."""
    text = call.args["version"]
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= _MOST):
        raise NotFound
    return int(text)


async def saved(call: Call, version: int) -> Version:
    """What is known of a version. NotFound."""
    found = await call.app.policy.history(before=min(version + 1, _MOST), limit=1)
    if not found or found[0].version != version:
        raise NotFound
    return found[0]


async def version_page(
    call: Call, *, problems: Iterable[Any] = (), errors: dict[str, list[str]] | None = None, reason: str = ""
) -> Response:
    """One version, with what kept it from being activated."""
    app = call.app
    say = app.shell.say(call)
    version = await saved(call, number(call))
    active = await app.policy.latest()
    known = list(problems) or (list(active.problems) if active.version == version.version else [])
    return await app.shell.page(
        call,
        "pages/moderation/policy.html",
        422 if errors or problems else 200,
        version=version,
        policy=await app.archive.policy(version.version),
        source=await app.policy.source(version.version),
        names=await names(call, [version.account_id, version.activated_by]),
        categories={name: say(text) for name, text in words.CATEGORIES.items()},
        effects={name: say(text) for name, text in words.EFFECTS.items()},
        problems=[problem_row(problem, app.shell.locale(call)) for problem in known],
        may_change=call.role >= Role.ADMIN,
        most_days=call.settings.moderation.trial_days,
        most_reason=call.settings.moderation.max_note,
        reason=reason,
        errors=errors or {},
    )


def problem_row(problem: Any, locale: str, source: str = "") -> dict[str, Any]:
    """A problem for reading, with the line that it is about."""
    lines = source.splitlines()
    quoted = lines[problem.line - 1].strip() if 0 < problem.line <= len(lines) else ""
    return {
        "error": problem.severity == "error",
        "line": problem.line,
        "rule": problem.rule,
        "field": problem.field,
        "text": problem.french if locale == "fr" else problem.english,
        "quoted": quoted[:200],
    }


async def names(call: Call, ids: Iterable[int | None]) -> dict[int, str]:
    """User names of accounts, by id; who left has none."""
    found = await call.app.accounts.find_many({ident for ident in ids if ident is not None})
    return {ident: entry.username for ident, entry in found.items()}
