"""Running a coroutine in a test that is not one itself."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Its result."""
    return asyncio.run(coroutine)
