"""The web face's routes: one table, read from top to bottom."""

from parvis.http.routing import Auth, Face, Route
from parvis.kernel.paging import PageParams
from parvis.web.pages import post_actions, posts, static, timelines
from parvis.web.pages.post_actions import Back, DeleteForm
from parvis.web.pages.posts import PostForm

_OPEN = Face.OPEN
_WEB = Face.WEB
_MEMBER = Auth.MEMBER

# fmt: off
ROUTES = (
    Route(method="GET", path="/static/{path...}", handler=static.show, face=_OPEN),
    Route(method="GET", path="/manifest.webmanifest", handler=static.manifest, face=_OPEN),
    Route(method="GET", path="/sw.js", handler=static.service_worker, face=_OPEN),
    Route(method="GET", path="/offline", handler=static.offline, face=_WEB),
    Route(method="GET", path="/favicon.ico", handler=static.favicon, face=_OPEN),

    Route(method="GET", path="/", handler=timelines.landing, face=_WEB),
    Route(method="GET", path="/home", handler=timelines.home, face=_WEB, auth=_MEMBER, params=PageParams),
    Route(method="GET", path="/public", handler=timelines.public, face=_WEB, params=PageParams),
    Route(method="GET", path="/tags/{tag}", handler=timelines.tag, face=_WEB, params=PageParams),
    Route(method="POST", path="/tags/{tag}/follow", handler=timelines.follow_tag, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/tags/{tag}/unfollow", handler=timelines.unfollow_tag, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="GET", path="/bookmarks", handler=timelines.bookmarks, face=_WEB, auth=_MEMBER, params=PageParams),
    Route(method="GET", path="/favourites", handler=timelines.favourites, face=_WEB, auth=_MEMBER, params=PageParams),

    Route(method="GET", path="/compose", handler=posts.compose, face=_WEB, auth=_MEMBER),
    Route(method="POST", path="/posts", handler=posts.create, face=_WEB, auth=_MEMBER, params=PostForm, budget="post"),
    Route(method="GET", path="/@{acct}/{id}", handler=posts.thread, face=_WEB),
    Route(method="GET", path="/@{acct}/{id}/history", handler=posts.history, face=_WEB),
    Route(method="POST", path="/posts/{id}/vote", handler=post_actions.vote, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/posts/{id}/unvote", handler=post_actions.unvote, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/posts/{id}/echo", handler=post_actions.echo, face=_WEB, auth=_MEMBER, params=Back, budget="post"),
    Route(method="POST", path="/posts/{id}/unecho", handler=post_actions.unecho, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/posts/{id}/bookmark", handler=post_actions.bookmark, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/posts/{id}/unbookmark", handler=post_actions.unbookmark, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/posts/{id}/pin", handler=post_actions.pin, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/posts/{id}/unpin", handler=post_actions.unpin, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/posts/{id}/mute", handler=post_actions.mute, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/posts/{id}/unmute", handler=post_actions.unmute, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="GET", path="/posts/{id}/edit", handler=post_actions.ask_edit, face=_WEB, auth=_MEMBER),
    Route(method="POST", path="/posts/{id}/edit", handler=post_actions.edit, face=_WEB, auth=_MEMBER, params=PostForm, budget="post"),
    Route(method="GET", path="/posts/{id}/delete", handler=post_actions.ask_delete, face=_WEB, auth=_MEMBER),
    Route(method="POST", path="/posts/{id}/delete", handler=post_actions.delete, face=_WEB, auth=_MEMBER, params=DeleteForm, budget="delete"),
)
# fmt: on
