"""The streaming hub's parts: one frame for all, slow readers cut off, relations read anew when a mute runs out."""

import asyncio
import json
import time
from types import SimpleNamespace
from typing import Any

from tests.waiting import run

from parvis.relations.viewer import Viewer
from parvis.timelines.frames import Frame, Payload
from parvis.timelines.listeners import Listeners
from parvis.timelines.socket import Socket
from parvis.timelines.streams import Stream


def _viewer(ident: int, **more: Any) -> Viewer:
    empty = dict.fromkeys(
        ("follows", "no_echoes", "blocks", "blocked_by", "mutes", "domains", "muted_threads", "votes", "echoes",
         "bookmarks"), ()
    )  # fmt: skip
    return Viewer(
        SimpleNamespace(**{"id": ident, "next_expiry": None, "home_ids": None, "languages": None, **empty, **more})
    )


def test_a_post_is_encoded_once_for_all_streams_of_one_name() -> None:
    payload = Payload("update", b'{"id":"1","content":"<p>\\"h\xc3\xa9\\"</p>"}')
    first, second = payload.frame(Stream("user", 1).label), payload.frame(Stream("user", 2).label)
    assert first is second
    assert first.text is second.text
    decoded = json.loads(first.text)
    assert decoded["stream"] == ["user"]
    assert json.loads(decoded["payload"]) == {"id": "1", "content": '<p>"hé"</p>'}
    tagged = payload.frame(Stream("hashtag", "pain").label)
    assert json.loads(tagged.text)["stream"] == ["hashtag", "pain"]
    assert tagged.lines == b"event: update\ndata: " + payload.data + b"\n\n"


def test_a_deletion_is_a_bare_id() -> None:
    assert json.loads(Payload("delete", b"42").frame(("public",)).text) == {
        "stream": ["public"],
        "event": "delete",
        "payload": "42",
    }


def test_a_reader_who_does_not_read_is_cut_off_and_others_are_not() -> None:
    async def scenario() -> None:
        ended: list[str] = []
        got: list[Frame] = []
        never = asyncio.Event()

        async def blocked(_: Frame) -> None:
            await never.wait()

        async def reads(frame: Frame) -> None:
            got.append(frame)

        slow = Socket(1, 1, 5, blocked, lambda: ended.append("slow"))
        quick = Socket(2, 2, 5, reads, lambda: ended.append("quick"))
        frame = Payload("update", b"{}").frame(("public",))
        for _ in range(20):
            slow.push(frame)
            quick.push(frame)
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        assert ended == ["slow"]
        assert slow.cut
        assert len(got) == 20
        slow.push(frame)  # nothing more is kept for it
        assert ended == ["slow"]
        quick.stop()

    run(scenario())


def test_a_reader_who_went_away_ends_its_socket() -> None:
    async def scenario() -> None:
        ended: list[int] = []

        async def gone(_: Frame) -> None:
            raise ConnectionResetError

        socket = Socket(1, 1, 5, gone, lambda: ended.append(1))
        socket.push(Payload("update", b"{}").frame(("public",)))
        await asyncio.sleep(0.01)
        assert ended == [1]

    run(scenario())


class _Viewers:
    """Answers as the database would, and counts how often it is asked."""

    def __init__(self) -> None:
        self.answers: dict[int, Viewer] = {}
        self.asked: list[list[int]] = []

    async def listeners(self, ids: list[int]) -> list[Viewer]:
        self.asked.append(sorted(ids))
        return [self.answers[ident] for ident in ids]


def test_relations_are_read_together_and_again_only_when_they_changed() -> None:
    async def scenario() -> None:
        viewers = _Viewers()
        viewers.answers = {ident: _viewer(ident, follows=(9,)) for ident in (1, 2, 3)}
        listeners = Listeners(viewers)  # type: ignore[arg-type]
        for ident in (1, 2, 3, 3):
            listeners.add(ident)
        await listeners.refresh()
        await listeners.refresh()
        assert viewers.asked == [[1, 2, 3]]
        assert {viewer.id for viewer in listeners.home_of(9)} == {1, 2, 3}
        viewers.answers[2] = _viewer(2)
        listeners.changed(2)
        listeners.changed(77)  # has no stream here
        await listeners.refresh()
        assert viewers.asked[1:] == [[2]]
        assert {viewer.id for viewer in listeners.home_of(9)} == {1, 3}
        listeners.remove(3)
        assert listeners.count(3) == 1
        listeners.remove(3)
        assert {viewer.id for viewer in listeners.home_of(9)} == {1}

    run(scenario())


def test_a_mute_that_runs_out_is_noticed() -> None:
    async def scenario() -> None:
        viewers = _Viewers()
        soon = SimpleNamespace(timestamp=lambda: time.time() + 0.05)
        viewers.answers = {1: _viewer(1, mutes=(9,), next_expiry=soon)}
        listeners = Listeners(viewers)  # type: ignore[arg-type]
        listeners.add(1)
        await listeners.refresh()
        found = listeners.get(1)
        assert found is not None
        assert 9 in found.hidden
        viewers.answers = {1: _viewer(1)}
        await asyncio.sleep(0.08)
        await listeners.refresh()
        found = listeners.get(1)
        assert found is not None
        assert 9 not in found.hidden

    run(scenario())
