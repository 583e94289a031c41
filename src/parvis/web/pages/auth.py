"""Joining, logging in and out, getting back in."""

from typing import Annotated
from urllib.parse import quote

import msgspec

from parvis.auth.sign_up import Application
from parvis.auth.tokens import end_session
from parvis.http.address import bucket
from parvis.http.call import Call
from parvis.http.edge import SESSION_COOKIE
from parvis.http.respond import Response, raw_json, redirect
from parvis.kernel.errors import Forbidden, Invalid
from parvis.moderation.policy.house import house_rules
from parvis.web import words
from parvis.web.render import LOCALES
from parvis.web.shell import local_path

_TEXT = msgspec.Meta(max_length=4000)
_SECOND = "parvis_second"
CEREMONY = "parvis_ceremony"
_MINUTE_S = 60
_DAY_S = 86_400


class SignUpForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the page to join sends; `website` is a trap that people leave empty."""

    username: Annotated[str, _TEXT] = ""
    email: Annotated[str, _TEXT] = ""
    password: Annotated[str, _TEXT] = ""
    invite: Annotated[str, _TEXT] = ""
    reason: Annotated[str, _TEXT] = ""
    language: Annotated[str, msgspec.Meta(max_length=20)] = ""
    birth: Annotated[str, _TEXT] = ""
    agree: bool = False
    website: Annotated[str, _TEXT] = ""


class LogInForm(msgspec.Struct, frozen=True, kw_only=True):
    """Name (or mail address) and password, or a passkey's answer."""

    login: Annotated[str, _TEXT] = ""
    password: Annotated[str, _TEXT] = ""
    credential: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    next: Annotated[str, _TEXT] = ""


class SecondForm(msgspec.Struct, frozen=True, kw_only=True):
    """A code, or a passkey's answer."""

    code: Annotated[str, msgspec.Meta(max_length=100)] = ""
    credential: Annotated[str, msgspec.Meta(max_length=20_000)] = ""


class ForgotForm(msgspec.Struct, frozen=True, kw_only=True):
    """Whose way back is asked for."""

    email: Annotated[str, _TEXT] = ""


class ResetForm(msgspec.Struct, frozen=True, kw_only=True):
    """The link's secret and the new password."""

    token: Annotated[str, _TEXT] = ""
    password: Annotated[str, _TEXT] = ""


