"""A ring of change events in memory shared by the processes of one machine.

Writers append after their commit and before they answer; readers look at the head (one memory read) before each request.
A reader that fell a whole ring behind is told so and drops all that it keeps.
"""

import fcntl
import mmap
import os
import struct
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

_MAGIC = 0x5041525649530001  # "PARVIS", layout 1
_HEADER = struct.Struct("<QQQ")  # magic, capacity, head: the number of events ever appended
_HEAD_AT = 16
_HEADER_SIZE = 64
_EVENT = struct.Struct("<8q")


class Kind(IntEnum):
    """What changed. The numbers are stored in `changes`, so they never change meaning."""

    RESET = 0  # drop everything
    POST_NEW = 1  # account, post, audience, thread, reply_to_account, echo_of
    POST_CHANGED = 2  # account, post, audience, thread, withdrawn: 1 where only its author sees it from now on
    POST_GONE = 3  # account, post, audience, thread, reply_to_account, echo_of
    POST_COUNTS = 4  # account, post, replies, echoes, votes, version (version -1: not known, read again)
    ACCOUNT_CHANGED = 5  # account: profile, audience of the whole account, suspension, deletion
    ACCOUNT_COUNTS = 6  # account, followers, following, posts, last_post_id, version
    VIEWER_CHANGED = 7  # account: whom they follow, hide; what they muted
    FLAGS = 8  # account, post, bit, on
    TOKENS_GONE = 9  # account, token (0: all of the account)
    NOTIFIED = 10  # account, notification
    SITE_CHANGED = 11  # emoji
    TIMELINE_CHANGED = 12  # account: posts came or went in a way that windows must be read anew
    POLICY_CHANGED = 13  # version: other house rules hold from now on
    MODERATED = 14  # account: what moderation knows of them changed


class Event(NamedTuple):
    """One change. `a` to `f` are as the comment beside the kind says, in that order; 0 where there is none."""

    kind: int
    a: int = 0
    b: int = 0
    c: int = 0
    d: int = 0
    e: int = 0
    f: int = 0


def pack(events: Iterable[Event]) -> bytes:
    """Events as bytes, for the table `changes`."""
    return b"".join(_EVENT.pack(*event, 0) for event in events)


def unpack(data: bytes) -> list[Event]:
    """The inverse of `pack`. ValueError where the length is not a whole number of events."""
    if len(data) % _EVENT.size:
        raise ValueError("a change record has a broken length")
    return [Event(*fields[:7]) for fields in _EVENT.iter_unpack(data)]


class Ring:
    """The shared ring. One writer at a time (a file lock); readers take no lock."""

    def __init__(self, path: Path) -> None:
        """Open an existing ring. ValueError where the file is none of this layout."""
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._map = mmap.mmap(self._file, 0)
        magic, self.capacity, _ = _HEADER.unpack_from(self._map, 0)
        if magic != _MAGIC:
            raise ValueError(f"{path} is not a change ring of this version")
        self._words = memoryview(self._map).cast("Q")
        self._head_word = _HEAD_AT // 8

    @classmethod
    def create(cls, path: Path, capacity: int = 1 << 16) -> "Ring":
        """Make a new, empty ring in place of any that was there (4 MiB at the default capacity)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(_HEADER.pack(_MAGIC, capacity, 0))
            file.truncate(_HEADER_SIZE + capacity * _EVENT.size)
        fresh.replace(path)
        return cls(path)

    @property
    def head(self) -> int:
        """How many events were ever appended."""
        return self._words[self._head_word]

    def append(self, events: Iterable[Event]) -> None:
        """Make events known to every process of the machine."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            head = self._words[self._head_word]
            for event in events:
                _EVENT.pack_into(self._map, _HEADER_SIZE + (head % self.capacity) * _EVENT.size, *event, 0)
                head += 1
            self._words[self._head_word] = head
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def since(self, tail: int) -> list[Event] | None:
        """The events after the first `tail`, or None where some of them are overwritten already."""
        head = self.head
        if head - tail > self.capacity:
            return None
        found: list[Event] = []
        for position in range(tail, head):
            at = _HEADER_SIZE + (position % self.capacity) * _EVENT.size
            kind, a, b, c, d, e, f, _ = _EVENT.unpack_from(self._map, at)
            found.append(Event(kind, a, b, c, d, e, f))
        # A writer may have lapped us while we read.
        return found if self.head - tail <= self.capacity else None

    def close(self) -> None:
        """Let go of the memory."""
        self._words.release()
        self._map.close()
        os.close(self._file)
