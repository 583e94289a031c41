"""What a member's posts are unless they say otherwise."""

from typing import NamedTuple

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.posts.types import Audience

SQL = load(__package__, "create.sql")


class PostingDefaults(NamedTuple):
    """Audience, language (None: not chosen) and whether media are sensitive."""

    audience: Audience
    language: str | None
    sensitive: bool


async def posting_defaults(db: Database, member_id: int) -> PostingDefaults:
    """A member's defaults; public, no language and not sensitive for who is none."""
    row = await db.maybe(SQL.posting_defaults, {"member": member_id})
    if row is None:
        return PostingDefaults(Audience.PUBLIC, None, sensitive=False)
    return PostingDefaults(Audience(row.default_audience), row.default_language, row.default_sensitive)
