"""The web face's routes: one table, read from top to bottom."""

from parvis.auth.oauth import AuthorizeParams
from parvis.http.routing import Auth, Face, Route
from parvis.kernel.paging import PageParams
from parvis.web.pages import (
    auth,
    consent,
    happenings,
    people,
    post_actions,
    posts,
    profile_settings,
    security,
    settings,
    static,
    stream,
    timelines,
)
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
    Route(method="GET", path="/bookmarks", handler=timelines.bookmarks, face=_WEB, auth=_MEMBER, params=PageParams),
    Route(method="GET", path="/favourites", handler=timelines.favourites, face=_WEB, auth=_MEMBER, params=PageParams),

    Route(method="GET", path="/stream/home", handler=stream.home, face=_WEB, auth=_MEMBER, raw=True),
    Route(method="GET", path="/stream/public", handler=stream.public, face=_WEB, raw=True),
    Route(method="GET", path="/stream/tags/{tag}", handler=stream.tag, face=_WEB, raw=True),

    Route(method="GET", path="/compose", handler=posts.compose, face=_WEB, auth=_MEMBER, params=posts.ComposeParams),
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

    Route(method="GET", path="/@{acct}", handler=people.profile, face=_WEB, params=PageParams),
    Route(method="GET", path="/@{acct}/replies", handler=people.with_replies, face=_WEB, params=PageParams),
    Route(method="GET", path="/@{acct}/media", handler=people.media, face=_WEB, params=PageParams),
    Route(method="GET", path="/@{acct}/followers", handler=people.followers, face=_WEB, params=PageParams),
    Route(method="GET", path="/@{acct}/following", handler=people.following, face=_WEB, params=PageParams),
    Route(method="GET", path="/@{acct}/{id}/votes", handler=people.voters, face=_WEB, params=PageParams),
    Route(method="GET", path="/@{acct}/{id}/echoes", handler=people.echoers, face=_WEB, params=PageParams),
    Route(method="POST", path="/accounts/{id}/follow", handler=people.follow, face=_WEB, auth=_MEMBER, params=Back, budget="follow"),
    Route(method="POST", path="/accounts/{id}/unfollow", handler=people.unfollow, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/accounts/{id}/block", handler=people.block, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/accounts/{id}/unblock", handler=people.unblock, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/accounts/{id}/mute", handler=people.mute, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="POST", path="/accounts/{id}/unmute", handler=people.unmute, face=_WEB, auth=_MEMBER, params=Back),
    Route(method="GET", path="/requests", handler=people.requests, face=_WEB, auth=_MEMBER, params=PageParams),
    Route(method="POST", path="/requests/{id}/accept", handler=people.accept, face=_WEB, auth=_MEMBER),
    Route(method="POST", path="/requests/{id}/reject", handler=people.reject, face=_WEB, auth=_MEMBER),
    Route(method="GET", path="/notifications", handler=happenings.notifications, face=_WEB, auth=_MEMBER, params=happenings.NotificationParams),
    Route(method="GET", path="/search", handler=happenings.search, face=_WEB, params=happenings.SearchParams, budget="search"),
    Route(method="GET", path="/about", handler=happenings.about, face=_WEB),

    Route(method="GET", path="/auth/sign-up", handler=auth.sign_up, face=_WEB, params=auth.Token),
    Route(method="POST", path="/auth/sign-up", handler=auth.join, face=_WEB, params=auth.SignUpForm, budget="sign_up"),
    Route(method="GET", path="/auth/confirm", handler=auth.confirm, face=_WEB, params=auth.Token),
    Route(method="GET", path="/auth/log-in", handler=auth.log_in, face=_WEB, params=auth.Token),
    Route(method="POST", path="/auth/log-in", handler=auth.begin, face=_WEB, params=auth.LogInForm, budget="log_in"),
    Route(method="GET", path="/auth/second-factor", handler=auth.second, face=_WEB),
    Route(method="POST", path="/auth/second-factor", handler=auth.finish, face=_WEB, params=auth.SecondForm, budget="log_in"),
    Route(method="POST", path="/auth/passkey/options", handler=auth.passkey_options, face=_WEB, budget="log_in"),
    Route(method="POST", path="/auth/log-out", handler=auth.log_out, face=_WEB),
    Route(method="GET", path="/auth/forgot", handler=auth.forgot, face=_WEB),
    Route(method="POST", path="/auth/forgot", handler=auth.send_reset, face=_WEB, params=auth.ForgotForm, budget="log_in"),
    Route(method="GET", path="/auth/reset", handler=auth.reset, face=_WEB, params=auth.Token),
    Route(method="POST", path="/auth/reset", handler=auth.do_reset, face=_WEB, params=auth.ResetForm, budget="log_in"),
    Route(method="POST", path="/language", handler=auth.language, face=_WEB, params=auth.LanguageForm),
    Route(method="GET", path="/oauth/authorize", handler=consent.ask, face=_WEB, params=AuthorizeParams),
    Route(method="POST", path="/oauth/authorize", handler=consent.answer, face=_WEB, auth=_MEMBER, params=consent.Answer),

    Route(method="GET", path="/settings", handler=settings.index, face=_WEB, auth=_MEMBER),
    Route(method="GET", path="/settings/profile", handler=profile_settings.profile, face=_WEB, auth=_MEMBER),
    Route(method="POST", path="/settings/profile", handler=profile_settings.change, face=_WEB, auth=_MEMBER, params=profile_settings.ProfileForm),
    Route(method="GET", path="/settings/blocks", handler=people.blocks, face=_WEB, auth=_MEMBER, params=PageParams),
    Route(method="GET", path="/settings/mutes", handler=people.mutes, face=_WEB, auth=_MEMBER, params=PageParams),
    Route(method="GET", path="/settings/account", handler=settings.account, face=_WEB, auth=_MEMBER),
    Route(method="POST", path="/settings/account", handler=settings.change_account, face=_WEB, auth=_MEMBER, params=settings.AccountForm),
    Route(method="GET", path="/settings/preferences", handler=settings.preferences, face=_WEB, auth=_MEMBER),
    Route(method="POST", path="/settings/preferences", handler=settings.change_preferences, face=_WEB, auth=_MEMBER, params=settings.PreferencesForm),
    Route(method="GET", path="/settings/security", handler=security.security, face=_WEB, auth=_MEMBER),
    Route(method="POST", path="/settings/security", handler=security.change, face=_WEB, auth=_MEMBER, params=security.SecurityForm),
    Route(method="POST", path="/settings/security/passkey/options", handler=security.passkey_options, face=_WEB, auth=_MEMBER),
    Route(method="GET", path="/settings/security/totp", handler=security.totp, face=_WEB, auth=_MEMBER),
    Route(method="POST", path="/settings/security/totp", handler=security.enable_totp, face=_WEB, auth=_MEMBER, params=security.TotpForm),
    Route(method="GET", path="/settings/apps", handler=settings.apps, face=_WEB, auth=_MEMBER),
    Route(method="POST", path="/settings/apps", handler=settings.turn_out, face=_WEB, auth=_MEMBER, params=settings.AppForm),
    Route(method="GET", path="/settings/delete", handler=settings.leave, face=_WEB, auth=_MEMBER),
    Route(method="POST", path="/settings/delete", handler=settings.do_leave, face=_WEB, auth=_MEMBER, params=settings.LeaveForm),
)
# fmt: on
