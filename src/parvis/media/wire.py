"""A medium as clients get it (Mastodon's `MediaAttachment`)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from parvis.kernel.text import MEDIA


class MediaAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """All of a medium's JSON. URLs hold the marker of our media address until the edge puts it in."""

    id: str
    type: str
    url: str | None
    preview_url: str | None
    remote_url: str | None = None
    text_url: str | None = None
    meta: dict[str, Any] = {}
    description: str | None = None
    blurhash: str | None = None


def attachment(row: Mapping[str, Any]) -> MediaAttachment:
    """A medium from its row (a mapping with the columns of table media)."""
    small = row["small"] or row["original"]
    meta: dict[str, Any] = {**row["meta"], "focus": {"x": row["focus_x"], "y": row["focus_y"]}}
    return MediaAttachment(
        id=str(row["id"]),
        type=row["kind"],
        url=f"{MEDIA}/{row['original']}" if row["original"] else None,
        preview_url=f"{MEDIA}/{small}" if small else None,
        remote_url=row["remote_url"],
        meta=meta,
        description=row["description"] or None,
        blurhash=row["blurhash"],
    )
