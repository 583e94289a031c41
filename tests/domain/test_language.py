"""The language that a text is in: found where a rule or a person asks for it, and never in a post's way."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st
from tests.cast import Member, Town
from tests.moderators import browser
from tests.policies import policy
from tests.signals import KNOWN

from parvis.cli.main import main
from parvis.moderation.language import Find, Languages, load_finder
from parvis.moderation.policy.check import examine
from parvis.moderation.policy.evaluate import compile_policy
from parvis.moderation.types import Passage, Subject, Value
from parvis.settings import Moderation

FRENCH = "Ce matin le marché était plein de monde et les cerises sont déjà mûres"
ENGLISH = "The market was full of people this morning and the cherries are ripe already"
TEXTS = {
    "fr": FRENCH,
    "en": ENGLISH,
    "de": "Heute früh war der Markt voller Leute, und die Kirschen sind schon reif",
    "es": "Esta mañana el mercado estaba lleno de gente y las cerezas ya están maduras",
    "it": "Stamattina il mercato era pieno di gente e le ciliegie sono già mature",
    "pt": "Esta manhã o mercado estava cheio de gente e as cerejas já estão maduras, não acham?",
    "nl": "Vanochtend was de markt vol mensen en de kersen zijn al rijp",
    "pl": "Dziś rano na targu było pełno ludzi, a wiśnie są już dojrzałe",
    "tr": "Bu sabah pazar çok kalabalıktı ve kirazlar şimdiden olgunlaşmış",
    "ru": "Сегодня утром на рынке было много людей, и вишня уже созрела",
    "uk": "Сьогодні вранці на ринку було багато людей, і вишні вже достигли",
    "ar": "كان السوق مليئا بالناس هذا الصباح والكرز ناضج بالفعل",
    "he": "הבוקר היה השוק מלא באנשים והדובדבנים כבר בשלים",
    "el": "Σήμερα το πρωί η αγορά ήταν γεμάτη κόσμο και τα κεράσια ωρίμασαν ήδη",
    "zh": "今天早上市场上人很多,樱桃已经熟了",
    "ja": "今朝の市場は人でいっぱいで、さくらんぼはもう熟していました",
    "ko": "오늘 아침 시장은 사람들로 가득했고 체리는 벌써 익었습니다",
    "vi": "Sáng nay chợ rất đông người và quả anh đào đã chín rồi",
}
NONE = ("", "   ", "12 : 30", "🙂🙂", "https://example.org/le-marche-du-samedi", "@amina @bruno #fr", "ok", "lol")

Found = Callable[..., str | None]


def subject(*texts: str) -> Subject:
    passages = tuple(Passage("text", text) for text in texts)
    return Subject(kind="post", id=1, account_id=1, at_ms=0, passages=passages)


@pytest.fixture(scope="module")
def found() -> Iterator[Found]:
    """The language of some texts, under these limits."""
    with asyncio.Runner() as runner:

        def find(*texts: str, **limits: int) -> str | None:
            languages = Languages(Moderation(**{"language_ms": 60_000, **limits}), load_finder)
            return runner.run(languages.of(subject(*texts)))

        yield find


@pytest.mark.parametrize("language", TEXTS)
def test_a_plain_sentence_is_found_to_be_in_its_language(found: Found, language: str) -> None:
    assert found(TEXTS[language]) == language
    assert found(TEXTS[language].upper()) == language


@pytest.mark.parametrize("text", NONE)
def test_what_says_too_little_is_in_no_language(found: Found, text: str) -> None:
    assert found(text) == "und"


def test_links_and_names_do_not_count_and_all_texts_of_a_post_do(found: Found) -> None:
    assert (
        found("https://example.org/the-market-was-full-of-people-this-morning @the_market #the_people", FRENCH) == "fr"
    )
    assert found("ok", FRENCH) == "fr"
    assert found(FRENCH, ENGLISH * 20, language_characters=len(FRENCH)) == "fr"
    assert found(FRENCH, language_percent=100) == "und"


@given(st.text())
@how(max_examples=300, deadline=None)
def test_every_text_has_an_answer(found: Found, text: str) -> None:
    answer = found(text)
    assert answer is not None and 2 <= len(answer) <= 3


def test_it_is_looked_for_where_a_condition_that_counts_names_it() -> None:
    rules = policy(
        ("tongue", 'text.language == "fr" && patterns.slur > 0', "hold"), ("other", "links.count > 3", "queue")
    )
    made, problems = examine(rules, KNOWN)
    assert made is not None and problems == []
    compiled = compile_policy(made, KNOWN)
    assert not compiled.reads_language({"text.length": 70, "links.count": 9})
    assert compiled.reads_language({"patterns.slur": 1})
    plain, _ = examine(policy(("other", "links.count > 3", "queue")), KNOWN)
    assert plain is not None
    assert not compile_policy(plain, KNOWN).reads_language({"links.count": 9})


@given(st.sampled_from(["", "fr", "en", "und"]), st.integers(0, 2), st.integers(0, 2), st.booleans())
@how(deadline=None)
def test_finding_it_only_then_changes_no_verdict(language: str, slurs: int, links: int, model: bool) -> None:
    rules = policy(
        ("a", 'text.language == "fr" && patterns.slur > 0', "hold"),
        ("b", '!(text.language in ["fr", "en"] || links.count == 0)', "queue"),
        ("c", 'model.hate >= 0.5 && (text.language != "und" || "model" in failed)', "blur"),
    )
    made, _ = examine(rules, KNOWN)
    assert made is not None
    compiled = compile_policy(made, KNOWN)
    values: dict[str, Value] = {"patterns.slur": slurs, "links.count": links, "model.hate": 0.7 if model else 0.1}
    failed = () if model else ("model",)
    whole = compiled.judge_all({**values, "text.language": language}, failed)
    lazily = {**values, "text.language": language} if compiled.reads_language(values, failed) else values
    assert compiled.judge(lazily, failed) == whole


def test_a_rule_that_asks_for_nothing_but_a_language_is_refused() -> None:
    made, problems = examine(policy(("all", 'text.language == "fr"', "hold")), KNOWN)
    assert made is None and "at_default" in {one.code for one in problems}


class Slow:
    """Loads when it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go, self.begun, self.error = threading.Event(), 0, error

    def __call__(self) -> Find:
        self.begun += 1
        assert self.go.wait(30)
        if self.error:
            raise self.error
        return lambda text: ("fr", 0.9)


