"""A classifier of one's own from a folder: a tiny real one (tests/assets/make_classifier.py), whole, changed and damaged."""

import asyncio
import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parvis.kernel.errors import Unavailable
from parvis.moderation.screen import Screener
from parvis.moderation.signals.batches import Batches
from parvis.moderation.signals.folder import FolderDetector, FolderModel, build_folder, load_folder, slug
from parvis.moderation.signals.readers import FolderError, Pieces, Tokenizer, load_reader
from parvis.moderation.types import Passage, SignalKind, Subject
from parvis.settings import load_settings

ASSETS = Path(__file__).parents[1] / "assets" / "classifier"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the model's folder, as one with a list of pieces has it."""
    made = tmp_path / "model"
    made.mkdir()
    for name in ("model.onnx", "config.json", "vocab.txt", "tokenizer_config.json"):
        shutil.copy(ASSETS / name, made / name)
    return made


def subject(*texts: str) -> Subject:
    return Subject(kind="post", id=1, account_id=2, at_ms=3, passages=tuple(Passage("text", text) for text in texts))


def change(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def found(detector: FolderDetector, *texts: str) -> dict[str, Any]:
    return dict(asyncio.run(detector.detect(subject(*texts))).values)


def detector(folder: Path, **env: str) -> FolderDetector:
    given = {f"PARVIS_{name.upper()}": value for name, value in env.items()}
    made = build_folder(load_settings({"PARVIS_MODERATION_FOLDER_DIR": str(folder), **given}, folder.parent))
    assert made is not None
    return made


def test_labels_become_signals(folder: Path) -> None:
    made = detector(folder)
    assert [one.name for one in made.signals] == ["folder.calm", "folder.menace_grave", "folder.insult"]
    assert {one.kind for one in made.signals} == {SignalKind.SHARE}
    shares = found(made, "I will KILL you")
    assert shares["folder.menace_grave"] > 0.9
    assert sum(shares.values()) == pytest.approx(1, abs=0.001)
    assert found(made, "a killer bread")["folder.calm"] > 0.8
    assert found(made, "Été, du pain")["folder.calm"] > 0.9
    both = found(made, "a bread", "idiot", "")
    assert both["folder.calm"] > 0.9 and both["folder.insult"] > 0.9
    assert found(made, "", " \n", "\u200b") == {} or max(found(made, "\u200b").values()) == 0
    made.close()


def test_several_labels_at_once_where_the_model_says_so(folder: Path) -> None:
    change(folder / "config.json", problem_type="multi_label_classification")
    shares = found(detector(folder), "kill you idiot")
    assert shares["folder.menace_grave"] > 0.99 and shares["folder.insult"] > 0.99


def test_without_a_folder_there_is_no_detector(tmp_path: Path) -> None:
    assert build_folder(load_settings({}, tmp_path)) is None


@pytest.mark.parametrize(
    ("label", "name"),
    [("Hate Speech", "hate_speech"), ("LABEL_0", "label_0"), ("18+", "label_18"), ("Déshumanisation", "deshumanisation"),
     ("__x__", "x"), ("仇恨", "label"), ("a/b-c", "a_b_c")],
)  # fmt: skip
def test_a_label_s_name_can_stand_in_a_rule(label: str, name: str) -> None:
    assert slug(label) == name


def test_what_stands_late_in_a_text_is_read_and_a_huge_text_costs_no_more(folder: Path) -> None:
    model = load_folder(folder)
    assert model.judge(["b " * 200 + "idiot"])[0][2] > 0.9
    windows = model.windows("b " * 300)
    assert {len(window) for window in windows[:-1]} == {62}
    assert all((window[0], window[-1]) == (2, 3) for window in windows)
    began = time.perf_counter()
    for text in ("idiot " * 2_000_000, "x" * 10_000_000, "🏳️‍🌈é\u0301" * 1_000_000):
        assert len(model.windows(text)) <= 8
    assert time.perf_counter() - began < 5


@settings(deadline=None)
@given(st.text())
def test_any_text_gives_shares(text: str) -> None:
    shares = _model().judge([text])[0]
    assert ((shares >= 0) & (shares <= 1)).all()
    assert shares.sum() == 0 or shares.max() >= 1 / 3


def _model(cache: list[FolderModel] = []) -> FolderModel:  # noqa: B006 (kept over the examples)
    if not cache:
        cache.append(load_folder(ASSETS))
    return cache[0]


def test_case_and_accents_are_kept_where_the_model_keeps_them(folder: Path) -> None:
    change(folder / "tokenizer_config.json", do_lower_case=False)
    reader = load_reader(folder)
    assert reader.numbers("kill") != reader.numbers("KILL") == [1]
    assert reader.numbers("été") == [1]
    change(folder / "tokenizer_config.json", do_lower_case=True, strip_accents=False)
    assert load_reader(folder).numbers("ÉTÉ") == [1]


def test_the_model_s_own_marks_in_a_text_are_text(folder: Path) -> None:
    assert {0, 2, 3}.isdisjoint(load_reader(folder).numbers("[CLS] x [SEP] kill [PAD]"))


def test_a_tokenizer_file_reads_as_the_list_of_pieces_does() -> None:
    tokenizer, pieces = Tokenizer(ASSETS / "tokenizer.json"), load_reader(ASSETS)
    assert isinstance(pieces, Pieces)
    assert (tokenizer.begin, tokenizer.end) == (pieces.begin, pieces.end) == ((2,), (3,))

    # Where both know the same version of Unicode.
    letters = st.characters(max_codepoint=0x24F, exclude_categories=("Cs",)) | st.sampled_from(
        "北京日本ЖдЙ😀—…«»“”\u0301"
    )

    @settings(deadline=None)
    @given(st.text(alphabet=letters, max_size=60))
    def same(text: str) -> None:
        assert tokenizer.numbers(text) == pieces.numbers(text)

    same()
    for text in ("Kill, été [SEP] killer 北京 IDIOT! </s>", "[CLS]kill[SEP]", "a\tb\u00a0c"):
        assert tokenizer.numbers(text) == pieces.numbers(text)


def test_a_model_with_a_tokenizer_file_alone(folder: Path) -> None:
    (folder / "vocab.txt").unlink()
    shutil.copy(ASSETS / "tokenizer.json", folder)
    assert found(detector(folder), "kill you")["folder.menace_grave"] > 0.9
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(FolderError, match=r"tokenizer\.json cannot be read"):
        load_folder(folder)


def test_a_tokenizer_file_without_its_package_names_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "vocab.txt").unlink()
    shutil.copy(ASSETS / "tokenizer.json", folder)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(FolderError, match=r"tokenizer\.json needs .*onnx-folder"):
        load_folder(folder)


