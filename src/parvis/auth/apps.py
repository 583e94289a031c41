"""Apps: programs that act in a member's name."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from parvis.auth import scopes as scope_tree
from parvis.auth.keys import digest
from parvis.auth.sealing import new_key
from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import Invalid
from parvis.kernel.ids import new_id
from parvis.kernel.text import clean

SQL = load(__package__, "apps.sql")

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
_FORBIDDEN = ("javascript", "data", "vbscript", "file", "about", "blob")
_MOST_URIS = 20


class App(NamedTuple):
    """A registered app. `secret` is only known when it has just been made."""

    id: int
    name: str
    website: str | None
    redirect_uris: list[str]
    scopes: list[str]
    client_id: str
    secret_hash: bytes
    secret: str = ""


class Apps:
    """Registers and finds apps."""

    def __init__(self, db: Database, may_be_called: Callable[[str, str], Awaitable[bool]]) -> None:
        """`may_be_called(name, website)` is the gate: both are shown with every post that the app sends."""
        self._db = db
        self._may_be_called = may_be_called

    async def register(self, name: str, redirect_uris: list[str], scopes: str, website: str | None) -> App:
        """A new app. Invalid names what is wrong."""
        title = clean(name)
        if not title:
            raise Invalid("client_name", "can't be blank", "ERR_BLANK")
        if len(title) > 60:
            raise Invalid("client_name", "is too long (maximum is 60 characters)", "ERR_TOO_LONG")
        uris = [uri for entry in redirect_uris for uri in entry.split()]
        if not uris:
            raise Invalid("redirect_uris", "can't be blank", "ERR_BLANK")
        if len(uris) > _MOST_URIS:
            raise Invalid("redirect_uris", f"are more than {_MOST_URIS}", "ERR_TOO_MANY")
        for uri in uris:
            _check_uri(uri)
        try:
            asked = list(scope_tree.parse(scopes)) or ["read"]
        except ValueError as error:
            raise Invalid("scopes", str(error)) from error
        if website and not (len(website) <= 2000 and urlsplit(website).scheme in ("http", "https")):
            raise Invalid("website", "is not an http(s) address")
        if not await self._may_be_called(title, website or ""):
            raise Invalid("client_name", "can't be used here", "ERR_RESERVED")
        secret = new_key()
        app = App(new_id(), title, website or None, uris, asked, new_key(), digest(secret), secret)
        await self._db.run(SQL.insert_app, app._asdict())
        return app

    async def find(self, client_id: str) -> App | None:
        """The app by its client id, or None."""
        row = await self._db.maybe(SQL.app_by_client_id, {"client_id": client_id})
        return _app(row) if row is not None else None

    async def by_id(self, app_id: int) -> App | None:
        """The app by its id, or None."""
        row = await self._db.maybe(SQL.app_by_id, {"id": app_id})
        return _app(row) if row is not None else None


def secret_matches(app: App, secret: str) -> bool:
    """Whether this is the app's secret, in constant time."""
    return hmac.compare_digest(app.secret_hash, digest(secret))


def _app(row: Any) -> App:
    return App(
        row.id, row.name, row.website, row.redirect_uris, row.scopes, row.client_id, bytes(row.secret_hash)
    )  # fmt: skip


def _check_uri(uri: str) -> None:
    """Custom schemes are how apps are called back, so any scheme goes but those that a browser would run."""
    if uri == OUT_OF_BAND:
        return
    parts = urlsplit(uri)
    if len(uri) > 2000 or not parts.scheme or parts.scheme.lower() in _FORBIDDEN or parts.fragment:
        raise Invalid("redirect_uris", "must be absolute addresses without a fragment", "ERR_INVALID")
    if parts.scheme in ("http", "https") and not parts.netloc:
        raise Invalid("redirect_uris", "must be absolute addresses", "ERR_INVALID")
