"""Settings of the account: address and password, preferences, apps, leaving."""

from typing import Annotated, Any

import msgspec

from parvis.auth.scopes import ALL
from parvis.auth.tokens import apps_of, end_app
from parvis.http.call import Call
from parvis.http.edge import SESSION_COOKIE
from parvis.http.respond import Response, redirect
from parvis.kernel.errors import Invalid
from parvis.kernel.ids import parse_id
from parvis.posts.defaults import posting_defaults
from parvis.posts.types import Audience
from parvis.web import words
from parvis.web.pages.auth import set_cookie
from parvis.web.render import LOCALES

_TEXT = msgspec.Meta(max_length=4000)


class AccountForm(msgspec.Struct, frozen=True, kw_only=True):
    """Two forms in one: `what` tells which."""

    what: Annotated[str, msgspec.Meta(max_length=20)] = ""
    email: Annotated[str, _TEXT] = ""
    email_password: Annotated[str, _TEXT] = ""
    current_password: Annotated[str, _TEXT] = ""
    password: Annotated[str, _TEXT] = ""


class PreferencesForm(msgspec.Struct, frozen=True, kw_only=True):
    """Language, theme, and what posts are unless they say otherwise."""

    locale: Annotated[str, msgspec.Meta(max_length=20)] = "en"
    theme: Annotated[str, msgspec.Meta(max_length=20)] = "auto"
    visibility: Annotated[str, msgspec.Meta(max_length=20)] = "public"
    language: Annotated[str, msgspec.Meta(max_length=35)] = ""
    sensitive: bool = False


class AppForm(msgspec.Struct, frozen=True, kw_only=True):
    """The app to turn out."""

    id: Annotated[str, msgspec.Meta(max_length=20)] = ""


class LeaveForm(msgspec.Struct, frozen=True, kw_only=True):
    """Password and certainty."""

    password: Annotated[str, _TEXT] = ""
    sure: bool = False


async def index(call: Call) -> Response:
    """GET /settings"""
    return redirect("/settings/profile")


async def account(call: Call) -> Response:
    """GET /settings/account"""
    return await _account_page(call, {})


async def _account_page(call: Call, errors: dict[str, list[str]], email: str | None = None) -> Response:
    member = await call.app.members.find(call.member_id)
    return await call.app.shell.page(
        call,
        "pages/settings/account.html",
        422 if errors else 200,
        email=member.email if email is None else email,
        errors=errors,
        least_password=call.settings.passwords.least_length,
    )


async def change_account(call: Call, form: AccountForm) -> Response:
    """POST /settings/account"""
    shell, members = call.app.shell, call.app.members
    try:
        if form.what == "email":
            await members.change_email(call.member_id, form.email.strip(), form.email_password)
            done = words.ADDRESS_TO_CONFIRM if call.settings.mail_on else words.ADDRESS_CHANGED
        else:
            session = call.grant.token_id if call.grant else None
            await members.change_password(call.member_id, form.current_password, form.password, session)
            done = words.PASSWORD_CHANGED
    except Invalid as error:
        names = {"current_password": "email_password"} if form.what == "email" else {}
        return await _account_page(
            call, shell.faults(call, error, **names), form.email if form.what == "email" else None
        )
    return shell.go(call, "/settings/account", shell.say(call)(done))


async def preferences(call: Call) -> Response:
    """GET /settings/preferences"""
    defaults = await posting_defaults(call.app.db, call.member_id)
    values = {
        "locale": call.app.shell.locale(call),
        "theme": call.app.shell.theme(call),
        "visibility": defaults.audience.word,
        "language": defaults.language or call.app.shell.locale(call),
        "sensitive": defaults.sensitive,
    }
    return await call.app.shell.page(call, "pages/settings/preferences.html", values=values, errors={})


async def change_preferences(call: Call, form: PreferencesForm) -> Response:
    """POST /settings/preferences"""
    if form.locale not in LOCALES:
        raise Invalid("locale", "is not one of the languages", "ERR_INCLUSION")
    if form.visibility not in ("public", "unlisted", "private"):
        raise Invalid("visibility", "is not one of the audiences", "ERR_INCLUSION")
    if form.language and form.language not in call.settings.site.languages:
        raise Invalid("language", "is not one of the languages of this server", "ERR_INCLUSION")
    await call.app.members.set_preferences(
        call.member_id,
        locale=form.locale,
        audience=Audience.of(form.visibility),
        sensitive=form.sensitive,
        language=form.language or None,
    )
    shell = call.app.shell
    return shell.choose_theme(shell.go(call, "/settings/preferences", shell.say(call)(words.SAVED)), form.theme)


async def apps(call: Call) -> Response:
    """GET /settings/apps"""
    async with call.app.db.connection() as db:
        rows = await apps_of(db, call.member_id)
    say = call.app.shell.say(call)
    shown: list[dict[str, Any]] = [
        {
            "id": row.id,
            "name": row.name,
            "website": row.website or "",
            "scopes": [part["text"] for part in words.scope_words([s for s in row.scopes if s in ALL], say)],
            "created_at": row.created_at,
            "used_at": row.used_at,
        }
        for row in rows
    ]
    return await call.app.shell.page(call, "pages/settings/apps.html", apps=shown)


async def turn_out(call: Call, form: AppForm) -> Response:
    """POST /settings/apps"""
    async with call.app.changes.transaction() as tx:
        await end_app(tx, call.member_id, parse_id(form.id) or 0)
    return call.app.shell.go(call, "/settings/apps", call.app.shell.say(call)(words.APP_OUT))


async def leave(call: Call) -> Response:
    """GET /settings/delete"""
    return await call.app.shell.page(call, "pages/settings/delete.html", errors={})


async def do_leave(call: Call, form: LeaveForm) -> Response:
    """POST /settings/delete"""
    try:
        if not form.sure:
            raise Invalid("sure", "must be accepted", "ERR_ACCEPTED")
        await call.app.members.check_password(call.member_id, form.password)
    except Invalid as error:
        errors = call.app.shell.faults(call, error, current_password="password")
        return await call.app.shell.page(call, "pages/settings/delete.html", 422, errors=errors)
    await call.app.deleter.begin(call.member_id)
    response = call.app.shell.go(call, "/", call.app.shell.say(call)(words.DELETED))
    set_cookie(call, response, SESSION_COOKIE, "", 0)
    return response
