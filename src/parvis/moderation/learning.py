"""Decisions as labelled data: what reviewers decided, for export and for fitting the model to one community."""

import msgspec

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.moderation.model import CATEGORIES

SQL = load(__package__, "learning.sql")


class Decided(msgspec.Struct, frozen=True):
    """A text that people decided on: whether it was a violation, of which category of the model ('': another one)."""

    text: str
    violation: bool
    category: str
    language: str
    post: str


async def decided(db: Database) -> list[Decided]:
    """All of them, by post."""
    return [
        Decided(
            "\n".join(part for part in (row.spoiler, row.source) if part),
            row.kind == "upheld",
            row.category if row.category in CATEGORIES else "",
            row.language or "",
            str(row.subject_id),
        )
        for row in await db.all(SQL.decided_texts)
        if row.source or row.spoiler
    ]
