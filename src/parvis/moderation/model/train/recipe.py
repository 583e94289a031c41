"""The whole recipe, step by step. Every step leaves its result in the work folder and is skipped where that is there, so
that a run that was stopped goes on. Seeds are fixed: the same data and the same machine give the same model."""

import copy
import json
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from parvis.moderation.model.linear import BUCKETS, Linear
from parvis.moderation.model.load import load_model
from parvis.moderation.model.measure import scores
from parvis.moderation.model.run import Model
from parvis.moderation.model.tokens import WordPiece
from parvis.moderation.model.train import align, card, mixture, sets
from parvis.moderation.model.train.calibrate import calibrate
from parvis.moderation.model.train.clear import clear_below, exit_below, fit_exit, fit_linear
from parvis.moderation.model.train.export import write_card, write_network
from parvis.moderation.model.train.fit import LONGEST, fit
from parvis.moderation.model.train.network import Network, base_encoder, empty_encoder, with_embeddings
from parvis.moderation.model.train.sets import DataError, Example
from parvis.moderation.model.train.translate import translate
from parvis.moderation.model.train.vocabulary import extend

_NEVER = -1e9  # a threshold that no text is under

Say = Callable[[str], None]


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """What a run does. The defaults are those of the shipped model; `passes` are the share of the sets, the sentences of
    each grammar and the rate of each pass."""

    data: Path
    work: Path
    version: str
    vocabulary: int = 38_600
    french_words: int = 11_000
    pairs: tuple[int, int, int] = (22_000, 4_000, 2_000)  # real French, translated, English: for the alignment
    passes: tuple[tuple[float, int, float], ...] = (
        (0.5, 15_000, 1.6e-4),
        (1.0, 30_000, 1.3e-4),
        (1.0, 45_000, 1.3e-4),
        (0.6, 40_000, 1.2e-4),
        (0.35, 50_000, 1.3e-4),
        (0.35, 36_000, 1.1e-4),
    )
    last: int = 36_000  # sentences of each grammar's test half, of which the last pass reads a part
    cleared: int = 70_000  # texts from which the first stage learns
    missed: float = 0.015  # of what the network would queue, the share that the first stage may clear, and the exit
    seed: int = 1


def train(recipe: Recipe, say: Say = print) -> Path:
    """Train and export; returns the folder of the model. DataError names what is missing."""
    recipe.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    examples = sets.load(recipe.data, "train")
    translated = _translations(recipe, examples, say)
    network, reader, vocabulary = _aligned(recipe, examples, translated, say)
    mixed: list[Example] = []
    for number, (scale, sentences, rate) in enumerate(recipe.passes, 1):
        seed = recipe.seed + number - 1
        grammars = [each for language in ("en", "fr") for each in mixture.grammar(language, "train", seed, sentences)]
        if number == len(recipe.passes):
            grammars += [
                each
                for language in ("en", "fr")
                for each in mixture.grammar(language, "test", seed, recipe.last, "read")
            ]
        mixed = mixture.mix(examples, translated, grammars, scale=scale, seed=seed, say=say)
        saved = recipe.work / f"pass{number}.pt"
        if saved.exists():
            network.load_state_dict(torch.load(saved))
            continue
        fit(network, reader, mixed, rate=rate, seed=seed, say=say)
        torch.save(network.state_dict(), saved)
    return finish(recipe, network, reader, vocabulary, mixed, translated, say)


def finish(
    recipe: Recipe,
    network: Network,
    reader: WordPiece,
    vocabulary: Sequence[str],
    mixed: Sequence[Example],
    translated: dict[str, str],
    say: Say = print,
) -> Path:
    """The first stage, the calibration, the files."""
    folder = recipe.work / "model"
    folder.mkdir(exist_ok=True)
    write_network(network, folder)
    dev = held_back(recipe.data)
    calibration = calibrate(network, reader, dev)

    def write(linear: np.ndarray, bias: float, clears: float, leaves: float) -> Model:
        write_card(
            folder,
            version=recipe.version,
            vocabulary=vocabulary,
            linear=linear,
            linear_bias=bias,
            calibration=calibration,
            clear_below=clears,
            exit_below=leaves,
            longest=LONGEST,
            data={
                each.name: {
                    "source": each.source,
                    "licence": each.licence,
                    "sha256": sets.digest(recipe.data, each.name),
                }
                for each in sets.SETS
            },
        )
        return load_model(folder, torch.get_num_threads())

    model = write(np.zeros(BUCKETS), 0.0, _NEVER, _NEVER)  # the whole network judges all
    examples = sets.load(recipe.data, "train")
    texts = [each.text for each in mixed[: recipe.cleared]]
    texts += mixture.everyday_for_clearing(examples, translated)
    say(f"the network judges {len(texts)} texts, from which the first stage and the early exit learn")
    shares = scores(model, texts).max(axis=1)
    weights, bias = fit_linear(texts, shares, recipe.seed)
    fit_exit(network, reader, texts, shares, recipe.seed)
    write_network(network, folder)
    unseen = [each.text for each in dev]
    found = scores(model, unseen).max(axis=1)
    clears = clear_below(Linear(weights, bias), unseen, found, recipe.missed)
    leaves = exit_below(write(weights, bias, clears, _NEVER), unseen, found, recipe.missed)
    model = write(weights, bias, clears, leaves)
    say(f"calibration {calibration}, clears below {clears:.3f}, leaves below {leaves:.3f}")
    say("measures the model (the tables of its card)")
    tables = card.tables(model, recipe.data, translated, card.THRESHOLDS)
    (recipe.work / "tables.md").write_text("\n\n".join(tables) + "\n", encoding="utf-8")
    return folder


