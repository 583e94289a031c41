"""What every page shares: the member who looks, the language, the theme, a notice; the security headers; errors as pages."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from parvis.accounts.cache import Accounts
from parvis.auth.types import Grant, Role
from parvis.http.call import Call
from parvis.http.respond import Response, html, redirect
from parvis.kernel.errors import BadRequest, Conflict, Forbidden, Invalid, ParvisError, TooLarge, TooMany, Unauthorized
from parvis.settings import Settings
from parvis.web import words
from parvis.web.render import LOCALES, Templates, choose_locale

THEME_COOKIE = "theme"  # the script writes it too
NOTICE_COOKIE = "parvis_notice"
_THEMES = ("light", "dark")
_YEAR_S = 365 * 86_400


class Shell:
    """Renders pages and errors for the web face."""

    def __init__(self, settings: Settings, templates: Templates, accounts: Accounts, unread: Any) -> None:
        """`unread(account_id)` counts a member's unread notifications."""
        self._settings = settings
        self._templates = templates
        self._accounts = accounts
        self._unread = unread
        self._secure = "; Secure" if settings.origin.startswith("https://") else ""
        self.headers: list[tuple[bytes, bytes]] = [
            (b"content-security-policy", self.policy().encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"same-origin"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
        ]

    def policy(self, *form_targets: str) -> str:
        """The content security policy. `form_targets` are where a form of this page may lead beside ourselves."""
        parts = urlsplit(self._settings.media_base)
        media = f"{parts.scheme}://{parts.netloc}"
        return "; ".join(
            [
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "font-src 'self'",
                f"img-src 'self' data: blob: {media}",
                f"media-src 'self' {media}",
                "connect-src 'self'",
                "manifest-src 'self'",
                " ".join(["form-action 'self'", *form_targets]),
                "base-uri 'none'",
                "frame-ancestors 'none'",
            ]
        )

    async def page(self, call: Call, template: str, code: int = 200, /, **context: Any) -> Response:
        """A page for this call, with an HTTP status."""
        me = await self._me(call.grant)
        notice = call.cookies.get(NOTICE_COOKIE)
        text = self._templates.render(
            template,
            locale=self.locale(call),
            me=me,
            csrf=call.app.csrf.token(call),
            here=call.path + (f"?{call.query}" if call.query else ""),
            theme=self.theme(call),
            unread=await self._unread(call.viewer_id) if call.viewer_id else 0,
            staff=me is not None and call.role >= Role.MODERATOR,
            notice=notice[:300] if notice else None,
            **context,
        )
        response = html(text, code)
        if call.csrf:
            response.header("set-cookie", call.csrf)
        if notice:
            response.header("set-cookie", f"{NOTICE_COOKIE}=; Path=/; Max-Age=0{self._secure}")
        return response

    def say(self, call: Call) -> Callable[[str], str]:
        """Translates a text of `words.py` for this caller."""
        locale = self.locale(call)
        return lambda text: self._templates.translate(locale, text)

    def faults(self, call: Call, error: ParvisError, *, told: bool = False, **names: str) -> dict[str, list[str]]:
        """What was wrong with a form, by field, in the caller's language; see `words.faults`. `told`: what forbids it is the
        gate, which says why in the member's language."""
        if told and isinstance(error, Forbidden):
            return {"form": [error.message]}
        details = error.details if isinstance(error, Invalid) else {}
        return words.faults(details or {"form": [("ERR_REFUSED", "")]}, self.say(call), names)

    def locale(self, call: Call) -> str:
        """The member's language, or the browser's."""
        if call.viewer_id is not None and call.locale in LOCALES:
            return call.locale
        return choose_locale(call.headers.get("accept-language", ""), call.cookies.get("locale"))

    def theme(self, call: Call) -> str:
        """`light` or `dark` where one was chosen, else `auto`."""
        chosen = call.cookies.get(THEME_COOKIE, "")
        return chosen if chosen in _THEMES else "auto"

    def go(self, call: Call, location: str, notice: str = "") -> Response:
        """Redirect to a page of ours after a form; `notice` is a sentence to show there once. A script that sent the form
        in the background stays where it is."""
        if call.headers.get("hx-request") == "true" and not call.headers.get("hx-target"):
            return Response(b"", 204, [])
        response = redirect(local_path(location))
        if notice:
            value = f"{NOTICE_COOKIE}={quote(notice)}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax{self._secure}"
            response.header("set-cookie", value)
        return response

    def choose_theme(self, response: Response, theme: str) -> Response:
        """Remember a theme in the browser."""
        age = _YEAR_S if theme in _THEMES else 0
        value = f"{THEME_COOKIE}={theme if age else ''}; Path=/; Max-Age={age}; SameSite=Lax{self._secure}"
        return response.header("set-cookie", value)

    async def show(self, call: Call, error: ParvisError) -> Response:
        """An error as a page. Who is not logged in goes to the log-in page and comes back."""
        if isinstance(error, Unauthorized) and call.method in ("GET", "HEAD"):
            here = call.path + (f"?{call.query}" if call.query else "")
            return redirect(f"/auth/log-in?next={quote(here, safe='')}")
        retry = error.retry_after if isinstance(error, TooMany) else None
        # What is missing or forbidden is said in the page's own words; what was wrong with a form in the error's.
        detail = error.message if isinstance(error, Invalid | Conflict | BadRequest | TooLarge) else ""
        context: dict[str, Any] = {
            "status": error.status,
            "detail": detail,
            "retry_after": retry,
            "request_id": call.request_id,
        }
        try:
            return await self.page(call, "pages/error.html", error.status, **context)
        except ParvisError:
            # The database is away: the page without the member.
            text = self._templates.render(
                "pages/error.html", locale=self.locale(call), theme=self.theme(call), **context
            )
            return html(text, error.status)

    async def _me(self, grant: Grant | None) -> Any:
        if grant is None or grant.account_id is None:
            return None
        entry = await self._accounts.find(grant.account_id)
        return entry.whole() if entry else None


def local_path(location: str) -> str:
    """A path of ours, whatever a parameter says: `//host`, `/\\host` and absolute addresses lead to the front page."""
    if not location.startswith("/") or location[1:2] in ("/", "\\") or any(c in location for c in "\\\r\n\t"):
        return "/"
    parts = urlsplit(location)
    return "/" if parts.scheme or parts.netloc else location
