"""Cross-site request forgery: every form of the web face carries a token that only our own pages can know."""

import hmac
import secrets
from hashlib import sha256
from typing import Any

from parvis.http.call import Call
from parvis.kernel.errors import Forbidden
from parvis.settings import Settings

COOKIE = "parvis_visitor"


class Csrf:
    """Makes and checks tokens: bound to the session for members, to a cookie of their own for visitors."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.secrets.key.encode()
        self._secure = "; Secure" if settings.origin.startswith("https://") else ""

    def token(self, call: Call) -> str:
        """The token for this caller's forms. For a visitor without a cookie, `call.csrf` is the cookie to set."""
        if call.grant is not None:
            return self._sign(f"session:{call.grant.token_id}")
        visitor = call.cookies.get(COOKIE, "")
        if len(visitor) < 20:
            visitor = secrets.token_urlsafe(24)
            call.csrf = f"{COOKIE}={visitor}; Path=/; HttpOnly; SameSite=Lax{self._secure}"
        return self._sign(f"visitor:{visitor}")

    def check(self, call: Call, tree: dict[str, Any]) -> None:
        """Forbidden where the form did not come from a page of ours."""
        if call.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Forbidden("This form came from another site")
        visitor = call.cookies.get(COOKIE, "")
        bound = f"session:{call.grant.token_id}" if call.grant is not None else f"visitor:{visitor}"
        sent = tree.pop("csrf", "")
        if (call.grant is None and len(visitor) < 20) or not isinstance(sent, str):
            raise Forbidden("This form has run out: load the page again")
        if not hmac.compare_digest(self._sign(bound).encode(), sent.encode()):
            raise Forbidden("This form has run out: load the page again")

    def _sign(self, text: str) -> str:
        return hmac.new(self._key, f"csrf:{text}".encode(), sha256).hexdigest()
