"""One request, as a handler sees it."""

from typing import Any
from urllib.parse import unquote

from starlette.datastructures import Headers

from parvis.auth.types import Grant, Role
from parvis.http.counters import Standing
from parvis.http.routing import Route
from parvis.kernel.errors import NotFound, Unauthorized
from parvis.kernel.ids import parse_id
from parvis.settings import Settings


class Call:
    """A request with what the edge found out about it. `app` is the built application (see app.py)."""

    __slots__ = (
        "address",
        "app",
        "args",
        "cookies_cache",
        "csrf",
        "grant",
        "headers",
        "locale",
        "method",
        "path",
        "query",
        "request_id",
        "route",
        "scope",
        "settings",
        "standing",
        "tree",
    )

    def __init__(self, app: Any, settings: Settings, scope: Any, route: Route, args: dict[str, str]) -> None:
        self.app = app
        self.settings = settings
        self.scope = scope
        self.route = route
        self.args = args
        self.method: str = scope.get("method", "GET")
        self.path: str = scope["path"]
        self.query: str = scope["query_string"].decode("latin-1")
        self.headers = Headers(raw=scope["headers"])
        self.grant: Grant | None = None
        self.locale = settings.site.languages[0]
        self.address = ""
        self.request_id = ""
        self.csrf = ""
        self.standing: Standing | None = None
        self.tree: dict[str, Any] = {}
        self.cookies_cache: dict[str, str] | None = None

    def id(self, name: str = "id") -> int:
        """The id in the path. NotFound where it is none: to a client, a malformed id is one that does not exist."""
        found = parse_id(self.args[name])
        if found is None:
            raise NotFound
        return found

    @property
    def viewer_id(self) -> int | None:
        """The member who looks, or None for a visitor or an app's own token."""
        return self.grant.account_id if self.grant else None

    @property
    def member_id(self) -> int:
        """The member who acts. Unauthorized where there is none."""
        if self.grant is None or self.grant.account_id is None:
            raise Unauthorized("This method requires an authenticated user")
        return self.grant.account_id

    @property
    def role(self) -> Role:
        """The member's role (MEMBER for a visitor)."""
        return self.grant.role if self.grant else Role.MEMBER

    @property
    def url(self) -> str:
        """The absolute URL that was called, without its query, by our own address (never by the Host header)."""
        return self.settings.origin + self.path

    @property
    def cookies(self) -> dict[str, str]:
        """Cookies that came with the request."""
        if self.cookies_cache is None:
            found: dict[str, str] = {}
            for part in self.headers.get("cookie", "").split(";"):
                name, _, value = part.strip().partition("=")
                if name and name not in found:
                    found[name] = unquote(value)
            self.cookies_cache = found
        return self.cookies_cache
