"""Editing one's profile."""

from typing import Annotated, Any

import msgspec

from parvis.accounts.profile import Change
from parvis.http.call import Call
from parvis.http.params import File
from parvis.http.respond import Response
from parvis.kernel.errors import Forbidden, Invalid
from parvis.web import words

_TEXT = msgspec.Meta(max_length=20_000)


class ProfileForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form; facts come as field_name_1, field_value_1 and so on."""

    display_name: Annotated[str, _TEXT] = ""
    note: Annotated[str, _TEXT] = ""
    avatar: File | None = None
    header: File | None = None
    remove_avatar: bool = False
    remove_header: bool = False
    locked: bool = False
    bot: bool = False
    discoverable: bool = False
    indexable: bool = False
    hide_collections: bool = False


async def profile(call: Call) -> Response:
    """GET /settings/profile"""
    return await _page(call, {})


async def _page(call: Call, errors: dict[str, list[str]]) -> Response:
    row = await call.app.account_rows.find(call.member_id)
    entry = await call.app.accounts.find(call.member_id)
    account: dict[str, Any] = msgspec.to_builtins(entry.whole())
    account["source"] = {"note": row.note, "fields": row.fields}
    return await call.app.shell.page(
        call,
        "pages/settings/profile.html",
        422 if errors else 200,
        account=account,
        errors=errors,
        max_fields=call.settings.posting.fields,
    )


async def change(call: Call, form: ProfileForm) -> Response:
    """POST /settings/profile"""
    fields: list[tuple[str, str]] = []
    for number in range(1, call.settings.posting.fields + 1):
        name, value = call.tree.get(f"field_name_{number}"), call.tree.get(f"field_value_{number}")
        if isinstance(name, str) and isinstance(value, str) and name.strip():
            fields.append((name, value))
    try:
        await call.app.profiles.update(
            call.member_id,
            Change(
                display_name=form.display_name,
                note=form.note,
                fields=tuple(fields),
                avatar=b"" if form.remove_avatar else await _picture(form.avatar),
                header=b"" if form.remove_header else await _picture(form.header),
                locked=form.locked,
                bot=form.bot,
                discoverable=form.discoverable,
                indexable=form.indexable,
                hide_collections=form.hide_collections,
            ),
        )
    except (Invalid, Forbidden) as error:
        faults = call.app.shell.faults(call, error, told=True, file="avatar", fields_attributes="form")
        return await _page(call, faults)
    return call.app.shell.go(call, "/settings/profile", call.app.shell.say(call)(words.SAVED))


async def _picture(file: File | None) -> bytes | None:
    """A file's bytes; None where the field was left empty (browsers then send an empty file)."""
    data = await file.read() if file is not None else b""
    return data or None
