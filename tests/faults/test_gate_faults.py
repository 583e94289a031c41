"""The gate when something is wrong with what is behind it: whatever a detector does, whatever the text is, every post is
judged once, kept once, and shown to nobody before that."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from tests.cast import Town
from tests.policies import policy

from parvis.kernel.errors import Unavailable
from parvis.moderation.gate import Gate, subject_of
from parvis.moderation.policy.versions import Policies, shipped
from parvis.moderation.screen import Screener
from parvis.moderation.types import Evidence, Findings, Signal, SignalKind, Subject
from parvis.posts.gate import Answer, Submission, Text

LIMIT_MS = 60
KINDS = {
    "odd.share": SignalKind.SHARE,
    "odd.number": SignalKind.NUMBER,
    "odd.count": SignalKind.COUNT,
    "odd.flag": SignalKind.FLAG,
    "odd.word": SignalKind.TEXT,
    "odd.words": SignalKind.LIST,
}
SIGNALS = tuple(
    Signal(name, kind, name, name, ("a", "b") if name.startswith("odd.word") else ()) for name, kind in KINDS.items()
)


class Panic(BaseException):
    """What a library in Rust raises when it gives up: no Exception."""


class Odd:
    """A detector of the test's own."""

    name = "odd"
    signals = SIGNALS

    def __init__(self, waits: bool, act: Callable[[Subject], Coroutine[Any, Any, Any]]) -> None:
        self.waits = waits
        self.act = act

    async def detect(self, subject: Subject) -> Any:
        return await self.act(subject)


class Sound:
    """One that always works, beside it."""

    waits = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.signals = (Signal(f"{name}.length", SignalKind.COUNT, name, name),)

    async def detect(self, subject: Subject) -> Findings:
        return Findings({f"{self.name}.length": sum(len(passage.text) for passage in subject.passages)})


def giving(*values: Any, **signals: Any) -> Callable[[Subject], Coroutine[Any, Any, Any]]:
    """Gives what it is told: one value as it is, or signals."""

    async def act(subject: Subject) -> Any:
        if values:
            return values[0]
        return Findings({name.replace("_", "."): value for name, value in signals.items()})

    return act


def raising(error: BaseException) -> Callable[[Subject], Coroutine[Any, Any, Any]]:
    async def act(subject: Subject) -> Any:
        raise error

    return act


async def hanging(subject: Subject) -> Any:
    await asyncio.Event().wait()


async def clinging(subject: Subject) -> Any:
    """Hangs, and does not even end when it is told to (not at once: the test's loop must end too)."""
    until = time.monotonic() + 3
    while time.monotonic() < until:
        try:
            await asyncio.sleep(3)
        except asyncio.CancelledError:
            continue


FAULTS: dict[str, Callable[[Subject], Coroutine[Any, Any, Any]]] = {
    "an error": raising(ValueError("no")),
    "a bare error": raising(Exception()),
    "no memory": raising(MemoryError()),
    "too deep": raising(RecursionError()),
    "a panic": raising(Panic("in Rust")),
    "a cancellation of its own": raising(asyncio.CancelledError()),
    "nothing": giving(None),
    "a mapping": giving({"odd.count": 1}),
    "no mapping": giving(Findings(None)),  # type: ignore[arg-type]
    "another's signal": giving(Findings({"text.length": 3})),
    "an unknown signal": giving(odd_new=1),
    "a name that is none": giving(Findings({None: 1})),  # type: ignore[dict-item]
    "a text for a share": giving(odd_share="0.9"),
    "true for a share": giving(odd_share=True),
    "more than all": giving(odd_share=1.1),
    "less than nothing": giving(odd_share=-0.1),
    "no number": giving(odd_share=float("nan")),
    "infinite": giving(odd_number=float("inf")),
    "a broken count": giving(odd_count=1.5),
    "a negative count": giving(odd_count=-1),
    "an endless count": giving(odd_count=10**30),
    "a count for a flag": giving(odd_flag=1),
    "nothing for a flag": giving(odd_flag=None),
    "a word that is no choice": giving(odd_word="c"),
    "bytes for a word": giving(odd_word=b"a"),
    "a list for a tuple": giving(odd_words=["a"]),
    "numbers for words": giving(odd_words=(1, 2)),
    "words that are no choice": giving(odd_words=("a", "c")),
    "evidence that is none": giving(Findings({"odd.count": 1}, None)),  # type: ignore[arg-type]
}
SLOW = {"it hangs": hanging, "it clings": clinging}


