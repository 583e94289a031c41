"""Media that a hash list knows: the same bytes, or a picture that looks the same."""

from collections.abc import Sequence
from typing import Any, Literal

from parvis.db.pool import Database, Verbs
from parvis.db.sql import load
from parvis.kernel.errors import Invalid
from parvis.kernel.ids import new_id
from parvis.moderation.signals.near import OUTCOMES
from parvis.moderation.signals.pdq import neighbours
from parvis.moderation.types import Findings, Signal, SignalKind, Subject
from parvis.settings import Moderation

SQL = load(__package__, "images.sql")

Category = Literal["minors", "terrorism", "intimate", "other"]
CATEGORIES: tuple[Category, ...] = ("minors", "terrorism", "intimate", "other")
"""What lists are of, the gravest first."""

DECIDED = "decided"
"""The name of the local lists of what was decided here."""

_NOTHING = Findings()


def check_category(category: str) -> None:
    """Invalid where there is no such category."""
    if category not in CATEGORIES:
        raise Invalid("category", f"must be one of {', '.join(CATEGORIES)}")


class Hashes:
    """The detector `hashes`."""

    name = "hashes"
    waits = True
    signals = (
        Signal(
            "hashes.category",
            SignalKind.TEXT,
            "What the hash list is of that knows the picture",
            "Ce que recense la liste d'empreintes qui connaît l'image",
            CATEGORIES,
        ),
        Signal("hashes.list", SignalKind.TEXT, "The name of that list", "Le nom de cette liste"),
        Signal(
            "hashes.distance",
            SignalKind.COUNT,
            "In how many of 256 bits the picture differs from the listed one: 0 is the same, 31 the most that is looked for",
            "De combien de bits sur 256 l'image diffère de celle de la liste : 0 si c'est la même, 31 au plus",
        ),
        Signal(
            "hashes.exact",
            SignalKind.FLAG,
            "The file is the listed one, byte for byte",
            "Le fichier est celui de la liste, à l'octet près",
        ),
    )

    def __init__(self, db: Database, settings: Moderation) -> None:
        self._db = db
        self._most = settings.pdq_distance
        self._quality = settings.pdq_quality

    async def detect(self, subject: Subject) -> Findings:
        """The gravest list that knows one of the subject's media; of two as grave the one that holds its very bytes."""
        files = sorted({name for name in subject.media if name})
        if not files:
            return _NOTHING
        known = await self._db.one(SQL.find_digests, {"files": files, "quality": self._quality})
        frames = [_asked(frame, self._most) for frame in known.frames or ()]
        if len(frames) == 1:
            near = [await self._db.maybe(SQL.find_pictures, frames[0])]
        else:
            near = await self._db.each(SQL.find_pictures, frames) if frames else []
        found = [(CATEGORIES.index(row.category), 1, row.distance, row.name) for row in near if row]
        if known.name:
            found.append((CATEGORIES.index(known.category), 0, 0, known.name))
        if not found:
            return _NOTHING
        rank, is_near, distance, name = min(found)
        return Findings(
            {
                "hashes.category": CATEGORIES[rank],
                "hashes.list": name,
                "hashes.distance": distance,
                "hashes.exact": not is_near,
            }
        )


def _asked(frame: bytes, most: int) -> dict[str, Any]:
    """What finds the pictures near a frame. As text: the driver takes far longer over lists."""
    words = ",".join(f'"{{{",".join(map(str, word))}}}"' for word in neighbours(frame))
    return {"hash": f"{int.from_bytes(frame, 'big'):0256b}", "words": f"{{{words}}}", "most": most}


async def remember_media(
    tx: Verbs, files: Sequence[str], outcome: str, category: str, decision_id: int | None, settings: Moderation
) -> int:
    """Keep what was decided on stored files, in the transaction of the decision; the latest decision counts.

    "violation" puts their hashes on the local list `decided` of the category ("other" where no list is of it); "allowed"
    takes them, and all that looks like them, off the local lists. Lists from elsewhere stay as they are. Returns how many
    hashes came or went; Invalid names an unknown outcome.
    """
    if outcome not in OUTCOMES:
        raise Invalid("outcome", f"must be one of {', '.join(OUTCOMES)}")
    if not files:
        return 0
    params: dict[str, Any] = {"files": list(files), "quality": settings.pdq_quality, "name": DECIDED}
    if outcome == "allowed":
        gone = await tx.run(SQL.allow_digests, params)
        for row in await tx.all(SQL.frames, params):
            gone += await tx.run(SQL.allow_pictures, {**_asked(row.hash, settings.pdq_distance), "name": DECIDED})
        return gone
    params["category"] = category if category in CATEGORIES else "other"
    row = await tx.one(SQL.keep_list, {**params, "id": new_id()})
    params |= {"list": row.id, "decision": decision_id}
    return await tx.run(SQL.list_digests, params) + await tx.run(SQL.list_pictures, params)