def test_while_it_loads_nobody_waits_longer_than_the_limit_and_the_loop_goes_on() -> None:
    load = Slow()

    async def go() -> None:
        languages = Languages(Moderation(language_ms=80), load)
        turns = 0

        async def turn() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0.001)

        turning = asyncio.create_task(turn())
        began = time.monotonic()
        assert await asyncio.gather(*(languages.of(subject(FRENCH)) for _ in range(5))) == [None] * 5
        assert 0.05 < time.monotonic() - began < 5 and turns > 5
        load.go.set()
        while await languages.of(subject(FRENCH)) is None:
            await asyncio.sleep(0.01)
        assert load.begun == 1
        turning.cancel()

    asyncio.run(go())


def test_who_stops_waiting_takes_it_from_nobody() -> None:
    load = Slow()

    async def go() -> None:
        languages = Languages(Moderation(language_ms=60_000), load)
        first, second = (asyncio.create_task(languages.of(subject(FRENCH))) for _ in range(2))
        await asyncio.sleep(0.02)
        first.cancel()
        load.go.set()
        assert await second == "fr" and load.begun == 1

    asyncio.run(go())


def test_a_damaged_file_is_said_and_not_read_again_at_once() -> None:
    load = Slow(OSError("damaged"))
    load.go.set()

    async def go() -> None:
        languages = Languages(Moderation(), load)
        assert [await languages.of(subject(FRENCH)) for _ in range(3)] == [None] * 3
        assert load.begun == 1
        languages._retry_at = 0.0
        assert await languages.of(subject(FRENCH)) is None and load.begun == 2

    asyncio.run(go())


def test_it_leaves_memory_where_only_cases_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    load = Slow()
    load.go.set()

    async def go(*, keep: bool) -> int:
        load.begun = 0
        languages = Languages(Moderation(language_s=1), load)
        assert await languages.of(subject(FRENCH), keep=keep) == "fr"
        await asyncio.sleep(1.3)
        assert await languages.of(subject(FRENCH)) == "fr"
        return load.begun

    assert asyncio.run(go(keep=False)) == 2
    assert asyncio.run(go(keep=True)) == 1


# In the application ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def patient(town: Town) -> Iterator[Languages]:
    """However busy the machine is, what tells the languages apart is loaded."""
    languages = town.parvis.screener._languages
    assert languages is not None
    languages._settings = Moderation(language_ms=60_000)
    yield languages


@pytest.fixture
def admin(town: Town) -> Member:
    return town.someone(role="admin")


def follow(town: Town, admin: Member, source: str) -> None:
    version = town.run(town.parvis.policy.save(source, admin.id))
    town.run(town.parvis.policy.activate(version, admin.id))


def signals(town: Town, post: dict[str, Any]) -> dict[str, Any]:
    ((kept,),) = town.rows("SELECT findings FROM moderation_events WHERE subject_id = %s", int(post["id"]))
    return kept["signals"]


