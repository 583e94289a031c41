"""Reporting a post or an account to the moderators."""

from typing import Annotated, Any

import msgspec

from parvis.accounts.cache import AccountEntry
from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.errors import Invalid, NotFound
from parvis.moderation.policy.rules import said
from parvis.posts.cache import PostEntry
from parvis.web import feed, words
from parvis.web.pages.posts import find as find_post


class ReportForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the page sends. `category` is spam, legal, violation or other; rules that are ticked make it a violation."""

    category: Annotated[str, msgspec.Meta(max_length=20)] = ""
    rule_ids: Annotated[list[Annotated[str, msgspec.Meta(max_length=60)]], msgspec.Meta(max_length=100)] = []
    comment: Annotated[str, msgspec.Meta(max_length=20_000)] = ""


async def ask_post(call: Call) -> Response:
    """GET /posts/{id}/report"""
    post = await _post(call)
    return await _page(call, post.author, post, ReportForm(), {})


async def send_post(call: Call, form: ReportForm) -> Response:
    """POST /posts/{id}/report"""
    post = await _post(call)
    return await _send(call, post.author, post, form, f"/@{post.author.username}/{post.id}")


async def ask_account(call: Call) -> Response:
    """GET /accounts/{id}/report"""
    return await _page(call, await _account(call), None, ReportForm(), {})


async def send_account(call: Call, form: ReportForm) -> Response:
    """POST /accounts/{id}/report"""
    account = await _account(call)
    return await _send(call, account, None, form, f"/@{account.username}")


async def _send(call: Call, account: AccountEntry, post: PostEntry | None, form: ReportForm, back: str) -> Response:
    shell = call.app.shell
    try:
        await call.app.reports.file(
            call.member_id, account.id, [post.id] if post else [], form.category, form.rule_ids, form.comment
        )
    except Invalid as error:
        return await _page(call, account, post, form, shell.faults(call, error))
    return shell.go(call, back, shell.say(call)(words.REPORTED))


async def _page(
    call: Call, account: AccountEntry, post: PostEntry | None, form: ReportForm, errors: dict[str, list[str]]
) -> Response:
    app = call.app
    locale = app.shell.locale(call)
    viewer = await app.viewers.find(call.viewer_id)
    policy = (await app.policy.latest()).compiled.policy
    rules: list[dict[str, Any]] = [{"id": rule.id, "title": said(rule.title, locale)} for rule in policy.breakable]
    return await app.shell.page(
        call,
        "pages/report.html",
        422 if errors else 200,
        account=account.whole(),
        post=feed.shown([post], viewer)[0] if post else None,
        rules=rules,
        form=form,
        most=call.settings.moderation.report_comment,
        errors=errors,
    )


async def _post(call: Call) -> PostEntry:
    post, _ = await find_post(call)
    if post.account_id == call.member_id:
        raise NotFound
    return post


async def _account(call: Call) -> AccountEntry:
    account = await call.app.accounts.find(call.id())
    if account is None or not account.active or account.id == call.member_id:
        raise NotFound
    return account
