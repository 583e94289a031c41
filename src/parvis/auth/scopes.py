"""The OAuth scope tree: `read` covers `read:statuses`; `follow` is the old name of six; `admin:read` covers its own."""

_READ = (
    "accounts", "blocks", "bookmarks", "collections", "favourites", "filters", "follows", "lists", "mutes",
    "notifications", "search", "statuses", "me",
)  # fmt: skip
_WRITE = (
    "accounts", "blocks", "bookmarks", "collections", "conversations", "favourites", "filters", "follows", "lists",
    "media", "mutes", "notifications", "reports", "statuses",
)  # fmt: skip
_ADMIN = (
    "accounts", "reports", "domain_allows", "domain_blocks", "ip_blocks", "email_domain_blocks", "canonical_email_blocks",
    "moderation",
)  # fmt: skip
_FOLLOW = ("read:blocks", "write:blocks", "read:follows", "write:follows", "read:mutes", "write:mutes")

ALL = (
    "read", "write", "follow", "push", "profile",
    *(f"read:{name}" for name in _READ),
    *(f"write:{name}" for name in _WRITE),
    "admin:read", "admin:write",
    *(f"admin:read:{name}" for name in _ADMIN),
    *(f"admin:write:{name}" for name in _ADMIN),
)  # fmt: skip

_CHILDREN: dict[str, tuple[str, ...]] = {
    "read": tuple(f"read:{name}" for name in _READ),
    "write": tuple(f"write:{name}" for name in _WRITE),
    "follow": _FOLLOW,
    "admin:read": tuple(f"admin:read:{name}" for name in _ADMIN),
    "admin:write": tuple(f"admin:write:{name}" for name in _ADMIN),
}


def parse(text: str) -> tuple[str, ...]:
    """Scopes in a space- (or plus-) separated list, in order, once each. ValueError names the first unknown one."""
    found = dict.fromkeys(text.replace("+", " ").split())
    for scope in found:
        if scope not in ALL:
            raise ValueError(f"The requested scope is invalid, unknown, or malformed: {scope[:60]}")
    return tuple(found)


def expand(scopes: tuple[str, ...] | list[str]) -> frozenset[str]:
    """All that the scopes allow, themselves included."""
    return frozenset(scopes).union(*(_CHILDREN.get(scope, ()) for scope in scopes))


def within(asked: tuple[str, ...], granted: tuple[str, ...] | list[str]) -> bool:
    """Whether every scope that is asked for is covered by those that are granted."""
    return set(asked) <= expand(granted)
