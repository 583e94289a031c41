"""Administer the server: accounts, invitations and settings."""

import argparse

from parvis.cli import admin_accounts, admin_invites, admin_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Sub-commands of the command."""
    areas = parser.add_subparsers(dest="area", required=True, metavar="AREA")
    for name, module in (("accounts", admin_accounts), ("invites", admin_invites), ("settings", admin_settings)):
        text = (module.__doc__ or "").splitlines()[0]
        module.arguments(areas.add_parser(name, help=text, description=text))


def run(options: argparse.Namespace) -> int:
    """Run the chosen action."""
    return options.act(options) or 0
