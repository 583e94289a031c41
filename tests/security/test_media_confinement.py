"""The picture worker is hostile ground: what runs in it reaches nothing, and what it answers is believed in nothing."""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import run

from parvis.kernel.errors import Invalid, Unavailable
from parvis.media.process import Processor
from parvis.settings import MediaSettings

_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the system call filter is Linux's")

# Files are opened before the door closes, so that the test can still look at the threads afterwards.
_THREADS = """
import os
from parvis.media.sandbox import close_in, leave_network
leave_network()
from parvis.media import encode
encode.prepare()
threads = [os.open(f"/proc/self/task/{each}/status", os.O_RDONLY) for each in os.listdir("/proc/self/task")]
assert close_in(memory_mb=1024, cpu_s=5) == []
for each in threads:
    for line in os.read(each, 10_000).decode().splitlines():
        if line.startswith(("Seccomp:", "NoNewPrivs:")):
            print(line.replace("\\t", " "))
"""

_ATTEMPTS = """
import ctypes, mmap, os, resource, signal, socket, sys
from parvis.media.sandbox import close_in, leave_network
secret, parent, machine = sys.argv[1], os.getppid(), os.uname().machine
before = os.open(secret, os.O_RDONLY)
leave_network()
libc = ctypes.CDLL(None, use_errno=True)
close_in(memory_mb=512, cpu_s=5)
# The file-handle limit is a second wall; here the first one is tried.
def c(number, *arguments):
    if libc.syscall(ctypes.c_long(number), *arguments) < 0:
        raise OSError(ctypes.get_errno())
attempts = {
    "socket": lambda: socket.socket(),
    "unix socket": lambda: socket.socketpair(),
    "read": lambda: os.open(secret, os.O_RDONLY),
    "look": lambda: os.stat(secret),
    "list": lambda: os.listdir("/"),
    "link to": lambda: os.readlink("/proc/self/exe"),
    "create": lambda: os.open("left-behind", os.O_CREAT | os.O_WRONLY),
    "directory": lambda: os.mkdir("left-behind"),
    "truncate": lambda: os.truncate(secret, 0),
    "rename": lambda: os.rename(secret, secret + "2"),
    "unlink": lambda: os.unlink(secret),
    "hard link": lambda: os.link(secret, secret + "2"),
    "symbolic link": lambda: os.symlink(secret, "left-behind"),
    "mode": lambda: os.chmod(secret, 0o777),
    "times": lambda: os.utime(secret),
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "fork": lambda: os.fork(),
    "kill": lambda: os.kill(parent, 0),
    "limit another": lambda: resource.prlimit(parent, resource.RLIMIT_CPU),
    "slow another": lambda: os.setpriority(os.PRIO_PROCESS, parent, 5),
    "raise limits": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10)),
    "code memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
}
if machine == "x86_64":
    attempts |= {
        "ptrace": lambda: c(101, 16, parent, 0, 0), "io_uring": lambda: c(425, 1, 0), "memfd": lambda: c(319, b"x", 0),
        "shared memory": lambda: c(29, 0, 4096, 0o1600), "user faults": lambda: c(323, 0), "keys": lambda: c(250, 0, -3, 0),
        "namespaces": lambda: c(272, 0x10000000), "bpf": lambda: c(321, 0, 0, 0), "perf": lambda: c(298, 0, 0, -1, -1, 0),
        "pidfd": lambda: c(434, parent, 0), "message queue": lambda: c(240, b"x", 0o100, 0o600, 0),
    }
for name, attempt in attempts.items():
    try:
        attempt()
    except BaseException:
        continue
    print(name)
print("end")
"""  # fmt: skip


@_LINUX
def test_every_thread_of_the_worker_is_shut_in() -> None:
    said = subprocess.run([sys.executable, "-c", _THREADS], capture_output=True, text=True, check=False, timeout=60)
    lines = said.stdout.splitlines()
    # The library has threads of its own, or this test proves nothing.
    assert len(lines) >= 4, said.stderr
    assert set(lines) == {"NoNewPrivs: 1", "Seccomp: 2"}


