"""Hashtags: how much they are used, and who follows them."""

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import quote

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.clock import now
from parvis.kernel.errors import Invalid
from parvis.kernel.ids import EPOCH_MS, id_at, new_id
from parvis.kernel.paging import Page, Slice
from parvis.kernel.text import ORIGIN

SQL = load(__package__, "tags.sql")

DAYS = 7
_MOST_USES = 5000  # of one hashtag that are counted
_MOST_FOLLOWED = 1000
_DAY_S = 86_400


class Use(NamedTuple):
    """One day of a hashtag: midnight in Unix seconds, posts, and members who wrote them."""

    day: int
    uses: int
    people: int


class TagInfo(NamedTuple):
    """A hashtag as it is shown."""

    name: str
    history: Sequence[Use]  # the last seven days, today first
    following: bool | None = None  # None: not said


class Tags:
    """Reads hashtags and writes who follows them. Names are tag keys (see `kernel.markup.tag_key`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, name: str, member_id: int | None) -> TagInfo:
        """A hashtag; one that nobody used has seven days of nothing."""
        rows = await self._db.all(
            SQL.tag_with_history,
            {
                "name": name,
                "member": member_id,
                "epoch_ms": EPOCH_MS,
                "floor": id_at(now() - timedelta(days=DAYS)),
                "most": _MOST_USES,
            },
        )
        by_day = {row.day: (row.uses, row.people) for row in rows if row.day is not None}
        return TagInfo(name, history(by_day), rows[0].following if member_id is not None else None)

    async def follow(self, member_id: int, name: str) -> None:
        """Follow a hashtag."""
        params = {"member": member_id, "name": name, "id": new_id(), "most": _MOST_FOLLOWED}
        if not await self._db.run(SQL.follow_tag, params):
            raise Invalid("name", f"more than {_MOST_FOLLOWED} hashtags can't be followed", "ERR_TOO_MANY")

    async def unfollow(self, member_id: int, name: str) -> None:
        """Follow it no longer."""
        await self._db.run(SQL.unfollow_tag, {"member": member_id, "name": name})

    async def followed(self, member_id: int, page: Page) -> Slice[TagInfo]:
        """The hashtags that a member follows, last first."""
        query = SQL.followed_newer if page.ascending else SQL.followed_older
        params = {"member": member_id, "max_id": page.max_id, "floor": page.floor, "limit": page.limit}
        rows = await self._db.all(query, params)
        if page.ascending:
            rows = rows[::-1]
        tags = [plain(row.name, following=True) for row in rows]
        if not rows:
            return Slice(tags)
        return Slice(tags, rows[0].id, rows[-1].id, more=page.ascending or len(rows) == page.limit)

    async def followed_among(self, member_id: int, names: Sequence[str]) -> set[str]:
        """Which of these a member follows."""
        return {row.name for row in await self._db.all(SQL.followed_among, {"member": member_id, "names": list(names)})}


def plain(name: str, *, following: bool | None) -> TagInfo:
    """A hashtag in a list, where its use is not counted."""
    return TagInfo(name, history({}), following)


def as_json(tag: TagInfo) -> dict[str, object]:
    """A hashtag as clients get it (Mastodon's `Tag`), with the marker of our address."""
    shown: dict[str, object] = {
        "id": tag.name,
        "name": tag.name,
        "url": f"{ORIGIN}/tags/{quote(tag.name)}",
        "history": [{"day": str(use.day), "uses": str(use.uses), "accounts": str(use.people)} for use in tag.history],
    }
    if tag.following is not None:
        shown["following"] = tag.following
    return shown


def history(by_day: Mapping[int, tuple[int, int]]) -> list[Use]:
    """The last seven days, by posts and members of each day since 1970."""
    today = int(time.time()) // _DAY_S
    return [Use(day * _DAY_S, *by_day.get(day, (0, 0))) for day in range(today, today - DAYS, -1)]
