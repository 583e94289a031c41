"""Measuring the model and fitting it to decisions, on the command line and below it."""

import json
from pathlib import Path

import numpy as np
import pytest

from parvis.cli.main import main
from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.load import SHIPPED, ModelError, load_model
from parvis.moderation.model.measure import auc, figures, interval
from parvis.moderation.model.refit import refit, write
from parvis.moderation.model.run import Model

VIOLENT = ["We should kill all the immigrants", "Il faut exterminer tous les juifs"]
CALM = [
    "The bread is in the oven and the kids are home",
    "Le marché était plein de monde ce matin",
    "Thanks for the lift!",
]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


def test_the_shipped_model_tells_the_grossest_apart(model: Model) -> None:
    for text in VIOLENT:
        found = model.judge(text)
        assert found["hate"] >= 0.5, (text, found)
    for text in CALM:
        assert max(model.judge(text).values(), default=0.0) < 0.5, text


def test_the_shipped_model_is_small() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 30_000_000


def test_a_long_text_is_as_grave_as_its_gravest_part(model: Model) -> None:
    calm = " ".join(CALM * 20)
    assert model.judge(f"{calm} {VIOLENT[0]}. {calm}")["hate"] >= 0.5


def lines(folder: Path, name: str = "set.jsonl") -> Path:
    path = folder / name
    rows = [{"text": text, "hate": 1, "lang": "en"} for text in VIOLENT] + [
        {"text": text, "hate": 0, "lang": "fr"} for text in CALM
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_eval_prints_figures_by_group(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["moderation", "eval", str(lines(tmp_path)), "--by", "lang", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["all"]["all"]["texts"] == 5 and found["all"]["all"]["accuracy"] == 1.0
    assert {name: each["texts"] for name, each in found["lang"].items()} == {"en": 2, "fr": 3}
    assert main(["moderation", "eval", str(lines(tmp_path))]) == 0
    assert "| all | 5 | 2 |" in capsys.readouterr().out


def test_eval_reads_tables_with_words_as_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cases.csv"
    path.write_text('case,gold\n"We should kill all the immigrants",hateful\n"Good morning, all",non-hateful\n')
    assert main(["moderation", "eval", str(path), "--text", "case", "--label", "gold", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["all"]["all"]["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('{"text": "a"}\n', "the column hate"),
        ("[]\n", "not a JSON object"),
        ('{"hate": 1}\n', "no column text"),
        ("{", "not JSON"),
    ],
)
def test_eval_names_the_line_that_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, fault: str
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "a", "hate": 0}\n' + content)
    assert main(["moderation", "eval", str(path)]) != 0
    said = capsys.readouterr().err
    assert fault in said and "line 2" in said and "Traceback" not in said


def test_figures_agree_with_what_is_known() -> None:
    truth = np.array([True, True, False, False])
    found = figures(truth, np.array([0.9, 0.4, 0.6, 0.1]), 0.5)
    assert (found.accuracy, found.missed, found.false_alarms, found.macro_f1) == (0.5, 0.5, 0.5, 0.5)
    assert auc(truth, np.array([0.9, 0.4, 0.6, 0.1])) == 0.75
    assert auc(truth, np.array([0.5, 0.5, 0.5, 0.5])) == 0.5
    assert auc(truth[:2], np.array([0.5, 0.5])) is None
    low, high = interval(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)  # Wilson 1927, as any table has it


def community(model: Model, count: int) -> tuple[list[str], list[bool]]:
    """A place that calls hate what the shipped model is least sure of."""
    texts = [f"{text} {number}" for number in range(count) for text in (VIOLENT[0], CALM[0])]
    return texts, [text.startswith("We should") for text in texts]


def test_a_refit_is_compared_on_what_it_did_not_see(model: Model) -> None:
    texts, violations = community(model, 60)
    turned = [not each for each in violations]
    calibration, compared = refit(model, texts, ["hate"] * len(texts), violations)
    (found,) = compared
    assert found.category == "hate" and 0 < found.held_back < found.decisions == 120
    assert found.right_before[0] == 1.0 and found.loss_after <= found.loss_before * 1.5
    # Decisions that contradict the model make it less sure, never the other way round.
    calibration, (found,) = refit(model, texts, ["hate"] * len(texts), turned)
    assert calibration[0][0] > 0 and found.loss_after < found.loss_before


def test_few_decisions_change_nothing(model: Model) -> None:
    texts, violations = community(model, 5)
    before = [(float(a), float(b)) for a, b in zip(*model.calibration, strict=True)]
    assert refit(model, texts, ["hate"] * len(texts), violations) == (before, [])


def test_a_fitted_model_is_a_whole_model(tmp_path: Path, model: Model) -> None:
    folder = tmp_path / "fitted"
    write(SHIPPED, folder, [(1.0, 5.0)] * len(CATEGORIES), "x+own")
    fitted = load_model(folder)
    assert fitted.version == "x+own"
    assert fitted.judge(VIOLENT[0])["spam"] > model.judge(VIOLENT[0])["spam"]


@pytest.mark.parametrize("name", ["lower.onnx", "vocab.txt", "linear.npy", "model.json"])
def test_a_damaged_model_is_refused_by_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "damaged"
    write(SHIPPED, folder, [(1.0, 0.0)] * len(CATEGORIES), "x")
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data if name != "model.json" else b'{"format": 1')
    with pytest.raises(ModelError, match=name):
        load_model(folder)
