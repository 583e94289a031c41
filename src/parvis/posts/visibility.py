"""The one predicate that decides who may see a post, and the filter of what a viewer wants in timelines.

Its SQL twin is the function `may_see` in the schema (migration 0001); `tests/security/test_visibility.py` holds the two equal.
"""

from parvis.posts.cache import PostEntry
from parvis.posts.types import PUBLISHED, Audience
from parvis.relations.viewer import Viewer


def may_see(post: PostEntry, viewer: Viewer | None) -> bool:
    """Whether `viewer` (None: a visitor) may see `post`. For an echo, ask for the echoed post as well."""
    if not post.author.active:
        return False
    if viewer is None:
        return post.state == PUBLISHED and post.audience <= Audience.UNLISTED
    if post.account_id == viewer.id:
        return True
    if post.state != PUBLISHED or post.account_id in viewer.blocked_by:
        return False
    if post.audience <= Audience.UNLISTED or viewer.id in post.mention_ids:
        return True
    return post.audience == Audience.FOLLOWERS and post.account_id in viewer.follows


def may_see_whole(post: PostEntry, viewer: Viewer | None) -> bool:
    """Whether `viewer` may see `post` and what it echoes."""
    return may_see(post, viewer) and (post.echo is None or may_see(post.echo, viewer))


def shows(post: PostEntry, viewer: Viewer | None) -> bool:
    """Whether a list shows the post to the viewer: they may see it and what it echoes, and hide neither author."""
    if not may_see(post, viewer):
        return False
    if viewer is not None and post.account_id in viewer.hidden:
        return False
    inner = post.echo
    return not post.echo_of_id or (inner is not None and shows(inner, viewer))


def wants_at_home(post: PostEntry, viewer: Viewer) -> bool:
    """Whether a post that the viewer may see belongs in their home: not replies to people they don't follow, not echoes
    that they don't want, not languages that they don't want to read of that author."""
    if not shows(post, viewer):
        return False
    if post.account_id == viewer.id:
        return True
    read = viewer.languages.get(post.account_id)
    if read is not None and post.language and not {post.language, post.language.partition("-")[0]} & read:
        return False
    if post.echo_of_id:
        return post.account_id not in viewer.no_echoes
    other = post.reply_to_account_id
    return other is None or other == post.account_id or other == viewer.id or other in viewer.follows