def post(text: str = "un message", **more: Any) -> Submission:
    return Submission(kind="post", account_id=1, subject_id=2, texts=(Text("text", text),), **more)


def measure(act: Callable[[Subject], Coroutine[Any, Any, Any]], *, waits: bool) -> Any:
    screener = Screener([Sound("text"), Odd(waits, act), Sound("other")], LIMIT_MS)
    return asyncio.run(screener.measure(subject_of(post())))


@pytest.mark.parametrize("waits", [True, False], ids=["waits", "at once"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_detector_fails_alone(fault: str, waits: bool) -> None:
    found = measure(FAULTS[fault], waits=waits)
    assert found.failed == ("odd",) and found.evidence == ()
    assert found.values == {"text.length": 10, "other.length": 10}


@pytest.mark.parametrize("waits", [True, False], ids=["waits", "says that it does not"])
@pytest.mark.parametrize("fault", SLOW)
def test_one_that_hangs_is_not_waited_for(fault: str, waits: bool) -> None:
    screener = Screener([Sound("text"), Odd(waits, SLOW[fault])], LIMIT_MS)

    async def timed() -> tuple[Any, float]:
        began = time.monotonic()
        found = await screener.measure(subject_of(post()))
        return found, time.monotonic() - began

    found, seconds = asyncio.run(timed())
    assert found.failed == ("odd",) and found.values == {"text.length": 10}
    assert seconds < 2.5, "that is far beyond its time"


def test_what_is_sound_is_kept_in_the_type_that_was_declared() -> None:
    act = giving(odd_share=1, odd_number=3, odd_count=2, odd_flag=True, odd_word="a", odd_words=("b",))
    for waits in (True, False):
        found = measure(act, waits=waits)
        assert found.failed == ()
        own = {name: value for name, value in found.values.items() if name.startswith("odd.")}
        assert own == {
            "odd.share": 1.0, "odd.number": 3.0, "odd.count": 2, "odd.flag": True, "odd.word": "a", "odd.words": ("b",),
        }  # fmt: skip
        assert type(own["odd.share"]) is float and type(own["odd.number"]) is float


def test_evidence_that_points_nowhere_is_left_out() -> None:
    good = Evidence("odd.count", 0, 3, 10, 0.5, "message")
    bad: list[Any] = [
        Evidence("odd.count", 1, 0, 1), Evidence("odd.count", -1, 0, 1), Evidence("odd.count", 0, 5, 4),
        Evidence("odd.count", 0, 0, 11), Evidence("odd.count", 0, -1, 1), "message", None,
        Evidence("odd.count", 0, 0.5, 1), Evidence(None, 0, 0, 1), Evidence("odd.count", 0, 0, 1, float("nan")),  # type: ignore[arg-type]
        Evidence("odd.count", 0, 0, 1, 1.0, 7),  # type: ignore[arg-type]
    ]  # fmt: skip
    found = measure(giving(Findings({"odd.count": 1}, (*bad[:4], good, *bad[4:]))), waits=False)
    assert found.evidence == (good,) and found.values["odd.count"] == 1


class Behind:
    """A gate of the test's own before the town's posts: the town's policies and detectors, and one that is odd."""

    def __init__(self, town: Town) -> None:
        self.town = town
        parvis = town.parvis
        self.odd = Odd(True, giving(Findings()))
        self.screener = Screener([Sound("text"), self.odd], LIMIT_MS)
        names = [detector.name for detector in self.screener.detectors]
        signals = self.screener.signals.values()
        self.policies = Policies(parvis.db, parvis.changes, signals, names, town.settings.moderation)
        town.run(self.policies.open())
        self.gate = Gate(self.screener, self.policies, self.no_words, self.locale, "test")

    async def no_words(self, *_: Any) -> tuple[Evidence, ...]:
        return ()

    async def locale(self, _: int) -> str:
        return "fr"

    def follow(self, source: str) -> int:
        """Activate a policy; returns its version."""
        version = self.town.run(self.policies.save(source, self.town.amina.id))
        self.town.run(self.policies.activate(version, self.town.amina.id))
        return version


@pytest.fixture(scope="module")
def behind(town: Town) -> Iterator[Behind]:
    made = Behind(town)
    yield made
    town.run(made.policies.close())


@pytest.fixture
def door(behind: Behind, town: Town, monkeypatch: pytest.MonkeyPatch) -> Behind:
    monkeypatch.setattr(town.parvis.publisher, "_gate", behind.gate)
    monkeypatch.setattr(town.parvis.editor, "_gate", behind.gate)
    behind.odd.act = giving(Findings())
    return behind


@pytest.fixture
def patient(door: Behind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Detectors have all the time they need, however busy the machine is."""
    monkeypatch.setattr(door.screener, "_limit_s", 60.0)


@pytest.fixture
def shipped_rules(town: Town) -> None:
    """The detectors and the policy that come with the package."""
    rules = town.parvis.policy
    town.run(rules.activate(town.run(rules.save(shipped(), town.amina.id)), town.amina.id))


NEVER = ("never", "odd.count > 900", "hold")


def kept(town: Town, text: str) -> list[tuple[Any, ...]]:
    """(id, state) of every post with these words."""
    return town.rows("SELECT id, state FROM posts WHERE source = %s", text)


def cases(town: Town, post_id: int) -> list[tuple[Any, ...]]:
    return town.rows("SELECT open, held, rule FROM cases WHERE subject_id = %s", post_id)


@pytest.mark.parametrize(
    ("effect", "state", "case"),
    [("publish", 0, []), ("queue", 0, [(True, False, "")]), ("hold", 1, [(True, True, "")])],
)
@pytest.mark.parametrize("fault", ["an error", "a panic", "no number", "it hangs"])
def test_the_policy_says_what_happens_then(
    town: Town, door: Behind, fault: str, effect: str, state: int, case: list[tuple[Any, ...]]
) -> None:
    door.follow(policy(NEVER, failure=effect))
    door.odd.act = (FAULTS | SLOW)[fault]
    text = f"un message, {fault}, {effect}"
    author = town.someone()
    answer = author.post("/api/v1/statuses", json={"status": text})
    assert answer.status == 200
    ((post_id, found),) = kept(town, text)
    assert found == state and cases(town, post_id) == case
    assert town.visitor.get(f"/api/v1/statuses/{post_id}").status == (200 if state == 0 else 404)
    assert author.get(f"/api/v1/statuses/{post_id}").status == 200
    (failed,) = town.rows("SELECT findings->'failed' FROM moderation_events WHERE subject_id = %s", post_id)
    assert failed == (["odd"],)


def test_a_rule_can_ask_for_more_where_one_detector_failed(town: Town, door: Behind) -> None:
    door.follow(policy(("blind", '"odd" in failed && kind == "post"', "hold"), failure="publish"))
    door.odd.act = FAULTS["an error"]
    author = town.someone()
    assert author.write("à l'aveugle")["moderation"]["held"]["rule"] == "blind"
    door.odd.act = giving(odd_count=1)
    assert "moderation" not in author.write("à nouveau")


async def _broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError("broken")


async def _away(*_: Any, **__: Any) -> Any:
    raise Unavailable


async def _panicked(*_: Any, **__: Any) -> Any:
    raise Panic


@pytest.mark.parametrize("fault", [_broken, _away, _panicked])
@pytest.mark.parametrize("part", ["_explain", "_locale", "measure", "latest"])
def test_where_the_gate_itself_breaks_a_post_is_held_and_never_lost(
    town: Town, door: Behind, monkeypatch: pytest.MonkeyPatch, part: str, fault: Any
) -> None:
    door.follow(policy(("all", "odd.count > 0", "hold")))
    door.odd.act = giving(odd_count=1)
    owner = {"measure": door.screener, "latest": door.policies}.get(part, door.gate)
    monkeypatch.setattr(owner, part, fault)
    text = f"un message, {part}, {fault.__name__}"
    author = town.someone()
    answer = author.post("/api/v1/statuses", json={"status": text})
    assert answer.status == 200, answer.text
    ((post_id, state),) = kept(town, text)
    assert state == 1 and cases(town, post_id) == [(True, True, "")]
    assert answer.json["moderation"]["held"]["fr"] and author.get(f"/api/v1/statuses/{post_id}").status == 200
    assert town.visitor.get(f"/api/v1/statuses/{post_id}").status == 404


def test_nothing_is_shown_before_its_verdict(town: Town, door: Behind, patient: None) -> None:
    door.follow(policy(("all", "odd.count > 0", "hold"), failure="queue"))
    author, text = town.someone(), "encore à l'examen"

    async def written_while_it_thinks() -> tuple[Any, list[Any]]:
        thinking, seen = asyncio.Event(), []

        async def think(subject: Subject) -> Findings:
            thinking.set()
            await asyncio.sleep(0.02)
            return Findings({"odd.count": 1})

        door.odd.act = think
        writing = asyncio.ensure_future(author.call("POST", "/api/v1/statuses", json={"status": text}))
        await thinking.wait()
        for path in ("/api/v1/timelines/public", f"/api/v1/accounts/{author.id}/statuses"):
            seen += (await town.visitor.call("GET", path)).json
        return await writing, seen

    answer, seen = town.run(written_while_it_thinks())
    assert answer.status == 200 and text not in str(seen)
    assert [state for _, state in kept(town, text)] == [1]


def test_who_goes_away_meanwhile_leaves_nothing_or_a_whole_post(town: Town, door: Behind, patient: None) -> None:
    door.follow(policy(NEVER, failure="queue"))
    author, text = town.someone(), "je pars"

    async def left() -> None:
        thinking = asyncio.Event()

        async def think(subject: Subject) -> Findings:
            thinking.set()
            await asyncio.sleep(0.05)
            return Findings()

        door.odd.act = think
        writing = asyncio.ensure_future(author.call("POST", "/api/v1/statuses", json={"status": text}))
        await thinking.wait()
        writing.cancel()
        await asyncio.wait([writing])

    town.run(left())
    assert kept(town, text) == []
    assert author.write(text)["id"] and len(kept(town, text)) == 1


def test_fifty_posts_while_the_rules_change_are_each_judged_once_by_one_version(
    town: Town, door: Behind, patient: None
) -> None:
    first = door.follow(policy(("first", "odd.count > 0", "queue")))
    second = door.follow(policy(("second", "odd.count > 0", "hold")))
    authors = [town.someone() for _ in range(10)]

    async def slowly(subject: Subject) -> Findings:
        await asyncio.sleep(0.005)
        return Findings({"odd.count": 1})

    door.odd.act = slowly

    async def all_at_once() -> list[Any]:
        async def change() -> None:
            for version in (first, second, first, second, first):
                await door.policies.activate(version, town.amina.id)
                await asyncio.sleep(0.01)

        changing = asyncio.ensure_future(change())
        writing = [
            author.call("POST", "/api/v1/statuses", json={"status": f"pendant le changement {author.id} {number}"})
            for number in range(5)
            for author in authors
        ]
        answers = await asyncio.gather(*writing)
        await changing
        return answers

    answers = town.run(all_at_once())
    assert {answer.status for answer in answers} == {200}
    rows = town.rows(
        "SELECT p.id, p.state, e.policy, e.rules, c.held FROM posts p JOIN moderation_events e ON e.subject_id = p.id"
        " JOIN cases c ON c.subject_id = p.id WHERE p.source LIKE 'pendant le changement %%'"
    )
    assert len(rows) == len({row[0] for row in rows}) == 50, "each is there once, and judged once"
    said = {first: (0, ["first"], False), second: (1, ["second"], True)}
    assert all((state, rules, held) == said[version] for _, state, version, rules, held in rows)
    assert town.rows("SELECT count(*) FROM posts WHERE source LIKE 'pendant le changement %%'") == [(50,)]


_TRICKS = (
    "a" * 200_000,
    "kill " * 40_000,
    "k i l l " * 25_000,
    "é\u0301\u0327" * 66_000,
    "\u202e\u200b\u200d\ufeff" * 50_000,
    "k\u200bi\u200bl\u200bl\u200b " * 22_000,
    "#" * 200_000,
    "@a" * 100_000,
    "https://" * 25_000,
    "http://a.b/" * 18_000,
    "🏳️‍🌈👨‍👩‍👧‍👦" * 14_000,
    "\U000e0061" * 100_000,
    "ﷺ" * 100_000,
    "((((" * 50_000,
    "ａｂｃ𝐝𝐞𝐟" * 33_000,
    "\n" * 200_000,
    "Ⅷ½㎢" * 66_000,
)


@pytest.mark.parametrize("text", _TRICKS, ids=[repr(text[:6]) for text in _TRICKS])
def test_a_huge_text_is_judged_in_time_that_grows_with_it(town: Town, shipped_rules: None, text: str) -> None:
    """200,000 signs, two hundred posts' worth: seconds at the most, where something worse than linear would take hours."""
    began = time.process_time()
    verdict = town.run(town.parvis.gate.ask(post(text)))
    assert verdict.answer in Answer
    verdict.cleared("text", text)
    assert time.process_time() - began < 20


_ODD = st.sampled_from("\u200b\u202e\u0301\ufeff\u0000\ud800 kilÿł𝐤１")
_ANY = st.text(st.characters(), max_size=400) | st.text(_ODD, max_size=60)
_FIELDS = st.sampled_from(["text", "spoiler", "alt", "name", "display_name", "note", "field_name", "field_value"])


@how(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_FIELDS, _ANY), max_size=6), st.sampled_from(["post", "edit", "profile", "name", "alt"]))
def test_every_text_of_unicode_gets_a_verdict(
    town: Town, shipped_rules: None, texts: list[tuple[str, str]], kind: str
) -> None:
    given_ = tuple(Text(field, text) for field, text in texts)
    submission = Submission(kind=kind, account_id=town.amina.id, subject_id=7, texts=given_, language="fr")
    verdict = town.run(town.parvis.gate.ask(submission))
    assert verdict.answer in Answer and verdict.submission is submission
    for field, text in texts:
        verdict.cleared(field, text)


@how(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(), min_size=1, max_size=200))
def test_every_text_of_unicode_is_a_whole_post_or_none(town: Town, shipped_rules: None, text: str) -> None:
    author = town.someone()
    json = {"status": text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")}
    answer = author.post("/api/v1/statuses", json=json)
    assert answer.status in (200, 403, 422), answer.text
    rows = town.rows("SELECT id, state FROM posts WHERE account_id = %s", author.id)
    assert len(rows) == (answer.status == 200)
    for post_id, state in rows:
        shown = town.visitor.get(f"/api/v1/statuses/{post_id}").status
        assert shown == (200 if state == 0 else 404)
