"""The shape of a text: its length, and how loud it is."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.moderation.signals.shape import Shape
from parvis.moderation.types import Passage, Subject, Value


def values(*texts: str) -> dict[str, Value]:
    passages = tuple(Passage("text", text) for text in texts)
    subject = Subject(kind="post", id=1, account_id=2, at_ms=0, passages=passages)
    return dict(asyncio.run(Shape().detect(subject)).values)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("STOP THAT NOISE", 1.0),
        ("Stop that noise", 0.077),
        ("ÇA SUFFIT, ARRÊTEZ 123 !!!", 1.0),
        ("Ça suffit, arrêtez", 0.067),
        ("ПРЕКРАТИТЕ это сейчас же", 0.476),
    ],
)
def test_capitals_are_a_share_of_the_letters(text: str, share: float) -> None:
    assert values(text) == {"text.length": len(text), "text.capitals": share}


def test_all_texts_count_together_and_few_letters_say_nothing() -> None:
    assert values("STOP", "THAT", "NOISE!") == {"text.length": 14, "text.capitals": 1.0}
    assert values("STOP", "NOW") == {"text.length": 7}
    assert values("quiet as a mouse can be") == {"text.length": 23}
    assert values() == {}


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_letters_of_every_script_are_counted(text: str) -> None:
    letters = [character for character in text if character.isalpha()]
    upper = [character for character in letters if character.isupper()]
    expected = round(len(upper) / len(letters), 3) if upper and len(letters) >= 12 else None
    assert values(text).get("text.capitals") == expected
