"""The web face's routes: one table, read from top to bottom."""

from parvis.http.routing import Face, Route
from parvis.web.pages import static

_OPEN = Face.OPEN

ROUTES = (
    Route(method="GET", path="/static/{path...}", handler=static.show, face=_OPEN),
    Route(method="GET", path="/manifest.webmanifest", handler=static.manifest, face=_OPEN),
    Route(method="GET", path="/favicon.ico", handler=static.favicon, face=_OPEN),
)
