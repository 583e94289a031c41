"""Try house rules on what was posted lately: what they would have held, with examples, and what that costs people."""

import argparse
import json
from typing import Any

from parvis.cli.stop import FAILED, Stop
from parvis.moderation.policy.backtest import Example, Report, RuleTrial


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which policy, and how far back."""
    parser.add_argument("policy", help="the number of a saved version, or a TOML file; - is standard input")
    parser.add_argument("--days", type=int, default=7, help="how many days back (default: 7)")
    parser.add_argument("--examples", type=int, default=3, help="most examples shown of a rule (default: 3)")
    parser.add_argument("--json", action="store_true", help="JSON, as the API has it, with all examples")


async def run(app: Any, options: argparse.Namespace, text: str | None) -> int:
    """Try it and print the report. `text` is the policy where it is not a saved version."""
    trials = app.trials
    if text is None:
        report: Report = await trials.of_version(_version(options.policy), options.days)
    else:
        report = await trials.of_text(text, options.days)
    if options.json:
        from parvis.api.moderation.shapes import trial  # here: it loads the API

        print(json.dumps(trial(report), ensure_ascii=False))
        return 0
    print("\n".join(_said(report, (await app.policy.latest()).version, options)))
    return 0


def _version(text: str) -> int:
    if len(text) > 10:
        raise Stop(FAILED, f"There is no version {text} of the policy.")
    return int(text)


def _said(report: Report, active: int, options: argparse.Namespace) -> list[str]:
    lines = [f"{report.posts} posts were tried, of the last {report.days:.1f} days."]
    if not report.whole:
        lines[0] += f" There are more: the limits are trial_s and trial_posts, {report.asked_days} days were asked for."
    if not report.posts:
        return lines
    before, tried = report.before, report.tried
    lines += ["", f"{'':26}{f'version {active}':>12}{'tried':>12}"]
    for name, left, right in (
        ("published", before.published, tried.published),
        ("of them, a person looks", before.queued, tried.queued),
        ("held", before.held, tried.held),
        ("refused", before.refused, tried.refused),
        ("reviewers' hours a day", round(before.hours_a_day, 2), round(tried.hours_a_day, 2)),
    ):
        lines.append(f"{name:26}{left:>12}{right:>12}")
    lines.append("")
    lines += [f"{change}: {posts} posts" for change, posts in report.changed.items()]
    if not report.changed:
        lines.append("No post would have had another answer.")
    lines += [f"Without an answer from {name}: {posts} posts" for name, posts in report.failed.items()]
    lines += [f"The rule {name} could not be evaluated on some posts." for name in report.faults]
    for one in report.rules:
        if one.matches or one.before:
            lines += ["", _rule(one), *(f"  {_example(each)}" for each in one.examples[: max(options.examples, 0)])]
    quiet = [one.rule for one in report.rules if not one.matches and not one.before]
    if quiet:
        lines += ["", f"Nothing matched: {', '.join(quiet)}."]
    return lines


def _rule(one: RuleTrial) -> str:
    refused = f", refused {one.refused}" if one.refused else ""
    return (
        f"{one.rule}: {one.matches} posts (now {one.before}), held {one.held}, queued {one.queued}{refused}, "
        f"{one.hours_a_day:.2f} h a day"
    )


def _example(one: Example) -> str:
    words = " ".join(one.excerpt.split()) or "(not public)"
    return f"{one.at:%Y-%m-%d %H:%M} {one.post_id} {one.before} -> {one.answer}: {words}"
