"""The versions of the policy in the database, and the one that holds, made ready in every process."""

import asyncio
import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from importlib import resources

import msgspec
import structlog
from psycopg.errors import UndefinedTable

from parvis.db.changes import Changes, Telling
from parvis.db.pool import Database
from parvis.db.ring import Kind
from parvis.db.sql import load as load_sql
from parvis.kernel.errors import Invalid, NotFound, Unavailable
from parvis.kernel.ids import MAX_ID, new_id
from parvis.moderation.policy.check import check, examine
from parvis.moderation.policy.evaluate import Compiled, compile_policy
from parvis.moderation.policy.known import Known
from parvis.moderation.policy.load import load
from parvis.moderation.policy.problems import Problem, errors
from parvis.moderation.policy.rules import Policy
from parvis.moderation.types import Signal
from parvis.settings import Moderation

SQL = load_sql(__package__, "versions.sql")
log = structlog.get_logger()

_RETRY_S = 2.0
_MOST_VERSION = 2**31 - 1


class Active(msgspec.Struct, frozen=True):
    """The policy that holds."""

    version: int
    compiled: Compiled
    problems: tuple[Problem, ...] = ()  # what this process finds wrong with it, where a detector is gone since


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One saved version, without its text."""

    version: int
    shipped: bool
    account_id: int | None
    note: str
    created_at: datetime
    bytes: int
    active: bool
    activated_at: datetime | None  # the last time
    activated_by: int | None
    reason: str


class Activation(msgspec.Struct, frozen=True, kw_only=True):
    """A version began to hold."""

    id: int
    version: int
    account_id: int | None
    reason: str
    at: datetime


class Unusable(Invalid):
    """A policy with errors. `problems` has all of them, with their sentences in both languages."""

    def __init__(self, problems: list[Problem]) -> None:
        wrong = errors(problems)
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        super().__init__("policy", f"cannot be used: {wrong[0].said('en')}{more}")
        self.problems = problems


class Policies:
    """Saves and activates versions, and keeps the one that holds."""

    def __init__(
        self,
        db: Database,
        changes: Changes,
        signals: Iterable[Signal],
        detectors: Collection[str] = (),
        settings: Moderation = Moderation(),  # noqa: B008 - frozen
    ) -> None:
        """`signals` are those of all detectors in use; `detectors` their names, to tell a misspelt one in `[failure]`."""
        self.known = Known(signals)
        self._db = db
        self._changes = changes
        self._detectors = tuple(detectors)
        self._settings = settings
        self._current: Active | None = None
        self._stale = False
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        changes.on(Kind.POLICY_CHANGED, lambda _: self._forget())
        changes.on(Kind.RESET, lambda _: self._forget())

    async def open(self) -> None:
        """Read the policy that holds; at the first start of a network that is the one in the package. A policy that came
        with a newer package is saved as a version; it holds by itself only where nobody ever chose one."""
        try:
            await self._ensure()
        except UndefinedTable as error:
            raise Unavailable("The database is not prepared: run `parvis migrate` first") from error
        await self._read()

    async def _ensure(self) -> None:
        async with self._changes.transaction() as tx:
            await tx.run(SQL.lock_policies)
            before = await tx.maybe(SQL.active_policy)
            version, fresh = await self._insert(tx, shipped(), shipped_too=True, by=None, note="")
            if before is None or (fresh and before.shipped and before.activated_by is None):
                await self._activate(tx, version, None, "")

    @property
    def current(self) -> Active:
        """The policy that holds, as this process knows it: in a moment of change for some milliseconds the one before.
        Unavailable before `open`."""
        if self._current is None:
            raise Unavailable("The house rules have not been read yet, please try again in a moment")
        return self._current

    async def latest(self) -> Active:
        """The policy that holds, read again first where it changed; where the database is away, the one before."""
        if self._stale:
            try:
                await self._read()
            except Unavailable:
                log.warning("policy_not_read_again", version=self.current.version)
        return self.current

    def examine(self, source: str) -> tuple[Policy | None, list[Problem]]:
        """Read and check a policy without saving it: the policy, None with errors; and all that is wrong, errors first.
        Takes some milliseconds a rule; from an event loop call it in a thread."""
        s = self._settings
        return examine(
            source, self.known, detectors=self._detectors, most_bytes=s.policy_kb * 1024, most_rules=s.policy_rules
        )

    def compile(self, policy: Policy) -> Compiled:
        """A policy made ready with the signals of this process."""
        return compile_policy(policy, self.known)

    async def save(self, source: str, by: int, note: str = "") -> int:
        """Save a policy; returns its version, which is an old one where the text is the same. It does not hold by that.

        Unusable where it has errors; Invalid where the note is too long.
        """
        self._fits(note, "note")
        policy, problems = await asyncio.to_thread(self.examine, source)
        if policy is None:
            raise Unusable(problems)
        async with self._changes.transaction() as tx:
            await tx.run(SQL.lock_policies)
            return (await self._insert(tx, source, shipped_too=False, by=by, note=note))[0]

    async def activate(self, version: int, by: int, reason: str = "") -> None:
        """From now on this version holds, in every process. Any version can be activated again.

        NotFound where there is none of that number; Unusable where what it needs is no longer there; Invalid where the
        reason is too long.
        """
        self._fits(reason, "reason")
        policy, problems = await asyncio.to_thread(self.examine, await self.source(version))
        if policy is None:
            raise Unusable(problems)
        async with self._changes.transaction() as tx:
            await tx.run(SQL.lock_policies)
            now = await tx.maybe(SQL.active_version)
            if now is None or now.version != version:
                await self._activate(tx, version, by, reason)
        await self._read()

    async def source(self, version: int) -> str:
        """The text of a version. NotFound where there is none of that number."""
        row = None
        if 0 < version <= _MOST_VERSION:
            row = await self._db.maybe(SQL.policy_source, {"version": version})
        if row is None:
            raise NotFound(f"There is no version {version} of the policy")
        return str(row.source)

    async def history(self, *, before: int | None = None, limit: int = 40) -> list[Version]:
        """The versions, the newest first; `before` is a version to go on from."""
        params = {"before": _MOST_VERSION if before is None else before, "limit": limit}
        return [Version(**row._asdict()) for row in await self._db.all(SQL.policy_history, params)]

    async def activations(self, *, before: int | None = None, limit: int = 40) -> list[Activation]:
        """Which version held since when, the newest first; `before` is an activation's id to go on from."""
        params = {"before": MAX_ID if before is None else before, "limit": limit}
        return [Activation(**row._asdict()) for row in await self._db.all(SQL.policy_activations, params)]

    def _fits(self, text: str, field: str) -> None:
        if len(text) > self._settings.max_note:
            raise Invalid(field, f"is too long (maximum is {self._settings.max_note} characters)", "ERR_TOO_LONG")

    async def _insert(
        self, tx: Telling, source: str, *, shipped_too: bool, by: int | None, note: str
    ) -> tuple[int, bool]:
        """The version of a text, and whether it is new."""
        digest = hashlib.sha256(source.encode()).digest()
        row = await tx.maybe(SQL.policy_by_text, {"sha256": digest})
        if row is not None:
            return int(row.version), False
        given = {"source": source, "sha256": digest, "shipped": shipped_too, "account": by, "note": note}
        return int((await tx.one(SQL.insert_policy, given)).version), True

    async def _activate(self, tx: Telling, version: int, by: int | None, reason: str) -> None:
        await tx.run(SQL.insert_activation, {"id": new_id(), "version": version, "account": by, "reason": reason})
        tx.tell(Kind.POLICY_CHANGED, version)

    def _forget(self) -> None:
        """Something may have changed: read it again, soon by ourselves, at once for who asks `latest`."""
        self._stale = self._current is not None
        if self._stale and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._read_again())

    async def _read_again(self) -> None:
        while self._stale:
            try:
                await self._read()
            except Unavailable:
                await asyncio.sleep(_RETRY_S)

    async def _read(self) -> None:
        async with self._reading:
            self._stale = False
            try:
                if self._current is not None:
                    number = (await self._db.one(SQL.active_version)).version
                    if number == self._current.version:
                        return
                row = await self._db.one(SQL.active_policy)
                self._current = await asyncio.to_thread(self._ready, int(row.version), str(row.source))
            except BaseException:
                self._stale = True
                raise
            log.info("policy", version=self._current.version, rules=len(self._current.compiled.policy.rules))

    def _ready(self, version: int, source: str) -> Active:
        """Made ready, whatever is wrong with it: a network never goes without house rules. One that cannot be read at all
        (it was written for another release) gives way to the one in the package."""
        policy, problems = load(source)
        if policy is None:
            log.error("policy_unreadable", version=version, problems=[one.said() for one in problems][:5])
            policy = load(shipped())[0]
            assert policy is not None, "the policy in the package can be read"
        else:
            problems = [*problems, *check(policy, self.known, detectors=self._detectors)]
            if errors(problems):
                log.error("policy_at_fault", version=version, problems=[one.said() for one in errors(problems)][:5])
        return Active(version, self.compile(policy), tuple(problems))

    async def close(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def shipped() -> str:
    """The text of the policy in the package."""
    return resources.files(__package__ or "").joinpath("default.toml").read_text(encoding="utf-8")
