"""Signal (g): what members report, weighed by how often each of them was right. A post that is new has no reports: the
database is only asked about one that is reported or edited."""

from parvis.db.pool import Database, Verbs
from parvis.db.sql import load
from parvis.moderation.types import Findings, Signal, SignalKind, Subject, Value

SQL = load(__package__, "reports.sql")

_KINDS = ("report", "edit")


class Reported:
    """`reports.count` and `reports.weight`."""

    name = "reports"
    waits = True
    signals = (
        Signal("reports.count", SignalKind.COUNT, "members who report it", "le nombre de membres qui le signalent"),
        Signal(
            "reports.weight",
            SignalKind.NUMBER,
            "what their reports weigh: for each of them, the share of their reports that proved right (0.5 at first)",
            "le poids de leurs signalements : pour chacun, la part des siens qui se sont avérés justes (0,5 au début)",
        ),
    )

    def __init__(self, db: Database, most: int) -> None:
        """Of more than `most` reporters of one subject, `most` are weighed and counted."""
        self._db = db
        self._most = most

    async def detect(self, subject: Subject) -> Findings:
        """See the class."""
        if subject.kind not in _KINDS:
            return Findings()
        return Findings(await weigh(self._db, subject.id, self._most))


async def weigh(db: Verbs, subject_id: int, most: int) -> dict[str, Value]:
    """The signals of a subject as its open reports give them."""
    row = await db.one(SQL.weigh_reports, {"subject": subject_id, "most": most})
    return {"reports.count": row.count, "reports.weight": round(row.weight, 3)} if row.count else {}
