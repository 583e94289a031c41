"""The words of the grammar: what the data files hold, and what the generator gives."""

from typing import Literal

import msgspec

CATEGORIES = ("hate", "dehumanisation", "incitement", "threat", "harassment", "glorification", "spam")
"""What a sentence can violate. No label: the sentence is harmless."""

TARGETS = ("religion", "origin", "skin", "gender", "orientation", "transgender", "disability", "age")
"""The grounds on which a group is protected."""

Half = Literal["train", "test"]
"""The two halves of the vocabulary and of the texts; nothing that is in one is in the other, small slots aside."""

HALVES: tuple[Half, Half] = ("train", "test")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word or phrase that fills a slot. The first of `forms` is the one that a text gets which names none."""

    slot: str
    id: str
    forms: dict[str, str | list[str]]
    target: str = ""
    gender: str = ""  # m or f, where words that follow agree with it


class Frame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Texts that say the same kind of thing, with the same labels. `targets`: entries of other grounds do not fill it."""

    id: str
    phenomenon: str
    labels: list[str]
    texts: list[str]
    weight: float = 1.0
    targets: list[str] = []


class Book(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One data file."""

    entry: list[Entry] = []
    frame: list[Frame] = []


class Sentence(msgspec.Struct, frozen=True):
    """What the generator gives: a post, its labels, and what it is meant to test."""

    text: str
    language: str
    labels: tuple[str, ...]
    phenomenon: str
    target: str  # the ground of the first group in it, or ''
    frame: str
    shape: str  # the frame's text that it was made of
