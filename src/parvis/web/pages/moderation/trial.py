"""Trying a version on what was written lately, before it is activated."""

from typing import Annotated, Any

import msgspec

from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.errors import Conflict, Invalid
from parvis.moderation.policy.backtest import Report
from parvis.moderation.policy.rules import said
from parvis.web.pages.moderation import words
from parvis.web.pages.moderation.policy import names, number, saved


class TrialForm(msgspec.Struct, frozen=True, kw_only=True):
    """How many days back."""

    days: Annotated[int, msgspec.Meta(ge=-1, le=1_000_000)] = 7


async def ask(call: Call) -> Response:
    """GET /moderation/policy/{version}/trial"""
    return await _page(call, min(7, call.settings.moderation.trial_days), None, {})


async def run(call: Call, form: TrialForm) -> Response:
    """POST /moderation/policy/{version}/trial: it takes its time, and the answer is the report."""
    shell = call.app.shell
    version = number(call)
    try:
        report = await call.app.trials.of_version(version, form.days)
    except Invalid as error:
        return await _page(call, form.days, None, shell.faults(call, error))
    except Conflict:
        return shell.go(call, f"/moderation/policy/{version}/trial", shell.say(call)(words.TRIAL_RUNNING))
    return await _page(call, form.days, report, {})


async def _page(call: Call, days: int, report: Report | None, errors: dict[str, list[str]]) -> Response:
    app = call.app
    say, locale = app.shell.say(call), app.shell.locale(call)
    version = await saved(call, number(call))
    active = await app.policy.latest()
    tried = await app.archive.policy(version.version)
    titles = {rule.id: said(rule.title, locale) for rule in (*active.compiled.policy.rules, *tried.rules)}
    return await app.shell.page(
        call,
        "pages/moderation/trial.html",
        422 if errors else 200,
        version=version,
        active=active.version,
        days=days,
        most_days=call.settings.moderation.trial_days,
        report=report,
        changes=_changes(report, say) if report else [],
        titles=titles,
        authors=await names(call, _authors(report)),
        answers={name: say(text) for name, text in words.ANSWERS.items()},
        errors=errors,
    )


def _changes(report: Report, say: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for change, posts in report.changed.items():
        before, _, after = change.partition(" to ")
        rows.append({"before": say(words.ANSWERS[before]), "after": say(words.ANSWERS[after]), "posts": posts})
    return rows


def _authors(report: Report | None) -> list[int | None]:
    return [example.account_id for rule in report.rules for example in rule.examples] if report else []
