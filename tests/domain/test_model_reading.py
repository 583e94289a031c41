"""How the model reads a text: words, pieces, windows; the first stage."""

import random
import sys
from collections.abc import Iterator
from itertools import pairwise
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.growth import growth

from parvis.moderation.model.linear import BUCKETS, Linear, pair_feature, word_features
from parvis.moderation.model.run import STEP, WINDOW, Model, Network
from parvis.moderation.model.tokens import WordPiece, folded, words

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "je",
    "suis",
    "la",
    "##ine",
    "mort",
    "de",
    "rire",
    "!",
    "monkey",
    "ete",
]
PIECES = {piece: number for number, piece in enumerate(VOCABULARY)}


def texts_of(text: str) -> list[str]:
    return [word.text for word in words(text, 100)]


def test_words_are_folded_and_marks_stand_apart() -> None:
    assert texts_of("Je SUIS là, l’été !") == ["je", "suis", "la", ",", "l", "’", "ete", "!"]


@pytest.mark.parametrize(
    ("trick", "plain"),
    [("m\u200bort", "mort"), ("mo\u0301rt", "mort"), ("ｍｏｒｔ", "mort"), ("𝐦𝐨𝐫𝐭", "mort"), ("mo\u202ert", "mort")],
)
def test_what_hides_a_word_is_seen_through(trick: str, plain: str) -> None:
    assert texts_of(trick) == [plain]


def test_an_emoji_is_read_by_its_name_and_shown_where_it_stands() -> None:
    (word,) = words("🐒", 10)
    assert (word.text, word.start, word.end) == ("monkey", 0, 1)


@given(st.text(max_size=300))
def test_every_word_points_at_what_it_was_read_from(text: str) -> None:
    at = 0
    for word in words(text, 1000):
        assert word.text and at <= word.start < word.end <= len(text)
        at = word.start
    assert WordPiece(VOCABULARY).encode(text, 16)[0] == PIECES["[CLS]"]


@given(st.text(max_size=300), st.integers(1, 100))
def test_a_text_is_scored_by_the_words_that_are_shown(text: str, most: int) -> None:
    assert folded(text, most) == [word.text for word in words(text, most)]


def test_every_character_is_scored_as_it_is_shown() -> None:
    for code in range(0, sys.maxunicode + 1, 7):
        framed = f"a{chr(code)}b"
        assert folded(framed, 100) == [word.text for word in words(framed, 100)], hex(code)


def test_a_huge_text_is_read_up_to_what_is_wanted() -> None:
    text = "mort de rire ! " * 20_000
    assert folded(text, 2_000) == [word.text for word in words(text, 2_000)]
    read: list[str] = []

    class Counted(str):
        def __iter__(self) -> Iterator[str]:
            for character in super().__iter__():
                read.append(character)
                yield character

    folded(Counted(text), 10)
    assert len(read) < 100


@given(st.text(max_size=300), st.integers(3, 64))
def test_no_text_is_longer_than_asked_and_every_number_is_known(text: str, most: int) -> None:
    numbers = WordPiece(VOCABULARY).encode(text, most)
    assert 2 <= len(numbers) <= most and numbers[-1] == PIECES["[SEP]"]
    assert all(0 <= number < len(VOCABULARY) for number in numbers)


def test_the_longest_known_piece_is_taken() -> None:
    assert WordPiece(VOCABULARY).encode("laine mort xyz", 16) == [
        2,
        PIECES["la"],
        PIECES["##ine"],
        PIECES["mort"],
        1,
        3,
    ]


@pytest.mark.parametrize("piece", ["a", " \u0301", "🐒", "mort "])
def test_reading_grows_with_the_text_and_no_faster(piece: str) -> None:
    assert growth(lambda text: words(text, 10**9), piece) < 15


def model(weights: np.ndarray | None = None, below: float = 0.0) -> Model:
    weights = np.zeros(BUCKETS) if weights is None else weights
    linear, calibration = Linear(weights, -1.0), np.ones((7, 2))
    return Model(
        "1",
        WordPiece(VOCABULARY),
        Network(None, None),
        linear,
        calibration,
        clear_below=below,
        exit_below=0.0,
        longest=64,
    )


@pytest.mark.parametrize("count", [0, 1, WINDOW, WINDOW + 1, WINDOW + STEP, 500])
def test_every_word_is_in_a_window(count: int) -> None:
    found = model().windows(" ".join(["mort"] * count))
    starts = {word.start for window in found for word in window.words}
    assert len(starts) == count
    assert all(len(window.words) <= WINDOW for window in found)
    for first, second in pairwise(found):
        assert first.words[STEP] == second.words[0]


def test_the_first_stage_adds_words_and_pairs() -> None:
    weights = np.zeros(BUCKETS)
    for feature in word_features("mort"):
        weights[feature] = 0.5
    weights[pair_feature("de", "rire")] = 3.0
    linear = Linear(weights, -1.0)
    alone = linear.score(["mort"])
    assert alone == pytest.approx(0.5 * len(word_features("mort")) - 1.0, rel=1e-3)
    assert linear.score(["de", "rire"]) > linear.score(["rire", "de"])
    assert model(weights, below=alone + 0.1).clears(model().windows("mort")[0])
    assert not model(weights, below=alone - 0.1).clears(model().windows("mort")[0])


@given(st.lists(st.sampled_from(("mort", "de", "rire", "Été", "🐒", "?!")), max_size=200))
def test_what_the_first_stage_leaves_are_the_windows_that_it_does_not_clear(found: list[str]) -> None:
    text = " ".join(found)
    made = model(np.random.default_rng(2).normal(size=BUCKETS), below=0.5)
    assert made.unclear(text) == [window.folded for window in made.windows(text) if not made.clears(window)]


@given(st.lists(st.sampled_from(("je", "suis", "mort", "ete", "!", "🐒")), min_size=1, max_size=60))
def test_the_score_is_the_sum_of_the_features(found: list[str]) -> None:
    weights = np.random.default_rng(1).normal(size=BUCKETS).astype(np.float32)
    features = [feature for word in found for feature in word_features(word)]
    features += [pair_feature(first, second) for first, second in pairwise(found)]
    expected = weights[features].astype(np.float64).sum() / sqrt(len(found)) - 1.0
    assert Linear(weights, -1.0).score(found) == pytest.approx(expected, abs=1e-3)


def test_the_same_words_weigh_the_same_however_often_they_are_asked() -> None:
    rng = random.Random(1)
    linear = Linear(np.array([rng.uniform(-1, 1) for _ in range(BUCKETS)]), 0.1)
    assert linear.score(["je", "suis"]) == linear.score(["je", "suis"])