def held_back(data: Path, sentences: int = 8_000) -> list[Example]:
    """What no training saw: the sets' own held-back parts, and of each grammar's test half what no pass reads."""
    return sets.load(data, "dev") + [
        each for language in ("en", "fr") for each in mixture.grammar(language, "test", 9, sentences, "held")
    ]


def _translations(recipe: Recipe, examples: Sequence[Example], say: Say) -> dict[str, str]:
    path = recipe.work / "translations.jsonl"
    if not path.exists():
        wanted = [
            " ".join(each.text.split())[:400]
            for each in examples
            if each.language == "en" and each.source in mixture.TRANSLATED
        ]
        say(f"translates {len(wanted)} sentences")
        french = translate(wanted, "fr", recipe.work / "translations.part")
        with path.open("w", encoding="utf-8") as file:
            for pair in zip(wanted, french, strict=True):
                if pair[1]:
                    file.write(json.dumps(pair, ensure_ascii=False) + "\n")
    return mixture.translations(path)


def _aligned(
    recipe: Recipe, examples: Sequence[Example], translated: dict[str, str], say: Say
) -> tuple[Network, WordPiece, list[str]]:
    encoder, base = base_encoder()
    saved, listed = recipe.work / "aligned.pt", recipe.work / "vocab.txt"
    if saved.exists() and listed.exists():
        vocabulary = listed.read_text(encoding="utf-8").splitlines()
        network = Network(empty_encoder(encoder.config.to_dict() | {"vocab_size": len(vocabulary)}))
        network.load_state_dict(torch.load(saved))
        return network, WordPiece(vocabulary), vocabulary
    teacher = copy.deepcopy(encoder)
    rows = encoder.embeddings.word_embeddings.weight.detach().numpy().copy()
    words, glosses = _french(recipe, say)
    vocabulary, rows = extend(base, rows, words, glosses, recipe.vocabulary)
    network, reader = Network(with_embeddings(encoder, rows)), WordPiece(vocabulary)
    align.teach(network, reader, teacher, WordPiece(base), _pairs(recipe, examples, translated, say), say=say)
    torch.save(network.state_dict(), saved)
    listed.write_text("".join(f"{piece}\n" for piece in vocabulary), encoding="utf-8")
    return network, reader, vocabulary


def _french(recipe: Recipe, say: Say) -> tuple[list[str], dict[str, str]]:
    """The commonest French words and their English glosses."""
    try:
        from wordfreq import top_n_list
    except ImportError as error:
        raise DataError("The list of French words needs the package wordfreq (the extra `train`).") from error
    own: dict[str, str] = tomllib.loads(Path(__file__).with_name("glosses.toml").read_text(encoding="utf-8"))
    common: list[Any] = [word for word in top_n_list("fr", 4 * recipe.french_words) if word not in own]
    say(f"glosses {len(common)} words")
    found = translate(common, "en", recipe.work / "glosses.part")
    return [*own, *common], dict(zip(common, found, strict=True)) | own


def _pairs(recipe: Recipe, examples: Sequence[Example], translated: dict[str, str], say: Say) -> list[tuple[str, str]]:
    real, made, english = recipe.pairs
    mine = [each.text for each in examples if each.language == "fr"][:real]
    say(f"translates {len(mine)} French sentences for the alignment")
    back = translate(mine, "en", recipe.work / "back.part")
    pairs = [pair for pair in zip(mine, back, strict=True) if pair[1]]
    pairs += [(french, source) for source, french in list(translated.items())[:made]]
    return pairs + [(source, source) for source in list(translated)[-english:]]
