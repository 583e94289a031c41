"""Say what the gate would do with a text, and why: signals, rules, the words that weighed."""

import argparse
import asyncio
import json
import os
import sys
from typing import Any

import msgspec

from parvis.cli.database import database
from parvis.cli.stop import FAILED, Stop
from parvis.kernel.errors import ParvisError
from parvis.settings import Settings, load_settings

_LEAST = 0.05  # signals of the model under this are left out of the table


def arguments(parser: argparse.ArgumentParser) -> None:
    """The texts, and how the answer is written."""
    parser.add_argument(
        "text", nargs="*", help="the text; without one, a text is read from each line of standard input"
    )
    parser.add_argument(
        "--kind", choices=("post", "profile", "name"), default="post", help="what it is (default: post)"
    )
    parser.add_argument("--language", help="its language, as in fr")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, with all signals")


def run(options: argparse.Namespace) -> int:
    """Explain each text. Nothing is stored."""
    texts = [" ".join(options.text)] if options.text else [line.rstrip("\n") for line in sys.stdin]
    with database(load_settings(os.environ)) as settings:
        try:
            asyncio.run(_explain(settings, options, [text for text in texts if text.strip()]))
        except ParvisError as error:
            raise Stop(FAILED, error.message) from error
    return 0


async def _explain(settings: Settings, options: argparse.Namespace, texts: list[str]) -> None:
    from parvis.app import build  # here: it loads everything, and the other commands start without it

    app = build(settings)
    async with app.running():
        for text in texts:
            found = await app.gate.explain(text, kind=options.kind, language=options.language)
            print(json.dumps(_plain(found), ensure_ascii=False) if options.json else _table(text, found))


def _plain(found: Any) -> Any:
    return msgspec.to_builtins(found)


def _table(text: str, found: Any) -> str:
    lines = [text, f"  answer: {found.answer}" + (f" ({', '.join(found.effects)})" if found.effects else "")]
    lines += [f"  rule:   {rule}" for rule in found.rules]
    for name, value in sorted(found.signals.items(), key=lambda pair: str(pair[0])):
        if not (name.startswith("model.") and isinstance(value, float) and value < _LEAST):
            lines.append(f"  signal: {name} = {value}")
    for each in found.evidence:
        words = text[each.start : each.end]
        lines.append(
            f"  words:  {words!r} for {each.signal}" + (f" ({each.note})" if each.note else f" {each.weight:.2f}")
        )
    if found.failed:
        lines.append(f"  failed: {', '.join(found.failed)}")
    return "\n".join(lines)
