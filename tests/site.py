"""A served site for tests that come from outside: real processes, a real port, a fresh data folder."""

import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

SETTINGS = {
    "PARVIS_PASSWORDS_MEMORY_KIB": "64",
    "PARVIS_PASSWORDS_PASSES": "1",
    "PARVIS_LIMITS_ENABLED": "no",
    "PARVIS_SESSIONS_PASSWORD_GRANT": "yes",
}


class ServedSite:
    """`parvis serve`, and its command line."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
        self.env = kept | SETTINGS | settings | {"PARVIS_HTTP_PORT": str(self.port)}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        command = [sys.executable, "-m", "parvis", "serve", "--data", str(self.data), "--processes", "2"]
        self.process = subprocess.Popen(command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(400):
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/ready")
                if connection.getresponse().status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError("the site did not start")

    def stop(self) -> None:
        """An orderly end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def parvis(self, *arguments: str) -> str:
        """What a command of `parvis` prints."""
        command = [sys.executable, "-m", "parvis", "--data", str(self.data), *arguments]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def member(self, name: str | None = None, role: str = "member") -> tuple[str, str]:
        """A new member by the command line: name and password."""
        name = name or f"m{secrets.token_hex(4)}"
        said = self.parvis("admin", "accounts", "create", name, "--email", f"{name}@mail.example", "--role", role)
        last = said.strip().splitlines()[-1]
        assert last.startswith("New password: ")
        return name, last.removeprefix("New password: ")
