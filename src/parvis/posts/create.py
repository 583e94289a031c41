"""Publishing a post: everything is checked first, then one statement writes all of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Protocol

import msgspec
from psycopg.errors import DeadlockDetected, IntegrityError, UniqueViolation

from parvis.db.changes import Changes
from parvis.db.combine import Combiner
from parvis.db.pool import Database, Transaction
from parvis.db.ring import Event, Kind
from parvis.db.sql import load
from parvis.kernel.clock import now
from parvis.kernel.errors import Forbidden, Invalid, NotFound
from parvis.kernel.ids import new_id
from parvis.kernel.text import clean
from parvis.media.wire import attachment
from parvis.posts import content as contents
from parvis.posts import wire
from parvis.posts.cache import PostEntry, Posts
from parvis.posts.gate import Answer, PublishGate, Record, Submission, Verdict
from parvis.posts.types import HELD, PUBLISHED, Audience, Draft
from parvis.posts.visibility import may_see
from parvis.posts.wire import Application
from parvis.relations.viewer import Viewers
from parvis.settings import Posting

SQL = load(__package__, "create.sql")


class Deferrer(Protocol):
    """Asks for a job within a transaction."""

    async def defer(self, tx: Transaction, name: str, **arguments: Any) -> None: ...


TELL_FOLLOWERS = "notify_followers"
"""The job that tells those who asked to hear of each post of an author: author_id, post_id."""


class Prepared(msgspec.Struct, frozen=True):
    """A checked draft: what it answers, and the row that everything else was looked up into."""

    draft: Draft
    audience: Audience
    row: Any
    parent: PostEntry | None
    content: contents.Content


class Publisher:
    """Publishes posts."""

    def __init__(
        self,
        db: Database,
        changes: Changes,
        posts: Posts,
        viewers: Viewers,
        gate: PublishGate,
        limits: Posting,
        domain: str,
        jobs: Deferrer,
    ) -> None:
        self._db = db
        self._changes = changes
        self._posts = posts
        self._viewers = viewers
        self._gate = gate
        self._limits = limits
        self._domain = domain
        self._jobs = jobs
        self._together: Combiner[dict[str, Any], Any] = Combiner(self._insert_batch, most=32)

    async def publish(self, draft: Draft) -> int:
        """Publish a draft; returns the post's id (the first one's, when the idempotency key was used before).

        Invalid, NotFound (what it answers cannot be seen) or Forbidden (the gate refuses) before anything is written.
        """
        prepared = await self._prepare(draft)
        if isinstance(prepared, int):
            return prepared
        post_id = new_id(draft.at_ms)
        verdict = await self._ask_gate(prepared, post_id)
        try:
            await self._write(prepared, post_id, verdict)
        except UniqueViolation:
            # The same key, at the same moment: the other call won.
            row = await self._db.maybe(SQL.idempotent_post, {"author": draft.author_id, "key": draft.idempotency_key})
            if row is None:
                raise
            return int(row.post_id)
        return post_id

    async def forget_keys(self) -> None:
        """Idempotency keys that are out of time."""
        await self._db.run(SQL.purge_idempotency_keys, {"hours": self._limits.idempotency_hours})

    async def _prepare(self, draft: Draft) -> Prepared | int:
        text, spoiler = clean(draft.text), clean(draft.spoiler)
        if len(set(draft.media_ids)) != len(draft.media_ids):
            raise Invalid("media_ids", "names the same medium twice")
        found = contents.check(text, spoiler, len(draft.media_ids), self._limits)
        language = contents.check_language(draft.language)
        parent = await self._find_parent(draft)
        row = await self._db.one(
            SQL.prepare_post,
            {
                "author": draft.author_id,
                "names": contents.local_names(found.mentions, self._domain),
                "media": list(draft.media_ids),
                "codes": contents.shortcodes(text, spoiler),
                "app": draft.app_id,
                "key": draft.idempotency_key,
            },
        )
        if row.existing is not None:
            return int(row.existing)
        self._check_media(draft, row)
        content = contents.compose(text, spoiler, found, row.people or (), row.emojis or (), self._domain)
        audience = Audience(row.default_audience or 0) if draft.audience is None else draft.audience
        return Prepared(
            msgspec.structs.replace(draft, language=language or row.default_language), audience, row, parent, content
        )

    async def _find_parent(self, draft: Draft) -> PostEntry | None:
        if draft.reply_to_id is None:
            return None
        parent = await self._posts.find(draft.reply_to_id)
        if parent is not None and parent.echo is not None:
            parent = parent.echo
        if parent is None or not may_see(parent, await self._viewers.find(draft.author_id)):
            raise NotFound("The post to which you are trying to reply does not appear to exist.")
        return parent

    def _check_media(self, draft: Draft, row: Any) -> None:
        media = {int(medium["id"]): medium for medium in row.media or ()}
        for media_id in draft.media_ids:
            medium = media.get(media_id)
            if medium is None:
                raise Invalid("media_ids", f"{media_id} was not found, or is attached to another post")
            if medium["state"] != 0:
                raise Invalid("media_ids", f"{media_id} is still being processed, or could not be")

    async def _ask_gate(self, prepared: Prepared, post_id: int) -> Verdict:
        draft, content = prepared.draft, prepared.content
        media = prepared.row.media or ()
        verdict = await self._gate.ask(
            Submission(
                kind="post",
                account_id=draft.author_id,
                subject_id=post_id,
                texts=contents.shown(content, (medium["description"] for medium in media)),
                media_hashes=tuple(medium["original"] or "" for medium in media),
                audience=prepared.audience,
                language=draft.language,
                reply_to_account_id=prepared.parent.account_id if prepared.parent else None,
                mention_ids=tuple(content.mention_ids),
                at_ms=draft.at_ms,
            )
        )
        if verdict.answer is Answer.REFUSE:
            raise Forbidden(verdict.reason or "This post was refused by the rules of this server")
        return verdict

    async def _write(self, prepared: Prepared, post_id: int, verdict: Verdict) -> None:
        draft, row, parent, content = prepared.draft, prepared.row, prepared.parent, prepared.content
        state = HELD if verdict.answer is Answer.HOLD else PUBLISHED
        audience = prepared.audience
        if verdict.limited and audience == Audience.PUBLIC:
            audience = Audience.UNLISTED
        created_at = now() if draft.at_ms is None else datetime.fromtimestamp(draft.at_ms / 1000, UTC)
        by_id = {int(medium["id"]): medium for medium in row.media or ()}
        media = [by_id[media_id] for media_id in draft.media_ids]
        sensitive = row.default_sensitive if draft.sensitive is None else draft.sensitive
        sensitive = bool(sensitive or content.spoiler or verdict.blur)
        verdict.cleared("text", content.text)
        verdict.cleared("spoiler", content.spoiler)
        verdict.cleared("alt", *(medium["description"] for medium in media))
        reply_to = (parent.id, parent.account_id) if parent else None
        thread = parent.thread_id if parent else post_id
        body = contents.body(
            post_id=post_id,
            username=row.username,
            created_at=created_at,
            audience=audience,
            content=content,
            sensitive=sensitive,
            language=draft.language,
            reply_to=reply_to,
            media=[attachment(medium) for medium in media],
            application=Application(row.app_name, row.app_website) if row.app_name else None,
            moderation=wire.moderation(verdict),
        )
        told = [person for person in content.mention_ids if person != draft.author_id] if state == PUBLISHED else []
        notes = {person: new_id() for person in told}
        born = Event(Kind.POST_NEW, draft.author_id, post_id, audience, thread, reply_to[1] if reply_to else 0, 0)
        known = [
            born,
            Event(Kind.ACCOUNT_COUNTS, draft.author_id, 0, 0, 0, 0, -1),
            *([Event(Kind.POST_COUNTS, reply_to[1], reply_to[0], 0, 0, 0, -1)] if reply_to else []),
            *(Event(Kind.NOTIFIED, person, note) for person, note in notes.items()),
        ]
        params = {
            "id": post_id,
            "author": draft.author_id,
            "audience": audience,
            "state": state,
            "thread": thread,
            "reply_to": reply_to[0] if reply_to else None,
            "reply_to_account": reply_to[1] if reply_to else None,
            "mentions": content.mention_ids,
            "media": list(draft.media_ids),
            "descriptions": [medium["description"] for medium in media],
            "risk": verdict.risk,
            "tags": sorted(content.tags),
            "displays": [content.tags[tag] for tag in sorted(content.tags)],
            "language": draft.language,
            "sensitive": sensitive,
            "spoiler": content.spoiler,
            "source": content.text,
            "body": body,
            "app": draft.app_id,
            "created_at": created_at,
            "key": draft.idempotency_key,
            "told": told,
            "notes": list(notes.values()),
            **contents.search_texts(content, (medium["description"] for medium in media), draft.language),
            **self._changes.row(known),
        }
        with self._posts.writing(post_id) as fresh:
            tell = row.listened_to and state == PUBLISHED and audience != Audience.DIRECT
            counted = await self._insert(params, verdict.record, tell_followers=tell)
            self._announce(draft.author_id, born, counted, reply_to, notes)
            if fresh(post_id):
                await self._posts.keep(_written(params))

    async def _insert(self, params: dict[str, Any], record: Record | None, *, tell_followers: bool) -> Any:
        """One statement, sharing its commit with the posts that arrive together; with media, or with something to keep of
        the verdict, in a transaction of its own, undone when another post took a medium or its words changed meanwhile."""
        media = len(params["media"])
        if tell_followers or record is not None:
            return await self._insert_alone(params, record, tell_followers=tell_followers)
        if not media and params["reply_to"] is not None:
            # Not together: a reply also locks its parent's counters, and a batch would lock several in no order.
            return await self._db.one(SQL.insert_post, params)
        if not media:
            answer = await self._together.add(params)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return await self._insert_alone(params)

    async def _insert_alone(
        self, params: dict[str, Any], record: Record | None = None, *, tell_followers: bool = False
    ) -> Any:
        async with self._db.transaction() as tx:
            counted = await tx.one(SQL.insert_post, params)
            if counted.attached != len(params["media"]):
                raise Invalid("media_ids", "were attached to another post, or their words changed, meanwhile")
            if record is not None:
                await record.write(tx)
            if tell_followers:
                await self._jobs.defer(tx, TELL_FOLLOWERS, author_id=params["author"], post_id=params["id"])
        return counted

    async def _insert_batch(self, batch: Sequence[dict[str, Any]]) -> Sequence[Any]:
        if len(batch) > 1:
            # In the order of authors, whose counters are locked on the way.
            order = sorted(range(len(batch)), key=lambda index: batch[index]["author"])
            try:
                rows = await self._db.each(SQL.insert_post, [batch[index] for index in order])
                return [row for _, row in sorted(zip(order, rows, strict=True), key=lambda pair: pair[0])]
            except (IntegrityError, DeadlockDetected):
                pass  # one of them is at fault and undid all: find out which
        answers: list[Any] = []
        for params in batch:
            try:
                answers.append(await self._db.one(SQL.insert_post, params))
            except Exception as error:
                answers.append(error)
        return answers

    def _announce(
        self, author: int, born: Event, counted: Any, reply_to: tuple[int, int] | None, notes: dict[int, int]
    ) -> None:
        """What the statement counted, told in full to this machine's processes."""
        last = counted.last_post_id
        events = [
            born,
            Event(
                Kind.ACCOUNT_COUNTS, author, counted.followers, counted.following, counted.posts, last, counted.version
            ),
        ]
        if reply_to and counted.parent_version is not None:
            events.append(
                Event(
                    Kind.POST_COUNTS,
                    reply_to[1],
                    reply_to[0],
                    counted.parent_replies,
                    counted.parent_echoes,
                    counted.parent_votes,
                    counted.parent_version,
                )
            )
        sent: set[int] = set(counted.notified or ())
        events += [Event(Kind.NOTIFIED, person, note) for person, note in notes.items() if note in sent]
        self._changes.announce(events)


def _written(params: dict[str, Any]) -> Any:
    """What was written, as the row that a reading would bring."""
    return SimpleNamespace(
        id=params["id"],
        account_id=params["author"],
        audience=params["audience"],
        state=params["state"],
        thread_id=params["thread"],
        reply_to_id=params["reply_to"],
        reply_to_account_id=params["reply_to_account"],
        echo_of_id=None,
        mention_ids=params["mentions"],
        tags=params["tags"],
        language=params["language"],
        body=params["body"],
        pinned=False,
        has_media=bool(params["media"]),
        replies=0,
        echoes=0,
        votes=0,
        stats_version=1,
    )
