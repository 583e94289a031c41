"""A text is folded to what is read, and every character knows where it came from."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.growth import growth

from parvis.moderation.signals import lookalikes
from parvis.moderation.signals.normalise import fold, visible
from parvis.moderation.signals.words import read

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)  # lone surrogates and all


@pytest.mark.parametrize(
    "written",
    [
        "HÂTÉ", "Ｈａｔｅ", "𝖍𝖆𝖙𝖊", "𝐇𝐀𝐓𝐄", "ⓗⓐⓣⓔ", "🅷🅰🆃🅴", "🅗🅐🅣🅔", "⒣⒜⒯⒠", "ʜᴀᴛᴇ", "ʰᵃᵗᵉ", "h\u200ba\u2060t\ufeffe",
        "\u202eh\u202aate\u202c", "h\u0301\u0302\u0303\u0489a\u0336t\u20dde\u034f", "ha\u00adte", "h\x00a\x08te", "ħⱥŧɇ",
    ],
)  # fmt: skip
def test_drawn_marked_and_invisible_letters_are_read(written: str) -> None:
    assert fold(written).text == "hate"


@pytest.mark.parametrize("written", ["hаtе", "һаtе", "hαtε", "Ηατε", "ᎻᎪᎢᎬ"])
def test_letters_of_other_scripts_are_read_as_latin_beside_the_text_as_it_is(written: str) -> None:
    assert fold(written).looks == "hate"
    assert fold(written).text != "hate"


def test_ligatures_become_two_letters_that_know_their_one() -> None:
    folded = fold("un cœur")
    assert folded.text == "un coeur"
    assert folded.span(3, 8) == (3, 7)
    assert folded.span(4, 5) == (4, 5), "half a ligature is shown whole"


def test_marks_belong_to_the_letter_before_them() -> None:
    text = "x e\u0301\u0302\u200b y"
    folded = fold(text)
    assert folded.text == "x e y"
    assert folded.span(2, 3) == (2, 6)


@settings(deadline=None)
@given(ANY_TEXT)
def test_any_text_folds_and_every_character_has_its_place(text: str) -> None:
    folded = fold(text)
    offsets = list(folded.offsets)
    assert len(offsets) == len(folded.text) + 1 and len(folded.looks) == len(folded.text)
    assert offsets == sorted(offsets) and offsets[-1] == len(text)
    for at, sign in enumerate(folded.text):
        alone = fold(text[offsets[at]])
        assert sign in alone.text


@settings(deadline=None)
@given(ANY_TEXT)
def test_what_was_folded_stays(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


@settings(deadline=None)
@given(ANY_TEXT)
def test_the_two_normal_forms_are_read_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)).text == fold(unicodedata.normalize("NFD", text)).text


@settings(deadline=None)
@given(ANY_TEXT)
def test_what_is_seen_is_kept_as_written(text: str) -> None:
    seen = visible(text)
    assert len(seen.offsets) == len(seen.text) + 1
    assert all(text[at] == sign for at, sign in zip(seen.offsets, seen.text, strict=False))


@settings(deadline=None)
@given(ANY_TEXT)
def test_any_text_has_words_whose_places_are_in_it(text: str) -> None:
    words = read(text)
    sentences = words.sentences()
    assert [at for first, end in sentences for at in range(first, end)] == list(range(len(words.plain)))
    for at in range(len(words.plain)):
        start, end = words.written(at, at + 1)
        assert 0 <= start < end <= len(text)
    for at, readings in words.others.items():
        assert all(at < reading.end <= len(words.plain) and reading.form for reading in readings)


def test_the_table_of_lookalikes_is_sound() -> None:
    """No letter is two, none is Latin already, and each takes the place of exactly one folded letter."""
    seen: dict[str, str] = {}
    for table in (lookalikes.STROKES, lookalikes.DRAWN, lookalikes.FOREIGN):
        for letter, signs in table.items():
            for sign in signs:
                assert seen.setdefault(sign, letter) == letter, f"{sign} is {seen[sign]} and {letter}"
                assert not sign.isascii() and len(fold(sign).text) == 1
                assert fold(sign).looks == letter


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("so h a t e it", "hate"), ("h.a.t.e", "hate"), ("h-a-t-e!", "hate"), ("h_a_t_e", "hate"), ("h*a*t*e", "hate"),
        ("h4t3", "hate"), ("h@te", "hate"), ("$ave", "save"), ("gra$$", "grass"), ("k1ll", "kill"), ("he11", "hell"),
        ("!diot", "idiot"), ("ha.te", "hate"), ("h a t e  i t", "hate"), ("h. a. t. e.", "hate"), ("h @ t e", "hate"),
        ("b r û l e r", "bruler"), ("l'a r a b e", "arabe"),
    ],
)  # fmt: skip
def test_spacing_and_signs_are_undone(text: str, form: str) -> None:
    assert form in read(text).forms()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("as sassin", "assassin"), ("Scunthorpe", "cunt"), ("t.o.m.o.r.r.o.w", "tom"), ("t.o.m.o.r.r.o.w", "morrow"),
        ("to get her", "together"), ("the rapist", "therapist"), ("a b", "ab"), ("not able", "notable"),
        ("mass, acre", "massacre"),
        ("vitamins a, b and c", "ab"), ("con certes", "concertes"), ("plan A b", "ab"), ("j'ai l'as", "jai las"),
    ],
)  # fmt: skip
def test_the_bounds_of_words_stay(text: str, form: str) -> None:
    assert form not in read(text).forms()


@given(st.text(st.characters(max_codepoint=0x2FF), max_size=100))
def test_words_are_the_runs_of_letters_and_digits(text: str) -> None:
    words = read(text)
    assert words.plain == [words.body[start:end] for start, end in words.spans]


@pytest.mark.parametrize("gap", [" ", "’", "é "])
def test_every_letter_that_is_drawn_out_is_seen(gap: str) -> None:
    for letter in "abcdefghijklmnopqrstuvwxyz":
        assert [reading.form for _, reading in read(f"so{gap}x{letter * 3}y").drawn()] == [f"x{letter * 3}y"]
    assert read(f"so{gap}good 111").drawn() == []


def test_russian_and_greek_stay_what_they_are() -> None:
    for text in ("Сегодня хорошая погода, и рот до ушей", "Καλημέρα σε όλους"):
        assert all(not form.isascii() for form in read(text).forms())


@pytest.mark.parametrize(
    "piece",
    ["a", "a ", "a.", "4a", "e\u0301", "\u200b", "а", "#aB", "ﷺ", "! ", "a\n\n", "http://", "aaab", "h @ ", "🇫"],
)  # fmt: skip
def test_reading_takes_time_in_proportion_to_the_text(piece: str) -> None:
    assert growth(lambda text: read(text).sentences(), piece) < 15


def test_a_megabyte_of_tricks_is_read() -> None:
    piece = "k\u200b.1\u0336 l l  #KillАll @ll \u202eаll $hit ﷺ h a t e ... aaaaaa http://x 🇫🇷\ud800"
    text = (piece * (1_000_000 // len(piece) + 1))[:1_000_000]
    words = read(text)
    assert words.written(len(words.plain) - 1, len(words.plain))[1] <= len(text)
