"""Changing a post that is published. The version before it goes into the post's history."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from psycopg.errors import UniqueViolation

from parvis.db.changes import Changes, Telling
from parvis.db.pool import Database
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel import json
from parvis.kernel.clock import now
from parvis.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from parvis.kernel.ids import new_id
from parvis.kernel.text import clean
from parvis.media.wire import attachment
from parvis.posts import content as contents
from parvis.posts import wire
from parvis.posts.gate import Answer, PublishGate, Submission, Verdict
from parvis.posts.types import HELD, PUBLISHED, Audience
from parvis.settings import Posting

SQL = load(__package__, "edit.sql")

_MOST_TOLD = 1000  # members who echoed it that are told of an edit


class MediaChange(msgspec.Struct, frozen=True):
    """A new text or focus for one medium of the post; None leaves it as it is."""

    id: int
    description: str | None = None
    focus: tuple[float, float] | None = None


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """What a post's author wants it to be: all of it, as clients send it."""

    author_id: int
    post_id: int
    text: str = ""
    spoiler: str = ""
    sensitive: bool = False
    language: str | None = None  # None: as it was
    media_ids: tuple[int, ...] = ()
    media_changes: tuple[MediaChange, ...] = ()
    at_ms: int | None = None  # back-dated (the demo); None: now


class _Prepared(msgspec.Struct, frozen=True):
    revision: Revision
    row: Any
    content: contents.Content
    media: list[dict[str, Any]]
    language: str | None


