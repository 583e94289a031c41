"""Passwords: argon2id, computed in few threads behind a fair queue, so that a rush of sign-ups never starves readers."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from parvis.kernel.errors import Unavailable
from parvis.settings import Passwords as PasswordSettings

T = TypeVar("T")

MOST_LENGTH = 256

_NICE = 15


def password_fault(password: str, least: int) -> tuple[str, str] | None:
    """What is wrong with a new password, as the API's word and a reason; None where nothing is."""
    if not password:
        return "ERR_BLANK", "can't be blank"
    if len(password) < least:
        return "ERR_TOO_SHORT", f"is too short (minimum is {least} characters)"
    if len(password) > MOST_LENGTH:
        return "ERR_TOO_LONG", f"is too long (maximum is {MOST_LENGTH} characters)"
    return None


def _stand_back() -> None:
    """Hashing takes what the readers leave of the processor. On Linux a thread has a priority of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


class Passwords:
    """Hashes and verifies. New members and log-ins stand in a line each, so that a rush of the ones does not keep the
    others waiting; in a line, whoever comes first is served first. Beyond a line's bound the answer is to come back."""

    def __init__(self, settings: PasswordSettings, threads: int, queue: int) -> None:
        self._hasher = PasswordHasher(settings.passes, settings.memory_kib, settings.lanes)
        pool = ThreadPoolExecutor(2 * threads, "argon2", _stand_back)
        self._sign_ups = _Line(pool, threads, queue)
        self._log_ins = _Line(pool, threads, queue)
        # Verified against when there is no such account, so that both cases take the same time.
        self._nobody: str | None = None

    @property
    def waiting(self) -> int:
        """How many stand in line to join, or are being served."""
        return self._sign_ups.waiting

    async def hash(self, password: str) -> str:
        """The hash to store. Unavailable when too many wait already."""
        return await self._sign_ups.take_turn(lambda: self._hasher.hash(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one. None stands for an account that does not exist: it takes as long."""
        if stored is None:
            if self._nobody is None:
                self._nobody = await self._log_ins.take_turn(lambda: self._hasher.hash("nobody's password"))
            nobody = self._nobody
            await self._log_ins.take_turn(lambda: self._check(nobody, password))
            return False
        return await self._log_ins.take_turn(lambda: self._check(stored, password))

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made with other settings than today's."""
        try:
            return self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return True

    def _check(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password[: MOST_LENGTH * 4])
        except (Argon2Error, InvalidHashError):
            return False


class _Line:
    """A fair line before a few threads."""

    def __init__(self, pool: ThreadPoolExecutor, at_once: int, most: int) -> None:
        self._pool = pool
        self._turn = asyncio.Semaphore(at_once)
        self._most = most
        self.waiting = 0

    async def take_turn(self, work: Callable[[], T]) -> T:
        if self.waiting >= self._most:
            raise Unavailable(
                "Very many people are signing up right now, please try again in a few minutes", retry_after=60
            )
        self.waiting += 1
        try:
            async with self._turn:
                return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self.waiting -= 1