IN_FRENCH = policy(("tongue", 'text.length > 40 && text.language == "fr"', "hold"), failure="queue")


def test_a_rule_for_one_language_goes_by_the_words_not_by_what_is_said_of_them(
    town: Town, patient: Languages, admin: Member
) -> None:
    follow(town, admin, IN_FRENCH)
    author = town.someone()
    french = author.write(FRENCH, language="en")
    english = author.write(ENGLISH, language="fr")
    assert french["moderation"]["held"]["rule"] == "tongue" and "moderation" not in english
    assert signals(town, french)["text.language"] == "fr" and french["language"] == "en"
    page = browser(town, "maude", "moderator")[0].get(f"/moderation/cases/post/{french['id']}").text
    assert "<code>text.language</code></th><td>French</td>" in page


def test_a_case_has_the_language_also_where_no_rule_asks_and_a_cleared_post_does_not_ask(
    town: Town, patient: Languages, admin: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(town, admin, policy(("long", "text.length > 40", "queue")))
    asked: list[str] = []
    real = patient.of

    async def of(one: Subject, *, keep: bool = False) -> str | None:
        asked.append(one.passages[0].text)
        return await real(one, keep=keep)

    monkeypatch.setattr(patient, "of", of)
    author = town.someone()
    author.write("Bonjour à tous, quel beau jour")
    assert asked == []
    assert signals(town, author.write(TEXTS["de"]))["text.language"] == "de" and len(asked) == 1


def test_where_it_cannot_be_found_the_policy_says_what_happens(
    town: Town, admin: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(town, admin, IN_FRENCH)

    def gone() -> Find:
        raise OSError("gone")

    monkeypatch.setattr(town.parvis.screener, "_languages", Languages(Moderation(), gone))
    author = town.someone()
    post = author.write(FRENCH)
    assert "moderation" not in post, "it is published, and a person looks"
    assert town.rows("SELECT open, held FROM cases WHERE subject_id = %s", int(post["id"])) == [(True, False)]
    ((kept,),) = town.rows("SELECT findings FROM moderation_events WHERE subject_id = %s", int(post["id"]))
    assert kept["failed"] == ["language"] and kept["signals"]["text.language"] == "und"
    short = author.write("Trop court pour la règle")
    assert town.rows("SELECT 1 FROM cases WHERE subject_id = %s", int(short["id"])) == []


def test_a_trial_and_a_scan_find_it_too(town: Town, patient: Languages, admin: Member) -> None:
    follow(town, admin, policy(("never", "text.length > 9000", "hold")))
    author = town.someone()
    french, english = author.write(FRENCH + " !"), author.write(ENGLISH + "!")
    report = town.run(town.parvis.trials.of_text(IN_FRENCH, 1))
    held = {example.post_id for rule in report.rules if rule.rule == "tongue" for example in rule.examples}
    assert int(french["id"]) in held and int(english["id"]) not in held
    follow(town, admin, IN_FRENCH)

    async def scan() -> None:
        scanner = town.parvis.scanner
        scan_id = await scanner.begin(dry=False)
        await scanner.work(scan_id, "test")
        await scanner.finish(scan_id)

    town.run(scan())
    states = town.rows("SELECT id, state FROM posts WHERE account_id = %s", author.id)
    assert dict(states) == {int(french["id"]): 1, int(english["id"]): 0}
    assert signals(town, french)["text.language"] == "fr"


def test_a_report_looks_at_it_by_language(town: Town, patient: Languages, admin: Member) -> None:
    rules = policy(("told", 'reports.count > 0 && text.language == "fr"', "hold"))
    follow(town, admin, rules)
    author, reporter = town.someone(), town.someone()
    posts = [author.write(text) for text in (FRENCH + " ?", ENGLISH + "?")]
    for post in posts:
        form = {"account_id": str(author.id), "status_ids": [post["id"]], "category": "spam"}
        assert reporter.post("/api/v1/reports", json=form).status == 200
    states = dict(town.rows("SELECT id, state FROM posts WHERE account_id = %s", author.id))
    assert [states[int(post["id"])] for post in posts] == [1, 0]


def test_explain_says_it(town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PARVIS_DATABASE_URL", town.settings.database.url)
    monkeypatch.setenv("PARVIS_SECRETS_KEY", town.settings.secrets.key)
    monkeypatch.setenv("PARVIS_MODERATION_LANGUAGE_MS", "60000")
    command = ["--data", str(town.settings.data_dir), "moderation", "explain", "--language", "en"]
    assert main([*command, FRENCH]) == 0
    assert "signal: text.language = fr" in capsys.readouterr().out
    assert main([*command, "--json", ENGLISH]) == 0
    assert json.loads(capsys.readouterr().out)["signals"]["text.language"] == "en"
