"""The door through which every text and medium passes before it is seen. Posts declare it; moderation is behind it."""

from enum import Enum
from typing import Protocol

import msgspec

from parvis.db.pool import Verbs


class Answer(Enum):
    """What the gate says."""

    PUBLISH = "publish"
    HOLD = "hold"  # stored, seen by its author only, until a person decides
    REFUSE = "refuse"  # not stored; the author is told why


class Text(msgspec.Struct, frozen=True):
    """One text of a submission, and which of its fields it is: text, spoiler, alt, name, display_name, note, field_name,
    field_value."""

    field: str
    text: str


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown to the gate: one subject and all its texts and media."""

    kind: str  # post, edit, profile, name, alt
    account_id: int
    subject_id: int
    texts: tuple[Text, ...]
    media_hashes: tuple[str, ...] = ()
    audience: int = 0
    language: str | None = None
    reply_to_account_id: int | None = None
    mention_ids: tuple[int, ...] = ()
    at_ms: int | None = None  # None: now


class Record(Protocol):
    """What is to be kept of a verdict, in the transaction that stores its subject."""

    async def write(self, tx: Verbs) -> None:
        """Keep it."""
        ...


class Ground(msgspec.Struct, frozen=True):
    """Why something was held, labelled or made less visible, for those who see it: the rule's title in both languages."""

    rule: str
    en: str
    fr: str


class NotScreened(RuntimeError):
    """A text is about to be stored that the gate did not see: a fault of ours, never of the caller's."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one submission, with all that follows from it."""

    answer: Answer
    submission: Submission | None = None
    reason: str = ""  # where it refuses: what the author is told, in their language
    held: Ground | None = None
    labels: tuple[Ground, ...] = ()
    blur: bool = False  # shown behind a click
    limited: bool = False  # kept out of public timelines
    risk: int = 0  # the highest probability of harm that was found, in thousandths
    record: Record | None = None

    def cleared(self, field: str, *texts: str) -> None:
        """Called with what is about to be stored in a field. NotScreened where one of the texts is not what was shown
        to the gate under that name."""
        shown = {text.text for text in self.submission.texts if text.field == field} if self.submission else set[str]()
        for text in texts:
            if text and text not in shown:
                raise NotScreened(f"{field}: a text that did not pass the gate was about to be stored")


class PublishGate(Protocol):
    """Asked before anything is written. It must answer: if it fails or is slow, what it answers then is its own rule."""

    async def ask(self, submission: Submission) -> Verdict:
        """The verdict on a submission."""
        ...
