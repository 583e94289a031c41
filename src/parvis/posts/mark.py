"""What a member notes on a post for themselves: bookmark, pin, mute its conversation."""

from parvis.db.changes import Changes
from parvis.db.ring import Kind
from parvis.db.sql import load
from parvis.kernel.errors import Invalid
from parvis.kernel.ids import new_id
from parvis.posts.cache import PostEntry
from parvis.posts.types import Audience
from parvis.relations.viewer import BOOKMARKED

SQL = load(__package__, "mark.sql")

_UNKNOWN = -1  # counts that are not told, so that the post is read again


class Marker:
    """Writes marks. The caller has checked that the member may see the post. Each can be made again: nothing changes."""

    def __init__(self, changes: Changes, max_pins: int) -> None:
        self._changes = changes
        self._max_pins = max_pins

    async def bookmark(self, member_id: int, post: PostEntry) -> None:
        """Keep a post for later."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.bookmark, {"member": member_id, "post": post.id, "id": new_id()})
            tx.tell(Kind.FLAGS, member_id, post.id, BOOKMARKED, 1)

    async def unbookmark(self, member_id: int, post: PostEntry) -> None:
        """Keep it no longer."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.unbookmark, {"member": member_id, "post": post.id})
            tx.tell(Kind.FLAGS, member_id, post.id, BOOKMARKED, 0)

    async def pin(self, member_id: int, post: PostEntry) -> None:
        """Show a post at the head of one's profile. Invalid where it is not one's own, an echo, direct, or one too many."""
        if post.account_id != member_id:
            raise Invalid("base", "Someone else's post cannot be pinned")
        if post.echo_of_id:
            raise Invalid("base", "A boost cannot be pinned")
        if post.audience == Audience.DIRECT:
            raise Invalid("base", "Posts that are only visible to mentioned users cannot be pinned")
        params = {"member": member_id, "post": post.id}
        async with self._changes.transaction() as tx:
            await tx.one(SQL.hold_pins, params)
            if (await tx.one(SQL.count_pins, params)).pins >= self._max_pins:
                raise Invalid("base", "You have already pinned the maximum number of posts")
            await tx.run(SQL.pin, params)
            tx.tell(Kind.POST_COUNTS, member_id, post.id, 0, 0, 0, _UNKNOWN)

    async def unpin(self, member_id: int, post: PostEntry) -> None:
        """Show it there no longer."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.unpin, {"member": member_id, "post": post.id})
            tx.tell(Kind.POST_COUNTS, post.account_id, post.id, 0, 0, 0, _UNKNOWN)

    async def mute(self, member_id: int, post: PostEntry) -> None:
        """Hear nothing more of a conversation."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.mute_thread, {"member": member_id, "thread": post.thread_id})
            tx.tell(Kind.VIEWER_CHANGED, member_id)

    async def unmute(self, member_id: int, post: PostEntry) -> None:
        """Hear of it again."""
        async with self._changes.transaction() as tx:
            await tx.run(SQL.unmute_thread, {"member": member_id, "thread": post.thread_id})
            tx.tell(Kind.VIEWER_CHANGED, member_id)
