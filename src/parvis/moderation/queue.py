"""The open cases for those who decide, and one case with all that is known of it. Nothing here asks who reads: only routes
for staff lead here."""

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from parvis.db.pool import Database
from parvis.db.sql import load
from parvis.kernel.errors import NotFound
from parvis.kernel.ids import MAX_ID
from parvis.moderation import events
from parvis.moderation.findings import Found, fitting, passages_of, read
from parvis.moderation.types import Evidence, Passage
from parvis.posts.types import HELD, Audience

SQL = load(__package__, "queue.sql")

_OTHER_CASES = 5
_START = (False, -32768, 0, 0)
_SCREENINGS = ("screened", "rescreened")


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which open cases."""

    category: str = ""  # empty: all
    state: Literal["", "held", "published", "contested"] = ""  # empty: all


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases are open."""

    open: int
    held: int
    contested: int
    categories: dict[str, int]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A case in the queue."""

    account_id: int
    kind: str  # post, profile
    subject_id: int
    held: bool
    category: str
    rule: str  # empty: it is here because a detector failed
    gravity: int
    risk: int  # thousandths
    contested_at: datetime | None
    opened_at: datetime
    username: str
    display_name: str
    audience: str | None  # public, unlisted, private, direct; None where it is no post
    language: str | None
    media: int
    excerpt: str

    @property
    def cursor(self) -> str:
        """Where the next page begins: after this case."""
        micros = round(self.opened_at.timestamp() * 1_000_000)
        return f"{int(not self.held)}.{-self.gravity}.{micros}.{self.subject_id}"


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a case."""

    id: int
    kind: str
    at: datetime
    actor_id: int | None  # None: the machine
    actor: str | None  # user name; None for the machine, and for who left
    policy: int | None
    model: str
    answer: str
    effects: tuple[str, ...]
    rules: tuple[str, ...]
    note: str


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of the post: names of stored files."""

    description: str
    original: str | None
    small: str | None


class PostFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The post that a case is about, beside its words."""

    audience: str
    language: str | None
    held: bool
    created_at: datetime
    edited_at: datetime | None
    pictures: tuple[Picture, ...]


class Parent(msgspec.Struct, frozen=True, kw_only=True):
    """What the post answers, where everybody may see it."""

    id: int
    username: str
    display_name: str
    text: str
    at: datetime


class OtherCase(msgspec.Struct, frozen=True, kw_only=True):
    """Another open case of the same author."""

    kind: str
    subject_id: int
    held: bool
    category: str
    rule: str
    opened_at: datetime


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the author."""

    id: int
    username: str
    display_name: str
    joined: datetime
    active: bool
    posts: int
    upheld: int  # decisions: a violation
    released: int  # decisions: none
    contested: int
    refused: int
    open: int  # cases, this one included
    hold_rule: str | None  # the rule that stopped the account until a person has looked; None: it is not stopped
    hold_since: datetime | None
    others: tuple[OtherCase, ...]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case with all that is known of it."""

    account_id: int
    kind: str
    subject_id: int
    open: bool
    held: bool
    category: str
    rule: str
    gravity: int
    risk: int
    contested_at: datetime | None
    opened_at: datetime
    updated_at: datetime
    passages: tuple[Passage, ...]  # as they stand now; of what was never stored, as they were sent
    evidence: tuple[Evidence, ...]  # into `passages`
    changed: bool  # the words are others than those that were looked at: then nothing of them is marked
    found: Found  # by the last screening
    rules: tuple[str, ...]  # that matched then, the gravest first
    policy: int | None  # that judged
    model: str
    post: PostFacts | None  # None where it is no post, or was deleted
    parent: Parent | None
    happenings: tuple[Happening, ...]  # oldest first
    author: Author


