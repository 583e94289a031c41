"""What authentication yields."""

from enum import IntEnum

import msgspec


class Role(IntEnum):
    """A member's role; each includes the ones before it."""

    MEMBER = 0
    MODERATOR = 1
    ADMIN = 2
    OWNER = 3

    @classmethod
    def of(cls, word: str) -> "Role":
        """The role by its word, in any case. ValueError where there is none."""
        try:
            return cls[word.upper()]
        except KeyError:
            raise ValueError(f"{word!r} is not a role: use member, moderator, admin or owner") from None


class Grant(msgspec.Struct, frozen=True):
    """What a token or a browser session lets its bearer do. `account_id` is None for an app's own token."""

    token_id: int
    app_id: int | None
    account_id: int | None
    scopes: frozenset[str]
    role: Role = Role.MEMBER
    locale: str = "en"
    confirmed: bool = True
    approved: bool = True
    disabled: bool = False
    suspended: bool = False
    session: bool = False  # a browser session, not an app's token

    @property
    def usable(self) -> bool:
        """Whether a member behind it may act at all."""
        return self.confirmed and self.approved and not self.disabled and not self.suspended
