"""The queue of open cases."""

from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec

from parvis.http.call import Call
from parvis.http.respond import Response
from parvis.moderation.policy.rules import CATEGORIES, said
from parvis.moderation.queue import Filter
from parvis.web.pages.moderation import words

_LIMIT = 20


class QueueParams(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases, and where the page begins."""

    category: Annotated[str, msgspec.Meta(max_length=40)] = ""
    state: Literal["", "held", "published", "contested"] = ""
    after: Annotated[str, msgspec.Meta(max_length=80)] = ""


async def index(call: Call, params: QueueParams) -> Response:
    """GET /moderation"""
    app = call.app
    say = app.shell.say(call)
    category = params.category if params.category in CATEGORIES else ""
    cases = await app.queue.page(Filter(category=category, state=params.state), after=params.after, limit=_LIMIT + 1)
    counts = await app.queue.counts()
    policy = (await app.policy.latest()).compiled.policy
    titles = {rule.id: said(rule.title, app.shell.locale(call)) for rule in policy.rules}
    following = None
    if len(cases) > _LIMIT:
        asked = [("category", category), ("state", params.state), ("after", cases[_LIMIT - 1].cursor)]
        following = f"/moderation?{urlencode([pair for pair in asked if pair[1]])}"
    return await app.shell.page(
        call,
        "pages/moderation/queue.html",
        cases=cases[:_LIMIT],
        counts=counts,
        category=category,
        state=params.state,
        moved=bool(params.after),
        following=following,
        categories={name: say(text) for name, text in words.CATEGORIES.items()},
        kinds={name: say(text) for name, text in words.KINDS.items()},
        titles=titles,
    )
