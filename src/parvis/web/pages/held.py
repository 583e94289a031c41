"""What the author of a post sees of what moderation did to it, and how they contest it."""

from typing import Annotated

import msgspec

from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.kernel.errors import Conflict, Invalid
from parvis.moderation.marks import marked
from parvis.web.pages.moderation import words


class ContestForm(msgspec.Struct, frozen=True, kw_only=True):
    """Why it should not be held."""

    words: Annotated[str, msgspec.Meta(max_length=20_000)] = ""


async def show(call: Call) -> Response:
    """GET /posts/{id}/held"""
    return await _page(call, {}, "")


async def contest(call: Call, form: ContestForm) -> Response:
    """POST /posts/{id}/held"""
    shell = call.app.shell
    try:
        await call.app.decisions.contest(call.member_id, call.id(), form.words)
    except Invalid as error:
        return await _page(call, shell.faults(call, error, note="words"), form.words)
    except Conflict:
        return shell.go(call, call.path)  # twice: the page says that it was
    return shell.go(call, call.path, shell.say(call)(words.CONTESTED))


async def _page(call: Call, errors: dict[str, list[str]], written: str) -> Response:
    app = call.app
    say = app.shell.say(call)
    statement = await app.statements.of(call.member_id, call.id())
    me = await app.accounts.find(call.member_id)
    return await app.shell.page(
        call,
        "pages/held.html",
        422 if errors else 200,
        statement=statement,
        passages=marked(statement.passages, statement.evidence),
        fields={name: say(text) for name, text in words.FIELDS.items()},
        back=f"/@{me.username}/{statement.post_id}" if me else "/home",
        most_words=call.settings.moderation.max_note,
        written=written,
        errors=errors,
    )
