"""The ASGI application: finds the route, the caller and the parameters, calls the handler, and answers in the face's shape."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qs

import structlog
from psycopg.errors import DeadlockDetected, SerializationFailure

from parvis.auth.keys import Keys
from parvis.auth.types import Grant, Role
from parvis.db.changes import Changes
from parvis.http.address import Addresses
from parvis.http.budgets import Budgets
from parvis.http.call import Call
from parvis.http.language import best_language
from parvis.http.params import bind, from_body, from_query
from parvis.http.respond import Response, reply
from parvis.http.routing import Auth, Face, Match, Route, Router
from parvis.kernel.errors import (
    BadRequest,
    Forbidden,
    Invalid,
    NotFound,
    ParvisError,
    TooMany,
    Unauthorized,
    Unavailable,
)
from parvis.settings import Settings

log = structlog.get_logger()

SESSION_COOKIE = "parvis_session"

_CORS = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id, "
        b"Mastodon-Async-Refresh, Deprecation",
    ),
]
_PREFLIGHT = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, PUT, DELETE, GET, PATCH, OPTIONS"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, Idempotency-Key, *"),
    (b"access-control-max-age", b"86400"),
]
_SAFE = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin")]
_API = [
    *_CORS,
    *_SAFE,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"vary", b"Authorization, Origin"),
]
_PRIVATE = (b"cache-control", b"private, no-store")
_NO_PAGES = ("/api/", "/oauth/", "/.well-known/", "/nodeinfo", "/media/")
"""Where addresses that do not exist are answered as the API's; elsewhere with a page."""

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class PageErrors(Protocol):
    """How the web face shows an error, and which headers its pages carry."""

    headers: list[tuple[bytes, bytes]]

    async def show(self, call: Call, error: ParvisError) -> Response: ...


class Observer(Protocol):
    """Who keeps figures of requests."""

    def request(self, route: Route | None, status: int, seconds: float) -> None: ...


