"""What the author of a post is told of what moderation did to it: the rule, the words that weighed, what happens next."""

from datetime import datetime
from typing import Literal

import msgspec

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import NotFound
from parvis.moderation.findings import fitting, passages_of, read
from parvis.moderation.policy.archive import Archive
from parvis.moderation.policy.rules import Rule
from parvis.moderation.types import Evidence, Passage

SQL = load(__package__, "statement.sql")


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One post, for its author."""

    post_id: int
    state: Literal["waiting", "contested", "upheld", "released"]
    """waiting: held, nobody has looked yet. contested: its author said why it should not be. upheld: a person has looked, it
    stays out of sight. released: everybody may see it."""
    rule: (
        Rule | None
    )  # as it stood when a person, or before them the machine, applied it; None: it could not be checked
    opened_at: datetime
    contested_at: datetime | None
    decided_at: datetime | None  # by a person; None: none has yet
    by_machine: bool  # that it was held was found by a machine
    passages: tuple[Passage, ...]
    evidence: tuple[Evidence, ...]  # into `passages`

    @property
    def may_contest(self) -> bool:
        """Whether its author may (still) say why it should not be held."""
        return self.state in ("waiting", "upheld")


class Statements:
    """Reads statements."""

    def __init__(self, db: Database, archive: Archive) -> None:
        self._db = db
        self._archive = archive

    async def of(self, account_id: int, post_id: int) -> Statement:
        """The statement on a post of this account. NotFound where moderation never held a post of theirs by that id."""
        row = await self._db.maybe(SQL.authored_case, {"account": account_id, "post": post_id})
        if row is None or not (row.held or row.state == 1 or row.decision == "released"):
            raise NotFound
        found = read(row.findings)
        passages = passages_of(row.source, row.spoiler, row.descriptions or ())
        stands = bool(row.decided_at and (row.screened_at is None or row.decided_at > row.screened_at))
        changed = bool(row.screened_at and row.edited_at and row.edited_at > row.screened_at)
        return Statement(
            post_id=post_id,
            state=_state(row.open, row.state == 1, row.contested_at, row.decision),
            rule=await self._archive.rule(row.rule, (stands and row.decided_under) or row.policy),
            opened_at=row.opened_at,
            contested_at=row.contested_at,
            decided_at=row.decided_at,
            by_machine=row.policy is not None and (not stands or row.rule in row.rules),
            passages=passages,
            evidence=() if changed else fitting(found, passages),
        )


def _state(
    is_open: bool, held: bool, contested_at: datetime | None, decision: str | None
) -> Literal["waiting", "contested", "upheld", "released"]:
    if not held:
        return "released"
    if is_open:
        return "contested" if contested_at else "waiting"
    return "upheld" if decision == "upheld" else "waiting"
