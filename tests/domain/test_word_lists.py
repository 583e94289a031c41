"""The language of word lists, and lists of an operator's own: what is wrong is said with its file, its entry and why."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.lists import HEAD, lists, made

from parvis.moderation.signals.drawn import Drawn
from parvis.moderation.signals.examples import check_examples
from parvis.moderation.signals.load import SHIPPED, ListError, load_lists
from parvis.moderation.signals.pattern import Automaton, PatternError, Sets
from parvis.moderation.signals.words import Reading, read

SETS = Sets({"beast": ("(cat|dog*)", "polar bear"), "pet": ("{beast}",)})


def found(pattern: str, text: str) -> str | None:
    """The words that a pattern matches, as written."""
    automaton, words = Automaton(pattern, SETS), read(text)
    drawn = Drawn(automaton.words, automaton.prefixes)
    for at, reading in words.drawn():
        for word in drawn.meant(reading.form):
            words.add(at, Reading(word, reading.end))
    place = automaton.find(words, 0, len(words.plain))
    if place is None:
        return None
    start, end = words.written(*place)
    return text[start:end]


@pytest.mark.parametrize(
    ("pattern", "text", "match"),
    [
        ("cat", "A cat sat.", "cat"),
        ("cat", "concatenate cats", None),
        ("cat*", "two CATS sat", "CATS"),
        ("the? cat", "the cat", "the cat"),
        ("the? cat", "a cat", "cat"),
        ("(big|very small) cat", "a very small cat", "very small cat"),
        ("(big|very small)? cat", "my cat", "cat"),
        ("cat ..2 mat", "cat on the mat", "cat on the mat"),
        ("cat ..2 mat", "cat mat", "cat mat"),
        ("cat ..2 mat", "cat on the old mat", None),
        ("l'arabe", "de l’Arabe", "l’Arabe"),
        ("peut-être", "PEUT ETRE bien", "PEUT ETRE"),
        ("été", "ete", "ete"),
        ("the {pet} (sat|ran)", "the dogs ran", "the dogs ran"),
        ("the {pet}", "the polar bear", "the polar bear"),
        ("^go home", "he said go home", None),
        ("^go home", "Go home", "Go home"),
        ("^go home", "well, go home", "go home"),
        ("^go home", "@lise go home", "go home"),
        ("^go home", "so!\ngo home", "go home"),
        ("aa bb aa bb cc", "aa bb aa bb aa bb cc", "aa bb aa bb cc"),
        ("cat (and|or) dog", "cat and dog", "cat and dog"),
        ("coool", "cooool", "cooool"),
        ("kill", "killl", "killl"),
        ("kill", "kiiillll", "kiiillll"),
        ("kill", "kil", None),
        ("con", "coon", None),
        ("coon", "coooon", "coooon"),
        ("dog*", "doooogs", "doooogs"),
        ("dog*", "doogs", None),
        ("kill*", "killlers", "killlers"),
        ("kill*", "killlll", "killlll"),
        ("kill*", "kilers", None),
    ],
)
def test_patterns_mean_what_they_say(pattern: str, text: str, match: str | None) -> None:
    assert found(pattern, text) == match


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "empty"),
        ("(a|)", "empty"),
        ("(cat", "no )"),
        ("cat)", "nothing was opened"),
        ("cat?", "no words at all"),
        ("..2", "no words at all"),
        ("cat ..0 dog", "..1 to ..9"),
        ("cat .. dog", "..1 to ..9"),
        ("cat ..99 dog", "..1 to ..9"),
        ("do*", "too short"),
        ("*", "expected"),
        ("{none}", "no set none"),
        ("{self}", "holds itself"),
        ("!!!", "no letter"),
        ("(" * 20 + "a" + ")" * 20, "nested deeper"),
        ("cat {", "expected"),
        ("a ^b", "expected"),
        ("(a? b?)", "no words at all"),
        ("..3 cat?", "no words at all"),
        ("w ..9 " * 60 + "w", "more than 400 places"),
    ],
)
def test_what_is_no_pattern_is_refused_with_a_reason(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=r".") as refused:
        Automaton(pattern, Sets({"self": ("{self}",)}))
    assert reason in str(refused.value)


def test_sets_that_were_read_before_are_refused_all_the_same() -> None:
    chain = {f"s{at}": (f"{{s{at + 1}}}",) for at in range(12)} | {"s12": ("cat",)}
    sets = Sets({"one": ("cat {two}",), "two": ("{one}?",), **chain})
    for _ in range(2):
        for name, reason in (("one", "holds itself"), ("two", "holds itself"), ("s2", "nested deeper")):
            with pytest.raises(PatternError, match=reason):
                Automaton(f"{{{name}}}", sets)
        for name in ("s12", "s8", "s5"):
            assert Automaton(f"a {{{name}}}", sets).words == {"a", "cat"}


@settings(deadline=None)
@given(st.text("ab(){}|?*.^ 12é'-", max_size=40))
def test_any_text_is_a_pattern_or_refused(written: str) -> None:
    try:
        automaton = Automaton(written, SETS)
    except PatternError:
        return
    words = read("a b ab ba aab é 1 2 12 a'b")
    automaton.find(words, 0, len(words.plain))


_WORD = st.sampled_from(["ab", "cd", "ef"])


@settings(deadline=None)
@given(st.lists(st.tuples(_WORD, st.booleans()), min_size=1, max_size=5), st.lists(_WORD, max_size=10))
def test_automata_agree_with_trying_everything(items: list[tuple[str, bool]], text: list[str]) -> None:
    if all(optional for _, optional in items):
        return
    pattern = " ".join(word + ("?" if optional else "") for word, optional in items)

    def matches(at: int, item: int) -> bool:
        if item == len(items):
            return True
        word, optional = items[item]
        return (optional and matches(at, item + 1)) or (
            at < len(text) and text[at] == word and matches(at + 1, item + 1)
        )

    assert (found(pattern, " ".join(text)) is not None) == any(matches(at, 0) for at in range(len(text)))


ENTRY = '[[entry]]\nid = "one"\npattern = "grue"\nmatches = ["a grue", "the grue"]\nspares = ["a crane", "la grève"]\n'


def test_an_operator_adds_entries_sets_and_turns_shipped_ones_off(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'language = "fr"\ncategory = "threat"\noff = ["fr-prends-garde"]\n[sets]\nmoi = ["(truc|machin)"]\n'
        '[[entry]]\nid = "mine"\nstrength = "weak"\npattern = ["{jevais} {moi}", "{moi} {groupe}"]\n'
        'matches = ["je vais truc", "machin juifs"]\nspares = ["truc", "machin"]\n'
    )
    entries = load_lists([SHIPPED, tmp_path]).sure()
    by_id = {entry.id: entry for entry in entries}
    assert "fr-prends-garde" not in by_id
    assert (by_id["mine"].category, by_id["mine"].strength, by_id["mine"].language) == ("threat", "weak", "fr")
    assert check_examples([by_id["mine"]]) == []
    assert len(entries) == len(load_lists().entries)


@pytest.mark.parametrize(
    ("text", "id", "reason"),
    [
        ("language = 3", "", "language"),
        ("not toml at all [", "", "line 1"),
        ('language = "de"', "", "de"),
        (HEAD + "colour = 1", "", "colour"),
        (HEAD + '[sets]\na = ["{b}"]', "a", "no set b"),
        (HEAD + 'off = ["nobody"]', "nobody", "no list before"),
        (HEAD + ENTRY.replace('"grue"', '"(grue"'), "one", "no )"),
        (HEAD + ENTRY.replace('"grue"', "[]"), "one", "no pattern"),
        (HEAD + ENTRY.replace('"grue"', '"{group}"'), "one", "no set group"),
        (HEAD + ENTRY.replace('["a grue", "the grue"]', '["a grue"]'), "one", "1 matches, and needs 2"),
        (HEAD + ENTRY.replace('["a crane", "la grève"]', "[]"), "one", "0 spares, and needs 2"),
        (HEAD + ENTRY + 'categry = "slur"', "one", "categry"),
        (HEAD + ENTRY + 'category = "rudeness"', "one", "rudeness"),
        (HEAD + ENTRY + 'strength = "very"', "one", "very"),
        (HEAD + ENTRY + 'unless = ["{nothing}"]', "one", "no set nothing"),
        (HEAD + ENTRY + ENTRY, "one", "another entry has this id"),
        ('language = "any"\ncategory = "slur"\n' + ENTRY + "native = true", "one", "native"),
        ('language = "en"\n' + ENTRY, "one", "category is missing"),
        (HEAD + ENTRY.replace('id = "one"', ""), "entry 1", "id"),
    ],
)
def test_a_broken_list_is_refused_with_file_entry_and_reason(text: str, id: str, reason: str) -> None:
    good = HEAD + ENTRY.replace('"one"', '"good"')
    loaded = lists(good, text)
    [fault] = loaded.faults
    assert (Path(fault.file).name, fault.id) == ("list.toml", id)
    assert reason in fault.reason
    assert {"good"} <= {entry.id for entry in loaded.entries}, "what is valid stays"
    with pytest.raises(ListError, match=r"list\.toml") as refused:
        loaded.sure()
    assert reason in str(refused.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    [fault] = load_lists([tmp_path]).faults
    assert "binary.toml" in fault.file


def test_examples_that_do_not_hold_are_named() -> None:
    entry = made('pattern = "grue"\nmatches = ["a grue", "a crane"]\nspares = ["la grève", "les grues, la grue"]')
    assert check_examples([entry]) == [
        ("made", "it does not match: a crane"),
        ("made", "it does not spare: les grues, la grue"),
    ]


def test_what_spares_counts_in_the_same_sentence() -> None:
    entry = made(
        'pattern = "grue bad"\nunless = ["(film|movie)"]\nmatches = ["grue bad", "grue bad. A film."]\n'
        'spares = ["a film where grue bad", "“grue bad.” It is a film."]'
    )
    assert check_examples([entry]) == []
