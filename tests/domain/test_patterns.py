"""Word lists: every entry does as its examples promise, whatever its words are written with."""

import asyncio
import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.growth import growth
from tests.lists import made

from parvis.moderation.signals.entries import CATEGORIES, Entry
from parvis.moderation.signals.examples import check_examples
from parvis.moderation.signals.load import load_lists
from parvis.moderation.signals.patterns import Patterns
from parvis.moderation.signals.split import speaks
from parvis.moderation.signals.words import read
from parvis.moderation.types import Findings, Passage, SignalKind, Subject

SHIPPED_LISTS = load_lists()
ENTRIES = SHIPPED_LISTS.sure()
STRONG = [entry for entry in ENTRIES if entry.strength == "strong"]
ALL = Patterns(ENTRIES)
UNBOUNDED = Patterns(ENTRIES, most=10**9)


def by_id(entry: Entry) -> str:
    return entry.id


@pytest.mark.parametrize("entry", ENTRIES, ids=by_id)
def test_every_entry_does_as_its_examples_promise(entry: Entry) -> None:
    assert check_examples([entry]) == []


@pytest.mark.parametrize("entry", ENTRIES, ids=by_id)
def test_what_an_entry_spares_no_strong_entry_finds(entry: Entry) -> None:
    for text in entry.spares:
        assert [hit.entry.id for hit in ALL.find(text, None) if hit.strength == "strong"] == [], text


