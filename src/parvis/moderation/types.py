"""What screening speaks of: the subject, the signals measured on it, and the evidence for them."""

from collections.abc import Mapping
from enum import Enum
from typing import Protocol, runtime_checkable

import msgspec

Value = bool | int | float | str | tuple[str, ...]
"""What a signal can be."""


class Passage(msgspec.Struct, frozen=True):
    """One text of a subject, as its author wrote it, and which of its fields it is."""

    field: str  # text, spoiler, alt, name, display_name, note, field_name, field_value, poll_option
    text: str


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What is under screening: one post, edit, profile or name, with all its texts and media."""

    kind: str  # post, edit, profile, name, alt, report, scan
    id: int
    account_id: int
    at_ms: int  # when it was submitted, in milliseconds of the Unix epoch
    passages: tuple[Passage, ...] = ()
    media: tuple[str, ...] = ()  # names of stored originals: SHA-256 in hex, a dot, an extension
    audience: str = "public"  # public, unlisted, followers, direct
    language: str | None = None  # as its author says
    reply_to_account_id: int | None = None
    mention_ids: tuple[int, ...] = ()


class SignalKind(Enum):
    """The type of a signal, and what it is when nothing was found."""

    SHARE = "share"  # a number from 0 to 1: a probability, a likeness
    NUMBER = "number"  # any number from 0
    COUNT = "count"  # a whole number from 0
    FLAG = "flag"  # true or false
    TEXT = "text"  # one of `choices`, or ''
    LIST = "list"  # several of `choices`

    @property
    def default(self) -> Value:
        """The value of a signal that nothing was found for."""
        return _DEFAULTS[self]


_DEFAULTS: dict[SignalKind, Value] = {
    SignalKind.SHARE: 0.0,
    SignalKind.NUMBER: 0.0,
    SignalKind.COUNT: 0,
    SignalKind.FLAG: False,
    SignalKind.TEXT: "",
    SignalKind.LIST: (),
}


class Signal(msgspec.Struct, frozen=True):
    """A fact that a detector measures: its name in rules, its type, and what it says to a moderator."""

    name: str  # family.name, as `model.hate`
    kind: SignalKind
    english: str
    french: str
    choices: tuple[str, ...] = ()  # of TEXT and LIST; none: any text


class Evidence(msgspec.Struct, frozen=True):
    """Where in a passage a signal comes from, in characters (code points) of the text as written."""

    signal: str
    passage: int  # index in Subject.passages
    start: int
    end: int
    weight: float = 1.0  # how much it weighed, from 0 to 1
    note: str = ""  # the entry or list that matched


class Findings(msgspec.Struct, frozen=True):
    """What one detector found. A signal that is not in `values` has its default."""

    values: Mapping[str, Value] = {}
    evidence: tuple[Evidence, ...] = ()


class Detector(Protocol):
    """Measures signals. Plug-ins are factories in the entry-point group `parvis.detectors`; see docs/howto/write-a-detector.md.

    One that raises or takes longer than `[moderation] detector_ms` counts as failed: the policy says what happens then.
    """

    @property
    def name(self) -> str:
        """The detector's name, as in `failed` and in the policy's `[failure]`."""
        ...

    @property
    def signals(self) -> tuple[Signal, ...]:
        """All signals that it can give."""
        ...

    @property
    def waits(self) -> bool:
        """Whether it may wait (for a thread, the database, a network): only then is its time limited. One that does not
        wait takes well under a millisecond."""
        ...

    async def detect(self, subject: Subject) -> Findings:
        """The signals of one subject."""
        ...


@runtime_checkable
class Closing(Protocol):
    """What holds a thread or a connection, a detector among others: it is told when the process ends."""

    def close(self) -> None:
        """Let go."""
        ...
