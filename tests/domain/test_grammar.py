"""The grammar of labelled sentences: whole, balanced, the same twice, and in two halves that share nothing."""

import re
import unicodedata
from collections import Counter
from functools import cache
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parvis.kernel.errors import Invalid, NotFound
from parvis.moderation.model.grammar.engine import allot, draw, generate
from parvis.moderation.model.grammar.load import Grammar, has, load
from parvis.moderation.model.grammar.noise import blur, capital, read_spelling
from parvis.moderation.model.grammar.template import parse, places, tidy, walk
from parvis.moderation.model.grammar.types import CATEGORIES, HALVES, TARGETS, Sentence

LANGUAGES = ("en", "fr")


@cache
def grammar(language: str) -> Grammar:
    return load(language)


@cache
def many(language: str, half: str, noise: float = 0.4, count: int = 5_000) -> list[Sentence]:
    return list(draw(grammar(language), half, 7, count, noise))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_seed_gives_the_same_sentences(language: str):
    first, again = list(generate(language, "train", 3, 300)), list(generate(language, "train", 3, 300))
    assert first == again
    assert first != list(generate(language, "train", 4, 300))


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_whole_labelled_balanced_and_different(language: str, half: str):
    sentences = many(language, half)
    assert len(sentences) == 5_000
    assert len({sentence.text for sentence in sentences}) == len(sentences)
    assert sum(not sentence.labels for sentence in sentences) == 2_500
    for sentence in sentences:
        assert not re.search(r"[{}|]", sentence.text), sentence
        assert "  " not in sentence.text and sentence.text == sentence.text.strip() != "", sentence
        assert len(sentence.text) <= 500
        assert set(sentence.labels) <= set(CATEGORIES)
        assert sentence.target == "" or sentence.target in TARGETS
        assert sentence.language == language
        assert sentence.phenomenon and sentence.frame
    assert {label for sentence in sentences for label in sentence.labels} == set(CATEGORIES)
    assert {sentence.target for sentence in sentences} == {"", *TARGETS}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_frame_every_text_and_every_entry_is_used(language: str):
    built = grammar(language)
    used = {sentence.frame for half in HALVES for sentence in many(language, half)}
    assert {one.frame.id for one in built.frames} == used
    for half in HALVES:
        drawable = {
            (slot, entry.id)
            for one in built.frames
            for text in one.texts
            if text.half == half
            for (slot, _), pool in text.pools.items()
            for entry in pool
        }
        unused = {(slot, entry.id) for slot, halves in built.lexicon.items() for entry in halves[half]} - drawable
        if half == "train":
            assert unused == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_halves_share_no_text_and_no_vocabulary(language: str):
    built = grammar(language)
    texts = {half: {text.source for one in built.frames for text in one.texts if text.half == half} for half in HALVES}
    assert not texts["train"] & texts["test"]
    assert 0.15 < len(texts["test"]) / sum(map(len, texts.values())) < 0.35
    for slot, halves in built.lexicon.items():
        train, test = ({entry.id for entry in halves[half]} for half in HALVES)
        assert train and test
        if len(train | test) >= 4:
            assert not train & test, slot
        else:
            assert train == test, slot
    clean = [{sentence.text for sentence in many(language, half, 0.0, 2_500)} for half in HALVES]
    assert not clean[0] & clean[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_harmless_sentences_about_each_ground_are_nearly_as_many_as_hateful_ones(language: str):
    sentences = [sentence for half in HALVES for sentence in many(language, half)]
    hateful = Counter(sentence.target for sentence in sentences if "hate" in sentence.labels)
    harmless = Counter(sentence.target for sentence in sentences if not sentence.labels)
    for target in TARGETS:
        assert 0.5 < harmless[target] / hateful[target] < 2, target


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_noise_sentences_begin_with_a_capital(language: str):
    for sentence in many(language, "train", 0.0, 2_500):
        letter = next((sign for sign in sentence.text if sign.isalnum()), "A")
        if sentence.text[0] == letter:
            assert not letter.islower(), sentence


def plain(text: str) -> str:
    text = unicodedata.normalize("NFD", text.lower().replace("’", "'"))
    return "".join(sign for sign in text if not unicodedata.combining(sign) and sign != "'")


@pytest.mark.parametrize("language", LANGUAGES)
@settings(deadline=None)  # the first example reads the grammar
@given(seed=st.integers(0, 2**32), at=st.integers(0, 2_499))
def test_noise_never_takes_a_negation_away(language: str, seed: int, at: int):
    spelling = read_spelling(language)
    clean = many(language, "train", 0.0, 2_500)[at].text
    blurred = plain(blur(clean, spelling, Random(seed), 1.0))
    shortened = {word for long in spelling.short for word in re.findall(r"[\w']+", long)}
    for word in spelling.keep - shortened:
        bare = re.escape(plain(word))
        whole = rf"(?<![\w]){bare}(?![\w])" if not word.endswith("'") else rf"(?<![\w]){bare}"
        assert len(re.findall(whole, blurred)) >= len(re.findall(whole, plain(clean))), (word, clean, blurred)


def test_noise_leaves_addresses_and_mentions_alone():
    spelling = read_spelling("en")
    clean = "please ask @margaret_hamilton about https://example.org/programming and #spaceflight"
    for seed in range(400):
        blurred = blur(clean, spelling, Random(seed), 1.0).lower()
        for held in ("@margaret_hamilton", "https://example.org/programming", "#spaceflight"):
            assert held in blurred


def test_capitals_begin_sentences_and_no_address():
    assert capital("so. what? www.a.org? https://b.org. é") == "So. What? www.a.org? https://b.org. É"
    assert capital('"no", he said... "yes"') == '"No", he said... "yes"'


def test_noise_is_as_frequent_as_asked():
    spelling = read_spelling("en")
    clean = "People who complain about everything should probably drink something tomorrow"
    changed = sum(blur(clean, spelling, Random(seed), 0.3) != clean for seed in range(4_000))
    assert 0.24 < changed / 4_000 < 0.31
    assert all(blur(clean, spelling, Random(seed), 0.0) == clean for seed in range(200))


# The language of texts


@given(st.text(alphabet=st.characters(exclude_characters="{}|"), max_size=60))
def test_a_text_without_signs_says_itself(text: str):
    assert "".join(map(str, walk(parse(text), Random(0)))) == text


@given(st.lists(st.text(alphabet="abc .", max_size=6), min_size=2, max_size=5), st.integers(0, 99))
def test_an_alternative_is_one_of_its_ways(ways: list[str], seed: int):
    said = "".join(map(str, walk(parse(f"x({'|'.join(ways)})y"), Random(seed))))
    assert said in {f"x{way}y" for way in ways}


def test_texts_are_parsed():
    assert [str(part) for part in walk(parse("so sad :( (aside) :)"), Random(0))] == ["so sad :( (aside) :)"]
    assert {"".join(map(str, walk(parse("a(b(c|d)|)"), Random(seed)))) for seed in range(50)} == {"abc", "abd", "a"}
    found = places(parse("{group.pl} and ({group2.a}|{name}) :("))
    assert [(place.slot, place.number, place.form) for place in found] == [
        ("group", 1, "pl"),
        ("group", 2, "a"),
        ("name", 1, ""),
    ]
    assert tidy(" well , that  is . it ... ok ") == "well, that is. it ... ok"


@given(st.lists(st.floats(0.1, 9), min_size=1, max_size=30), st.integers(0, 5_000))
def test_shares_add_up_and_are_fair(shares: list[float], count: int):
    quotas = allot(shares, count)
    assert sum(quotas) == count
    for share, quota in zip(shares, quotas, strict=True):
        assert abs(quota - count * share / sum(shares)) < 1


# A grammar of one's own


WORDS = """
entry = [
  { slot = "group", id = "a", target = "religion", gender = "m", forms = { les = "les As", pl = "As" } },
  { slot = "group", id = "b", target = "religion", gender = "f", forms = { les = "les Bes", pl = "Bes" } },
  { slot = "mood", id = "glad", forms = { pl_m = "contents", pl_f = "contentes" } },
  { slot = "day", id = "d1", forms = { n = ["lundi", "mardi"] } },
]
"""


def write(folder: Path, frames: str, words: str = WORDS) -> Path:
    (folder / "words.toml").write_text(words, "utf-8")
    (folder / "frames.toml").write_text(frames, "utf-8")
    return folder


def frame(text: str, labels: str = "[]", id: str = "f", more: str = "") -> str:
    return f'[[frame]]\nid = "{id}"\nphenomenon = "p"\nlabels = {labels}\ntexts = ["{text}"]\n{more}\n'


def said(folder: Path, count: int = 50) -> set[str]:
    built = load("fr", folder)
    return {sentence.text for half in HALVES for sentence in draw(built, half, 1, count, 0.0)}


def test_words_agree_with_the_last_group_or_else_the_next(tmp_path: Path):
    assert said(write(tmp_path, frame("{group.les} sont {mood.pl}"))) == {
        "Les As sont contents",
        "Les Bes sont contentes",
    }
    assert said(write(tmp_path, frame("si {mood.pl}, {group.les}"))) == {"Si contents, les As", "Si contentes, les Bes"}


def test_another_number_is_another_entry_and_the_same_number_the_same_variant(tmp_path: Path):
    assert said(write(tmp_path, frame("{group.pl} et {group2.pl}"))) == {"As et Bes", "Bes et As"}
    assert said(write(tmp_path, frame("{day}, {day.n}, {day}"))) == {"Lundi, lundi, lundi", "Mardi, mardi, mardi"}


def test_a_frame_can_be_kept_to_some_grounds(tmp_path: Path):
    words = WORDS.replace('target = "religion", gender = "f"', 'target = "age", gender = "f"')
    folder = write(tmp_path, frame("{group.pl} {mood.pl}", more='targets = ["age"]'), words)
    assert said(folder) == {"Bes contentes"}


def test_a_grammar_that_has_no_more_to_say_ends(tmp_path: Path):
    folder = write(tmp_path, frame("{group.pl}") + frame("non {group.pl}", '["hate"]', "g"))
    built = load("fr", folder)
    sentences = [sentence for half in HALVES for sentence in draw(built, half, 1, 1_000, 0.0)]
    assert sorted(sentence.text for sentence in sentences) == ["As", "Bes", "Non As", "Non Bes"]


def test_new_entries_move_no_old_one(tmp_path: Path):
    def words(count: int) -> str:
        return "".join(f'[[entry]]\nslot = "w"\nid = "w{at}"\nforms = {{ n = "w{at}" }}\n' for at in range(count))

    halves: list[dict[str, str]] = []
    for count in (20, 40):
        built = load("en", write(tmp_path, frame("say {w}"), words(count)))
        halves.append({entry.id: half for half in HALVES for entry in built.lexicon["w"][half]})
    assert halves[0] == {id: half for id, half in halves[1].items() if id in halves[0]}
    assert set(halves[0].values()) == set(HALVES)


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        (frame("{nothing.pl}"), "slot that no entry fills, 'nothing'"),
        (frame("{group.plural}"), "form that no entry of 'group' has, 'plural'"),
        (frame("ok", '["hatred"]'), "label that is no category: 'hatred'"),
        (frame("ok", more='targets = ["taste"]'), "ground that there is not: 'taste'"),
        (frame("a|b"), "bar outside of parentheses"),
        (frame("(a|b"), "bar outside of parentheses"),
        (frame("{group.pl"), "brace that opens no slot"),
        (frame("group}"), "closing brace too many"),
        (frame("{group.pl} {group2.pl} {group3.pl}"), "no half of the lexicon can fill"),
        (frame("ok", more="weight = 0"), "weight that is not above 0"),
        (frame("ok", more="wait = 3"), "unknown field `wait`"),
        (frame("ok") + frame("no"), "id that another frame has"),
        (frame("ok") + frame("ok", id="g"), "already in frames.toml, frame f"),
        ("not toml", "frames.toml"),
    ],
)
def test_what_is_wrong_is_named_with_its_file_and_frame(tmp_path: Path, frames: str, reason: str):
    with pytest.raises(Invalid) as caught:
        load("fr", write(tmp_path, frames))
    assert reason in str(caught.value)
    assert "frames.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ('[[entry]]\nslot = "s"\nid = "i"\nforms = {}', "no forms"),
        ('[[entry]]\nslot = "s"\nid = "i"\ntarget = "x"\nforms = { n = "n" }', "ground that there is not: 'x'"),
        ('[[entry]]\nslot = "s"\nid = "i"\ngender = "n"\nforms = { n = "n" }', "neither m nor f"),
        ('[[entry]]\nslot = "s"\nid = "i"\nforms = { n = "n" }\n' * 2, "another entry of its slot"),
    ],
)
def test_a_wrong_entry_is_named_with_its_file(tmp_path: Path, words: str, reason: str):
    with pytest.raises(Invalid) as caught:
        load("fr", write(tmp_path, frame("ok"), words))
    assert reason in str(caught.value)
    assert "words.toml" in str(caught.value)


def test_a_language_without_files_is_not_found(tmp_path: Path):
    with pytest.raises(NotFound):
        load("xx")
    with pytest.raises(NotFound):
        load("en", tmp_path)
    with pytest.raises(NotFound):
        read_spelling("xx")


def test_no_text_is_said_with_two_meanings():
    for language in LANGUAGES:
        by_text: dict[str, set[tuple[str, ...]]] = {}
        for half in HALVES:
            for sentence in many(language, half, 0.0, 2_500):
                by_text.setdefault(sentence.text.casefold(), set()).add(sentence.labels)
        assert {text: labels for text, labels in by_text.items() if len(labels) > 1} == {}


def test_forms_of_both_genders_count_as_one():
    built = grammar("en")
    entries = [entry for halves in built.lexicon.values() for half in HALVES for entry in halves[half]]
    assert all(has(entry, form) for entry in entries for form in entry.forms)
    assert not any(has(entry, "no_such_form") for entry in entries)
    assert len({entry.target for entry in entries}) == len(TARGETS) + 1
    assert all(one.frame.id != other.frame.id for one, other in combinations(built.frames, 2))