class LanguageForm(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor chooses a language."""

    locale: Annotated[str, msgspec.Meta(max_length=20)] = ""
    back: Annotated[str, _TEXT] = "/"


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A secret in an address."""

    token: Annotated[str, _TEXT] = ""
    next: Annotated[str, _TEXT] = ""
    again: bool = False  # even who is logged in shows who they are (an app's `force_login`)
    invite: Annotated[str, _TEXT] = ""


async def sign_up(call: Call, params: Token) -> Response:
    """GET /auth/sign-up"""
    return await _sign_up_page(call, SignUpForm(invite=params.invite), {})


async def _sign_up_page(call: Call, form: SignUpForm, errors: dict[str, list[str]]) -> Response:
    settings = call.settings
    policy = (await call.app.policy.latest()).compiled.policy
    return await call.app.shell.page(
        call,
        "pages/auth/sign_up.html",
        422 if errors else 200,
        values=form,
        errors=errors,
        rules=house_rules(policy, call.app.shell.locale(call)),
        min_age=settings.sign_up.min_age,
        least_password=settings.passwords.least_length,
        message=settings.sign_up.message,
    )


async def join(call: Call, form: SignUpForm) -> Response:
    """POST /auth/sign-up"""
    if form.website:
        raise Forbidden
    locale = form.language if form.language in LOCALES else call.app.shell.locale(call)
    application = Application(
        username=form.username.strip(),
        email=form.email.strip(),
        password=form.password,
        agreement=form.agree,
        locale=locale,
        reason=form.reason,
        invite=form.invite.strip(),
        birth=form.birth,
    )
    try:
        joined = await call.app.sign_up.join(application)
    except Invalid as error:
        errors = call.app.shell.faults(call, error, agreement="agree", invite_code="invite", date_of_birth="birth")
        return await _sign_up_page(call, form, errors)
    if joined.confirmed and joined.approved:
        return await enter(call, joined.account_id, "/home")
    state = "approval" if joined.confirmed else "confirm"
    return await call.app.shell.page(call, "pages/auth/waiting.html", state=state, email=form.email)


async def confirm(call: Call, params: Token) -> Response:
    """GET /auth/confirm: the link in the mail."""
    await call.app.members.confirm(params.token)
    return call.app.shell.go(call, "/auth/log-in", call.app.shell.say(call)(words.CONFIRMED))


async def log_in(call: Call, params: Token) -> Response:
    """GET /auth/log-in"""
    if call.viewer_id is not None and not params.again:
        return redirect(local_path(params.next or "/home"))
    return await _log_in_page(call, LogInForm(next=params.next), {})


async def _log_in_page(call: Call, form: LogInForm, errors: dict[str, list[str]]) -> Response:
    values = {"login": form.login}
    return await call.app.shell.page(
        call, "pages/auth/log_in.html", 422 if errors else 200, values=values, errors=errors, next=form.next, passkeys=True
    )  # fmt: skip


async def begin(call: Call, form: LogInForm) -> Response:
    """POST /auth/log-in"""
    app = call.app
    try:
        if form.credential:
            account_id = await app.passkeys.use(call.cookies.get(CEREMONY, ""), form.credential, alone=True)
            return await enter(call, account_id, form.next or "/home")
        passed = await app.log_in.password(form.login, form.password, bucket(call.address))
    except (Invalid, Forbidden) as error:
        return await _log_in_page(call, form, app.shell.faults(call, error, credential="form"))
    if not passed.pending:
        return await enter(call, passed.account_id, form.next or "/home")
    response = redirect("/auth/second-factor")
    set_cookie(call, response, _SECOND, f"{passed.pending}.{form.next}", 10 * _MINUTE_S)
    return response


async def second(call: Call) -> Response:
    """GET /auth/second-factor"""
    return await _second_page(call, {})


async def _second_page(call: Call, errors: dict[str, list[str]]) -> Response:
    key, _, _ = call.cookies.get(_SECOND, "").partition(".")
    passed = await call.app.log_in.pending(key) if key else None
    if passed is None:
        return redirect("/auth/log-in")
    return await call.app.shell.page(
        call,
        "pages/auth/second_factor.html",
        422 if errors else 200,
        errors=errors,
        passkeys=passed.passkeys,
        totp=passed.totp,
    )


async def finish(call: Call, form: SecondForm) -> Response:
    """POST /auth/second-factor"""
    key, _, following = call.cookies.get(_SECOND, "").partition(".")
    try:
        if form.credential:
            ceremony = call.cookies.get(CEREMONY, "")
            holder = await call.app.passkeys.use(ceremony, form.credential, alone=False)
            account_id = await call.app.log_in.by_passkey(key, holder)
        else:
            account_id = await call.app.log_in.code(key, form.code)
    except Invalid as error:
        return await _second_page(call, call.app.shell.faults(call, error, credential="form"))
    response = await enter(call, account_id, following or "/home")
    set_cookie(call, response, _SECOND, "", 0)
    return response


async def passkey_options(call: Call) -> Response:
    """POST /auth/passkey/options: what the browser asks the device."""
    key, _, _ = call.cookies.get(_SECOND, "").partition(".")
    passed = await call.app.log_in.pending(key) if key else None
    options, ceremony = await call.app.passkeys.begin_using(passed.account_id if passed else None)
    response = raw_json(options.encode())
    set_cookie(call, response, CEREMONY, ceremony, 5 * _MINUTE_S)
    return response


async def log_out(call: Call) -> Response:
    """POST /auth/log-out"""
    await _end_this_session(call)
    response = redirect("/")
    set_cookie(call, response, SESSION_COOKIE, "", 0)
    return response


async def forgot(call: Call) -> Response:
    """GET /auth/forgot"""
    return await _forgot_page(call, "", sent=False)


async def _forgot_page(call: Call, email: str, *, sent: bool) -> Response:
    return await call.app.shell.page(
        call,
        "pages/auth/forgot.html",
        mail=call.settings.mail_on,
        sent=sent,
        errors={},
        values={"email": email},
        contact_email=call.settings.site.contact_email,
    )


async def send_reset(call: Call, form: ForgotForm) -> Response:
    """POST /auth/forgot: the same answer whether there is such a member or not."""
    await call.app.members.ask_reset(form.email)
    return await _forgot_page(call, form.email, sent=True)


async def reset(call: Call, params: Token) -> Response:
    """GET /auth/reset"""
    return await _reset_page(call, params.token, {})


async def _reset_page(call: Call, token: str, errors: dict[str, list[str]]) -> Response:
    least = call.settings.passwords.least_length
    return await call.app.shell.page(
        call,
        "pages/auth/reset.html",
        422 if errors else 200,
        token=token,
        errors=errors,
        least_password=least,
    )


async def do_reset(call: Call, form: ResetForm) -> Response:
    """POST /auth/reset"""
    try:
        await call.app.members.finish_reset(form.token, form.password)
    except Invalid as error:
        return await _reset_page(call, form.token, call.app.shell.faults(call, error, token="form"))
    return call.app.shell.go(call, "/auth/log-in", call.app.shell.say(call)(words.PASSWORD_CHANGED))


async def language(call: Call, form: LanguageForm) -> Response:
    """POST /language: members change their setting, visitors their browser."""
    if form.locale not in LOCALES:
        raise Invalid("locale", "is not one of the languages")
    response: Response = call.app.shell.go(call, form.back)
    if call.viewer_id is not None:
        await call.app.members.set_locale(call.viewer_id, form.locale)
    else:
        set_cookie(call, response, "locale", form.locale, 365 * _DAY_S)
    return response


async def enter(call: Call, account_id: int, following: str) -> Response:
    """Open a session in place of the one that there may be, and go on."""
    key = await call.app.log_in.open(account_id, call.address, call.headers.get("user-agent", ""))
    await _end_this_session(call)
    response = redirect(local_path(following))
    set_cookie(call, response, SESSION_COOKIE, key, call.settings.sessions.days * _DAY_S)
    return response


async def _end_this_session(call: Call) -> None:
    grant = call.grant
    if grant is not None and grant.account_id is not None:
        async with call.app.changes.transaction() as tx:
            await end_session(tx, grant.account_id, grant.token_id)


def set_cookie(call: Call, response: Response, name: str, value: str, age_s: int) -> None:
    """A cookie that no script sees and no other site sends along."""
    secure = "; Secure" if call.settings.origin.startswith("https://") else ""
    response.header(
        "set-cookie", f"{name}={quote(value, safe='')}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Lax{secure}"
    )
