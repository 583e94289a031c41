"""`parvis serve` as a person meets it: real processes, a real port, a real data folder."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from parvis.db.embedded import EmbeddedPostgres


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A running `parvis serve`."""

    def __init__(self, data: Path, port: int, *extra: str) -> None:
        self.data, self.port = data, port
        command = [sys.executable, "-m", "parvis", "serve", "--data", str(data), "--port", str(port), *extra]
        self.process = subprocess.Popen(
            [*command, "--processes", "1"],
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []

    def wait_for(self, text: str) -> str:
        """Read on until a line holds `text`."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line)
            if text in line:
                return line
        raise AssertionError(f"no line with {text!r}, but:\n{''.join(self.lines)}")

    def answers(self) -> bool:
        """Whether anything answers on the port."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def end(self) -> None:
        """For tests that failed half way."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = Served(tmp_path_factory.mktemp("serve") / "data", _free_port())
    running.wait_for("Parvis serves at")
    yield running
    running.end()


def _refused(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "parvis", *arguments], env=_environment(), capture_output=True, text=True, timeout=30
    )


def test_it_answers_and_says_how_to_make_the_first_administrator(served: Served) -> None:
    assert served.answers()
    assert "admin accounts create" in served.wait_for("admin accounts create")


def test_a_taken_port_is_named(served: Served, tmp_path: Path) -> None:
    done = _refused("serve", "--data", str(tmp_path / "other"), "--port", str(served.port))
    assert done.returncode == 3
    assert f"Port {served.port}" in done.stderr and "taken" in done.stderr


def test_a_second_one_on_the_same_folder_is_refused(served: Served) -> None:
    done = _refused("serve", "--data", str(served.data), "--port", str(_free_port()))
    assert done.returncode == 5
    assert str(served.data) in done.stderr


def test_a_folder_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("9999\n")
    done = _refused("serve", "--data", str(tmp_path), "--port", str(_free_port()))
    assert done.returncode == 4
    assert "newer" in done.stderr


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "parvis.toml").write_text("[http]\nprot = 1\n")
    done = _refused("config", "--data", str(tmp_path))
    assert done.returncode == 1
    assert "prot" in done.stderr and "Traceback" not in done.stderr


def test_an_unreachable_database_is_named(tmp_path: Path) -> None:
    environment = _environment() | {"PARVIS_DATABASE_URL": f"postgresql://nobody@/none?host={tmp_path}"}
    done = subprocess.run(
        [sys.executable, "-m", "parvis", "migrate", "--data", str(tmp_path)],
        env=environment, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 1
    assert "PARVIS_DATABASE_URL" in done.stderr and "Traceback" not in done.stderr


def test_the_checks_find_a_healthy_server(served: Served) -> None:
    done = _refused("check", "--data", str(served.data))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "migrations: all applied" in done.stdout


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_keeps_all(tmp_path: Path) -> None:
    data, port = tmp_path / "data", _free_port()
    first = Served(data, port)
    try:
        first.wait_for("Parvis serves at")
        address = EmbeddedPostgres(data / "postgres").running_address()
        assert address
        with psycopg.connect(address) as connection:
            connection.execute("INSERT INTO settings (key, value) VALUES ('kept', '1')")
        first.process.kill()
        first.process.wait(10)
    finally:
        first.end()
    again = Served(data, port)
    try:
        again.wait_for("Parvis serves at")
        assert again.answers()
        address = EmbeddedPostgres(data / "postgres").running_address()
        assert address
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT value FROM settings WHERE key = 'kept'").fetchone() == (1,)
        began = time.monotonic()
        again.process.send_signal(signal.SIGTERM)
        again.wait_for("Stopped.")
        assert again.process.wait(20) == 0
        assert time.monotonic() - began < 15
        assert EmbeddedPostgres(data / "postgres").running_address() is None
        assert not again.answers()
    finally:
        again.end()
