"""What was decided on a text is found again on its like: at once, everywhere, and not on what only sounds like it."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.waiting import run

from parvis.db.pool import Database, statements
from parvis.kernel.errors import Invalid
from parvis.moderation.signals.near import Near, remember
from parvis.moderation.signals.sketch import Sketch, bands, likeness, restored, sketch
from parvis.moderation.types import Evidence, Findings, Passage, Subject
from parvis.settings import Moderation

_COMMON = str.split(
    "the of and to in is you that it he was for on are with as his they at be this have from or had by but not what all "
    "were we when your can said there an each which she do how their if will up other about out many then them these so "
    "le la les des et un une est que qui dans pour pas vous sur avec tout nous mais plus comme leur on au du ce son elle"
)
_SYLLABLES = str.split(
    "ba ce di fo gu ha je ki lo mu na pe ri so tu va ze ar en il on ur ch tr pl gr st br ai eu ou in"
)
THREAT = "Tomorrow at nine we wait for you in front of your house and then you will see what we do with liars."
TWIN = "Tomorrow at nine we wait for you in front of your house and then you will see what we cook for dinner."


def words(rng: random.Random, least: int, most: int) -> list[str]:
    """A sentence of common words and of rare ones, about half and half, as texts are."""
    return [
        rng.choice(_COMMON) if rng.random() < 0.5 else "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4)))
        for _ in range(rng.randint(least, most))
    ]


def edited(rng: random.Random, text: list[str]) -> list[str]:
    """One small edit: a word more, less or another, two that change places, or a slip of a key."""
    at, changed = rng.randrange(len(text)), list(text)
    other = "".join(rng.choices(_SYLLABLES, k=2))
    match rng.randrange(5):
        case 0:
            changed.insert(at, other)
        case 1:
            del changed[at]
        case 2:
            changed[at] = other
        case 3:
            to = min(at + 1, len(text) - 1)
            changed[at], changed[to] = changed[to], changed[at]
        case _:
            word = changed[at]
            changed[at] = word[: len(word) // 2] + rng.choice("aeiou") + word[len(word) // 2 :]
    return changed


def must(text: str) -> Sketch:
    """The sketch of a text that has one."""
    made = sketch(text)
    assert made is not None
    return made


def alike(one: str, other: str) -> float:
    """Likeness of two texts."""
    return float(likeness(must(one), [must(other)])[0])


def is_found(one: str, other: str) -> bool:
    """Whether the second is among the candidates of the first."""
    return bool(set(bands(must(one)).tolist()) & set(bands(must(other)).tolist()))


def test_what_is_like_is_found_as_often_as_is_said() -> None:
    rng = random.Random(3)
    near: list[bool] = []
    nearest: list[bool] = []
    for _ in range(3000):
        text = words(rng, 8, 60)
        other = edited(rng, edited(rng, text)) if rng.random() < 0.5 else edited(rng, text)
        one, two = " ".join(text), " ".join(other)
        share = alike(one, two)
        if share >= 0.8:
            nearest.append(is_found(one, two))
        elif share >= 0.7:
            near.append(is_found(one, two))
    assert len(nearest) > 500 and len(near) > 200
    assert sum(nearest) / len(nearest) >= 0.995
    assert sum(near) / len(near) >= 0.96


def test_one_small_edit_leaves_a_text_of_a_dozen_words_or_more_near() -> None:
    rng = random.Random(4)
    found = 0
    for _ in range(1000):
        text = words(rng, 14, 60)
        one, two = " ".join(text), " ".join(edited(rng, text))
        found += is_found(one, two) and alike(one, two) >= 0.7
    assert found >= 985


def test_texts_that_have_nothing_to_do_with_each_other_are_not_near() -> None:
    rng = random.Random(5)
    texts = [must(" ".join(words(rng, 5, 300))) for _ in range(300)]
    most = max(float(likeness(one, texts[:at]).max()) for at, one in enumerate(texts) if at)
    assert most < 0.4


def test_likeness_of_long_texts_is_estimated_well() -> None:
    rng = random.Random(6)
    for kept in (0.5, 0.7, 0.9):
        base = words(rng, 600, 600)
        other = base[: int(len(base) * kept)] + words(rng, 600 - int(len(base) * kept), 600 - int(len(base) * kept))
        one, two = " ".join(base), " ".join(other)
        runs = [{f" {text} "[at : at + 5] for at in range(len(text) - 2)} for text in (one, two)]
        exact = len(runs[0] & runs[1]) / len(runs[0] | runs[1])
        assert alike(one, two) == pytest.approx(exact, abs=0.13)


_texts = st.text(max_size=200)


@given(_texts, _texts)
def test_likeness_is_a_share_the_same_both_ways_and_whole_with_oneself(one: str, other: str) -> None:
    a, b = sketch(one), sketch(other)
    if a is None or b is None:
        return
    there, back = likeness(a, [b, a]), likeness(b, [a])
    assert there[1] == 1.0
    assert 0 <= there[0] <= 1 and there[0] == back[0]
    again = restored(a.key, a.stored)
    assert likeness(again, [b])[0] == there[0] and bands(again).tolist() == bands(a).tolist()


@given(
    st.lists(st.sampled_from(("pain", "été", "river", "wait", "où", "123", "🔪")), min_size=1, max_size=12), st.data()
)
def test_case_accents_punctuation_and_who_is_named_say_nothing(spoken: list[str], data: st.DataObject) -> None:
    plain = " ".join(spoken)
    written: list[str] = []
    for word in spoken:
        word = data.draw(st.sampled_from((word, word.upper(), word.replace("é", "e").replace("ù", "u"))))
        written += [
            word,
            data.draw(st.sampled_from((" ", ", ", " – ", "!!! ", "\n\n", " @someone@else.example ", "\u200b "))),
        ]
    one, two = must(plain), must("".join(written))
    assert one.key == two.key and likeness(one, [two])[0] == 1.0


def test_short_texts_are_found_by_equality_alone() -> None:
    assert must("Shut up now!").key == must("shut up, NOW").key
    assert not is_found("shut up now", "shut up cow")
    assert alike("shut up now", "shut up cow") == 0
    # Scripts without spaces are not short because they have none.
    assert len(must("これはとても長い文章です").hashes) > 5
    assert sketch("") is None and sketch(" \n…!? ") is None and sketch("@amina @bruno") is None


# With the database --------------------------------------------------------------------------------------------------


@asynccontextmanager
async def detector(url: str, **changes: Any) -> AsyncGenerator[tuple[Near, Database]]:
    """A detector as a process has it."""
    db = Database(url, size=2)
    await db.open()
    try:
        yield Near(db, Moderation(**changes)), db
    finally:
        await db.close()


def on(url: str, scenario: Callable[[Near, Database], Coroutine[Any, Any, None]], **changes: Any) -> None:
    """Run a scenario with a detector."""

    async def go() -> None:
        async with detector(url, **changes) as (near, db):
            await scenario(near, db)

    run(go())


def subject(*texts: str) -> Subject:
    """A post with these texts."""
    return Subject(kind="post", id=1, account_id=2, at_ms=0, passages=tuple(Passage("text", text) for text in texts))


async def decide(db: Database, text: str, outcome: str, category: str = "threat", decision: int | None = None) -> None:
    """Remember in a transaction of its own."""
    async with db.transaction() as tx:
        assert await remember(tx, text, outcome, category, decision, 7)


async def told(near: Near, *texts: str) -> tuple[object, object]:
    """Outcome and category."""
    values = (await near.detect(subject(*texts))).values
    return values.get("near.outcome"), values.get("near.category")


def test_a_decision_counts_for_the_very_next_text_in_every_process(database_url: str) -> None:
    async def scenario(near: Near, db: Database) -> None:
        async with detector(database_url) as (other, _):
            assert await other.detect(subject(THREAT)) == Findings()
            await decide(db, THREAT, "violation")
            found = await other.detect(subject("I say it again:  " + THREAT.upper()))
            assert found.values["near.outcome"] == "violation" and found.values["near.category"] == "threat"
            assert 0.75 < found.values["near.likeness"] < 1  # type: ignore[operator]
            assert (await other.detect(subject(THREAT))).values["near.likeness"] == 1.0
            assert await told(other, "The bakery opens tomorrow at nine, in front of your house.") == (None, None)

    on(database_url, scenario)


def test_the_latest_decision_on_a_text_counts(database_url: str) -> None:
    async def scenario(near: Near, db: Database) -> None:
        await decide(db, THREAT, "violation", "threat", 1)
        await decide(db, THREAT.lower(), "allowed", "", 2)
        assert await told(near, THREAT) == ("allowed", "")
        await decide(db, THREAT, "violation", "harassment", 3)
        assert await told(near, THREAT) == ("violation", "harassment")

    on(database_url, scenario)


def test_what_is_undone_was_never_decided(database_url: str) -> None:
    async def scenario(near: Near, db: Database) -> None:
        with pytest.raises(RuntimeError):
            async with db.transaction() as tx:
                await remember(tx, THREAT, "violation", "threat")
                raise RuntimeError
        assert await told(near, THREAT) == (None, None)
        async with db.transaction() as tx:
            assert not await remember(tx, "…", "violation", "threat")
            with pytest.raises(Invalid, match="outcome must be one of violation, allowed"):
                await remember(tx, THREAT, "maybe", "threat")

    on(database_url, scenario)


def test_the_violation_counts_unless_what_was_allowed_is_likelier(database_url: str) -> None:
    async def scenario(near: Near, db: Database) -> None:
        await decide(db, THREAT, "violation")
        await decide(db, TWIN, "allowed")
        assert await told(near, THREAT) == ("violation", "threat")
        assert await told(near, TWIN + " 😀") == ("allowed", "threat")

    on(database_url, scenario)


def test_at_the_same_likeness_the_violation_counts(database_url: str) -> None:
    async def scenario(near: Near, db: Database) -> None:
        for order in (("violation", "allowed"), ("allowed", "violation")):
            await decide(db, THREAT + " aaa", order[0])
            await decide(db, THREAT + " zzz", order[1])
            assert alike(THREAT, THREAT + " aaa") == alike(THREAT, THREAT + " zzz")
            assert (await told(near, THREAT))[0] == "violation"

    on(database_url, scenario)


def test_all_texts_of_a_subject_are_looked_at(database_url: str) -> None:
    async def scenario(near: Near, db: Database) -> None:
        await decide(db, THREAT, "violation")
        await decide(db, "A perfectly harmless description of a cake.", "allowed", "")
        cake = "A perfectly harmless description of a cake!"
        found = await near.detect(subject(cake, "", THREAT))
        assert found.values["near.outcome"] == "violation"
        assert found.evidence == (Evidence("near.likeness", 2, 0, len(THREAT), 1.0, "threat"),)
        assert await told(near, cake, "and something that nobody has decided on") == (None, None)
        assert (await told(near, cake, "", cake))[0] == "allowed"

    on(database_url, scenario)


def test_short_texts_with_the_database(database_url: str) -> None:
    async def scenario(near: Near, db: Database) -> None:
        await decide(db, "Crève, ordure", "violation", "harassment")
        assert await told(near, "CREVE ORDURE !!!") == ("violation", "harassment")
        assert await told(near, "crève ordures") == (None, None)

    on(database_url, scenario)


def test_texts_at_the_same_time_share_a_statement_and_get_their_own_answers(database_url: str) -> None:
    async def scenario(near: Near, db: Database) -> None:
        rng = random.Random(8)
        texts = [" ".join(words(rng, 6, 30)) for _ in range(40)]
        for at, text in enumerate(texts):
            if at % 4:
                await decide(db, text, "violation" if at % 2 else "allowed", f"c{at}")
        counted: list[str] = []
        token = statements.set(counted)
        answers = await asyncio.gather(*(told(near, text) for text in texts))
        statements.reset(token)
        for at, answer in enumerate(answers):
            outcome = ("violation" if at % 2 else "allowed", f"c{at}") if at % 4 else (None, None)
            assert answer == outcome, texts[at]
        assert len(counted) <= 3

    on(database_url, scenario)


def test_a_campaign_of_many_variants_costs_what_a_few_cost(database_url: str) -> None:
    async def scenario(near: Near, db: Database) -> None:
        async with db.transaction() as tx:
            for number in range(300):
                await remember(tx, f"{THREAT} {number}", "violation", "threat")
        read: list[int] = []
        ask = db.all

        async def counting(query: Any, params: Any = None) -> list[Any]:
            rows = await ask(query, params)
            read.append(len(rows))
            return rows

        db.all = counting  # type: ignore[method-assign]
        assert await told(near, THREAT + " 1234") == ("violation", "threat")
        assert len(read) == 1 and 0 < read[0] <= 3 * 13

    on(database_url, scenario, near_candidates=3)


def test_how_alike_is_a_setting(database_url: str) -> None:
    async def strict(near: Near, db: Database) -> None:
        await decide(db, THREAT, "violation")
        assert await told(near, THREAT + " And more.") == (None, None)
        assert await told(near, THREAT.upper()) == ("violation", "threat")

    on(database_url, strict, near_percent=100)


@pytest.mark.parametrize(
    "text", ["x " * 300_000, "\ud800\udfff alone " * 40, "é" * 100_000, "🔪" * 5_000, "\x00 a b c d"]
)
def test_any_text_is_taken(database_url: str, text: str) -> None:
    async def scenario(near: Near, db: Database) -> None:
        await decide(db, text, "violation")
        assert (await told(near, text))[0] == "violation"

    on(database_url, scenario)