def _damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:700])


def _swap(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data and len(old) == len(new)
    path.write_bytes(data.replace(old, new))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: shutil.rmtree(f), "is not a folder"),
        (lambda f: (f / "model.onnx").unlink(), "model.onnx: it is the model"),
        (lambda f: (f / "config.json").unlink(), "config.json: it names the labels"),
        (lambda f: (f / "vocab.txt").unlink(), "neither a vocab.txt nor a tokenizer.json"),
        (lambda f: _damage(f / "model.onnx"), "model.onnx cannot be read as an ONNX model"),
        (lambda f: (f / "model.onnx").write_bytes(b""), "model.onnx cannot be read as an ONNX model"),
        (lambda f: (f / "model.onnx").write_text("<html>"), "model.onnx cannot be read as an ONNX model"),
        (lambda f: shutil.copy(ASSETS / "newer.onnx", f / "model.onnx"), "model.onnx cannot be read .* opset"),
        (lambda f: _swap(f / "model.onnx", b"input_ids", b"pixel_val"), "model.onnx wants pixel_val"),
        (lambda f: (f / "config.json").write_text("{"), "config.json cannot be read"),
        (lambda f: (f / "config.json").write_text("{}"), "config.json cannot be read"),
        (lambda f: (f / "config.json").write_bytes(b"\xff\xfe"), "config.json cannot be read"),
        (lambda f: change(f / "config.json", id2label={}), "config.json cannot be read"),
        (lambda f: change(f / "config.json", id2label={"1": "a", "2": "b", "3": "c"}), "from 0"),
        (lambda f: change(f / "config.json", id2label={"0": "Hate", "1": "hate!", "2": "c"}), "same name"),
        (lambda f: change(f / "config.json", id2label={"0": "a", "1": "b"}), "model.onnx gives figures of the shape"),
        (lambda f: change(f / "config.json", problem_type="regression"), "config.json .* regression"),
        (lambda f: change(f / "config.json", problem_type="other"), "config.json cannot be read"),
        (lambda f: (f / "vocab.txt").write_text("a\nb\n"), "vocab.txt is not a list of WordPiece pieces"),
        (lambda f: (f / "vocab.txt").write_bytes(b"\xff\xff"), "vocab.txt cannot be read"),
        (lambda f: (f / "tokenizer_config.json").write_text("["), "tokenizer_config.json cannot be read"),
        (
            lambda f: (f / "vocab.txt").write_text("\n" * 5000 + "[PAD]\n[UNK]\n[CLS]\n[SEP]\n"),
            "model.onnx does not judge a text",
        ),
    ],
)
def test_a_folder_that_is_not_right_is_refused_by_the_file_s_name(
    folder: Path, spoil: Callable[[Path], Any], words: str
) -> None:
    spoil(folder)
    with pytest.raises(FolderError, match=words) as caught:
        detector(folder)
    assert str(folder) in caught.value.message
    assert "\n" not in caught.value.message


