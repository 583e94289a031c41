"""Threads: the posts above and below a post. The ids of a conversation are kept in memory until it changes."""

from collections.abc import Sequence
from typing import NamedTuple

from parvis.db.changes import Changes
from parvis.db.pool import Database
from parvis.db.ring import Event, Kind
from parvis.db.sql import load
from parvis.kernel.lru import Lru, Watch
from parvis.posts.cache import PostEntry, Posts
from parvis.posts.visibility import may_see, shows
from parvis.relations.viewer import Viewer, Viewers

SQL = load(__package__, "thread.sql")

_MOST = 5000  # posts of one conversation that are looked at


class Context(NamedTuple):
    """What is above a post (root first) and below it (each reply under what it answers)."""

    ancestors: list[PostEntry]
    descendants: list[PostEntry]


class _Tree(NamedTuple):
    parents: dict[int, int | None]
    children: dict[int, list[int]]


class Threads:
    """Reads threads."""

    def __init__(
        self, db: Database, changes: Changes, posts: Posts, viewers: Viewers, capacity: int, most: tuple[int, int]
    ) -> None:
        """`most` ancestors and descendants are shown."""
        self._db = db
        self._posts = posts
        self._viewers = viewers
        self._most_up, self._most_down = most
        self._trees: Lru[int, _Tree] = Lru(capacity * 40, lambda tree: 1 + len(tree.parents))
        self._watch: Watch[int] = Watch()
        for kind in (Kind.POST_NEW, Kind.POST_GONE):
            changes.on(kind, self._on_changed)
        changes.on(Kind.RESET, lambda _: self.clear())

    async def read(self, post: PostEntry, viewer: Viewer | None) -> Context:
        """The thread around a post that the viewer may see."""
        tree = await self._tree(post.thread_id)
        up = self._above(tree, post.id)
        down = self._below(tree, post.id)
        found = await self._posts.find_many([*up, *down])
        ancestors = [found[i] for i in up if i in found and may_see(found[i], viewer)]
        descendants = [found[i] for i in down if i in found and shows(found[i], viewer)]
        if viewer is not None:
            await self._viewers.look_up(viewer, [entry.id for entry in (*ancestors, *descendants)])
        return Context(ancestors, descendants)

    async def _tree(self, thread_id: int) -> _Tree:
        tree = self._trees.get(thread_id)
        if tree is not None:
            return tree
        with self._watch.reading({thread_id}) as fresh:
            rows = await self._db.all(SQL.thread, {"thread": thread_id, "most": _MOST})
            parents: dict[int, int | None] = {}
            children: dict[int, list[int]] = {}
            for row in rows:  # in the order of ids, so replies stand in the order of time
                parents[row.id] = row.reply_to_id
                if row.reply_to_id is not None:
                    children.setdefault(row.reply_to_id, []).append(row.id)
            tree = _Tree(parents, children)
            if fresh(thread_id):
                self._trees.put(thread_id, tree)
        return tree

    def _above(self, tree: _Tree, post_id: int) -> Sequence[int]:
        chain: list[int] = []
        at = tree.parents.get(post_id)
        while at is not None and at in tree.parents and len(chain) < self._most_up:
            chain.append(at)
            at = tree.parents[at]
        return chain[::-1]

    def _below(self, tree: _Tree, post_id: int) -> Sequence[int]:
        """Depth first, each reply right under what it answers; a stack, since threads can be deeper than Python's."""
        order: list[int] = []
        stack = list(reversed(tree.children.get(post_id, ())))
        while stack and len(order) < self._most_down:
            at = stack.pop()
            order.append(at)
            stack.extend(reversed(tree.children.get(at, ())))
        return order

    def _on_changed(self, event: Event) -> None:
        self._trees.drop(event.d)
        self._watch.changed(event.d)

    def clear(self) -> None:
        """Drop all."""
        self._trees.clear()
        self._watch.changed_all()
