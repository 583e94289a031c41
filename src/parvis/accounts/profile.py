"""Changing a profile: everything is checked, the gate is asked, then one transaction renders the account anew."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import msgspec

from parvis.accounts import wire
from parvis.db.changes import Changes, Telling
from parvis.db.pool import Verbs
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel import markup
from parvis.kernel.errors import Invalid, NotFound
from parvis.kernel.text import MEDIA, ORIGIN, clean
from parvis.settings import Posting

SQL = load(__package__)

Texts = tuple[tuple[str, str], ...]
Gate = Callable[[int, Texts, tuple[str, ...]], Awaitable[None]]
"""Asked with the account and the new texts (each with its field) and pictures (by file name) of its profile; raises
Forbidden where they may not be shown."""


class Pictures(Protocol):
    """What profiles need of media: processing, claiming and releasing of files."""

    async def process(self, data: bytes, use: str) -> Any: ...
    async def show_avatar(self, done: Any) -> tuple[str, ...]: ...
    async def store_avatar(self, tx: Verbs, done: Any) -> tuple[str, str | None]: ...
    async def release(self, tx: Verbs, names: Any) -> list[str]: ...
    async def remove_files(self, names: Sequence[str]) -> None: ...


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a member wants changed; None leaves it. `avatar` and `header` are a file's bytes; empty removes the picture."""

    display_name: str | None = None
    note: str | None = None
    fields: tuple[tuple[str, str], ...] | None = None
    avatar: bytes | None = None
    header: bytes | None = None
    avatar_description: str | None = None
    header_description: str | None = None
    locked: bool | None = None
    bot: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    hide_collections: bool | None = None


class Profiles:
    """Changes profiles."""

    def __init__(self, changes: Changes, pictures: Pictures, gate: Gate, limits: Posting, domain: str) -> None:
        self._changes = changes
        self._pictures = pictures
        self._gate = gate
        self._limits = limits
        self._domain = domain

    async def update(self, account_id: int, change: Change) -> None:
        """Change a profile. Invalid names what is out of bounds; Forbidden where the gate refuses."""
        texts = self._check(change)
        done = {
            use: await self._pictures.process(data, use)
            for use, data in (("avatar", change.avatar), ("header", change.header))
            if data
        }
        pictures = tuple([name for each in done.values() for name in await self._pictures.show_avatar(each)])
        if texts or pictures:
            await self._gate(account_id, texts, pictures)
        async with self._changes.transaction() as tx:
            row = await tx.maybe(SQL.account_for_update, {"id": account_id})
            if row is None:
                raise NotFound
            gone = await self._write(tx, row, change, done)
            await self.refresh(tx, account_id)
        await self._pictures.remove_files(gone)

    async def refresh(self, tx: Telling, account_id: int) -> None:
        """Render an account anew from its row, inside the caller's transaction."""
        row = await tx.one(SQL.account_row, {"id": account_id})
        fields: list[dict[str, Any]] = row.fields
        texts = [row.display_name, row.note, *(part for field in fields for part in (field["name"], field["value"]))]
        found = markup.scan(row.note)
        names = [m.name.lower() for m in found.mentions if m.domain in (None, self._domain)]
        extra = await tx.one(SQL.profile_extras, {"names": names, "codes": _shortcodes(texts)})
        people = {
            key: markup.Person(int(person["id"]), person["username"], person["username"], _url(person["username"]))
            for person in extra.people or ()
            for key in (person["username"].lower(), f"{person['username'].lower()}@{self._domain}")
        }
        emojis = [
            wire.Emoji(
                e["shortcode"], f"{MEDIA}/{e['file']}", f"{MEDIA}/{e['static_file']}", e["visible"], e["category"]
            )
            for e in extra.emojis or ()
        ]
        shown = [
            wire.Field(
                field["name"], markup.inline_html(field["value"], {}, whole_links=True), field.get("verified_at")
            )
            for field in fields
        ]
        body = wire.render(row, markup.to_html(row.note, people), shown, emojis)
        await tx.run(SQL.store_body, {"id": account_id, "body": body})
        tx.tell(Kind.ACCOUNT_CHANGED, account_id)

    def _check(self, change: Change) -> Texts:
        """Every text of the change with the field that it is for."""
        limits = self._limits
        texts: list[tuple[str, str]] = []

        def check(field: str, text: str | None, most: int, shown: str = "") -> None:
            if text is None:
                return
            if len(text) > most:
                raise Invalid(field, f"is too long (maximum is {most} characters)", "ERR_TOO_LONG")
            if stored := clean(text):
                texts.append((shown or field, stored))

        check("display_name", change.display_name, limits.display_name)
        check("note", change.note, limits.note)
        check("avatar_description", change.avatar_description, 1500, "alt")
        check("header_description", change.header_description, 1500, "alt")
        if change.fields is not None and len(change.fields) > limits.fields:
            raise Invalid("fields_attributes", f"can't be more than {limits.fields}", "ERR_TOO_MANY")
        for name, value in change.fields or ():
            check("fields_attributes", name, limits.field_name, "field_name")
            check("fields_attributes", value, limits.field_value, "field_value")
        return tuple(texts)

    async def _write(self, tx: Telling, row: Any, change: Change, done: dict[str, Any]) -> list[str]:
        """Write what is changed; returns files that nobody uses any more."""
        old: list[str | None] = []
        pictures: dict[str, str | None] = {}
        for use in ("avatar", "header"):
            data: bytes | None = getattr(change, use)
            pictures[use], pictures[f"{use}_static"] = getattr(row, use), getattr(row, f"{use}_static")
            if data is None:
                continue
            old += [pictures[use], pictures[f"{use}_static"]]
            pictures[use], pictures[f"{use}_static"] = None, None
            if use in done:
                pictures[use], pictures[f"{use}_static"] = await self._pictures.store_avatar(tx, done[use])
        fields = None
        if change.fields is not None:
            kept = [{"name": clean(name), "value": clean(value)} for name, value in change.fields if clean(name)]
            fields = msgspec.json.encode(kept).decode()
        await tx.run(
            SQL.update_profile,
            {
                "id": row.id,
                "display_name": None if change.display_name is None else clean(change.display_name),
                "note": None if change.note is None else clean(change.note),
                "fields": fields,
                "avatar_description": None if change.avatar_description is None else clean(change.avatar_description),
                "header_description": None if change.header_description is None else clean(change.header_description),
                "locked": change.locked,
                "bot": change.bot,
                "discoverable": change.discoverable,
                "indexable": change.indexable,
                "hide_collections": change.hide_collections,
                **pictures,
            },
        )
        return await self._pictures.release(tx, old)


def _url(username: str) -> str:
    return f"{ORIGIN}/@{username}"


def _shortcodes(texts: Sequence[str]) -> list[str]:
    found = [part for text in texts for part in text.split(":")[1:-1]]
    return [code for code in dict.fromkeys(found) if code.isidentifier() and len(code) <= 64][:50]