class Editor:
    """Changes posts."""

    def __init__(
        self,
        db: Database,
        changes: Changes,
        gate: PublishGate,
        limits: Posting,
        domain: str,
        max_description: int,
    ) -> None:
        self._db = db
        self._changes = changes
        self._gate = gate
        self._limits = limits
        self._domain = domain
        self._max_description = max_description

    async def edit(self, revision: Revision) -> None:
        """Put the revision in place. NotFound where the member has no such post; Invalid, Forbidden (the gate refuses) or
        Conflict (another edit came first) before anything is written."""
        prepared = await self._prepare(revision)
        verdict = await self._ask_gate(prepared)
        # What is held stays held: an edit is not a way around the gate.
        state = HELD if verdict.answer is Answer.HOLD else int(prepared.row.state)
        params = self._params(prepared, state, verdict)
        async with self._changes.transaction() as tx:
            try:
                changed = await tx.maybe(SQL.edit_post, params)
            except UniqueViolation:  # another edit, within the same millisecond
                changed = None
            if changed is None:
                raise Conflict("This post was changed or deleted meanwhile")
            await tx.run(SQL.detach_media, params)
            if await tx.run(SQL.attach_media, params) != len(prepared.media):
                raise Invalid("media_ids", "were attached to another post meanwhile")
            if verdict.record is not None:
                await verdict.record.write(tx)
            await tx.run(SQL.withdraw_edit_notes, params)
            if state != HELD:
                await self._notify(tx, prepared)
            row = prepared.row
            withdrawn = state == HELD and row.state == PUBLISHED
            audience = params["audience"]
            tx.tell(Kind.POST_CHANGED, revision.author_id, revision.post_id, audience, row.thread_id, int(withdrawn))
            if audience != row.audience:
                tx.tell(Kind.TIMELINE_CHANGED, revision.author_id)

    async def _prepare(self, revision: Revision) -> _Prepared:
        text, spoiler = clean(revision.text), clean(revision.spoiler)
        if len(set(revision.media_ids)) != len(revision.media_ids):
            raise Invalid("media_ids", "names the same medium twice")
        found = contents.check(text, spoiler, len(revision.media_ids), self._limits)
        language = contents.check_language(revision.language)
        row = await self._db.maybe(
            SQL.prepare_edit,
            {
                "id": revision.post_id,
                "author": revision.author_id,
                "names": contents.local_names(found.mentions, self._domain),
                "media": list(revision.media_ids),
                "codes": contents.shortcodes(text, spoiler),
            },
        )
        if row is None:
            raise NotFound
        if row.edits >= self._limits.max_edits:
            raise Invalid("status", f"can't be changed more than {self._limits.max_edits} times", "ERR_TOO_MANY")
        media = self._media(revision, row.media or ())
        content = contents.compose(text, spoiler, found, row.people or (), row.emojis or (), self._domain)
        return _Prepared(revision, row, content, media, language or row.language)

    def _media(self, revision: Revision, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The new version's media in order, as they will be."""
        by_id = {int(row["id"]): dict(row) for row in rows}
        for media_id in revision.media_ids:
            medium = by_id.get(media_id)
            if medium is None:
                raise Invalid("media_ids", f"{media_id} was not found, or is attached to another post")
            if medium["state"] != 0:
                raise Invalid("media_ids", f"{media_id} is still being processed, or could not be")
        for change in revision.media_changes:
            medium = by_id.get(change.id)
            if medium is None:
                raise Invalid("media_attributes", f"{change.id} is not one of the post's media")
            if change.description is not None:
                medium["description"] = clean(change.description)
                if len(medium["description"]) > self._max_description:
                    reason = f"character limit of {self._max_description} exceeded"
                    raise Invalid("media_attributes", reason, "ERR_TOO_LONG")
            if change.focus is not None:
                medium["focus_x"], medium["focus_y"] = change.focus
        return [by_id[media_id] for media_id in revision.media_ids]

    async def _ask_gate(self, prepared: _Prepared) -> Verdict:
        row, content = prepared.row, prepared.content
        verdict = await self._gate.ask(
            Submission(
                kind="edit",
                account_id=prepared.revision.author_id,
                subject_id=prepared.revision.post_id,
                texts=contents.shown(content, (medium["description"] for medium in prepared.media)),
                media_hashes=tuple(medium["original"] or "" for medium in prepared.media),
                audience=row.audience,
                language=prepared.language,
                reply_to_account_id=row.reply_to_account_id,
                mention_ids=tuple(content.mention_ids),
            )
        )
        if verdict.answer is Answer.REFUSE:
            raise Forbidden(verdict.reason or "This change was refused by the rules of this server")
        return verdict

    def _params(self, prepared: _Prepared, state: int, verdict: Verdict) -> dict[str, Any]:
        revision, row, content, media = prepared.revision, prepared.row, prepared.content, prepared.media
        edited_at = now() if revision.at_ms is None else datetime.fromtimestamp(revision.at_ms / 1000, UTC)
        sensitive = revision.sensitive or bool(content.spoiler) or verdict.blur
        # What was limited stays so; a version that is limited is no longer public.
        audience = Audience.UNLISTED if verdict.limited and row.audience == Audience.PUBLIC else Audience(row.audience)
        verdict.cleared("text", content.text)
        verdict.cleared("spoiler", content.spoiler)
        verdict.cleared("alt", *(medium["description"] for medium in media))
        body = contents.body(
            post_id=revision.post_id,
            username=row.username,
            created_at=row.created_at,
            audience=audience,
            content=content,
            sensitive=sensitive,
            language=prepared.language,
            reply_to=(row.reply_to_id, row.reply_to_account_id) if row.reply_to_id else None,
            media=[attachment(medium) for medium in media],
            application=wire.Application(row.app_name, row.app_website) if row.app_name else None,
            edited_at=edited_at,
            moderation=_moderation(verdict, row, state),
        )
        tags = sorted(content.tags)
        return {
            "id": revision.post_id,
            "author": revision.author_id,
            "state": state,
            "audience": audience,
            "risk": verdict.risk,
            "mentions": content.mention_ids,
            "media": list(revision.media_ids),
            "old_media": row.media_ids,
            "descriptions": [medium["description"] for medium in media],
            "focus_xs": [float(medium["focus_x"]) for medium in media],
            "focus_ys": [float(medium["focus_y"]) for medium in media],
            "tags": tags,
            "displays": [content.tags[tag] for tag in tags],
            "language": prepared.language,
            "sensitive": sensitive,
            "spoiler": content.spoiler,
            "source": content.text,
            "body": body,
            "edited_at": edited_at,
            "seen": row.edited_at,
            "version": row.edits + 1,
            "old_body": json.encode(wire.version(row.body)),
            "old_held": row.state == HELD,
            "old_at": row.edited_at or row.created_at,
            **contents.search_texts(content, (medium["description"] for medium in media), prepared.language),
        }

    async def _notify(self, tx: Telling, prepared: _Prepared) -> None:
        author, post_id = prepared.revision.author_id, prepared.revision.post_id
        new_people = set(prepared.content.mention_ids) - {*prepared.row.mention_ids, author}
        told = await tx.all(
            SQL.edit_audience,
            {
                "id": post_id,
                "author": author,
                "thread": prepared.row.thread_id,
                "new_people": sorted(new_people),
                "most": _MOST_TOLD,
            },
        )
        if not told:
            return
        rows = await tx.all(
            SQL.insert_edit_notes,
            {
                "id": post_id,
                "author": author,
                "people": [row.person for row in told],
                "notes": [new_id() for _ in told],
                "kinds": [row.kind for row in told],
            },
        )
        for row in rows:
            tx.tell(Kind.NOTIFIED, row.account_id, row.id)


def _moderation(verdict: Verdict, row: Any, state: int) -> wire.Moderation | msgspec.UnsetType:
    """What the new verdict did; a post that stays held keeps the reason that it was held for."""
    new = wire.moderation(verdict)
    if state == HELD and verdict.held is None:
        old = msgspec.json.decode(row.body, type=wire.Body).moderation
        held = old.held if isinstance(old, wire.Moderation) else None
        if held is not None:
            return msgspec.structs.replace(new if isinstance(new, wire.Moderation) else wire.Moderation(), held=held)
    return new
