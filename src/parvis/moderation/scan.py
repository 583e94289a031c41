"""Screening the archive again, under the policy and the model of now. A scan is cut into parts that any number of workers
take, on any machine that reaches the database; each batch takes effect together with how far its part came, so that a scan
that was stopped goes on where it was, and nothing is done twice."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from parvis.db.changes import Changes, Telling
from parvis.db.pool import Database
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel.errors import Conflict, NotFound
from parvis.kernel.ids import EPOCH_MS, MAX_ID, RANDOM_BITS, new_id
from parvis.moderation.events import ScreeningRecord
from parvis.moderation.gate import AUDIENCES, ground, risk
from parvis.moderation.policy.evaluate import Judgement
from parvis.moderation.policy.versions import Active, Policies
from parvis.moderation.screen import Screening
from parvis.moderation.sift import Sifter
from parvis.moderation.types import Passage, Subject
from parvis.posts.gate import Answer
from parvis.posts.release import Releaser

SQL = load(__package__, "scan.sql")

_PARTS = 64
_EXAMPLES = 3  # of each part
_EXCERPT = 160
_AUDIENCES = {audience.value: name for audience, name in AUDIENCES.items()}  # by number, as rows have it


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a scan came."""

    id: int
    policy: int
    model: str
    dry: bool
    posts: int  # about how many there are
    screened: int
    held: int
    queued: int
    rules: dict[str, int]
    examples: list[dict[str, Any]]
    done: bool
    stopped: str


