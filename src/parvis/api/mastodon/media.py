"""Media: upload, describe, delete; and the files themselves."""

from typing import Annotated, Any

import msgspec

from parvis.http.call import Call
from parvis.http.params import File
from parvis.http.respond import Response, raw_json, reply
from parvis.kernel import json
from parvis.kernel.errors import Invalid
from parvis.kernel.text import place
from parvis.media.serve import serve_file
from parvis.media.wire import attachment

_TEXT = msgspec.Meta(max_length=20_000)
_FOCUS = msgspec.Meta(max_length=50)


class UploadParams(msgspec.Struct, frozen=True, kw_only=True):
    """A picture with its alternative text and focus. `thumbnail` is for video and sound, and has no use for pictures."""

    file: File | None = None
    thumbnail: File | None = None
    description: Annotated[str, _TEXT] = ""
    focus: Annotated[str, _FOCUS] | None = None


class ChangeParams(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a medium that no post carries yet."""

    description: Annotated[str, _TEXT] | None = None
    focus: Annotated[str, _FOCUS] | None = None
    thumbnail: File | None = None


async def upload(call: Call, params: UploadParams) -> Response:
    """POST /api/v1/media and /api/v2/media: pictures are ready when this answers."""
    if params.file is None:
        raise Invalid("file", "can't be blank", "ERR_BLANK")
    row = await call.app.media.upload(call.member_id, await params.file.read(), params.description, params.focus)
    return _shown(call, row)


async def show(call: Call) -> Response:
    """GET /api/v1/media/{id}"""
    return _shown(call, await call.app.media.find(call.member_id, call.id()))


async def change(call: Call, params: ChangeParams) -> Response:
    """PUT /api/v1/media/{id}"""
    row = await call.app.media.update(call.member_id, call.id(), description=params.description, focus=params.focus)
    return _shown(call, row)


async def delete(call: Call) -> Response:
    """DELETE /api/v1/media/{id}"""
    await call.app.media.delete(call.member_id, call.id())
    return reply({})


async def serve(call: Call) -> Response:
    """GET /media/{name}"""
    served = await serve_file(
        call.app.media.store, call.args["name"], call.headers.get("range"), call.headers.get("if-none-match")
    )
    return Response(b"", served.status, served.headers, served.chunks)


def _shown(call: Call, row: Any) -> Response:
    body = json.encode(attachment(row._asdict()))
    return raw_json(place(body, call.settings.origin, call.settings.media_base))