_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _each(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "".join(change(letter) for letter in text)


def _alphabet(first: int, upper: int | None = None) -> Callable[[str], str]:
    def change(letter: str) -> str:
        if letter.lower() not in _LETTERS:
            return letter
        start = upper if upper is not None and letter.isupper() else first
        return chr(start + _LETTERS.index(letter.lower()))

    return _each(change)


def _table(plain: str, other: str) -> Callable[[str], str]:
    return lambda text: text.lower().translate(str.maketrans(plain, other))


def _words(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: re.sub(r"(?<!\d)[^\W\d_]{3,}(?!\d)", lambda word: change(word[0]), text)


TRICKS: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "mixed case": lambda text: "".join(letter.upper() if at % 2 else letter.lower() for at, letter in enumerate(text)),
    "spaced": lambda text: _words(lambda word: "  " + " ".join(word) + "  ")(text.replace("œ", "oe")),
    "dotted": _words(".".join),
    "dashed": lambda text: _words("-".join)(text.replace("-", " ")),
    "underscored": _words("_".join),
    "starred": _words("*".join),
    "dots and spaces": lambda text: _words(". ".join)(text.replace(" ", "   ").replace("œ", "oe")),
    "leet": _words(_table("aeiost", "4310$7")),
    "leet, one way": _words(lambda word: re.sub(r"(?<=.)i(?=.)", "!", word.lower().replace("a", "@").replace("o", "0"))),
    "cyrillic": _table("aceopxyi", "асеорхуі"),
    "greek": _table("aeovikt", "αεονικτ"),
    "full width": _alphabet(0xFF41, 0xFF21),
    "bold": _alphabet(0x1D41A, 0x1D400),
    "fraktur": _alphabet(0x1D586, 0x1D56C),
    "monospace": _alphabet(0x1D68A, 0x1D670),
    "circled": _alphabet(0x24D0, 0x24B6),
    "squared": _alphabet(0x1F170),
    "diacritics": _table("aceinouy", "ąćęįñøùý"),
    "zero width": "\u200b".join,
    "soft hyphens": _each(lambda letter: letter + "\u00ad"),
    "bidirectional": lambda text: "\u202e" + "\u202c".join(text),
    "stacked marks": _each(lambda letter: letter + "\u0335\u0310\u0489\u20dd" if letter.isalpha() else letter),
    "drawn out": _each(lambda letter: letter * 4 if letter.isalpha() and letter != "œ" else letter),
    "last letter drawn out": _words(lambda word: word + word[-1] * 5),
    "emoji around": lambda text: "🔥🔥" + text.replace(" ", " 👏 ") + "🔥",
}  # fmt: skip


@pytest.mark.parametrize("entry", STRONG, ids=by_id)
def test_strong_entries_are_found_whatever_they_are_written_with(entry: Entry) -> None:
    alone = Patterns([entry])
    for text in entry.matches:
        for trick, disguise in TRICKS.items():
            written = disguise(text)
            hits = alone.find(written, entry.language)
            assert len(hits) == 1, f"{trick}: {written}"
            assert 0 <= hits[0].start < hits[0].end <= len(written)


def detect(*texts: str, language: str | None = None, entries: Sequence[Entry] = ENTRIES) -> Findings:
    passages = tuple(Passage("text", text) for text in texts)
    subject = Subject(kind="post", id=1, account_id=2, at_ms=0, passages=passages, language=language)
    return asyncio.run(Patterns(entries).detect(subject))


def test_the_shipped_lists_are_valid_and_cover_every_category_in_both_languages() -> None:
    assert SHIPPED_LISTS.faults == ()
    for language in ("en", "fr"):
        assert {entry.category for entry in STRONG if entry.language == language} == set(CATEGORIES)
    for entry in ENTRIES:
        assert entry.id.startswith(f"{entry.language}-")
        assert len(entry.matches) >= 2 and len(entry.spares) >= 2
        assert len(set(entry.matches + entry.spares)) == len(entry.matches + entry.spares)


def test_a_threat_is_found_and_the_words_that_make_it_are_shown() -> None:
    for text, words, entry in (
        ("Hey. I will k1ll y o u, ok?", "I will k1ll y o u", "en-will-kill-you"),
        ("Écoute : je vais te tu\u200ber.", "je vais te tu\u200ber", "fr-je-vais-te-tuer"),
    ):
        found = detect("nothing here", text)
        assert found.values == {"patterns.threat": 1}
        [shown] = found.evidence
        assert (shown.signal, shown.passage, shown.note, shown.weight) == ("patterns.threat", 1, entry, 1.0)
        assert text[shown.start : shown.end] == words


def test_the_report_of_a_threat_is_not_a_threat() -> None:
    for text in (
        "He wrote to her “I will kill you”, and the court sent him to prison.",
        "“I will kill you.” That is what he wrote, and the police did nothing.",
        "Il lui a écrit « je vais te tuer », le tribunal l’a condamné.",
        "« Je vais te tuer. » C’est ce qu’il m’a dit, j’ai porté plainte.",
        "I am not going to kill you, relax.",
        "Le roman commence ainsi : je vais te tuer, dit le comte.",
    ):
        assert detect(text).values == {}, text


def test_a_quotation_beside_words_of_ones_own_is_a_weak_sign() -> None:
    assert detect("“Kill all the jews”").values["patterns.incitement"] == 1
    assert detect("lol “Kill all the jews”").values["patterns.incitement"] == 1
    found = detect("“Kill all the jews”, it stands in big letters on our door this morning.")
    assert found.values.get("patterns.incitement") is None
    assert "patterns.incitement_weak" in found.values
    assert {shown.weight for shown in found.evidence} == {0.5}


def test_entries_count_once_each_and_weak_ones_apart() -> None:
    found = detect("kill all jews", "Kill all jews! And death to muslims", "nobody likes you")
    assert found.values["patterns.incitement"] == 2
    assert found.values["patterns.incitement_weak"] == 1
    weak = [shown for shown in found.evidence if shown.signal == "patterns.harassment_weak"]
    assert [(shown.passage, shown.weight) for shown in weak] == [(2, 0.5)]


def test_words_written_as_one_are_found_whole() -> None:
    text = "what a day #KillAllMuslims"
    found = detect(text)
    assert "patterns.incitement" in found.values
    assert {text[shown.start : shown.end] for shown in found.evidence} == {"KillAllMuslims"}
    assert "patterns.incitement" in detect("#killalljews").values
    assert "patterns.incitement" in detect("k i l l a l l j e w s").values
    assert detect("#KillAllMuslims is a vile and racist hashtag").values == {}
    assert detect("#skillallowance #grapefruit #therapist #exchange").values == {}


def test_a_word_of_one_language_is_none_of_another() -> None:
    entry = made(
        'native = true\npattern = "retard"\nmatches = ["you are a retard", "what a retard"]\nspares = ["x y", "z w"]'
    )
    assert detect("What is this, are you a retard?", entries=[entry]).values == {"patterns.slur": 1}
    assert detect("Le train est en retard, je suis là dans une heure.", entries=[entry]).values == {}
    assert detect("retard", language="fr", entries=[entry]).values == {}
    assert detect("retard", language="en-GB", entries=[entry]).values == {"patterns.slur": 1}


def test_web_addresses_hold_no_words() -> None:
    assert detect("https://news.example/man-who-wrote/i-will-kill-you").values == {}


def test_every_signal_is_a_count_with_a_sentence_in_both_languages() -> None:
    signals = Patterns(ENTRIES).signals
    assert {signal.name for signal in signals} == {
        f"patterns.{name}{end}" for name in CATEGORIES for end in ("", "_weak")
    }
    for signal in signals:
        assert signal.kind is SignalKind.COUNT and signal.english and signal.french and signal.english != signal.french


def test_what_is_beyond_the_bound_is_not_looked_at() -> None:
    short = Patterns(ENTRIES, most=100)
    assert short.find("x " * 40 + "kill all jews")
    assert not short.find("x " * 50 + "kill all jews")


_PIECES = sorted({word for entry in ENTRIES for text in (*entry.matches, *entry.spares) for word in text.split()})
_EXAMPLES = sorted({text for entry in ENTRIES for text in (*entry.matches, *entry.spares)})


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(_EXAMPLES), st.sampled_from(_PIECES)), max_size=12), st.sampled_from([" ", ". "])
)
def test_the_index_leaves_out_no_entry_that_is_there(parts: list[str], gap: str) -> None:
    text = gap.join(parts)
    words = read(text)
    assume(not words.glued and not words.drawn())
    sentences = words.sentences()
    expected = {
        entry.id
        for entry in ENTRIES
        if (not entry.native or speaks(words.plain, entry.language, None))
        and entry.find(words, sentences, range(len(entry.automata)))
    }
    assert {hit.entry.id for hit in ALL.find(text)} == expected


def test_no_entries_find_nothing() -> None:
    assert Patterns(()).find("kill all jews") == []


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=()), max_size=120), st.sampled_from([m for e in STRONG for m in e.matches])
)
def test_any_text_is_taken_and_every_hit_lies_in_it(noise: str, text: str) -> None:
    for written in (noise, f"{noise} {text}", f"{text}{noise}", noise.join(text)):
        for hit in ALL.find(written):
            assert 0 <= hit.start < hit.end <= len(written)


@pytest.mark.parametrize(
    "piece",
    [
        "kill all ",
        "k i l l ",
        "k.i.l.l",
        "#KillAll ",
        "kkkilll ",
        "tuez les ",
        "i will kill you haha. ",
        "“kill all jews” said ",
        "ki11 @ll ",
    ],
)
def test_matching_takes_time_in_proportion_to_the_text(piece: str) -> None:
    assert growth(UNBOUNDED.find, piece) < 15