class Scanner:
    """Begins scans, works on them, says how far they are."""

    def __init__(
        self,
        db: Database,
        changes: Changes,
        policies: Policies,
        sifter: Sifter,
        releaser: Releaser,
        *,
        model: str,
        batch: int,
        patience_s: int,
    ) -> None:
        """`batch` posts are screened together; a worker that was not heard of for `patience_s` loses its part."""
        self._db = db
        self._changes = changes
        self._policies = policies
        self._sifter = sifter
        self._releaser = releaser
        self._model = model
        self._batch = batch
        self._patience_s = patience_s

    async def begin(self, *, dry: bool, since_ms: int = 0) -> int:
        """A new scan over all posts from a moment on (Unix milliseconds); returns its id. Conflict while another one is not
        over."""
        other = await self._db.maybe(SQL.unended)
        if other is not None:
            raise Conflict(f"The scan {other.id} is not over: resume it, or end it first")
        active = await self._policies.latest()
        since = max(0, since_ms - EPOCH_MS) << RANDOM_BITS
        bounds = await self._db.one(SQL.scan_bounds, {"since": since})
        low, high = bounds.low or 0, (bounds.high or 0) + 1
        scan_id = new_id()
        edges = [low + (high - low) * at // _PARTS for at in range(_PARTS + 1)]
        async with self._db.transaction() as tx:
            await tx.run(
                SQL.begin_scan,
                {
                    "id": scan_id,
                    "policy": active.version,
                    "model": self._model,
                    "dry": dry,
                    "since": low,
                    "until": min(high, MAX_ID),
                    "posts": bounds.posts,
                },
            )
            parts = {"parts": list(range(_PARTS)), "lows": edges[:-1], "highs": edges[1:]}
            await tx.run(SQL.begin_parts, {"scan": scan_id, **parts})
        return scan_id

    async def unended(self) -> int | None:
        """The scan that is not over, if any."""
        row = await self._db.maybe(SQL.unended)
        return None if row is None else int(row.id)

    async def work(self, scan_id: int, name: str, on_batch: Callable[[int], None] = lambda _: None) -> None:
        """Take parts of a scan until none is left. Conflict where the policy or the model is another one than it began
        with: then it stops for all, and what it did stays done."""
        scan = await self._scan(scan_id)
        worker = f"{socket.gethostname()}/{name}/{new_id()}"
        while scan.ended_at is None:
            part = await self._db.maybe(
                SQL.take_part, {"scan": scan_id, "worker": worker, "patience": self._patience_s}
            )
            if part is None:
                return
            try:
                await self._part(scan, part, worker, on_batch)
            except BaseException:
                mine = {"scan": scan_id, "part": part.part, "worker": worker}
                await asyncio.shield(self._db.run(SQL.release_part, mine))
                raise

    async def finish(self, scan_id: int, stopped: str = "") -> None:
        """End a scan."""
        await self._db.run(SQL.end_scan, {"scan": scan_id, "stopped": stopped})

    async def progress(self, scan_id: int) -> Progress:
        """How far a scan is. NotFound."""
        scan = await self._scan(scan_id)
        row = await self._db.one(SQL.progress, {"scan": scan_id})
        return Progress(
            id=scan_id,
            policy=scan.policy,
            model=scan.model,
            dry=scan.dry,
            posts=scan.posts,
            screened=row.screened or 0,
            held=row.held or 0,
            queued=row.queued or 0,
            rules={rule: int(count) for rule, count in row.rules.items()},
            examples=row.examples,
            done=row.done == row.parts,
            stopped=scan.stopped,
        )

    async def _scan(self, scan_id: int) -> Any:
        row = await self._db.maybe(SQL.scan, {"id": scan_id})
        if row is None:
            raise NotFound
        return row

    async def _part(self, scan: Any, part: Any, worker: str, on_batch: Callable[[int], None]) -> None:
        next_id, ended = part.next, False
        while not ended:
            active = await self._same(scan)
            rows = await self._db.all(SQL.batch, {"next": next_id, "until": part.until, "most": self._batch})
            ended = len(rows) < self._batch
            next_id = part.until if ended else rows[-1].id + 1
            fresh = [row for row in rows if not row.decided]
            found = await self._sifter.sift([_subject(row) for row in fresh], active.compiled)
            try:
                async with self._changes.transaction() as tx:
                    await self._write(tx, scan, part.part, worker, next_id, ended, fresh, found, active)
            except _TakenOver:
                return
            on_batch(len(rows))

    async def _same(self, scan: Any) -> Active:
        active = await self._policies.latest()
        row = await self._db.maybe(SQL.active_version)
        now = row.version if row is not None else active.version
        if scan.policy != active.version or now != scan.policy or scan.model != self._model:
            what = "model" if scan.model != self._model else "policy"
            await self.finish(scan.id, f"the {what} changed")
            raise Conflict(
                f"The {what} changed while the scan ran: it stopped, and what it did stays. Begin a new one."
            )
        return active

    async def _write(
        self,
        tx: Telling,
        scan: Any,
        part: int,
        worker: str,
        next_id: int,
        ended: bool,
        rows: Sequence[Any],
        found: Sequence[tuple[Screening, Judgement]],
        active: Active,
    ) -> None:
        rules: Counter[str] = Counter()
        examples: list[dict[str, Any]] = []
        held = queued = 0
        for row, (screening, judgement) in zip(rows, found, strict=True):
            if not judgement.effects:
                continue
            rules.update(judgement.rules)
            if row.state == 0 and not judgement.effects.isdisjoint(("hold", "suspend", "refuse")):
                held += 1
                if len(examples) < _EXAMPLES:
                    text = " ".join((row.spoiler, row.source)).strip()[:_EXCERPT]
                    examples.append({"post": str(row.id), "rules": judgement.rules, "text": text})
                if not scan.dry:
                    await self._act(tx, row, screening, judgement, active, hold=True)
            elif row.state == 0 and judgement.queued:
                queued += 1
                if not scan.dry and not row.waiting:
                    await self._act(tx, row, screening, judgement, active, hold=False)
        advanced = await tx.maybe(
            SQL.advance,
            {
                "scan": scan.id,
                "part": part,
                "worker": worker,
                "next": next_id,
                "done": ended,
                "screened": len(rows),
                "held": held,
                "queued": queued,
                "rules": msgspec.json.encode(rules).decode(),
                "examples": msgspec.json.encode(examples).decode(),
                "most": _EXAMPLES,
            },
        )
        if advanced is None:
            raise _TakenOver
        if scan.dry:
            return
        risks = [(row, risk(screening)) for row, (screening, _) in zip(rows, found, strict=True)]
        changed = [(row.id, row.account_id, now) for row, now in risks if row.risk != now]
        if changed:
            ids, accounts, now = zip(*changed, strict=True)
            await tx.run(SQL.set_risks, {"ids": list(ids), "accounts": list(accounts), "risks": list(now)})

    async def _act(
        self, tx: Telling, row: Any, screening: Screening, judgement: Judgement, active: Active, *, hold: bool
    ) -> None:
        """The strongest that a scan does is to hold: a machine alone removes nothing."""
        policy = active.compiled.policy
        rule = policy.rule(judgement.rules[0]) if judgement.rules else None
        kept = frozenset({"hold"} if hold else {"queue"})
        await ScreeningRecord(
            subject=_subject(row),
            screening=screening,
            judgement=msgspec.structs.replace(judgement, effects=kept, answer=Answer.HOLD if hold else Answer.PUBLISH),
            rule=rule,
            policy=active.version,
            model=self._model,
            risk=risk(screening),
            kind="rescreened",
        ).write(tx)
        if hold:
            await self._releaser.hold(tx, row.id, ground(rule))
        tx.tell(Kind.MODERATED, row.account_id)


class _TakenOver(Exception):
    """Another worker has the part: the transaction is undone."""


def _subject(row: Any) -> Subject:
    passages = [Passage("text", row.source)] if row.source else []
    if row.spoiler:
        passages.append(Passage("spoiler", row.spoiler))
    media = row.media or ()
    passages += [Passage("alt", medium["description"]) for medium in media if medium["description"]]
    return Subject(
        kind="scan",
        id=row.id,
        account_id=row.account_id,
        at_ms=(row.id >> RANDOM_BITS) + EPOCH_MS,
        passages=tuple(passages),
        media=tuple([medium["original"] for medium in media if medium["original"]]),
        audience=_AUDIENCES[row.audience],
        language=row.language,
        reply_to_account_id=row.reply_to_account_id,
        mention_ids=tuple(row.mention_ids),
    )
