"""Near-duplicates of what was already decided.

Every look-up asks PostgreSQL: a decision counts for the very next text on every process and machine, and there is no
index of our own to be behind it. What texts under screening ask at the same time is asked in one statement.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from parvis.db.combine import Combiner
from parvis.db.pool import Database, Verbs
from parvis.db.sql import load
from parvis.kernel.errors import Invalid
from parvis.kernel.ids import new_id
from parvis.moderation.signals.sketch import Sketch, bands, likeness, restored, sketch
from parvis.moderation.types import Evidence, Findings, Signal, SignalKind, Subject, Value
from parvis.settings import Moderation

SQL = load(__package__, "near.sql")

Outcome = Literal["violation", "allowed"]
OUTCOMES: tuple[Outcome, ...] = ("violation", "allowed")
_NOTHING = Findings()


class Match(msgspec.Struct, frozen=True):
    """The decided text that counts for one that is like it."""

    outcome: Outcome
    category: str
    likeness: float


async def remember(
    tx: Verbs, text: str, outcome: str, category: str, decision_id: int | None = None, subject_id: int | None = None
) -> bool:
    """Keep the sketch of a decided text, in the transaction of its decision; the latest decision on a text counts.

    False where nothing of the text can be compared (it is empty, or marks only). Invalid names an unknown outcome.
    """
    if outcome not in OUTCOMES:
        raise Invalid("outcome", f"must be one of {', '.join(OUTCOMES)}")
    made = sketch(text)
    if made is None:
        return False
    violation = outcome == "violation"
    row = await tx.one(
        SQL.remember_text,
        {
            "id": new_id(),
            "key": made.key,
            "violation": violation,
            "category": category,
            "sketch": made.stored,
            "decision": decision_id,
            "subject": subject_id,
        },
    )
    found = {"id": row.id, "gone": _bands(made, not violation), "bands": _bands(made, violation)}
    await tx.run(SQL.remember_bands, found)
    return True


class Near:
    """The detector `near`."""

    name = "near"
    waits = True
    signals = (
        Signal(
            "near.outcome",
            SignalKind.TEXT,
            "What was decided on a text that is nearly the same",
            "Ce qui a été décidé d'un texte presque identique",
            OUTCOMES,
        ),
        Signal(
            "near.category",
            SignalKind.TEXT,
            "The category of the decision on that text",
            "La catégorie de la décision sur ce texte",
        ),
        Signal(
            "near.likeness",
            SignalKind.SHARE,
            "How alike the two texts are: 1 is the same but for case, accents and punctuation",
            "À quel point ces textes se ressemblent : 1 s'ils ne diffèrent que par la casse, les accents, la ponctuation",
        ),
    )

    def __init__(self, db: Database, settings: Moderation) -> None:
        self._db = db
        self._least = settings.near_percent / 100
        self._most = settings.near_candidates
        self._asking: Combiner[Sequence[Sketch], list[Match | None]] = Combiner(self._ask)

    async def detect(self, subject: Subject) -> Findings:
        """What was decided on the like of the subject's texts: "allowed" only where that is so of every one of them."""
        made = [(at, one) for at, passage in enumerate(subject.passages) if (one := sketch(passage.text)) is not None]
        if not made:
            return _NOTHING
        matches = await self._asking.add([one for _, one in made])
        found = [(at, match) for (at, _), match in zip(made, matches, strict=True) if match is not None]
        bad = [(at, match) for at, match in found if match.outcome == "violation"]
        if bad:
            evidence = tuple(
                Evidence("near.likeness", at, 0, len(subject.passages[at].text), match.likeness, match.category)
                for at, match in bad
            )
            return Findings(_values(max((match for _, match in bad), key=_likeness)), evidence)
        if len(found) < len(made):
            return _NOTHING
        return Findings(_values(min((match for _, match in found), key=_likeness)))

    async def _ask(self, batch: Sequence[Sequence[Sketch]]) -> list[list[Match | None]]:
        sketches = [one for several in batch for one in several]
        texts: list[int] = []
        values: list[int] = []
        for number, one in enumerate(sketches):
            allowed = bands(one).tolist()
            values += allowed
            values += [band | 1 for band in allowed]
            texts += [number] * (2 * len(allowed))
        # As text: the driver takes five times as long over lists.
        asked = {"texts": _array(texts), "bands": _array(values), "most": self._most}
        rows = await self._db.all(SQL.find_near, asked)
        candidates: list[list[Any]] = [[] for _ in sketches]
        for row in rows:
            candidates[row.asked].append(row)
        matches = iter([self._best(one, rows) for one, rows in zip(sketches, candidates, strict=True)])
        return [[next(matches) for _ in several] for several in batch]

    def _best(self, one: Sketch, rows: list[Any]) -> Match | None:
        """The likest, and of two that are as like the violation."""
        best: Match | None = None
        shares = likeness(one, [restored(row.text_key, row.sketch) for row in rows])
        for row, share in zip(rows, shares.tolist(), strict=True):
            if share < self._least or (best and share < best.likeness):
                continue
            if best is None or share > best.likeness or row.violation:
                best = Match("violation" if row.violation else "allowed", row.category, share)
        return best


def _likeness(match: Match) -> float:
    return match.likeness


def _values(match: Match) -> dict[str, Value]:
    return {"near.outcome": match.outcome, "near.category": match.category, "near.likeness": match.likeness}


def _array(numbers: list[int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"


def _bands(of: Sketch, violation: bool) -> list[int]:
    return (bands(of) | violation).tolist()
