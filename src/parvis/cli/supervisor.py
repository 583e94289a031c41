"""Keeps child processes running, and ends them in order."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 10.0
_STABLE_S = 30.0  # a child that lived this long starts again at once
_GRACE_S = 8.0  # longer than the 5 s that a web process gives to its open requests


class Child:
    """One child process: how it is started, and how often it died."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: dict[str, str],
        *,
        fds: tuple[int, ...] = (),
        once: bool = False,
    ) -> None:
        """`arguments` are those of Python. A child that runs `once` is not started again."""
        self.name = name
        self.once = once
        self.on_death: Callable[[int], None] = lambda pid: None
        self.process: subprocess.Popen[bytes] | None = None
        self.pid = 0
        self.next_start = 0.0
        self._command = [sys.executable, *arguments]
        self._environment = environment
        self._fds = fds
        self._began = 0.0
        self._pause = _FIRST_PAUSE_S

    def start(self) -> None:
        """Start it, in a session of its own: a Ctrl-C in the terminal is for the supervisor."""
        self._began = time.monotonic()
        self.process = subprocess.Popen(
            self._command,
            env=self._environment,
            pass_fds=self._fds,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.pid = self.process.pid

    def died(self) -> int | None:
        """The exit code where it has ended since the last look; the next start is then put off a little longer."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.process = None
        now = time.monotonic()
        if now - self._began > _STABLE_S:
            self._pause = _FIRST_PAUSE_S
        self.next_start = now + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE_S)
        return code


class Supervisor:
    """The children of `parvis serve`."""

    def __init__(self) -> None:
        self._children: list[Child] = []
        self.stopping = False
        self.failures = 0

    @property
    def count(self) -> int:
        """How many children there are."""
        return len(self._children)

    def catch_signals(self) -> None:
        """From now on a signal asks for an orderly stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self.stopping:
            print("Stopping …", flush=True)
        self.stopping = True

    def add(self, child: Child) -> None:
        """Start a child and look after it."""
        child.start()
        self._children.append(child)

    def tend(self) -> None:
        """One look at every child: say who died, start again those whose pause is over."""
        for child in list(self._children):
            code = child.died()
            if code is not None and child.once:
                self._children.remove(child)
                if code:
                    _say(f"{child.name} ended with code {code}.")
                continue
            if code is not None and not self.stopping:
                self.failures += 1
                _say(f"{child.name} ended ({_reason(code)}); it is started again.")
                child.on_death(child.pid)
            if child.process is None and not self.stopping and time.monotonic() >= child.next_start:
                child.start()

    def watch(self, database_alive: Callable[[], bool]) -> int:
        """Tend the children until a signal comes or the database dies; returns the exit code."""
        while not self.stopping:
            self.tend()
            if not database_alive():
                _say("The embedded PostgreSQL ended by itself; see logs/postgres.log in the data folder. Start again.")
                return 1
            time.sleep(0.1)
        return 0

    def stop_children(self) -> None:
        """Ask every child to end, wait a little, end it."""
        running = [child.process for child in self._children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + _GRACE_S
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.05, deadline - time.monotonic()))
            if process.poll() is None:
                process.kill()
                process.wait()


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"code {code}"


def _say(line: str) -> None:
    print(f"parvis: {line}", file=sys.stderr, flush=True)
