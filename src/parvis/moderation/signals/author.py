"""Signal (f): who writes. The record of an author is kept for some seconds; posts written meanwhile are counted on top."""

from typing import Any

import msgspec

from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Event, Kind
from parvis.db.sql import load
from parvis.kernel.ids import EPOCH_MS, RANDOM_BITS
from parvis.kernel.lru import Lru, Watch
from parvis.moderation.types import Findings, Signal, SignalKind, Subject, Value

SQL = load(__package__, "author.sql")

_HOUR_MS = 3_600_000


class _Record(msgspec.Struct):
    at_ms: int  # the moment it is of
    posts_hour: int
    violations: int
    held: int
    on_hold: bool


class Author:
    """`author.*`: the author's context."""

    name = "author"
    waits = True
    signals = (
        Signal("author.age_hours", SignalKind.NUMBER, "hours since the account was made", "l'âge du compte, en heures"),
        Signal(
            "author.posts_hour", SignalKind.COUNT, "posts in the last hour", "les publications de la dernière heure"
        ),
        Signal(
            "author.strangers",
            SignalKind.COUNT,
            "people mentioned who do not follow the author",
            "les personnes mentionnées qui ne suivent pas l'auteur",
        ),
        Signal(
            "author.violations",
            SignalKind.COUNT,
            "decisions against the author that still count",
            "les décisions contre l'auteur qui comptent encore",
        ),
        Signal("author.held", SignalKind.COUNT, "posts of the author that wait held", "les publications en attente"),
        Signal(
            "author.on_hold",
            SignalKind.FLAG,
            "suspended until a person has looked at the account",
            "suspendu jusqu'à ce qu'une personne ait examiné le compte",
        ),
    )

    def __init__(self, db: Database, changes: Changes, *, kept: int, seconds: int, days: int) -> None:
        """Keeps `kept` records for `seconds` each; a decision counts for `days`."""
        self._db = db
        self._kept: Lru[int, _Record] = Lru(kept)
        self._watch: Watch[int] = Watch()
        self._ms = seconds * 1000
        self._days = days
        changes.on(Kind.MODERATED, self._forget)
        changes.on(Kind.RESET, lambda _: self._kept.clear())

    def _forget(self, event: Event) -> None:
        self._kept.drop(event.a)
        self._watch.changed(event.a)

    async def detect(self, subject: Subject) -> Findings:
        """See the class. A name has no author yet."""
        if not subject.account_id or subject.kind == "scan":
            return Findings()
        record = await self._record(subject)
        values: dict[str, Value] = {
            "author.age_hours": round(max(0, subject.at_ms - _born(subject.account_id)) / _HOUR_MS, 3),
            "author.posts_hour": record.posts_hour,
            "author.violations": record.violations,
            "author.held": record.held,
            "author.on_hold": record.on_hold,
        }
        people = [
            person for person in subject.mention_ids if person not in (subject.account_id, subject.reply_to_account_id)
        ]
        if people:
            row = await self._db.one(SQL.strangers, {"people": people, "account": subject.account_id})
            values["author.strangers"] = row.strangers
        if subject.kind == "post":
            record.posts_hour += 1
        return Findings(values)

    async def _record(self, subject: Subject) -> _Record:
        record = self._kept.get(subject.account_id)
        if record is not None and 0 <= subject.at_ms - record.at_ms < self._ms:
            return record
        with self._watch.reading({subject.account_id}) as unchanged:
            moment, hour = (max(0, at - EPOCH_MS) << RANDOM_BITS for at in (subject.at_ms, subject.at_ms - _HOUR_MS))
            row: Any = await self._db.one(
                SQL.record, {"account": subject.account_id, "moment": moment, "hour": hour, "days": self._days}
            )
            record = _Record(subject.at_ms, row.posts_hour, row.violations, row.held, row.on_hold)
            if unchanged(subject.account_id):
                self._kept.put(subject.account_id, record)
        return record


def _born(account_id: int) -> int:
    """When an account was made, in milliseconds of the Unix epoch: its id says so."""
    return (account_id >> RANDOM_BITS) + EPOCH_MS