class Edge:
    """The outermost layer. Everything it needs is passed in by app.py."""

    def __init__(
        self,
        app: Any,
        settings: Settings,
        routes: Iterable[Route],
        keys: Keys,
        changes: Changes,
        budgets: Budgets,
        pages: PageErrors,
        observer: Observer,
    ) -> None:
        self._app = app
        self._settings = settings
        self._router = Router(routes)
        self._keys = keys
        self._changes = changes
        self._budgets = budgets
        self._pages = pages
        self._observer = observer
        self._addresses = Addresses(settings.http.trusted_proxies)
        self._secure = settings.origin.startswith("https://")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request or socket."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)

    # HTTP ---------------------------------------------------------------------------------------------------------

    async def _http(self, scope: Any, receive: Any, send: Any) -> None:
        began = time.perf_counter()
        self._changes.drain()
        method: str = scope["method"]
        found = self._router.find(method, scope["path"])
        allowed: list[str] = []
        if isinstance(found, Match):
            route, args = found
        elif scope["path"].startswith(_NO_PAGES):
            await self._unmatched(scope, found, send)
            return
        else:
            route, args, allowed = _UNKNOWN_PAGE, {}, found
        call = Call(self._app, self._settings, scope, route, args)
        call.request_id = secrets.token_hex(8)
        started = False

        async def watched(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._admit(call)
            if route.raw:
                await route.handler(call, receive, watched)
                self._observer.request(route, 200, time.perf_counter() - began)
                return
            response = await self._answer(call, receive)
        except ParvisError as error:
            response = await self._error(call, error)
        except Exception:
            log.exception("request_failed", route=route.path, request=call.request_id)
            if started:
                raise
            response = await self._error(call, ParvisError("Something went wrong on our side"))
        if allowed and response.status == 404:
            _name_methods(response, allowed)
        await self._send(call, response, send)
        self._observer.request(route, response.status, time.perf_counter() - began)
        if self._settings.logs.requests or response.status >= 500:
            seconds = round(time.perf_counter() - began, 4)
            log.info("request", method=method, route=route.path, status=response.status, seconds=seconds,
                     request=call.request_id)  # fmt: skip

    async def _admit(self, call: Call) -> None:
        """Who calls, may they, and have they calls left."""
        route = call.route
        call.address = self._addresses.of(call.scope, dict(call.scope["headers"]))
        problem: ParvisError | None = None
        try:
            call.grant = await self._find_grant(call)
        except Unauthorized as error:
            problem = error  # counted first: guessing tokens is not free
        self._budgets.spend(call)
        if problem is not None:
            raise problem
        _permit(route, call.grant)
        if call.grant is not None:
            call.locale = call.grant.locale
        elif route.face is Face.WEB:
            call.locale = best_language(call.headers.get("accept-language", ""), self._settings.site.languages)

    async def _find_grant(self, call: Call) -> Grant | None:
        if call.route.face is Face.WEB:
            key = call.cookies.get(SESSION_COOKIE)
            return await self._keys.session(key) if key else None
        if call.route.face is Face.OPEN:
            return None
        key = bearer(call)
        if key is None:
            return None
        grant = await self._keys.token(key)
        if grant is None:
            raise Unauthorized
        return grant

    async def _answer(self, call: Call, receive: Any) -> Response:
        route = call.route
        tree = from_query(call.query)
        if call.method not in ("GET", "HEAD") and (route.params is not None or route.face is Face.WEB):
            await self._read_body(call, receive, tree)
        call.tree = tree
        if route.face is Face.WEB and call.method not in ("GET", "HEAD"):
            self._app.csrf.check(call, tree)
        args = (call,) if route.params is None else (call, bind(route.params, tree))
        for _ in range(3):
            try:
                return await route.handler(*args)
            except (DeadlockDetected, SerializationFailure):
                # The server undid the transaction whole; the same call can simply be made again.
                await asyncio.sleep(0.01 + secrets.randbelow(20) / 1000)
        raise Unavailable

    async def _read_body(self, call: Call, receive: Any, tree: dict[str, Any]) -> None:
        limits = self._settings
        try:
            async with asyncio.timeout(limits.http.body_timeout_s):
                await from_body(
                    call.headers,
                    _chunks(receive),
                    most=limits.http.max_body,
                    most_file=limits.media.max_bytes,
                    tree=tree,
                )
        except TimeoutError as error:
            raise BadRequest("The request took too long to arrive") from error

    async def _error(self, call: Call, error: ParvisError) -> Response:
        if call.route.face is Face.WEB:
            response = await self._pages.show(call, error)
        else:
            response = api_error(error)
        if isinstance(error, TooMany | Unavailable):
            response.header("retry-after", str(error.retry_after))
        return response

    async def _unmatched(self, scope: Any, allowed: list[str], send: Any) -> None:
        """An address of the API that does not exist: answered without looking at who calls."""
        if scope["method"] == "OPTIONS" and allowed:
            await _send_plain(send, Response(b"", 204, list(_PREFLIGHT)))
            self._observer.request(None, 204, 0.0)
            return
        error: ParvisError = NotFound("Record not found")
        try:
            self._budgets.spend_unmatched(self._addresses.of(scope, dict(scope["headers"])))
        except TooMany as too_many:
            error = too_many
        response = api_error(error)
        if allowed and response.status == 404:
            _name_methods(response, allowed)
        response.headers += _API
        self._observer.request(None, response.status, 0.0)
        await _send_plain(send, response, head=scope["method"] == "HEAD")

    async def _send(self, call: Call, response: Response, send: Any) -> None:
        headers = response.headers
        headers.append((b"x-request-id", call.request_id.encode()))
        names = {name for name, _ in headers}
        if call.route.face is Face.WEB:
            headers += [pair for pair in self._pages.headers if pair[0] not in names]
        else:
            headers += [pair for pair in _API if pair[0] not in names]
            standing = call.standing
            if standing is not None:
                reset = datetime.fromtimestamp(standing.resets_at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
                headers += [
                    (b"x-ratelimit-limit", str(standing.limit).encode()),
                    (b"x-ratelimit-remaining", str(standing.left).encode()),
                    (b"x-ratelimit-reset", reset.encode()),
                ]
        if b"cache-control" not in names:
            headers.append(_PRIVATE)
        if self._secure:
            headers.append((b"strict-transport-security", b"max-age=31536000"))
        await _send_plain(send, response, head=call.method == "HEAD")

    # WebSocket ----------------------------------------------------------------------------------------------------

    async def _socket(self, scope: Any, receive: Any, send: Any) -> None:
        self._changes.drain()
        found = self._router.find("WS", scope["path"])
        await receive()  # websocket.connect
        if not isinstance(found, Match):
            await _refuse(send, NotFound())
            return
        call = Call(self._app, self._settings, scope, found.route, found.args)
        call.request_id = secrets.token_hex(8)
        try:
            await self._admit(call)
            await found.route.handler(call, receive, send)
        except ParvisError as error:  # handlers raise it before they accept
            await _refuse(send, error)


async def _nowhere(call: Call, receive: Any, send: Any) -> None:
    raise NotFound


# An address that no page has is a page too: it knows who looks at it, and speaks their language.
_UNKNOWN_PAGE = Route(method="any", path="unknown", handler=_nowhere, face=Face.WEB, raw=True)


def _name_methods(response: Response, allowed: list[str]) -> None:
    response.status = 405
    response.header("allow", ", ".join(allowed))


def bearer(call: Call) -> str | None:
    """The token of a call: Authorization, or for streams also the subprotocol or `access_token`."""
    kind, _, key = call.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and key:
        return key.strip()
    if call.route.path.startswith("/api/v1/streaming"):
        for protocol in call.headers.get("sec-websocket-protocol", "").split(","):
            if protocol.strip():
                return protocol.strip()
        given = parse_qs(call.query).get("access_token")
        return given[0] if given else None
    return None


_LEAST_ROLE = {Auth.STAFF: Role.MODERATOR, Auth.ADMIN: Role.ADMIN}


def _permit(route: Route, grant: Grant | None) -> None:
    if grant is None:
        if route.auth is Auth.PUBLIC:
            return
        if route.face is Face.WEB:
            raise Unauthorized("Please log in")
        raise Unauthorized("The access token is invalid")
    if grant.account_id is None:
        if route.auth in (Auth.MEMBER, Auth.STAFF, Auth.ADMIN):
            raise Unauthorized("This method requires an authenticated user")
    elif (
        (not grant.usable and route.auth is not Auth.PUBLIC and "pending" not in route.scope)
        or grant.suspended
        or grant.disabled
    ):
        raise Forbidden(_why_not(grant))
    if grant.role < _LEAST_ROLE.get(route.auth, Role.MEMBER):
        raise Forbidden
    wanted = [scope for scope in route.scope.split() if scope != "pending"]
    if wanted and not any(scope in grant.scopes for scope in wanted):
        raise Forbidden("This action is outside the authorized scopes")


def _why_not(grant: Grant) -> str:
    if grant.suspended or grant.disabled:
        return "Your login is currently disabled"
    if not grant.confirmed:
        return "Your login is missing a confirmed e-mail address"
    return "Your login is currently pending approval"


def api_error(error: ParvisError) -> Response:
    """An error in the API's shape."""
    body: dict[str, Any] = {"error": error.message}
    if isinstance(error, Invalid) and error.details:
        body["details"] = {
            field: [{"error": word, "description": reason} for word, reason in faults]
            for field, faults in error.details.items()
        }
    response = reply(body, error.status)
    if isinstance(error, Unauthorized):
        response.header("www-authenticate", 'Bearer realm="Parvis", error="invalid_token"')
    return response


async def _refuse(send: Any, error: ParvisError) -> None:
    """Answer a socket that is not accepted as HTTP would be."""
    response = api_error(error)
    headers = [*response.headers, *_CORS, (b"content-length", str(len(response.body)).encode())]
    await send({"type": "websocket.http.response.start", "status": response.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": response.body})


async def _chunks(receive: Any) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("The request ended early")
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body"):
            return


async def _send_plain(send: Any, response: Response, *, head: bool = False) -> None:
    headers = response.headers
    if response.stream is None:
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.stream is None or head:
        await send({"type": "http.response.body", "body": b"" if head else response.body})
        return
    async for chunk in response.stream:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
