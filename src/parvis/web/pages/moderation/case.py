"""One case: what was written, why it is here, what is known of its author, and the decision."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.kernel.ids import parse_id
from parvis.moderation.findings import Found
from parvis.moderation.marks import marked
from parvis.moderation.policy.rules import Policy, said
from parvis.moderation.queue import Case, Happening
from parvis.moderation.types import Signal, SignalKind
from parvis.web.pages.moderation import words

_TEXT = msgspec.Meta(max_length=20_000)
_KINDS = ("post", "profile", "name")


class DecisionForm(msgspec.Struct, frozen=True, kw_only=True):
    """`release` or `uphold`, then which rule was broken, and why."""

    outcome: Annotated[str, msgspec.Meta(max_length=20)] = ""
    rule: Annotated[str, msgspec.Meta(max_length=100)] = ""
    note: Annotated[str, _TEXT] = ""


class ResumeForm(msgspec.Struct, frozen=True, kw_only=True):
    """Why, and the page to go back to."""

    note: Annotated[str, _TEXT] = ""
    back: Annotated[str, msgspec.Meta(max_length=2000)] = "/moderation"


async def show(call: Call) -> Response:
    """GET /moderation/cases/{kind}/{id}"""
    kind, subject_id = _subject(call)
    return await _page(call, await call.app.queue.case(kind, subject_id))


async def decide(call: Call, form: DecisionForm) -> Response:
    """POST /moderation/cases/{kind}/{id}"""
    kind, subject_id = _subject(call)
    shell = call.app.shell
    try:
        await call.app.decisions.decide(call.member_id, kind, subject_id, form.outcome, form.note, form.rule)
    except Invalid as error:
        case = await call.app.queue.case(kind, subject_id)
        return await _page(call, case, errors=shell.faults(call, error), sent=form)
    except NotFound:
        case = await call.app.queue.case(kind, subject_id)  # not there at all: that is another answer
        gone = kind == "post" and case.post is None
        return shell.go(call, call.path, shell.say(call)(words.DELETED if gone else words.GONE))
    except Forbidden:
        return shell.go(call, call.path, shell.say(call)(words.OWN))
    done = words.RELEASED if form.outcome == "release" else words.UPHELD
    return shell.go(call, "/moderation", shell.say(call)(done))


async def resume(call: Call, form: ResumeForm) -> Response:
    """POST /moderation/accounts/{id}/resume"""
    shell = call.app.shell
    try:
        await call.app.decisions.resume(call.member_id, call.id(), form.note)
    except Forbidden:
        return shell.go(call, form.back, shell.say(call)(words.OWN))
    return shell.go(call, form.back, shell.say(call)(words.RESUMED))


def _subject(call: Call) -> tuple[str, int]:
    subject_id = parse_id(call.args["id"])
    if call.args["kind"] not in _KINDS or subject_id is None:
        raise NotFound
    return call.args["kind"], subject_id


async def _page(
    call: Call, case: Case, errors: dict[str, list[str]] | None = None, sent: DecisionForm | None = None
) -> Response:
    app = call.app
    say, locale = app.shell.say(call), app.shell.locale(call)
    rules = [await app.archive.rule(rule_id, case.policy) for rule_id in case.rules or (case.rule,)]
    policy = (await app.policy.latest()).compiled.policy
    account = await app.accounts.find(case.account_id)
    return await app.shell.page(
        call,
        "pages/moderation/case.html",
        422 if errors else 200,
        case=case,
        account=account.whole() if account else None,
        passages=marked(case.passages, case.evidence),
        rule=await app.archive.rule(case.rule, case.policy),
        rules=[rule for rule in rules if rule is not None],
        signals=signal_rows(app.policy.known.signals, case.found, locale),
        choices=[(rule.id, said(rule.title, locale)) for rule in policy.breakable],
        chosen=sent.rule if sent else likely(case, policy),
        happenings=[await _happening(call, event) for event in case.happenings],
        contested=next((event for event in reversed(case.happenings) if event.kind == "contested"), None),
        reports=await app.reports.of_subject(case.subject_id),
        report_kinds={name: say(text) for name, text in words.REPORTS.items()},
        own=case.account_id == call.member_id,
        media_base=call.settings.media_base,
        categories={name: say(text) for name, text in words.CATEGORIES.items()},
        effects={name: say(text) for name, text in words.EFFECTS.items()},
        fields={name: say(text) for name, text in words.FIELDS.items()},
        kinds={name: say(text) for name, text in words.KINDS.items()},
        most_note=call.settings.moderation.max_note,
        note=sent.note if sent else "",
        errors=errors or {},
    )


def likely(case: Case, policy: Policy) -> str:
    """The rule that a case is about, where one that can be broken is named: by the machine or a report, or by what was decided
    on its like. Empty: nothing names one."""
    if policy.broken(case.rule):
        return case.rule
    twin = case.found.signals.get("near.category")
    return next((rule.id for rule in policy.breakable if rule.category == twin), "")


async def _happening(call: Call, event: Happening) -> dict[str, Any]:
    say = call.app.shell.say(call)
    rule = await call.app.archive.rule(event.rules[0], event.policy) if event.kind == "upheld" and event.rules else None
    return {
        "title": say(words.EVENTS.get(event.kind, event.kind)),
        "rule": said(rule.title, call.app.shell.locale(call)) if rule else "",
        "event": event,
        "answer": say(words.ANSWERS[event.answer]) if event.answer in words.ANSWERS else "",
    }


def signal_rows(known: Mapping[str, Signal], found: Found, locale: str) -> list[dict[str, Any]]:
    """Signals for reading, the model's first, the highest first, each with the entries or lists that matched. A signal that
    no detector of today gives has its name for a description."""
    rows: list[dict[str, Any]] = []
    for name, value in found.signals.items():
        signal = known.get(name)
        described = (signal.french if locale == "fr" else signal.english) if signal else name
        share = signal is not None and signal.kind is SignalKind.SHARE
        rows.append(
            {
                "name": name,
                "text": described[:1].upper() + described[1:],
                "value": value,
                "percent": round(100 * float(value)) if share and isinstance(value, int | float) else None,
                "flag": isinstance(value, bool),
                "many": isinstance(value, tuple),
                "notes": list(dict.fromkeys(one.note for one in found.evidence if one.signal == name and one.note)),
            }
        )
    return sorted(rows, key=lambda row: (not row["name"].startswith("model."), -(row["percent"] or 0), row["name"]))
