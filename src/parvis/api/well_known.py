"""How others find out about the server and its accounts; health."""

import hmac
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from parvis import VERSION
from parvis.http.call import Call
from parvis.http.respond import Response, redirect, reply, text
from parvis.kernel.errors import BadRequest, NotFound, ParvisError, Unavailable


class WebFingerParams(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it is about."""

    resource: Annotated[str, msgspec.Meta(max_length=2000)] = ""


async def webfinger(call: Call, params: WebFingerParams) -> Response:
    """GET /.well-known/webfinger (RFC 7033): `acct:name@domain`, or the address of a profile."""
    if not params.resource:
        raise BadRequest("The parameter resource is missing")
    ident = await call.app.account_search.id_of(
        _local_name(params.resource, call.settings.origin, call.settings.domain)
    )
    entry = await call.app.accounts.find(ident) if ident is not None else None
    if entry is None or not entry.active:
        raise NotFound
    origin = call.settings.origin
    page = f"{origin}/@{entry.username}"
    body = {
        "subject": f"acct:{entry.username}@{call.settings.domain}",
        "aliases": [page, f"{origin}/users/{entry.username}"],
        "links": [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page},
            {"rel": "http://webfinger.net/rel/avatar", "href": entry.whole().avatar},
        ],
    }
    response = reply(body)
    response.headers = [(b"content-type", b"application/jrd+json; charset=utf-8")]
    return response


def _local_name(resource: str, origin: str, domain: str) -> str:
    """The user name in a resource of ours; NotFound for anybody else's, however it is spelled."""
    if resource.startswith(("https://", "http://")):
        if not resource.startswith(f"{origin}/"):
            raise NotFound
        path = urlsplit(resource).path
        for lead in ("/@", "/users/"):
            if path.startswith(lead):
                return _name(path.removeprefix(lead))
        raise NotFound
    name, at, host = resource.removeprefix("acct:").lstrip("@").rpartition("@")
    if not at or host.lower() != domain.lower():
        raise NotFound
    return _name(name)


def _name(name: str) -> str:
    if not name.isascii() or not name.replace("_", "").isalnum():
        raise NotFound
    return name.lower()


async def nodeinfo_index(call: Call) -> Response:
    """GET /.well-known/nodeinfo"""
    origin = call.settings.origin
    return reply(
        {
            "links": [
                {
                    "rel": f"http://nodeinfo.diaspora.software/ns/schema/{version}",
                    "href": f"{origin}/nodeinfo/{version}",
                }
                for version in ("2.0", "2.1")
            ]
        }
    )


async def nodeinfo(call: Call) -> Response:
    """GET /nodeinfo/{version}: the software's version is clean semver, which clients parse."""
    version = call.args["version"]
    if version not in ("2.0", "2.1"):
        raise NotFound
    figures = await call.app.site.figures()
    site = call.settings.site
    software = {"name": "parvis", "version": VERSION}
    if version == "2.1" and site.source_url:
        software["repository"] = site.source_url
    answer = reply(
        {
            "version": version,
            "software": software,
            "protocols": [],
            "services": {"inbound": [], "outbound": []},
            "openRegistrations": call.settings.sign_up.mode == "open",
            "usage": {
                "users": {
                    "total": figures.members,
                    "activeMonth": figures.month,
                    "activeHalfyear": figures.half_year,
                },
                "localPosts": figures.posts,
            },
            "metadata": {"nodeName": site.title, "nodeDescription": site.description},
        }
    )
    profile = f"http://nodeinfo.diaspora.software/ns/schema/{version}#"
    answer.headers = [(b"content-type", f'application/json; profile="{profile}"'.encode())]
    return answer


async def host_meta(call: Call) -> Response:
    """GET /.well-known/host-meta"""
    template = f"{call.settings.origin}/.well-known/webfinger?resource={{uri}}"
    return text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template="{template}"/>\n</XRD>\n',
        kind="application/xrd+xml; charset=utf-8",
    )


async def robots(call: Call) -> Response:
    """GET /robots.txt"""
    return text(
        "User-agent: *\nDisallow: /api/\nDisallow: /search\nDisallow: /auth/\nDisallow: /settings\nDisallow: /media/\n"
    )


async def change_password(call: Call) -> Response:
    """GET /.well-known/change-password"""
    return redirect("/settings/account", 302)


async def metrics(call: Call) -> Response:
    """GET /metrics: with the token of the settings; without one only from this machine itself."""
    token = call.settings.logs.metrics_token
    if token:
        sent = call.headers.get("authorization", "").removeprefix("Bearer ")
        allowed = hmac.compare_digest(sent.encode(), token.encode())
    else:
        # Behind a proxy on this machine everybody seems to come from here: then only the token lets in.
        proxied = "x-forwarded-for" in call.headers or "forwarded" in call.headers
        allowed = call.address in ("127.0.0.1", "::1") and not proxied
    if not allowed:
        raise NotFound
    return text(call.app.metrics.text().decode(), kind="text/plain; version=0.0.4; charset=utf-8")


async def health(call: Call) -> Response:
    """GET /health: this process answers."""
    return text("OK")


async def ready(call: Call) -> Response:
    """GET /ready: the database answers and is migrated, and so does the media store. 503 says which is not."""
    app = call.app
    failed: dict[str, str] = {}
    for name, probe in (
        ("database", app.site.probe),
        ("migrations", app.readiness.probe),
        ("media", app.media.store.probe),
    ):
        try:
            await probe()
        except ParvisError as error:
            failed[name] = error.message
    if failed:
        return reply({"ready": False, "failed": failed}, Unavailable.status)
    return reply({"ready": True})
