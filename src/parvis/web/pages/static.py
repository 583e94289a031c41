"""Static files, the manifest and the icon."""

from parvis.http.call import Call
from parvis.http.respond import Response, redirect
from parvis.kernel.errors import NotFound

_FOR_EVER = "public, max-age=31536000, immutable"
_A_DAY = "public, max-age=86400"


async def show(call: Call) -> Response:
    """GET /static/{path...}"""
    return _serve(call, call.args["path"], _FOR_EVER if "v=" in call.query else _A_DAY)


async def manifest(call: Call) -> Response:
    """GET /manifest.webmanifest: its icons' addresses are relative to where it really is."""
    return redirect("/static/manifest.webmanifest", 302)


async def service_worker(call: Call) -> Response:
    """GET /sw.js: from the root, since it serves the whole site."""
    return _serve(call, "js/sw.js", "no-cache")


async def offline(call: Call) -> Response:
    """GET /offline: what the service worker shows without a network."""
    return await call.app.shell.page(call, "pages/offline.html")


async def favicon(call: Call) -> Response:
    """GET /favicon.ico: browsers ask for it where a page names none."""
    return _serve(call, "icons/icon-32.png", _A_DAY)


def _serve(call: Call, path: str, keep: str) -> Response:
    asset = call.app.assets.get(path)
    if asset is None:
        raise NotFound
    tag = f'"{asset.version}"'
    if call.headers.get("if-none-match") == tag:
        response = Response(b"", 304, [])
    elif asset.squeezed is not None and "gzip" in call.headers.get("accept-encoding", ""):
        response = Response(asset.squeezed, 200, []).header("content-encoding", "gzip")
    else:
        response = Response(asset.body, 200, [])
    response.header("content-type", asset.content_type).header("etag", tag)
    return response.header("cache-control", keep).header("vary", "Accept-Encoding")
