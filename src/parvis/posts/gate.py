"""The door through which every text and medium passes before it is seen. Posts declare it; moderation is behind it."""

from enum import Enum
from typing import Protocol

import msgspec


class Answer(Enum):
    """What the gate says."""

    PUBLISH = "publish"
    HOLD = "hold"  # stored, seen by its author only, until a person decides
    REFUSE = "refuse"  # not stored; the author is told why


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown to the gate: one subject and all its texts and media."""

    kind: str  # post, edit, profile, media
    account_id: int
    subject_id: int
    texts: tuple[str, ...]
    media_hashes: tuple[str, ...] = ()
    audience: int = 0
    language: str | None = None
    reply_to_account_id: int | None = None
    mention_ids: tuple[int, ...] = ()


class Verdict(msgspec.Struct, frozen=True):
    """The answer, with the reason that the author is told."""

    answer: Answer
    reason: str = ""


class PublishGate(Protocol):
    """Asked before anything is written. It must answer: if it fails or is slow, what it answers then is its own rule."""

    async def ask(self, submission: Submission) -> Verdict:
        """The verdict on a submission."""
        ...
