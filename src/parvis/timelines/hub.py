"""The streaming hub: what the change ring says, sent down every open stream that it belongs to."""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple, Protocol

import structlog

from parvis.db.changes import Changes
from parvis.db.ring import Event, Kind
from parvis.kernel.errors import Unavailable
from parvis.posts import assemble
from parvis.posts.cache import PostEntry, Posts
from parvis.posts.types import Audience
from parvis.posts.visibility import may_see, shows, wants_at_home
from parvis.relations.viewer import Viewers
from parvis.timelines.conversations import Conversations
from parvis.timelines.frames import Payload
from parvis.timelines.listeners import Listeners
from parvis.timelines.public import in_public
from parvis.timelines.socket import Socket
from parvis.timelines.streams import PUBLIC, PUBLIC_MEDIA, TAGS, Stream

log = structlog.get_logger()

_TICK_S = 0.015
_BATCH = 200  # events decided with one look at the database
_PUSHES = 200  # between two of these, requests get their turn
_REMEMBERED = 4096
_MOST_WAITING = 50_000  # events; a database that is away must not fill the memory


class Notices(Protocol):
    """Who renders notifications: of one member, by id, as that member may see them."""

    async def rendered(self, me: int, ids: list[int]) -> list[bytes]: ...


class LivingKeys(Protocol):
    """Who knows which tokens are still good."""

    async def living(self, ids: Iterable[int]) -> set[int]: ...


class _Shown(NamedTuple):
    """Where a post was streamed to, so that its end can be told there."""

    tags: tuple[str, ...]
    mention_ids: tuple[int, ...]


