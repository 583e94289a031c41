"""Make, change, approve, suspend and delete accounts."""

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from parvis.auth.types import Role
from parvis.cli.database import database
from parvis.cli.stop import FAILED, Stop
from parvis.kernel.errors import ParvisError
from parvis.settings import Settings, load_settings

_ROLES = [role.name.lower() for role in Role]

Action = Callable[[Any, argparse.Namespace], Awaitable[None]]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Actions on accounts."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add(name: str, text: str, act: Action, *, named: bool = True) -> argparse.ArgumentParser:
        found = actions.add_parser(name, help=text, description=text)
        if named:
            found.add_argument("name", help="user name, without @")
        found.set_defaults(act=partial(_run, act))
        return found

    create = add("create", "make a member; prints the password on the last line", _create)
    create.add_argument("--email", required=True, help="address of the member")
    create.add_argument("--role", choices=_ROLES, default="member", help="what they may do (default: member)")
    create.add_argument("--locale", default="en", help="language of their pages: en or fr")
    modify = add("modify", "change a member", _modify)
    modify.add_argument("--email", help="a new address")
    modify.add_argument("--role", choices=_ROLES, help="another role")
    modify.add_argument("--approve", action="store_true", help="let them in")
    modify.add_argument("--disable", action="store_true", help="forbid log-in; posts stay")
    modify.add_argument("--enable", action="store_true", help="allow log-in again")
    modify.add_argument("--disable-2fa", action="store_true", help="turn their second factors off, passkeys included")
    modify.add_argument("--reset-password", action="store_true", help="a new password, on the last line")
    add("reset-password", "a new password; ends every session and app; prints it on the last line", _reset)
    add("approve", "let a waiting member in", _approve)
    add("reject", "turn a waiting member away; nothing of them stays", _reject)
    add("suspend", "hide the account and end every session and app", _suspend)
    add("unsuspend", "show the account again", _unsuspend)
    add("delete", "delete the account and everything it wrote, for good", _delete).add_argument(
        "--yes", action="store_true", help="do not ask"
    )
    add("list", "members, newest first", _list, named=False)


def _run(act: Action, options: argparse.Namespace) -> int:
    with database(load_settings(os.environ)) as settings:
        try:
            asyncio.run(_with_app(act, options, settings))
        except ParvisError as error:
            raise Stop(FAILED, error.message) from error
    return 0


async def _with_app(act: Action, options: argparse.Namespace, settings: Settings) -> None:
    from parvis.app import build  # here: it loads everything, and the other commands start without it

    app = build(settings)
    async with app.running():
        await act(app, options)


async def _find(app: Any, options: argparse.Namespace) -> Any:
    member = await app.members.by_login(options.name)
    if member is None:
        raise Stop(FAILED, f"There is no member @{options.name.lstrip('@')}.")
    return member


async def _create(app: Any, options: argparse.Namespace) -> None:
    _, password = await app.members.create(options.name, options.email, Role.of(options.role), options.locale)
    print(f"OK: @{options.name} is a member ({options.role}).")
    print(f"New password: {password}")


async def _modify(app: Any, options: argparse.Namespace) -> None:
    if options.disable and options.enable:
        raise Stop(FAILED, "--disable and --enable exclude each other.")
    member = await _find(app, options)
    ident = member.account_id
    if options.email:
        await app.members.set_email(ident, options.email)
    if options.role:
        await app.members.set_role(ident, Role.of(options.role))
    if options.approve:
        await app.members.approve(ident)
    if options.disable or options.enable:
        await app.members.disable(ident, on=options.disable)
    if options.disable_2fa:
        await app.second_factor.remove_all(ident)
    print(f"OK: @{member.username} is changed.")
    if options.reset_password:
        print(f"New password: {await app.members.reset_password(ident)}")


async def _reset(app: Any, options: argparse.Namespace) -> None:
    member = await _find(app, options)
    password = await app.members.reset_password(member.account_id)
    print(f"OK: every session and app of @{member.username} is logged out.")
    print(f"New password: {password}")


async def _approve(app: Any, options: argparse.Namespace) -> None:
    member = await _find(app, options)
    await app.members.approve(member.account_id)
    print(f"OK: @{member.username} is approved.")


async def _reject(app: Any, options: argparse.Namespace) -> None:
    member = await _find(app, options)
    await app.members.reject(member.account_id)
    print(f"OK: @{member.username} is turned away.")


async def _suspend(app: Any, options: argparse.Namespace) -> None:
    member = await _find(app, options)
    await app.members.suspend(member.account_id)
    print(f"OK: @{member.username} is suspended.")


async def _unsuspend(app: Any, options: argparse.Namespace) -> None:
    member = await _find(app, options)
    await app.members.unsuspend(member.account_id)
    print(f"OK: @{member.username} is shown again.")


async def _delete(app: Any, options: argparse.Namespace) -> None:
    member = await _find(app, options)
    if not options.yes:
        answer = await asyncio.to_thread(
            input, f"Delete @{member.username} and all they wrote, for good? Type the name: "
        )
        if answer.strip().lstrip("@") != member.username:
            raise Stop(FAILED, "Nothing was deleted.")
    await app.deleter.begin(member.account_id)
    done = await app.deleter.finish(member.account_id)
    print(f"OK: @{member.username} is deleted ({done} posts).")


async def _list(app: Any, options: argparse.Namespace) -> None:
    for member in await app.members.list(1000):
        state = ("active", "waiting", "suspended", "being deleted")[member.state]
        state = "disabled" if member.disabled_at else state
        print(f"{'@' + member.username:<32} {member.role:<10} {state:<14} {member.email}")
