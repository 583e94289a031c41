"""The API's routes: one table, read from top to bottom."""

from parvis.api.mastodon import statuses, timelines
from parvis.http.routing import Auth, Face, Route
from parvis.kernel.paging import PageParams

_API = Face.API
_MEMBER = Auth.MEMBER

# fmt: off
ROUTES = (
    Route(method="GET", path="/api/v1/timelines/home", handler=timelines.home, face=_API, auth=_MEMBER, scope="read:statuses", params=PageParams),
    Route(method="GET", path="/api/v1/timelines/public", handler=timelines.public, face=_API, scope="read:statuses", params=timelines.PublicParams),
    Route(method="POST", path="/api/v1/statuses", handler=statuses.create, face=_API, auth=_MEMBER, scope="write:statuses", params=statuses.CreateParams, budget="post"),
    Route(method="GET", path="/api/v1/statuses/{id}", handler=statuses.show, face=_API, scope="read:statuses"),
    Route(method="GET", path="/api/v1/statuses/{id}/context", handler=statuses.context, face=_API, scope="read:statuses"),
    Route(method="POST", path="/api/v1/statuses/{id}/favourite", handler=statuses.vote, face=_API, auth=_MEMBER, scope="write:favourites"),
    Route(method="POST", path="/api/v1/statuses/{id}/unfavourite", handler=statuses.unvote, face=_API, auth=_MEMBER, scope="write:favourites"),
)
# fmt: on