class Hub:
    """All open streams of this process."""

    def __init__(
        self,
        changes: Changes,
        posts: Posts,
        viewers: Viewers,
        conversations: Conversations,
        notices: Notices,
        keys: LivingKeys,
    ) -> None:
        self._changes = changes
        self._posts = posts
        self._conversations = conversations
        self._notices = notices
        self._keys = keys
        self.listeners = Listeners(viewers)
        self.sockets: set[Socket] = set()
        self.visitors: Counter[str] = Counter()  # streams without a member, by address
        self._streams: dict[Stream, dict[Socket, bool]] = {}
        self._events: deque[Event] = deque()
        self.closing = False
        self._doubtful = False  # a revocation may have been missed
        self._open = asyncio.Event()  # there are streams
        self._work = asyncio.Event()  # there is something to deliver
        self._shown: OrderedDict[int, _Shown] = OrderedDict()
        for kind in (Kind.POST_NEW, Kind.POST_CHANGED, Kind.POST_GONE, Kind.NOTIFIED):
            changes.on(kind, self._on_event)
        changes.on(Kind.VIEWER_CHANGED, lambda event: self.listeners.changed(event.a))
        changes.on(Kind.TOKENS_GONE, self._on_tokens)
        changes.on(Kind.RESET, lambda _: self._on_reset())

    # Sockets ------------------------------------------------------------------------------------------------------

    def join(self, socket: Socket, place: str) -> None:
        """A stream was opened, from some address."""
        self.sockets.add(socket)
        self._open.set()
        if socket.account_id is not None:
            self.listeners.add(socket.account_id)
        else:
            self.visitors[place] += 1

    def leave(self, socket: Socket, place: str) -> None:
        """It was closed."""
        self.sockets.discard(socket)
        if not self.sockets:
            self._open.clear()
        socket.stop()
        for stream in list(socket.streams):
            self.unsubscribe(socket, stream)
        if socket.account_id is not None:
            self.listeners.remove(socket.account_id)
        elif self.visitors[place] > 1:
            self.visitors[place] -= 1
        else:
            del self.visitors[place]

    def subscribe(self, socket: Socket, stream: Stream, *, notifications: bool) -> None:
        """From now on the socket gets what the stream brings; `notifications`: those of the user stream, too."""
        socket.streams[stream] = notifications
        self._streams.setdefault(stream, {})[socket] = notifications

    def unsubscribe(self, socket: Socket, stream: Stream) -> None:
        """And no longer."""
        socket.streams.pop(stream, None)
        held = self._streams.get(stream)
        if held is not None:
            held.pop(socket, None)
            if not held:
                del self._streams[stream]

    def end_all(self) -> None:
        """The process ends: so do its streams."""
        self.closing = True
        for socket in list(self.sockets):
            socket.end()

    def _on_tokens(self, event: Event) -> None:
        for socket in [s for s in self.sockets if (s.account_id or 0) == event.a and event.b in (0, s.token_id)]:
            socket.end()

    def _on_reset(self) -> None:
        self.listeners.changed_all()
        self._doubtful = bool(self.sockets)
        self._work.set()

    def _on_event(self, event: Event) -> None:
        if self.sockets and len(self._events) < _MOST_WAITING:
            self._events.append(event)
            self._work.set()

    # Work ---------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look at the ring while streams are open, and deliver. Runs until cancelled."""
        await asyncio.gather(self._watch(), self._work_off())

    async def _watch(self) -> None:
        """Apart from the deliveries: streams end with their token also while those wait for the database."""
        while True:
            await self._open.wait()
            try:
                self._changes.drain()
            except Exception:
                log.exception("streaming_failed")
            await asyncio.sleep(_TICK_S)

    async def _work_off(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self._step()
            except Unavailable:
                await asyncio.sleep(1)
            except Exception:
                log.exception("streaming_failed")
                await asyncio.sleep(0.1)
            if self._events or self._doubtful:
                self._work.set()
            else:
                await asyncio.sleep(_TICK_S)  # what comes together is delivered together

    async def _step(self) -> None:
        if not self.sockets:
            self._events.clear()
        if self._doubtful:
            self._doubtful = False
            try:
                await self._end_dead()
            except BaseException:
                self._doubtful = True
                raise
        batch = list(islice(self._events, _BATCH))
        if not batch:
            return
        posts = await self._posts.find_many({e.b for e in batch if e.kind in (Kind.POST_NEW, Kind.POST_CHANGED)})
        await self.listeners.refresh()
        for event in batch:
            self._events.popleft()  # first: one that fails is left out, not tried for ever
            await self._deliver(event, posts.get(event.b))

    async def _end_dead(self) -> None:
        held = {socket.token_id for socket in self.sockets}
        living = await self._keys.living(ident for ident in held if ident is not None)
        for socket in list(self.sockets):
            if socket.token_id is not None and socket.token_id not in living:
                socket.end()

    async def _deliver(self, event: Event, post: PostEntry | None) -> None:
        if event.kind == Kind.NOTIFIED:
            await self._notify(event.a, event.b)
        elif event.kind == Kind.POST_GONE:
            await self._push(Payload("delete", b"%d" % event.b), self._where_it_was(event))
        elif post is not None:
            if event.kind == Kind.POST_CHANGED and event.e:
                others = [(at, socket) for at, socket in self._where_it_was(event) if socket.account_id != event.a]
                await self._push(Payload("delete", b"%d" % event.b), others)
            word = "update" if event.kind == Kind.POST_NEW else "status.update"
            where = list(self._where(post))
            if where:
                self._remember(post)
                await self._push(Payload(word, assemble.one(post, None)), where)
            if event.kind == Kind.POST_NEW and post.audience == Audience.DIRECT:
                await self._converse(post)

    async def _push(self, payload: Payload, where: Iterable[tuple[Stream, Socket]]) -> None:
        for pushed, (stream, socket) in enumerate(where, 1):
            socket.push(payload.frame(stream.label))
            if pushed % _PUSHES == 0:
                await asyncio.sleep(0)

    def _where(self, post: PostEntry) -> Iterator[tuple[Stream, Socket]]:
        """Every open stream that the post belongs to and whose reader may and wants to see it."""
        for viewer in self.listeners.home_of(post.account_id):
            home = Stream("user", viewer.id)
            held = self._streams.get(home)
            if held and wants_at_home(post, viewer):
                yield from ((home, socket) for socket in list(held))
        for stream in _public_streams(post):
            for socket in list(self._streams.get(stream, ())):
                viewer = self.listeners.get(socket.account_id) if socket.account_id is not None else None
                if (viewer is not None or socket.account_id is None) and shows(post, viewer):
                    yield stream, socket

    def _where_it_was(self, event: Event) -> Iterator[tuple[Stream, Socket]]:
        """Every open stream that a post which is gone may have been sent to. Nobody learns of what was never theirs."""
        shown = self._shown.get(event.b)
        direct = event.c == Audience.DIRECT
        for viewer in self.listeners.home_of(event.a):
            if not direct or viewer.id == event.a or (shown is not None and viewer.id in shown.mention_ids):
                home = Stream("user", viewer.id)
                yield from ((home, socket) for socket in list(self._streams.get(home, ())))
        if event.c != Audience.PUBLIC or event.f:
            return
        streams = [Stream(name) for name in (*PUBLIC, *PUBLIC_MEDIA)]
        streams += [Stream(name, tag) for name in TAGS for tag in (shown.tags if shown else ())]
        for stream in streams:
            yield from ((stream, socket) for socket in list(self._streams.get(stream, ())))

    def _remember(self, post: PostEntry) -> None:
        self._shown[post.id] = _Shown(post.tags, post.mention_ids)
        if len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)

    async def _notify(self, account_id: int, ident: int) -> None:
        streams = (Stream("user", account_id), Stream("user:notification", account_id))
        where = [(s, socket) for s in streams for socket, wants in self._streams.get(s, {}).items() if wants]
        if where:
            for body in await self._notices.rendered(account_id, [ident]):
                await self._push(Payload("notification", body), where)

    async def _converse(self, post: PostEntry) -> None:
        for account_id in dict.fromkeys((post.account_id, *post.mention_ids)):
            stream = Stream("direct", account_id)
            held, viewer = self._streams.get(stream), self.listeners.get(account_id)
            if held and viewer is not None and may_see(post, viewer) and post.account_id not in viewer.hidden:
                body = (await self._conversations.about(post, account_id)).json(viewer)
                await self._push(Payload("conversation", body), [(stream, socket) for socket in list(held)])


def _public_streams(post: PostEntry) -> Iterator[Stream]:
    if post.audience != Audience.PUBLIC or post.echo_of_id:
        return
    if in_public(post):
        for name in (*PUBLIC, *(PUBLIC_MEDIA if post.has_media else ())):
            yield Stream(name)
    for tag in post.tags:
        for name in TAGS:
            yield Stream(name, tag)
