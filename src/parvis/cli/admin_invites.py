"""Invite people to a server that is by invitation."""

import argparse
import asyncio
import os

from parvis.cli.database import database
from parvis.cli.stop import FAILED, Stop
from parvis.kernel.errors import ParvisError
from parvis.settings import Settings, load_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """Actions on invitations."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="a new invitation; prints its address on the last line")
    create.add_argument("--uses", type=int, default=1, help="how many people may use it (default: 1)")
    create.add_argument("--days", type=int, default=14, help="how many days it is good (default: 14)")
    create.set_defaults(act=_create)


def _create(options: argparse.Namespace) -> int:
    with database(load_settings(os.environ)) as settings:
        try:
            code = asyncio.run(_made(options, settings))
        except ParvisError as error:
            raise Stop(FAILED, error.message) from error
        print(f"{settings.origin}/auth/sign-up?invite={code}")
    return 0


async def _made(options: argparse.Namespace, settings: Settings) -> str:
    from parvis.app import build  # here: it loads everything, and the other commands start without it
    from parvis.auth.invites import invite

    app = build(settings)
    async with app.running():
        return await invite(app.db, None, uses=options.uses, days=options.days)
