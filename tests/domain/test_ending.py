"""What runs in the background ends when the application does, even where a cancellation got lost."""

import asyncio
import contextlib

import pytest

from parvis.app import build
from parvis.db.changes import Changes
from parvis.settings import Settings


def test_a_lost_cancellation_does_not_keep_the_application_from_ending(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[bool] = []

    async def loses_one(_: Changes) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        lost.append(True)
        await asyncio.sleep(60)

    monkeypatch.setattr(Changes, "follow_table", loses_one)

    async def live() -> None:
        app = build(settings)
        async with app.running():
            await app.members.by_login("nobody")

    asyncio.run(asyncio.wait_for(live(), 10))
    assert lost == [True]
