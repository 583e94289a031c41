"""What was found on a subject, read back from its event for whoever decides, contests or asks why."""

from collections.abc import Sequence
from typing import Any

import msgspec

from parvis.moderation.types import Evidence, Passage, Value


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The findings of one screening, as its event keeps them (see `events.ScreeningRecord`)."""

    signals: dict[str, Value] = {}
    failed: tuple[str, ...] = ()  # detectors without an answer
    evidence: tuple[Evidence, ...] = ()
    fields: tuple[str, ...] = ()  # of the passages that were looked at, in their order
    texts: tuple[str, ...] = ()  # the passages themselves, where their subject is not stored; cut to 2,000 characters


def read(stored: Any) -> Found:
    """The findings of an event's row (decoded JSON). Findings of another release that do not fit are none."""
    try:
        return msgspec.convert(stored or {}, Found)
    except msgspec.ValidationError:
        return Found()


def passages_of(text: str, spoiler: str, descriptions: Sequence[str]) -> tuple[Passage, ...]:
    """The passages of a post as it stands, in the order in which the gate is shown them."""
    texts = (("text", text), ("spoiler", spoiler), *(("alt", description) for description in descriptions))
    return tuple(Passage(field, words) for field, words in texts if words)


def fitting(found: Found, passages: Sequence[Passage]) -> tuple[Evidence, ...]:
    """The evidence that points into these passages; none where other passages were looked at."""
    if found.fields != tuple(passage.field for passage in passages):
        return ()
    return tuple(
        one
        for one in found.evidence
        if 0 <= one.passage < len(passages) and 0 <= one.start < one.end <= len(passages[one.passage].text)
    )
