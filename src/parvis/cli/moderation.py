"""Train, measure and ask the model; screen the archive; policies, word lists, hash lists."""

import argparse

from parvis.cli import (
    moderation_eval,
    moderation_explain,
    moderation_hashes,
    moderation_lists,
    moderation_policy,
    moderation_scan,
    moderation_train,
)

_ACTIONS = (
    ("explain", moderation_explain),
    ("scan", moderation_scan),
    ("policy", moderation_policy),
    ("lists", moderation_lists),
    ("hashes", moderation_hashes),
    ("eval", moderation_eval),
    ("train", moderation_train),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Sub-commands of the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, module in _ACTIONS:
        text = (module.__doc__ or "").strip().splitlines()[0]
        sub = actions.add_parser(name, help=text, description=text)
        module.arguments(sub)
        sub.set_defaults(act=module.run)


def run(options: argparse.Namespace) -> int:
    """Run the chosen action."""
    return options.act(options) or 0
