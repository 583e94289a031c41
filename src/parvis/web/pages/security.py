"""Security settings: codes, recovery codes, passkeys, sessions."""

import io
from typing import Annotated, Any

import msgspec

from parvis.auth.tokens import end_session, sessions_of
from parvis.http.call import Call
from parvis.http.respond import Response, raw_json
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.ids import parse_id
from parvis.web import words
from parvis.web.pages.auth import CEREMONY, set_cookie

_TEXT = msgspec.Meta(max_length=4000)
_BROWSERS = ("Firefox", "Edg", "OPR", "Chrome", "Safari")
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")

# Whoever finds an open session must not make a way in of their own: what lets in is changed with the password.
_PASSWORDS = {"add_passkey": "passkey_password", "remove_passkey": "removal_password"}


class SecurityForm(msgspec.Struct, frozen=True, kw_only=True):
    """Several forms in one: `what` tells which."""

    what: Annotated[str, msgspec.Meta(max_length=30)] = ""
    id: Annotated[str, msgspec.Meta(max_length=20)] = ""
    credential: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    passkey_name: Annotated[str, _TEXT] = ""
    passkey_password: Annotated[str, _TEXT] = ""
    removal_password: Annotated[str, _TEXT] = ""
    totp_password: Annotated[str, _TEXT] = ""


class TotpForm(msgspec.Struct, frozen=True, kw_only=True):
    """The first code of an app, and the password."""

    code: Annotated[str, msgspec.Meta(max_length=20)] = ""
    password: Annotated[str, _TEXT] = ""


async def security(call: Call) -> Response:
    """GET /settings/security"""
    return await _page(call, {})


async def _page(call: Call, errors: dict[str, list[str]]) -> Response:
    state = await call.app.second_factor.state(call.member_id)
    async with call.app.db.connection() as db:
        rows = await sessions_of(db, call.member_id)
    current = call.grant.token_id if call.grant else 0
    sessions: list[dict[str, Any]] = [
        {
            "id": row.id,
            "device": device(row.agent),
            "address": row.address or "",
            "used_at": row.used_at,
            "current": row.id == current,
        }
        for row in rows
    ]
    return await call.app.shell.page(
        call,
        "pages/settings/security.html",
        422 if errors else 200,
        totp=state.totp,
        recovery_left=state.recovery_left,
        passkeys=await call.app.passkeys.list(call.member_id),
        sessions=sessions,
        errors=errors,
    )


async def change(call: Call, form: SecurityForm) -> Response:
    """POST /settings/security"""
    app, me = call.app, call.member_id
    done = words.SAVED
    try:
        match form.what:
            case "end_session" | "end_others":
                await _end_sessions(call, form)
                done = words.SESSION_ENDED
            case "add_passkey":
                await app.members.check_password(me, form.passkey_password)
                ceremony = call.cookies.get(CEREMONY, "")
                await app.passkeys.add(me, ceremony, form.credential, form.passkey_name)
            case "remove_passkey":
                await app.members.check_password(me, form.removal_password)
                await app.passkeys.remove(me, parse_id(form.id) or 0)
            case "remove_totp":
                await app.members.check_password(me, form.totp_password)
                await app.second_factor.disable(me)
            case "new_codes":
                await app.members.check_password(me, form.totp_password)
                codes = await app.second_factor.new_recovery_codes(me)
                return await app.shell.page(call, "pages/settings/recovery.html", codes=codes)
            case _:
                raise NotFound
    except Invalid as error:
        asked = _PASSWORDS.get(form.what, "totp_password")
        return await _page(call, app.shell.faults(call, error, current_password=asked, credential="form"))
    return app.shell.go(call, "/settings/security", app.shell.say(call)(done))


async def _end_sessions(call: Call, form: SecurityForm) -> None:
    current = call.grant.token_id if call.grant else 0
    async with call.app.changes.transaction() as tx:
        wanted = [parse_id(form.id) or 0]
        if form.what == "end_others":
            wanted = [row.id for row in await sessions_of(tx, call.member_id) if row.id != current]
        for session in wanted:
            await end_session(tx, call.member_id, session)


async def passkey_options(call: Call) -> Response:
    """POST /settings/security/passkey/options"""
    options, ceremony = await call.app.passkeys.begin_adding(call.member_id)
    response = raw_json(options.encode())
    set_cookie(call, response, CEREMONY, ceremony, 300)
    return response


async def totp(call: Call) -> Response:
    """GET /settings/security/totp"""
    return await _totp_page(call, {})


async def _totp_page(call: Call, errors: dict[str, list[str]]) -> Response:
    import segno

    me = await call.app.members.find(call.member_id)
    setup = await call.app.second_factor.pending(call.member_id, f"{me.username}@{call.settings.domain}")
    out = io.BytesIO()
    segno.make(setup.uri, error="m").save(
        out, kind="svg", scale=1, border=2, xmldecl=False, svgns=True, omitsize=True
    )  # fmt: skip
    groups = " ".join(setup.secret[at : at + 4] for at in range(0, len(setup.secret), 4))
    return await call.app.shell.page(
        call,
        "pages/settings/totp.html",
        422 if errors else 200,
        qr=out.getvalue().decode(),
        secret=groups,
        errors=errors,
    )


async def enable_totp(call: Call, form: TotpForm) -> Response:
    """POST /settings/security/totp"""
    try:
        await call.app.members.check_password(call.member_id, form.password)
        codes = await call.app.second_factor.enable(call.member_id, form.code.replace(" ", ""))
    except Invalid as error:
        errors = call.app.shell.faults(call, error, current_password="password")
        return await _totp_page(call, errors)
    return await call.app.shell.page(call, "pages/settings/recovery.html", codes=codes)


def device(agent: str) -> str:
    """A browser and system in a few words, as far as it says so itself."""
    browser = next((name for name in _BROWSERS if name in agent), "")
    system = next((name for name in _SYSTEMS if name in agent), "")
    names = {"Edg": "Edge", "OPR": "Opera", "Mac OS": "macOS"}
    parts = [names.get(part, part) for part in (browser, system) if part]
    return " · ".join(parts) or (agent[:40] or "?")
