"""What the server says of itself to apps."""

from typing import Any

from parvis import API_COMPATIBLE, VERSION
from parvis.http.call import Call
from parvis.http.respond import Response, reply
from parvis.kernel.errors import NotFound
from parvis.kernel.markup import URL_LENGTH
from parvis.media.types import ACCEPTED
from parvis.moderation.policy.house import house_rules

# What is built, by Mastodon's numbers: grouped notifications (2) and all after it are not.
_API_VERSION = 1


def _version() -> str:
    """Clients read the digits at the front."""
    return f"{API_COMPATIBLE} (compatible; Parvis {VERSION})"


def _configuration(call: Call) -> dict[str, Any]:
    posting, media = call.settings.posting, call.settings.media
    return {
        "accounts": {
            "max_featured_tags": 0,
            "max_pinned_statuses": posting.max_pins,
            "max_profile_fields": posting.fields,
            "profile_field_name_limit": posting.field_name,
            "profile_field_value_limit": posting.field_value,
            "max_display_name_length": posting.display_name,
            "max_note_length": posting.note,
        },
        "statuses": {
            "max_characters": posting.max_characters,
            "max_media_attachments": posting.max_media,
            "characters_reserved_per_url": URL_LENGTH,
        },
        "media_attachments": {
            "supported_mime_types": list(ACCEPTED),
            "description_limit": media.max_description,
            "image_size_limit": media.max_bytes,
            "image_matrix_limit": media.max_pixels,
            "video_size_limit": 0,
            "video_frame_rate_limit": 0,
            "video_matrix_limit": 0,
        },
        "polls": {
            "max_options": 0,
            "max_characters_per_option": 50,
            "min_expiration": 300,
            "max_expiration": 2_629_746,
        },
    }


def _streaming(call: Call) -> str:
    return call.settings.origin.replace("http", "ws", 1)


async def _contact(call: Call) -> Any:
    entry = await call.app.site.contact()
    return entry.whole() if entry is not None and entry.active else None


async def _rules(call: Call) -> list[dict[str, str]]:
    policy = (await call.app.policy.latest()).compiled.policy
    return [
        {"id": rule.id, "text": rule.text, "hint": rule.hint}
        for rule in house_rules(policy, call.app.shell.locale(call))
    ]


async def v2(call: Call) -> Response:
    """GET /api/v2/instance"""
    settings = call.settings
    figures = await call.app.site.figures()
    configuration = _configuration(call) | {
        "urls": {
            "streaming": _streaming(call),
            "about": f"{settings.origin}/about",
            "privacy_policy": None,
            "terms_of_service": None,
        },
        "vapid": {"public_key": ""},
        "translation": {"enabled": False},
        "timelines_access": {
            "live_feeds": {"local": "public", "remote": "disabled"},
            "hashtag_feeds": {"local": "public", "remote": "disabled"},
            "trending_link_feeds": {"local": "disabled", "remote": "disabled"},
        },
        "limited_federation": True,
    }
    mode = settings.sign_up.mode
    return reply(
        {
            "domain": settings.domain,
            "title": settings.site.title,
            "version": _version(),
            "source_url": settings.site.source_url,
            "description": settings.site.description,
            "usage": {"users": {"active_month": figures.month}},
            "thumbnail": {"url": f"{settings.origin}/static/img/header.png", "blurhash": None, "versions": {}},
            "icon": [{"src": f"{settings.origin}/static/icons/icon-512.png", "size": "512x512"}],
            "languages": list(settings.site.languages),
            "configuration": configuration,
            "registrations": {
                "enabled": mode != "closed",
                "approval_required": mode == "approval",
                "reason_required": mode == "approval",
                "message": settings.sign_up.message or None,
                "min_age": settings.sign_up.min_age or None,
                "url": f"{settings.origin}/auth/sign-up",
            },
            "api_versions": {"mastodon": _API_VERSION},
            "contact": {"email": settings.site.contact_email, "account": await _contact(call)},
            "rules": await _rules(call),
            "wrapstodon": None,
        }
    )


async def v1(call: Call) -> Response:
    """GET /api/v1/instance: still called by every family of clients."""
    settings = call.settings
    figures = await call.app.site.figures()
    mode = settings.sign_up.mode
    return reply(
        {
            "uri": settings.domain,
            "title": settings.site.title,
            "short_description": settings.site.description,
            "description": settings.site.description,
            "email": settings.site.contact_email,
            "version": _version(),
            "urls": {"streaming_api": _streaming(call)},
            "stats": {"user_count": figures.members, "status_count": figures.posts, "domain_count": 1},
            "thumbnail": f"{settings.origin}/static/img/header.png",
            "languages": list(settings.site.languages),
            "registrations": mode != "closed",
            "approval_required": mode == "approval",
            "invites_enabled": mode == "invitation",
            "configuration": _configuration(call),
            "contact_account": await _contact(call),
            "rules": await _rules(call),
        }
    )


async def rules(call: Call) -> Response:
    """GET /api/v1/instance/rules"""
    return reply(await _rules(call))


async def extended_description(call: Call) -> Response:
    """GET /api/v1/instance/extended_description"""
    return reply({"updated_at": "2026-01-01T00:00:00.000Z", "content": ""})


async def not_written(call: Call) -> Response:
    """GET …/privacy_policy, …/terms_of_service: nobody wrote one yet."""
    raise NotFound


async def no_languages(call: Call) -> Response:
    """GET /api/v1/instance/translation_languages"""
    return reply({})
