"""Words are marked where they weighed, and a text is never changed by it."""

from hypothesis import given
from hypothesis import strategies as st

from parvis.moderation.findings import Found, fitting, read
from parvis.moderation.marks import STRENGTHS, Mark, joined, marked, marks
from parvis.moderation.types import Evidence, Passage

PLACES = st.integers(min_value=-5, max_value=60)
EVIDENCE = st.lists(
    st.builds(Evidence, st.sampled_from(["a.b", "c.d"]), st.just(0), PLACES, PLACES, st.floats(0, 1)), max_size=12
)


@given(st.text(max_size=40), EVIDENCE)
def test_the_marks_are_the_text_and_each_character_has_the_strength_of_its_heaviest_evidence(
    text: str, evidence: list[Evidence]
) -> None:
    found = marks(text, evidence)
    assert "".join(mark.text for mark in found) == text and all(mark.text for mark in found)
    at = 0
    for mark in found:
        for place in range(at, at + len(mark.text)):
            over = [one for one in evidence if one.start <= place < one.end]
            assert (mark.strength > 0) is bool(over) and mark.strength <= STRENGTHS
            assert set(mark.signals) == {one.signal for one in over}
            heaviest = max((one.weight for one in over), default=0.0)
            assert (mark.strength == STRENGTHS) is (heaviest >= 0.67)
        at += len(mark.text)


@given(st.text(alphabet="ab \n", max_size=30), EVIDENCE)
def test_joining_moves_no_letter_to_another_strength(text: str, evidence: list[Evidence]) -> None:
    def letters(pieces: list[Mark]) -> list[tuple[str, int]]:
        return [(letter, piece.strength) for piece in pieces for letter in piece.text if not letter.isspace()]

    pieces = marks(text, evidence)
    assert letters(joined(pieces)) == letters(pieces)
    assert "".join(piece.text for piece in joined(pieces)) == text


def test_words_side_by_side_are_one_stretch() -> None:
    words = [Evidence("a.b", 0, 0, 3, 0.2), Evidence("c.d", 0, 4, 7, 0.2), Evidence("a.b", 0, 8, 13, 0.9)]
    assert [piece.text for piece in joined(marks("one two three", words))] == ["one two", " ", "three"]


def test_evidence_marks_the_passage_that_it_names() -> None:
    passages = (Passage("text", "one two"), Passage("alt", "three"))
    shown = dict(marked(passages, (Evidence("a.b", 1, 0, 5, 0.4),)))
    assert [mark.strength for mark in shown["text"]] == [0] and [mark.strength for mark in shown["alt"]] == [2]


def test_evidence_of_other_passages_marks_nothing() -> None:
    found = Found(
        evidence=(Evidence("a.b", 0, 0, 3), Evidence("a.b", 0, 2, 9), Evidence("a.b", 4, 0, 1)), fields=("text",)
    )
    assert fitting(found, (Passage("text", "word"),)) == (Evidence("a.b", 0, 0, 3),)
    assert fitting(found, (Passage("spoiler", "word"),)) == ()
    assert fitting(found, ()) == ()


def test_findings_are_read_back_and_foreign_ones_are_none() -> None:
    stored = {
        "signals": {"a.b": 0.5, "c.d": ["x", "y"], "e.f": True},
        "failed": ["model"],
        "faults": [],
        "fields": ["text"],
    }
    found = read(stored)
    assert found.signals == {"a.b": 0.5, "c.d": ("x", "y"), "e.f": True} and found.failed == ("model",)
    assert read({"signals": 7}) == Found() and read(None) == Found()