def test_figures_that_are_no_numbers_are_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = detector(folder)

    class Broken:
        def run(self, *_: Any) -> list[Any]:
            return [[[float("nan")] * 3]]

    monkeypatch.setattr(made._batches._work.__self__, "_session", Broken())  # type: ignore[attr-defined]
    screening = asyncio.run(Screener([made], 2000).measure(subject("x")))
    assert (screening.failed, screening.values) == (("folder",), {})


# Batches --------------------------------------------------------------------------------------------------------------


def test_who_comes_while_it_works_is_worked_on_together_and_the_loop_goes_on() -> None:
    gate, sizes = threading.Event(), list[int]()

    def work(items: Sequence[int]) -> list[int]:
        sizes.append(len(items))
        gate.wait(5)
        return [item * 2 for item in items]

    async def run() -> None:
        batches = Batches(work, most=8, queue=20, name="test")
        first = asyncio.create_task(batches.run([1]))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(batches.run([n, n + 100])) for n in range(6)]
        await asyncio.sleep(0.05)
        gate.set()
        assert await first == [2]
        assert await asyncio.gather(*others) == [[n * 2, (n + 100) * 2] for n in range(6)]
        assert sizes == [1, 8, 4]
        batches.close()

    asyncio.run(run())


def test_too_many_are_refused_and_who_gave_up_is_skipped() -> None:
    gate, worked = threading.Event(), list[int]()

    def work(items: Sequence[int]) -> list[int]:
        gate.wait(5)
        worked.extend(items)
        return list(items)

    async def run() -> None:
        batches = Batches(work, most=2, queue=3, name="test")
        first = asyncio.create_task(batches.run([1]))
        await asyncio.sleep(0.05)
        gone = asyncio.create_task(batches.run([2, 3]))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await batches.run([4, 5])
        gone.cancel()
        last = asyncio.create_task(batches.run([6]))
        await asyncio.sleep(0)
        gate.set()
        assert (await first, await last) == ([1], [6])
        assert worked == [1, 6]
        batches.close()

    asyncio.run(run())


def test_a_failure_reaches_all_of_its_batch_and_the_next_goes_on() -> None:
    def work(items: Sequence[int]) -> list[int]:
        if 13 in items:
            raise ZeroDivisionError
        return list(items)

    async def run() -> None:
        batches = Batches(work, most=8, queue=20, name="test")
        done = await asyncio.gather(batches.run([13]), batches.run([1]), return_exceptions=True)
        assert [type(one) for one in done] == [ZeroDivisionError, ZeroDivisionError]
        assert await batches.run([1]) == [1]
        batches.close()

    asyncio.run(run())