class Queue:
    """Reads cases."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def counts(self) -> Counts:
        """How many cases are open."""
        rows = await self._db.all(SQL.queue_counts)
        return Counts(
            open=sum(row.open for row in rows),
            held=sum(row.held for row in rows),
            contested=sum(row.contested for row in rows),
            categories={row.category: row.open for row in rows},
        )

    async def page(self, wanted: Filter, *, after: str = "", limit: int = 20) -> list[Waiting]:
        """Open cases: held ones first, then the gravest, then the oldest. `after` is the `cursor` of the last case of the
        page before; one that is none begins at the start."""
        published, gravity, micros, ident = _place(after)
        if wanted.state == "published" and not published:
            published, gravity, micros, ident = True, *_START[1:]  # what is held is not read first, to be left out
        rows = await self._db.all(
            SQL.queue_page,
            {
                "category": wanted.category,
                "held": {"held": True, "published": False}.get(wanted.state),
                "contested": wanted.state == "contested",
                "after_published": published,
                "after_gravity": gravity,
                "after_opened": datetime.fromtimestamp(micros // 1_000_000, UTC).replace(
                    microsecond=micros % 1_000_000
                ),
                "after_id": ident,
                "limit": limit,
            },
        )
        return [_waiting(row) for row in rows]

    async def case(self, kind: str, subject_id: int) -> Case:
        """One case, open or decided. NotFound."""
        row = await self._db.maybe(SQL.find_case, {"kind": kind, "subject": subject_id})
        if row is None:
            raise NotFound
        history = await self._db.all(events.SQL.events_of_subject, {"subject": subject_id, "account": row.account_id})
        author = await self._author(row)
        parent = None
        if row.reply_to_id is not None:
            parent = await self._db.maybe(SQL.parent_post, {"id": row.reply_to_id})
        last = next((event for event in reversed(history) if event.kind in _SCREENINGS), None)
        found = read(last.findings if last else None)
        pictures = msgspec.convert(row.pictures or [], tuple[Picture, ...])
        if row.post_id is not None:
            passages = passages_of(row.source, row.spoiler, [picture.description for picture in pictures])
        elif row.kind == "profile" and not found.texts:
            parts = (("display_name", row.display_name), ("note", row.note))
            passages = tuple(Passage(field, text) for field, text in parts if text)
        else:
            passages = tuple(Passage(*pair) for pair in zip(found.fields, found.texts, strict=False))
        changed = bool(last and row.edited_at and row.edited_at > last.created_at)
        return Case(
            account_id=row.account_id,
            kind=row.kind,
            subject_id=row.subject_id,
            open=row.open,
            held=row.held,
            category=row.category,
            rule=row.rule,
            gravity=row.gravity,
            risk=row.risk,
            contested_at=row.contested_at,
            opened_at=row.opened_at,
            updated_at=row.updated_at,
            passages=passages,
            evidence=() if changed else fitting(found, passages),
            changed=changed,
            found=found,
            rules=tuple(last.rules) if last else (),
            policy=last.policy if last else None,
            model=last.model if last else "",
            post=_post(row, pictures) if row.post_id is not None else None,
            parent=_parent(parent) if parent is not None else None,
            happenings=tuple(_happening(event) for event in history),
            author=author,
        )

    async def _author(self, case: Any) -> Author:
        row = await self._db.one(SQL.author_record, {"account": case.account_id})
        wanted = {"account": case.account_id, "kind": case.kind, "subject": case.subject_id, "limit": _OTHER_CASES}
        others = await self._db.all(SQL.other_cases, wanted) if row.open > int(case.open) else []
        return Author(
            id=row.id,
            username=row.username,
            display_name=row.display_name,
            joined=row.created_at,
            active=row.state == 0,
            posts=row.posts or 0,
            upheld=row.upheld,
            released=row.released,
            contested=row.contested,
            refused=row.refused,
            open=row.open,
            hold_rule=row.hold_rule,
            hold_since=row.hold_since,
            others=tuple(OtherCase(**other._asdict()) for other in others),
        )


def _place(cursor: str) -> tuple[bool, int, int, int]:
    parts = cursor.split(".")
    try:
        published, gravity, micros, ident = (int(part) for part in parts)
    except ValueError:
        return _START
    if not (abs(gravity) < 32768 and 0 <= micros < 2**53 and 0 <= ident <= MAX_ID):
        return _START
    return bool(published), gravity, micros, ident


def _waiting(row: Any) -> Waiting:
    fields = row._asdict()
    fields["audience"] = None if row.audience is None else Audience(row.audience).word
    fields["media"] = row.media or 0
    fields["excerpt"] = row.excerpt or ""
    return Waiting(**fields)


def _post(row: Any, pictures: tuple[Picture, ...]) -> PostFacts:
    return PostFacts(
        audience=Audience(row.audience).word,
        language=row.language,
        held=row.state == HELD,
        created_at=row.created_at,
        edited_at=row.edited_at,
        pictures=pictures,
    )


def _parent(row: Any) -> Parent:
    text = " · ".join(part for part in (row.spoiler, row.source) if part)
    return Parent(id=row.id, username=row.username, display_name=row.display_name, text=text, at=row.created_at)


def _happening(row: Any) -> Happening:
    return Happening(
        id=row.id,
        kind=row.kind,
        at=row.created_at,
        actor_id=row.actor_id,
        actor=row.actor,
        policy=row.policy,
        model=row.model,
        answer=row.answer,
        effects=tuple(row.effects),
        rules=tuple(row.rules),
        note=row.note,
    )
