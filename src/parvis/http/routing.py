"""Routes as data, and the tree that finds one by its path in a few dictionary look-ups."""

from collections.abc import Awaitable, Callable, Iterable
from enum import Enum
from typing import Any, NamedTuple

import msgspec


class Face(Enum):
    """Which face of the server a route belongs to: it decides the shape of errors, the headers and how callers log in."""

    API = "api"  # bearer tokens, CORS, JSON errors
    WEB = "web"  # session cookie, CSRF, pages
    OPEN = "open"  # no log-in, CORS (well-known, NodeInfo, media)


class Auth(Enum):
    """Who may call."""

    PUBLIC = "public"  # anyone; a token that is sent must still be valid and have the scope
    ANY = "any"  # any token, an app's own included
    MEMBER = "member"  # a member's token or session
    STAFF = "staff"  # a moderator or above
    ADMIN = "admin"  # an administrator or above


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a route table."""

    method: str
    path: str
    handler: Callable[..., Awaitable[Any]]
    face: Face
    auth: Auth = Auth.PUBLIC
    scope: str = ""  # '' needs none; several, separated by spaces: any of them
    params: type[msgspec.Struct] | None = None
    budget: str = ""  # a named rate limit beside the general one
    raw: bool = False  # the handler speaks ASGI itself: (call, receive, send)


class Match(NamedTuple):
    """The route that was found and what stood at its placeholders."""

    route: Route
    args: dict[str, str]


class _Node:
    __slots__ = ("rest", "routes", "slot", "steps")

    def __init__(self) -> None:
        self.steps: dict[str, _Node] = {}
        self.slot: _Node | None = None  # {name}
        self.routes: dict[str, tuple[Route, tuple[str, ...]]] = {}
        self.rest: dict[str, tuple[Route, tuple[str, ...]]] = {}  # {name...}: all that remains


class Router:
    """Finds routes. Fixed segments win over placeholders; `/@{acct}` is a placeholder with a fixed beginning."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        names: list[str] = []
        for segment in route.path.strip("/").split("/"):
            if segment.endswith("...}"):
                names.append(segment[1:-4])
                node.rest[route.method] = (route, tuple(names))
                return
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.slot = node.slot or _Node()
                node = node.slot
            elif segment.startswith("@{"):
                names.append(segment[2:-1])
                node = node.steps.setdefault("@", _Node())
            else:
                node = node.steps.setdefault(segment, _Node())
        if route.method in node.routes:
            raise ValueError(f"two routes for {route.method} {route.path}")
        node.routes[route.method] = (route, tuple(names))

    def find(self, method: str, path: str) -> Match | list[str]:
        """The match, or the methods that the path allows (none: there is no such path)."""
        # Some clients end a path with a slash: it means the same.
        segments = path[1:].removesuffix("/").split("/")
        found = self._walk(self._root, segments, 0, [])
        if found is None:
            return []
        table, values = found
        entry = table.get(method) or (table.get("GET") if method == "HEAD" else None)
        if entry is None:
            return sorted(table)
        route, names = entry
        return Match(route, dict(zip(names, values, strict=True)))

    def _walk(
        self, node: _Node, segments: list[str], at: int, values: list[str]
    ) -> tuple[dict[str, tuple[Route, tuple[str, ...]]], list[str]] | None:
        if at == len(segments):
            return (node.routes, values) if node.routes else None
        segment = segments[at]
        step = node.steps.get(segment)
        if step is not None and segment != "@":
            found = self._walk(step, segments, at + 1, values)
            if found is not None:
                return found
        if segment.startswith("@") and len(segment) > 1 and "@" in node.steps:
            found = self._walk(node.steps["@"], segments, at + 1, [*values, segment[1:]])
            if found is not None:
                return found
        if node.slot is not None and segment:
            found = self._walk(node.slot, segments, at + 1, [*values, segment])
            if found is not None:
                return found
        return (node.rest, [*values, "/".join(segments[at:])]) if node.rest else None