@_LINUX
def test_nothing_on_the_machine_can_be_reached(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("key")
    tmp_path.chmod(0o777)
    said = subprocess.run(
        [sys.executable, "-c", _ATTEMPTS, str(secret)], capture_output=True, text=True, cwd=tmp_path, check=False, timeout=60
    )  # fmt: skip
    assert said.stdout.split() == ["end"], said.stdout + said.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["secret"] and secret.read_text() == "key"


def test_the_worker_gets_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARVIS_SECRETS_KEY", "do not tell")
    tell = "import json, os; print(json.dumps({'error': ','.join(sorted(os.environ))}))"
    with pytest.raises(Invalid) as caught:
        run(_with(tell).process(b"x"))
    assert "PARVIS" not in caught.value.reason and "PATH" in caught.value.reason


def _with(program: str, **changes: Any) -> Processor:
    """A processor whose worker is another program."""
    return Processor(MediaSettings(**changes), (sys.executable, "-c", program))


def _saying(part: dict[str, object], data: str = "GIF89a", **more: object) -> str:
    """A worker that reports one part, with these changes to an acceptable report."""
    whole: dict[str, object] = {
        "role": "original", "extension": "gif", "bytes": len(data), "width": 1, "height": 1, **part
    }  # fmt: skip
    return f"import sys; sys.stdin.buffer.read(); print({json.dumps(json.dumps({'parts': [whole], **more}))}); sys.stdout.write({data!r})"  # noqa: E501


def test_an_honest_answer_is_taken() -> None:
    assert run(_with(_saying({})).process(b"x")).files["original"].data == b"GIF89a"


@pytest.mark.parametrize(
    "program",
    [
        _saying({"extension": "html"}), _saying({"extension": "../../x"}), _saying({"role": "../x"}),
        _saying({"role": "small"}), _saying({"bytes": -1}), _saying({"bytes": 5}), _saying({"bytes": 7}),
        _saying({"bytes": 10**30}), _saying({"width": 0}), _saying({"height": "1"}),
        _saying({}, "<html>"), _saying({"extension": "png"}), _saying({}, blurhash="<script>"),
        _saying({}, frames=[{"hash": "<", "quality": 9}]), _saying({}, frames=[{"hash": "0" * 65, "quality": 9}]),
        _saying({}, frames=[{"hash": "0" * 64, "quality": 101}]), _saying({}, frames=[{"hash": "0" * 64, "quality": 9}] * 4),
        "print('[]')", "print('{')", "print('{}')", "print('x' * 100)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import sys\nwhile True: sys.stdout.write('x' * 1000000)",
        "import sys\nwhile True: sys.stderr.write('x' * 1000000)",
    ],
)  # fmt: skip
def test_a_worker_that_was_taken_over_is_not_believed(program: str) -> None:
    with pytest.raises(Invalid) as caught:
        run(_with(program, timeout_s=10).process(b"x" * 300_000))
    assert caught.value.field == "file"


def test_a_worker_that_cannot_start_is_our_fault_and_not_the_callers() -> None:
    with pytest.raises(Unavailable):
        run(_with("raise SystemExit(1)").process(b"x"))


def test_a_worker_that_hangs_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    hang = f"import os, time, signal; open({str(told)!r}, 'w').write(str(os.getpid())); signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"  # noqa: E501
    began = time.monotonic()
    with pytest.raises(Invalid, match="too long"):
        run(_with(hang, timeout_s=1).process(b"x" * 1_000_000))
    assert time.monotonic() - began < 15
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


def test_few_run_at_once_some_wait_and_more_are_told_to_come_back(tmp_path: Path) -> None:
    count = f"""
import os, time
here = {str(tmp_path)!r}
open(f"{{here}}/{{os.getpid()}}", "w").close()
most = len(os.listdir(here))
time.sleep(0.1)
os.unlink(f"{{here}}/{{os.getpid()}}")
print('{{"error": "%d at once"}}' % most)
"""
    busy = _with(count, workers=2)

    async def many() -> list[BaseException | object]:
        return await asyncio.gather(*(busy.process(b"x") for _ in range(25)), return_exceptions=True)

    answers = run(many())
    refused = [answer for answer in answers if isinstance(answer, Unavailable)]
    served = [answer for answer in answers if isinstance(answer, Invalid)]
    assert len(refused) == 25 - 18 and len(served) == 18
    assert {answer.reason for answer in served} <= {"1 at once", "2 at once"}
    # Those who left made room.
    with pytest.raises(Invalid):
        run(_with(count).process(b"x"))


def test_a_caller_who_leaves_takes_the_worker_along(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    hang = f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    processor = _with(hang)

    async def leave() -> None:
        task = asyncio.create_task(processor.process(b"x"))
        while not (told.exists() and told.read_text()):
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(leave())
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)
