"""The server's custom emoji."""

from parvis.http.call import Call
from parvis.http.respond import Response, raw_json
from parvis.kernel import json
from parvis.kernel.text import place


async def custom_emojis(call: Call) -> Response:
    """GET /api/v1/custom_emojis"""
    body = json.encode(await call.app.emojis.all())
    return raw_json(place(body, call.settings.origin, call.settings.media_base))
