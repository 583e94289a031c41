"""Finding accounts by their names."""

import re

from parvis.accounts.cache import AccountEntry, Accounts
from parvis.db.pool import Database
from parvis.db.sql import load

SQL = load(__package__, "accounts.sql")

_HANDLE = re.compile(r"^@?([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9.:-]{1,260}))?$")
_PROFILE_PATH = re.compile(r"^/(?:@|users/)([A-Za-z0-9_]{1,64})/?$")
_WORD = re.compile(r"\w+")
_MOST_WORDS = 10
_AFTER_ALL = "\U0010ffff"


class AccountSearch:
    """Searches accounts."""

    def __init__(self, db: Database, accounts: Accounts, domain: str) -> None:
        self._db = db
        self._accounts = accounts
        self._domain = domain

    async def find(
        self, viewer_id: int | None, text: str, limit: int, offset: int, *, following: bool = False
    ) -> list[AccountEntry]:
        """Active accounts that fit; `following` narrows to those whom the viewer follows."""
        text = text.strip()
        handle = _HANDLE.match(text)
        if handle is not None:
            if handle[2] is not None and handle[2].lower() != self._domain:
                return []
            text = handle[1]
        words = _WORD.findall(text.lower())[:_MOST_WORDS]
        if not words:
            return []
        rows = await self._db.all(
            SQL.search_accounts,
            {
                "viewer": viewer_id,
                "low": text.lower(),
                "high": text.lower() + _AFTER_ALL,
                "words": " & ".join(f"{word}:*" for word in words),
                "following": following,
                "limit": limit,
                "offset": offset,
            },
        )
        ids = [row.id for row in rows]
        found = await self._accounts.find_many(ids)
        return [found[account_id] for account_id in ids if account_id in found and found[account_id].active]

    async def by_address(self, url: str) -> AccountEntry | None:
        """The account whose page or identifier on this server the URL is."""
        if not url.startswith(f"{self._accounts.origin}/"):
            return None
        match = _PROFILE_PATH.match(url.removeprefix(self._accounts.origin))
        account_id = await self.id_of(match[1].lower()) if match else None
        return await self._accounts.find(account_id) if account_id is not None else None

    async def id_of(self, username: str) -> int | None:
        """The active local account of that name (in lower case)."""
        row = await self._db.maybe(SQL.active_id, {"username": username})
        return int(row.id) if row is not None else None
