"""An app asks to be let in: the page on which a member says yes or no."""

from typing import Annotated
from urllib.parse import quote, urlsplit

import msgspec

from parvis.auth.oauth import AuthorizeParams, is_out_of_band, return_address
from parvis.http.call import Call
from parvis.http.respond import Response, redirect
from parvis.web import words

_KEPT = ("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")


class Answer(AuthorizeParams, frozen=True, kw_only=True):
    """What was asked, and what the member says."""

    decision: Annotated[str, msgspec.Meta(max_length=20)] = "deny"


async def ask(call: Call, params: AuthorizeParams) -> Response:
    """GET /oauth/authorize"""
    asked = await call.app.oauth.examine(params)
    if call.viewer_id is None or params.force_login:
        here = "&".join(part for part in call.query.split("&") if not part.startswith("force_login="))
        again = "again=1&" if params.force_login else ""
        return redirect(f"/auth/log-in?{again}next={quote(f'/oauth/authorize?{here}', safe='')}")
    fields = {name: value for name in _KEPT if (value := getattr(params, name)) is not None}
    page: Response = await call.app.shell.page(
        call,
        "pages/auth/consent.html",
        app={"name": asked.app.name, "website": asked.app.website},
        scopes=words.scope_words(list(asked.scopes), call.app.shell.say(call)),
        fields=fields,
        returns_to=_shown(params),
    )
    return page.header("content-security-policy", call.app.shell.policy(*_form_target(params)))


async def answer(call: Call, form: Answer) -> Response:
    """POST /oauth/authorize"""
    asked = await call.app.oauth.examine(form)
    if form.decision != "approve":
        if is_out_of_band(form):
            return redirect("/home")
        return redirect(return_address(form, error="access_denied", error_description="The member refused"), 302)
    code = await call.app.oauth.approve(asked, call.member_id)
    if is_out_of_band(form):
        return await call.app.shell.page(call, "pages/auth/code.html", code=code, app={"name": asked.app.name})
    return redirect(return_address(form, code=code), 302)


def _form_target(params: AuthorizeParams) -> list[str]:
    """Where the form may lead in the end: browsers hold redirects after a form to the policy too."""
    if is_out_of_band(params):
        return []
    parts = urlsplit(params.redirect_uri)
    return [f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else f"{parts.scheme}:"]


def _shown(params: AuthorizeParams) -> str:
    if is_out_of_band(params):
        return ""
    parts = urlsplit(params.redirect_uri)
    return parts.netloc or f"{parts.scheme}:"
