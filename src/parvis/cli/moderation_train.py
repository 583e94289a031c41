"""Train the model anew, or fit it to a community's decisions. Needs the extra `train`."""

import argparse
import asyncio
import os
from pathlib import Path

import msgspec

from parvis.cli.database import database
from parvis.cli.stop import FAILED, Stop
from parvis.kernel.errors import ParvisError
from parvis.moderation.learning import Decided, decided
from parvis.moderation.model.load import SHIPPED, load_model
from parvis.moderation.model.refit import LEAST, refit, write
from parvis.settings import Settings, load_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where the data is and where the work goes."""
    parser.add_argument("--sets", type=Path, metavar="DIR", help="folder of the labelled sets (see the model card)")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="folder of what is in the making")
    parser.add_argument("--version", default="own", help="what the model calls itself (default: own)")
    parser.add_argument("--seed", type=int, default=1, help="seed of all draws (default: 1)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads (default: one per core)")
    parser.add_argument(
        "--from-decisions", action="store_true", help="fit the calibration to this server's decisions, and compare"
    )
    parser.add_argument(
        "--export", type=Path, metavar="FILE", help="with --from-decisions: also write them as JSON lines"
    )


def run(options: argparse.Namespace) -> int:
    """Train and say where the model is."""
    try:
        return _from_decisions(options) if options.from_decisions else _from_sets(options)
    except ParvisError as error:
        raise Stop(FAILED, error.message) from error


def _from_sets(options: argparse.Namespace) -> int:
    if options.sets is None:
        raise Stop(FAILED, "--sets DIR: the folder of the labelled sets is needed; the model card names them.")
    try:
        import torch  # pyright: ignore[reportMissingImports]

        from parvis.moderation.model.train.recipe import Recipe, train
    except ImportError as error:
        reason = f"Training needs the extra `train` ({error.name} is missing): pip install 'parvis[train]'."
        raise Stop(FAILED, reason) from error
    torch.set_num_threads(options.threads)
    recipe = Recipe(data=options.sets, work=options.work, version=options.version, seed=options.seed)
    folder = train(recipe)
    print(f"OK: the model is in {folder}. Measure it with: parvis moderation eval --model {folder} FILE")
    return 0


def _from_decisions(options: argparse.Namespace) -> int:
    with database(load_settings(os.environ)) as settings:
        found = asyncio.run(_decided(settings))
        source = Path(settings.moderation.model_dir) if settings.moderation.model_dir else SHIPPED
    if options.export:
        options.export.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in found))
        print(f"OK: {len(found)} decisions are in {options.export}.")
    model = load_model(source)
    calibration, compared = refit(
        model, [each.text for each in found], [each.category for each in found], [each.violation for each in found]
    )
    if not compared:
        raise Stop(
            FAILED, f"There are {len(found)} decisions; a category needs {LEAST} of both kinds. Nothing changes."
        )
    print("On decisions that the fit did not see (share judged right, with its 95 % interval; mean log loss):")
    for each in compared:
        before, after = each.right_before, each.right_after
        print(
            f"  {each.category} ({each.decisions} decisions, {each.held_back} held back): "
            f"{before[0]:.2f} ({before[1]:.2f}-{before[2]:.2f}), {each.loss_before:.3f} before; "
            f"{after[0]:.2f} ({after[1]:.2f}-{after[2]:.2f}), {each.loss_after:.3f} after; "
            f"{'taken' if each.better else 'not better: left as it was'}"
        )
    if not any(each.better for each in compared):
        print("Nothing is better: no model was written.")
        return 0
    write(source, options.work, calibration, f"{model.version}+{options.version}")
    print(f"OK: the fitted model is in {options.work}. It judges once [moderation] model_dir names that folder.")
    return 0


async def _decided(settings: Settings) -> list[Decided]:
    from parvis.app import build

    app = build(settings)
    async with app.running():
        return await decided(app.db)
