"""The member's own profile as it was written, to be edited (Mastodon's `Profile`)."""

from parvis.api.mastodon.credentials import UpdateParams, change
from parvis.http.call import Call
from parvis.http.respond import Response, reply


async def show(call: Call) -> Response:
    """GET /api/v1/profile"""
    row = await call.app.account_rows.find(call.member_id)

    def url(name: str | None) -> str | None:
        return f"{call.settings.media_base}/{name}" if name else None

    return reply(
        {
            "id": str(row.id),
            "display_name": row.display_name,
            "note": row.note,
            "fields": [{"name": f["name"], "value": f["value"], "verified_at": None} for f in row.fields],
            "avatar": url(row.avatar),
            "avatar_static": url(row.avatar_static or row.avatar),
            "avatar_description": row.avatar_description,
            "header": url(row.header),
            "header_static": url(row.header_static or row.header),
            "header_description": row.header_description,
            "locked": row.locked,
            "bot": row.bot,
            "discoverable": row.discoverable,
            "indexable": row.indexable,
            "hide_collections": row.hide_collections,
            "show_media": True,
            "show_media_replies": True,
            "show_featured": True,
            "attribution_domains": [],
        }
    )


async def update(call: Call, params: UpdateParams) -> Response:
    """PATCH (and PUT) /api/v1/profile"""
    await change(call, params)
    return await show(call)
